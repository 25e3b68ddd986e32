// The IDX reader against files that are right, cut off, and lying.
#include "data/idx.h"

#include <doctest/doctest.h>

#include "lucid/allocator.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"

namespace lucid::data {
namespace {

using namespace std::string_literals;
using test::contains;
using test::gzip;
using test::message_of;
using test::TemporaryFolder;

std::string big_endian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string idx(uint8_t type, const std::vector<uint32_t>& sizes, const std::string& payload) {
  std::string bytes = {0, 0, static_cast<char>(type), static_cast<char>(sizes.size())};
  for (uint32_t size : sizes) bytes += big_endian(size);
  return bytes + payload;
}

// The message of the IOError, which must name the file.
std::string failure(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.write("some-file", bytes);
  const std::string message = message_of<IOError>([&] { read_idx(path); });
  CHECK_MESSAGE(contains(message, path), message);
  return message;
}

TEST_CASE("read_idx reads unsigned bytes of one to eight dimensions, plain or compressed") {
  const TemporaryFolder folder;
  const std::string vector = idx(8, {3}, "\x01\x02\xff"s);
  const std::string eight = idx(8, {1, 2, 1, 1, 3, 1, 1, 1}, "abcdef");
  const std::pair<std::string, std::string> packings[] = {{vector, eight},
                                                          {gzip(vector), gzip(eight)}};
  for (const auto& [small, deep] : packings) {
    const Tensor a = read_idx(folder.write("a", small));
    CHECK(a.dtype() == uint8);
    CHECK(a.shape() == Shape{3});
    CHECK(a.to_vector<int32_t>() == std::vector<int32_t>{1, 2, 255});
    const Tensor b = read_idx(folder.write("b", deep));
    CHECK(b.shape() == Shape{1, 2, 1, 1, 3, 1, 1, 1});
    CHECK(b.at<int32_t>({0, 1, 0, 0, 2, 0, 0, 0}) == 'f');
  }
}

TEST_CASE("read_idx reads the other types") {
  const TemporaryFolder folder;
  const Tensor bytes = read_idx(folder.write("b", idx(9, {2}, "\xff\x7f"s)));
  CHECK(bytes.dtype() == int32);
  CHECK(bytes.to_vector<int32_t>() == std::vector<int32_t>{-1, 127});
  const Tensor shorts = read_idx(folder.write("s", idx(0x0B, {2}, "\xff\xfe\x01\x02"s)));
  CHECK(shorts.to_vector<int32_t>() == std::vector<int32_t>{-2, 258});
  const Tensor ints = read_idx(folder.write("i", idx(0x0C, {1}, "\x80\x00\x00\x01"s)));
  CHECK(ints.dtype() == int32);
  CHECK(ints.item<int32_t>() == INT32_MIN + 1);
  const Tensor floats = read_idx(folder.write("f", idx(0x0D, {1, 1}, "\xc0\x20\x00\x00"s)));
  CHECK(floats.dtype() == float32);
  CHECK(floats.item<float>() == -2.5f);
  const Tensor doubles =
      read_idx(folder.write("d", idx(0x0E, {1}, "\x3f\xf8\x00\x00\x00\x00\x00\x00"s)));
  CHECK(doubles.dtype() == float64);
  CHECK(doubles.item<double>() == 1.5);
}

TEST_CASE("read_idx reads files without elements") {
  const TemporaryFolder folder;
  CHECK(read_idx(folder.write("a", idx(8, {0, 28, 28}, ""))).shape() == Shape{0, 28, 28});
  CHECK(read_idx(folder.write("b", gzip(idx(0x0C, {0}, "")))).shape() == Shape{0});
}

TEST_CASE("read_idx reads more than one read gives, and several gzip members") {
  const TemporaryFolder folder;
  std::string payload(7'000'000, '\0');
  for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * i >> 5);
  const std::string whole = idx(8, {7, 1'000'000}, payload);
  const std::string members = gzip(whole.substr(0, 5)) + gzip("") + gzip(whole.substr(5));
  for (const std::string& bytes : {whole, gzip(whole), members}) {
    const Tensor read = read_idx(folder.write("file", bytes));
    CHECK(read.shape() == Shape{7, 1'000'000});
    CHECK(std::string_view(reinterpret_cast<const char*>(read.data<uint8_t>()), payload.size()) ==
          payload);
  }
}

TEST_CASE("read_idx refuses what is no IDX file") {
  CHECK(contains(failure(""), "has only 0 bytes"));
  CHECK(contains(failure("\0\0\x08"s), "has only 3 bytes"));
  CHECK(contains(failure("PNG and more"), "it starts with 50 4e 47 20, expected 00 00"));
  CHECK(contains(failure(idx(0x0A, {1}, "x")), "it starts with 00 00 0a 01"));
  CHECK(contains(failure(idx(0x0F, {1}, "x")), "not an IDX file"));
  CHECK(contains(failure(idx(8, {}, "x")), "0 dimensions, expected 1 to 8"));
  CHECK(contains(failure(idx(8, std::vector<uint32_t>(9, 1), "x")), "9 dimensions"));
  CHECK(contains(failure(gzip("something else")), "it starts with 73 6f 6d 65"));
}

TEST_CASE("read_idx refuses files that are cut off or too long") {
  for (bool packed : {false, true}) {
    const auto pack = [&](const std::string& bytes) { return packed ? gzip(bytes) : bytes; };
    CHECK(contains(failure(pack(idx(8, {2, 3}, "").substr(0, 10))), "its header is cut off"));
    CHECK(contains(failure(pack(idx(8, {2, 3}, "abcde"))),
                   "truncated: its header announces shape [2, 3], 6 bytes, but 5 follow"));
    CHECK(contains(failure(pack(idx(8, {2, 3}, "abcdefg"))), "too long"));
    CHECK(contains(failure(pack(idx(8, {0}, "a"))), "too long"));
    CHECK(contains(failure(pack(idx(0x0E, {2}, std::string(15, 'x')))), "16 bytes, but 15 follow"));
  }
}

TEST_CASE("read_idx refuses damaged compressed files") {
  const std::string good = gzip(idx(8, {1000}, std::string(1000, 'x')));
  CHECK(contains(failure(good.substr(0, good.size() - 1)), "truncated"));
  CHECK(contains(failure(good.substr(0, good.size() / 2)), "truncated"));
  CHECK(contains(failure(good.substr(0, 2)), "truncated"));
  CHECK(contains(failure(good + "garbage"), "not valid gzip"));
  std::string wrong_sum = good;
  wrong_sum[wrong_sum.size() - 8] ^= 1;
  CHECK(contains(failure(wrong_sum), "not valid gzip"));
  std::string wrong_bits = good;
  wrong_bits[10] = '\xff';
  CHECK(contains(failure(wrong_bits), "not valid gzip"));
}

TEST_CASE("read_idx does not believe sizes before the data is there") {
  const std::vector<uint32_t> lies[] = {{0x7fffffff, 28, 28}, {0xffffffff}, {1u << 31, 1u << 31}};
  for (const auto& sizes : lies) {
    for (bool packed : {false, true}) {
      const std::string bytes = idx(8, sizes, std::string(100, 'x'));
      empty_cache();
      reset_peak_memory();
      const int64_t before = memory_statistics().peak_in_use;
      CHECK(contains(failure(packed ? gzip(bytes) : bytes), "truncated"));
      CHECK(memory_statistics().peak_in_use - before <= 4 << 20);
    }
  }
  CHECK(contains(failure(idx(8, {1u << 31, 1u << 31, 2}, "")), "overflows"));
  CHECK(contains(failure(idx(0x0E, {1u << 31, 1u << 30}, "")), "overflows"));
  // In the file it would fit, in memory it would not.
  CHECK(contains(failure(idx(9, {0, 1u << 31, 1u << 31}, "")), "overflows"));
}

TEST_CASE("read_idx names a file that cannot be read") {
  const TemporaryFolder folder;
  const std::string missing = folder.file("missing");
  const std::string message = message_of<IOError>([&] { read_idx(missing); });
  CHECK(contains(message, missing));
  CHECK(contains(message, "No such file"));
  CHECK(contains(message_of<IOError>([&] { read_idx(folder.path()); }), "not a regular file"));
}

}  // namespace
}  // namespace lucid::data
