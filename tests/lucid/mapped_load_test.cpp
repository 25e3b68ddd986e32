// Tensors that lie in the pages of a safetensors file.
#include <doctest/doctest.h>

#include <filesystem>

#include "lucid/allocator.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/serialize.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"

namespace lucid {
namespace {

using namespace std::string_literals;
using test::contains;
using test::message_of;
using test::TemporaryFolder;

constexpr LoadOptions mapped{.mmap = true};

bool is_mapped(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  const std::string text{std::istreambuf_iterator<char>(maps), {}};
  return contains(text, path);
}

// A file with one tensor "w" whose data begins after so many bytes of header.
std::string file_of(const std::string& dtype, const std::string& data, size_t spaces) {
  const std::string header = R"({"w":{"dtype":")" + dtype + R"(","shape":[2],"data_offsets":[0,)" +
                             std::to_string(data.size()) + "]}}" + std::string(spaces, ' ');
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  return bytes + header + data;
}

TEST_CASE("a mapped load gives what a load gives, without memory of its own") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  save({{"f", rand({100, 30})},
        {"d", arange(5, {.dtype = float64})},
        {"i", arange(7)},
        {"u", ones({3}, {.dtype = uint8})},
        {"n", arange(4, {.dtype = int32})},
        {"b", ones({2}, {.dtype = bool_})},
        {"none", zeros({0, 3})},
        {"scalar", ones({})}},
       path);
  const StateDict read = load(path);
  const int64_t allocations = memory_statistics().allocations;
  const StateDict seen = load(path, mapped);
  // The bools, which are checked, and the array without elements.
  CHECK(memory_statistics().allocations - allocations <= 2);
  CHECK(seen.size() == read.size());
  for (const auto& [name, tensor] : read) {
    const Tensor& other = seen.at(name);
    CHECK(other.dtype() == tensor.dtype());
    CHECK(other.shape() == tensor.shape());
    CHECK(other.is_contiguous());
    CHECK(other.to_vector<double>() == tensor.to_vector<double>());
  }
}

TEST_CASE("writing to a mapped tensor reaches neither the file nor another load") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  save({{"a", zeros({2000})}, {"b", zeros({2000})}}, path);
  const std::string before = folder.read("file");
  const StateDict state = load(path, mapped);
  const StateDict other = load(path, mapped);
  state.at("a").fill_(3);
  state.at("b").add_(1);
  CHECK(state.at("a").version() == 1);
  CHECK(state.at("a").to_vector<float>() == std::vector<float>(2000, 3));
  CHECK(state.at("b").to_vector<float>() == std::vector<float>(2000, 1));
  CHECK(other.at("a").to_vector<float>() == std::vector<float>(2000, 0));
  CHECK(load(path).at("b").to_vector<float>() == std::vector<float>(2000, 0));
  CHECK(folder.read("file") == before);
}

TEST_CASE("a mapping lives as long as one tensor or view of it, and no longer") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  save({{"a", ones({2000})}, {"b", zeros({2000})}}, path);
  Tensor view;
  {
    const StateDict state = load(path, mapped);
    view = state.at("a").narrow(0, 5, 3);
    CHECK(is_mapped(path));
  }
  CHECK(is_mapped(path));
  CHECK(view.to_vector<float>() == std::vector<float>{1, 1, 1});
  view = Tensor();
  CHECK_FALSE(is_mapped(path));
}

TEST_CASE("a mapped file stays what it was when save replaces it") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  save({{"w", ones({100'000})}}, path);
  const Tensor old = load(path, mapped).at("w");
  save({{"w", zeros({3})}}, path);
  CHECK(old.to_vector<float>() == std::vector<float>(100'000, 1));
  CHECK(load(path, mapped).at("w").shape() == Shape{3});
  // Even by what is read from it.
  save({{"w", old}, {"more", old}}, path);
  CHECK(load(path).at("more").to_vector<float>() == std::vector<float>(100'000, 1));
  std::filesystem::remove(path);
  CHECK(old.at<float>({99'999}) == 1);
}

TEST_CASE("what must be converted, checked or moved is copied") {
  const TemporaryFolder folder;
  const auto load_one = [&](const std::string& bytes) {
    return load(folder.write("file", bytes), mapped).at("w");
  };
  const auto map_count = [&] { return is_mapped(folder.file("file")); };
  const std::string floats = "\0\0\x80\x3f\0\0\0\xc0"s;
  int copies = 0;
  for (size_t spaces = 0; spaces < 8; ++spaces) {
    const Tensor w = load_one(file_of("F32", floats, spaces));
    CHECK(w.to_vector<float>() == std::vector<float>{1, -2});
    CHECK(reinterpret_cast<uintptr_t>(w.bytes()) % 4 == 0);
    if (!map_count()) ++copies;
  }
  CHECK(copies == 6);
  const Tensor half = load_one(file_of("F16", "\x00\x3c\x00\xc0"s, 0));
  CHECK(half.to_vector<float>() == std::vector<float>{1, -2});
  CHECK_FALSE(map_count());
  const Tensor bfloat = load_one(file_of("BF16", "\x80\x3f\x00\xc0"s, 0));
  CHECK(bfloat.to_vector<float>() == std::vector<float>{1, -2});
  CHECK_FALSE(map_count());
  CHECK(load_one(file_of("BOOL", "\0\1"s, 0)).to_vector<bool>() == std::vector<bool>{false, true});
  CHECK(contains(message_of<IOError>([&] { load_one(file_of("BOOL", "\0\2"s, 0)); }),
                 "element 1 of its bools is 2"));
}

TEST_CASE("a mapped load checks the header as a load does") {
  const TemporaryFolder folder;
  for (const std::string& bytes :
       {""s, "1234567"s, file_of("F32", "1234", 0), "\2\0\0\0\0\0\0\0{}1"s}) {
    const std::string path = folder.write("file", bytes);
    const std::string message = message_of<IOError>([&] { load(path, mapped); });
    CHECK(message == message_of<IOError>([&] { load(path); }));
    CHECK_FALSE(is_mapped(path));
  }
  CHECK(load(folder.write("file", "\2\0\0\0\0\0\0\0{}"s), mapped).empty());
}

}  // namespace
}  // namespace lucid
