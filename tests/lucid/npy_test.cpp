// .npy files that are right, odd but right, and wrong in every way.
#include "lucid/npy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "lucid/allocator.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"

namespace lucid {
namespace {

using namespace std::string_literals;
using test::contains;
using test::message_of;
using test::TemporaryFolder;

std::string npy(const std::string& header, const std::string& data = "", char version = 1) {
  std::string bytes = "\x93NUMPY"s + version + '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) {
    bytes += static_cast<char>(header.size() >> (8 * i));
  }
  return bytes + header + data;
}

std::string dict(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

Tensor load_bytes(const std::string& bytes) {
  const TemporaryFolder folder;
  return load_npy(folder.write("file", bytes));
}

Tensor load_array(const std::string& type, const std::string& shape, const std::string& data,
                  const std::string& order = "False") {
  return load_bytes(npy(dict("'" + type + "'", order, shape), data));
}

// The message of the IOError, which must name the file; no tensor may have been allocated.
std::string failure(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.write("some-file", bytes);
  const int64_t allocations = memory_statistics().allocations;
  const std::string message = message_of<IOError>([&] { load_npy(path); });
  CHECK_MESSAGE(contains(message, "load_npy: cannot read \"" + path), message);
  CHECK(memory_statistics().allocations == allocations);
  return message;
}

std::string header_failure(const std::string& header, const std::string& data = "") {
  return failure(npy(header, data));
}

std::string shape_failure(const std::string& shape, const std::string& data = "") {
  return header_failure(dict("'<f4'", "False", shape), data);
}

TEST_CASE("load_npy: every type, in both byte orders") {
  CHECK(load_array("|b1", "(2,)", "\0\1"s).to_vector<bool>() == std::vector<bool>{false, true});
  const Tensor bytes = load_array("|u1", "(2,)", "\x00\xff"s);
  CHECK(bytes.dtype() == uint8);
  CHECK(bytes.to_vector<int>() == std::vector<int>{0, 255});
  const Tensor i1 = load_array("|i1", "(2,)", "\x80\x7f"s);
  CHECK(i1.dtype() == int32);
  CHECK(i1.to_vector<int>() == std::vector<int>{-128, 127});
  for (const auto& [type, data] :
       {std::pair{"<i2", "\xfe\xff\x02\x01"s}, {">i2", "\xff\xfe\x01\x02"s}}) {
    const Tensor i2 = load_array(type, "(2,)", data);
    CHECK(i2.dtype() == int32);
    CHECK(i2.to_vector<int>() == std::vector<int>{-2, 258});
  }
  for (const auto& [type, data] : {std::pair{"<u2", "\xfe\xff"s}, {">u2", "\xff\xfe"s}}) {
    CHECK(load_array(type, "()", data).item<int>() == 65534);
  }
  for (const auto& [type, data] :
       {std::pair{"<u4", "\xfe\xff\xff\xff"s}, {">u4", "\xff\xff\xff\xfe"s}}) {
    const Tensor u4 = load_array(type, "(1,)", data);
    CHECK(u4.dtype() == int64);
    CHECK(u4.item<int64_t>() == 4294967294);
  }
  for (const auto& [type, data] :
       {std::pair{"<i4", "\xfe\xff\xff\xff"s}, {">i4", "\xff\xff\xff\xfe"s}}) {
    CHECK(load_array(type, "()", data).item<int>() == -2);
  }
  for (const auto& [type, data] :
       {std::pair{"<i8", "\2\0\0\0\0\0\0\x80"s}, {">i8", "\x80\0\0\0\0\0\0\2"s}}) {
    CHECK(load_array(type, "()", data).item<int64_t>() == INT64_MIN + 2);
  }
  for (const auto& [type, data] :
       {std::pair{"<f2", "\x00\x3c\x01\x00"s}, {">f2", "\x3c\x00\x00\x01"s}}) {
    const Tensor f2 = load_array(type, "(2,)", data);
    CHECK(f2.dtype() == float32);
    CHECK(f2.to_vector<float>() == std::vector<float>{1, 0x1p-24f});
  }
  for (const auto& [type, data] :
       {std::pair{"<f4", "\0\0\x20\xc0"s}, {">f4", "\xc0\x20\0\0"s}, {"=f4", "\0\0\x20\xc0"s}}) {
    CHECK(load_array(type, "()", data).item<float>() == -2.5f);
  }
  for (const auto& [type, data] :
       {std::pair{"<f8", "\0\0\0\0\0\0\xf8\x3f"s}, {">f8", "\x3f\xf8\0\0\0\0\0\0"s}}) {
    CHECK(load_array(type, "()", data).item<double>() == 1.5);
  }
}

TEST_CASE("load_npy: Fortran order is turned into rows") {
  const std::string data = "\0\1\2\3\4\5"s;
  CHECK(load_array("|u1", "(2, 3)", data).to_vector<int>() == std::vector<int>{0, 1, 2, 3, 4, 5});
  const Tensor turned = load_array("|u1", "(2, 3)", data, "True");
  CHECK(turned.is_contiguous());
  CHECK(turned.shape() == Shape{2, 3});
  CHECK(turned.to_vector<int>() == std::vector<int>{0, 2, 4, 1, 3, 5});
  CHECK(load_array("|u1", "(3, 1, 2)", data, "True").to_vector<int>() ==
        std::vector<int>{0, 3, 1, 4, 2, 5});
  CHECK(load_array("|u1", "(2, 0, 3)", "", "True").shape() == Shape{2, 0, 3});
}

TEST_CASE("load_npy: odd but right headers are accepted") {
  for (const char* header :
       {"{'shape':(2,),'descr':'|u1','fortran_order':False}",
        " {\t\"descr\" : \"|u1\" ,\n\"shape\" : ( 2 , ) , 'fortran_order' : False , } \n \n",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2L,), }",
        "{'descr': 'u1', 'fortran_order': True, 'shape': (2,)}"}) {
    CHECK(load_bytes(npy(header, "ab")).to_vector<int>() == std::vector<int>{'a', 'b'});
  }
  for (const char version : {1, 2, 3}) {
    CHECK(load_bytes(npy(dict("'|u1'", "False", "(1, 2)"), "ab", version)).shape() == Shape{1, 2});
  }
  CHECK(load_array("|u1", "(1, 2,)", "ab").shape() == Shape{1, 2});
  CHECK(load_array("<f8", "(0, 5)", "").shape() == Shape{0, 5});
  CHECK(load_array("|u1", "(1, 1, 1, 1, 1, 1, 1, 1)", "a").shape().size() == 8);
}

TEST_CASE("load_npy: files that are something else, or cut off") {
  CHECK(contains(failure(""), "it has only 0 bytes"));
  CHECK(contains(failure("\x93NUMPY\x01"), "it has only 7 bytes"));
  CHECK(contains(failure("PK\3\4 and so on"), "does not start with \\x93NUMPY"));
  CHECK(contains(failure("\x93NUMPY\x04\x00\0\0"s), "version 4.0"));
  CHECK(contains(failure("\x93NUMPY\x00\x00\0\0"s), "version 0.0"));
  CHECK(contains(failure("\x93NUMPY\x01\x01\0\0"s), "version 1.1"));
  CHECK(contains(failure("\x93NUMPY\x01\x00\1"s), "its header is cut off"));
  CHECK(contains(failure("\x93NUMPY\x02\x00\1\0\0"s), "its header is cut off"));
  CHECK(contains(failure("\x93NUMPY\x01\x00\xff\xff{}"s), "65535 bytes, but only 2 follow"));
  CHECK(contains(failure("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"s), "a header of 4294967295 bytes"));
  const std::string whole = npy(dict("'<f4'", "False", "(2,)"), "12345678");
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) failure(whole.substr(0, bytes));
  CHECK(contains(failure(whole.substr(0, whole.size() - 1)), "8 bytes, but 7 follow"));
  CHECK(contains(failure(whole + "9"), "too long: its header announces shape [2], 8 bytes, but 9"));
}

TEST_CASE("load_npy: headers that are no dict") {
  for (const char* header :
       {"", "{", "}", "[]", "{'descr'}", "{'descr':}", "{'descr': '<f4}", "{'descr': \"<f4'}",
        "{descr: '<f4'}", "{'descr': '<f4' 'shape': ()}", "{,}", "{'descr': '<f4',,}",
        "{'descr': 'a\\'b'}", "{'shape': [2]}", "{'shape': 2}", "{'shape': None}",
        "{'fortran_order': 0}", "{'fortran_order': 'False'}", "{'fortran_order': true}"}) {
    CHECK(contains(header_failure(header), "the header is malformed at byte"));
  }
  CHECK(contains(header_failure(dict("'<f4'", "False", "()") + "x", "1234"), "something follows"));
  CHECK(contains(header_failure(dict("'<f4'", "False", "()") + '\0', "1234"), "something follows"));
  CHECK(contains(header_failure("{'descr': '<f4', 'descr': '<f4'}"), "there twice"));
  CHECK(contains(header_failure("{'descr': '<f4', 'more': 1}"), "unknown key \"more\""));
  CHECK(contains(header_failure("{}"), "descr is missing"));
  CHECK(contains(header_failure("{'descr': '<f4', 'fortran_order': False}"), "shape is missing"));
  CHECK(contains(header_failure("{'descr': '<f4', 'shape': ()}"), "fortran_order is missing"));
}

TEST_CASE("load_npy: types that lucid does not have") {
  for (const auto& [type, why] : {std::pair{"<u8", "unsigned 64-bit integers"},
                                  {">u8", "unsigned 64-bit"},
                                  {"<c8", "complex numbers"},
                                  {"<c16", "complex numbers"},
                                  {"<U3", "text"},
                                  {"|S5", "text"},
                                  {"|O", "Python objects"},
                                  {"|V8", "records or raw bytes"},
                                  {"<M8[ns]", "dates or times"},
                                  {"<m8", "dates or times"},
                                  {"<f16", "long doubles"},
                                  {"<i16", "unknown"},
                                  {"", "unknown"},
                                  {"<", "unknown"},
                                  {"<f", "unknown"},
                                  {"f44", "unknown"},
                                  {"<<f4", "unknown"}}) {
    const std::string message =
        header_failure(dict("'" + std::string(type) + "'", "False", "()"), "12345678");
    CHECK_MESSAGE(contains(message, why), message);
    CHECK(contains(message, "expected b1, u1"));
  }
  CHECK(contains(header_failure(dict("[('x', '<f4')]", "False", "(1,)"), "1234"), "structured"));
  CHECK(contains(header_failure(dict("'f4'", "False", "()"), "1234"), "byte order"));
  CHECK(contains(header_failure(dict("'|f4'", "False", "()"), "1234"), "byte order"));
}

TEST_CASE("load_npy: shapes that are none") {
  CHECK(contains(shape_failure("(-1,)"), "something else than integers"));
  CHECK(contains(shape_failure("(1.0,)", "1234"), "expected ')'"));
  CHECK(contains(shape_failure("(True,)", "1234"), "something else than integers"));
  CHECK(contains(shape_failure("(1)", "1234"), "expected a tuple"));
  CHECK(contains(shape_failure("(,)", "1234"), "something else than integers"));
  CHECK(contains(shape_failure("(1, 2", "12345678"), "something else"));
  CHECK(contains(shape_failure("(01,)", "1234"), "begins with 0"));
  CHECK(
      contains(shape_failure("(1, 1, 1, 1, 1, 1, 1, 1, 1)", "1234"), "more dimensions than the 8"));
  CHECK(contains(shape_failure("(9223372036854775808,)"), "above 2^63 - 1"));
  CHECK(contains(shape_failure("(99999999999999999999,)"), "above 2^63 - 1"));
  CHECK(contains(shape_failure("(9223372036854775807,)"), "overflows"));
  CHECK(contains(shape_failure("(4294967296, 4294967296, 0)"), "overflows"));
  // In the file it would fit, in memory it would not.
  CHECK(contains(header_failure(dict("'|i1'", "False", "(4611686018427387904,)")), "overflows"));
  CHECK(contains(shape_failure("(1000000000000,)", "1234"), "4000000000000 bytes, but 4 follow"));
}

TEST_CASE("load_npy: bytes that are no bool") {
  CHECK(contains(message_of<IOError>([] { load_array("|b1", "(3,)", "\0\1\2"s); }),
                 "element 2 of its bools is 2, expected 0 or 1"));
}

TEST_CASE("load_npy: a file that cannot be read") {
  const TemporaryFolder folder;
  CHECK(contains(message_of<IOError>([&] { load_npy(folder.file("missing")); }), "No such file"));
  CHECK(contains(message_of<IOError>([&] { load_npy(folder.path()); }), "not a regular file"));
}

TEST_CASE("save_npy writes what NumPy would") {
  const TemporaryFolder folder;
  save_npy(tensor({{1, 2, 3}}, {.dtype = int32}), folder.file("file"));
  const std::string bytes = folder.read("file");
  const std::string text = "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 3), }";
  CHECK(bytes == "\x93NUMPY\1\0v\0"s + text + std::string(128 - 10 - text.size() - 1, ' ') + "\n" +
                     "\1\0\0\0\2\0\0\0\3\0\0\0"s);
  save_npy(tensor(true), folder.file("file"));
  CHECK(contains(folder.read("file"), "'|b1', 'fortran_order': False, 'shape': (), }"));
  save_npy(zeros({5}, {.dtype = uint8}), folder.file("file"));
  CHECK(contains(folder.read("file"), "'|u1', 'fortran_order': False, 'shape': (5,), }"));
  CHECK(folder.count() == 1);
}

TEST_CASE("save_npy: all types and layouts survive a round trip, bit for bit") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  for (DType dtype : {bool_, uint8, int32, int64, float32, float64}) {
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 0}, Shape{1, 2, 1, 2, 1, 2, 1, 2}}) {
      const Tensor given = randint(0, 2, shape).to(dtype);
      save_npy(given, path);
      const Tensor read = load_npy(path);
      CHECK(read.dtype() == dtype);
      CHECK(read.shape() == shape);
      CHECK(read.to_vector<double>() == given.to_vector<double>());
    }
  }
  const Tensor matrix = arange(6).reshape({2, 3});
  save_npy(matrix.t(), path);
  CHECK(load_npy(path).to_vector<int>() == std::vector<int>{0, 3, 1, 4, 2, 5});
  const uint64_t bits[] = {0x7ff8000000000001, 0xfff00000deadbeef, 0x7ff0000000000001, 1};
  const Tensor odd = empty({4}, {.dtype = float64});
  std::memcpy(odd.bytes(), bits, sizeof bits);
  save_npy(odd.requires_grad_(), path);
  CHECK(std::memcmp(load_npy(path).bytes(), bits, sizeof bits) == 0);
}

TEST_CASE("save_npy refuses what has no values, and writes nothing") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  CHECK(contains(message_of<UninitializedError>([&] { save_npy({}, path); }),
                 "save_npy: the tensor is undefined"));
  CHECK(contains(message_of<DeviceError>([&] { save_npy(zeros({2}, {.device = meta}), path); }),
                 "save_npy: the tensor is a meta tensor"));
  CHECK(contains(message_of<IOError>([&] { save_npy(zeros({2}), folder.file("a/b")); }),
                 "save_npy: cannot write"));
  CHECK(folder.count() == 0);
}

}  // namespace
}  // namespace lucid
