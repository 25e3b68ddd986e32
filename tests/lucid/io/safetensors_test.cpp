// Reading safetensors files that are right, odd but right, and wrong in every way.
#include "lucid/io/safetensors.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <fstream>

#include "lucid/allocator.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"

namespace lucid {
namespace {

using namespace std::string_literals;
using test::contains;
using test::message_of;
using test::TemporaryFolder;

std::string little_endian(uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

std::string file_of(const std::string& header, const std::string& data = "") {
  return little_endian(header.size()) + header + data;
}

StateDict load_bytes(const std::string& bytes) {
  const TemporaryFolder folder;
  return load(folder.write("file", bytes));
}

// The message of the IOError, which must name the file; no tensor may have been allocated.
std::string failure(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.write("some-file", bytes);
  const int64_t allocations = memory_statistics().allocations;
  const std::string message = message_of<IOError>([&] { load(path); });
  CHECK_MESSAGE(contains(message, path), message);
  CHECK(memory_statistics().allocations == allocations);
  CHECK(message_of<IOError>([&] { load_metadata(path); }) == message);
  return message;
}

std::string header_failure(const std::string& header, const std::string& data = "") {
  return failure(file_of(header, data));
}

// A header with one tensor "w" made of these fields.
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"w":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

std::string two_bytes(const std::string& first, const std::string& second) {
  return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
         R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}";
}

TEST_CASE("safetensors: all types are read") {
  const StateDict state = load_bytes(file_of(
      R"({"b":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},)"
      R"("u":{"dtype":"U8","shape":[2],"data_offsets":[2,4]},)"
      R"("i":{"dtype":"I32","shape":[],"data_offsets":[4,8]},)"
      R"("l":{"dtype":"I64","shape":[1,1],"data_offsets":[8,16]},)"
      R"("f":{"dtype":"F32","shape":[1],"data_offsets":[16,20]},)"
      R"("d":{"dtype":"F64","shape":[1],"data_offsets":[20,28]}})",
      "\x01\x00\xff\x07\xfe\xff\xff\xff\x02\0\0\0\0\0\0\x80\0\0\x20\xc0\0\0\0\0\0\0\xf8\x3f"s));
  CHECK(state.size() == 6);
  CHECK(state.at("b").dtype() == bool_);
  CHECK(state.at("b").to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(state.at("u").to_vector<int32_t>() == std::vector<int32_t>{255, 7});
  CHECK(state.at("i").shape() == Shape{});
  CHECK(state.at("i").item<int32_t>() == -2);
  CHECK(state.at("l").shape() == Shape{1, 1});
  CHECK(state.at("l").item<int64_t>() == INT64_MIN + 2);
  CHECK(state.at("f").dtype() == float32);
  CHECK(state.at("f").item<float>() == -2.5f);
  CHECK(state.at("d").dtype() == float64);
  CHECK(state.at("d").item<double>() == 1.5);
}

TEST_CASE("safetensors: half precision becomes float32") {
  // 1, -2, largest, smallest normal, smallest, -0, inf, NaN, largest below normal
  const std::string halves =
      "\x00\x3c\x00\xc0\xff\x7b\x00\x04\x01\x00\x00\x80\x00\x7c\x00\x7e\xff\x03"s;
  const Tensor f16 = load_bytes(file_of(one(R"("F16")", "[9]", "[0,18]"), halves)).at("w");
  CHECK(f16.dtype() == float32);
  const auto a = f16.to_vector<float>();
  CHECK(std::vector<float>(a.begin(), a.begin() + 5) ==
        std::vector<float>{1, -2, 65504, 0x1p-14f, 0x1p-24f});
  CHECK((a[5] == 0 && std::signbit(a[5])));
  CHECK(a[6] == INFINITY);
  CHECK(std::isnan(a[7]));
  CHECK(a[8] == 1023 * 0x1p-24f);

  const std::string bfloats = "\x80\x3f\x49\xc0\x80\xff\xc0\x7f\x01\x00"s;
  const Tensor bf16 = load_bytes(file_of(one(R"("BF16")", "[5]", "[0,10]"), bfloats)).at("w");
  const auto b = bf16.to_vector<float>();
  CHECK(b[0] == 1.0f);
  CHECK(b[1] == -3.140625f);
  CHECK(b[2] == -INFINITY);
  CHECK(std::isnan(b[3]));
  CHECK(b[4] == 0x1p-133f);
}

TEST_CASE("safetensors: half precision tensors longer than one chunk") {
  std::string halves;
  for (int i = 0; i < 40'000; ++i) halves += i % 3 == 0 ? "\x00\x3c"s : "\x00\x40"s;
  const Tensor w = load_bytes(file_of(one(R"("F16")", "[40000]", "[0,80000]"), halves)).at("w");
  const auto values = w.to_vector<float>();
  bool right = true;
  for (size_t i = 0; i < values.size(); ++i) right = right && values[i] == (i % 3 == 0 ? 1 : 2);
  CHECK(right);
}

TEST_CASE("safetensors: odd but right headers are accepted") {
  CHECK(load_bytes(file_of("{}")).empty());
  CHECK(load_bytes(file_of(" \t\r\n{ } \n  ")).empty());
  CHECK(load_bytes(file_of(one(R"("F32")", "[]", "[0,4]"), "\0\0\0\0"s)).at("w").shape() ==
        Shape{});
  const StateDict zero = load_bytes(file_of(one(R"("F64")", "[3,0]", "[0,0]")));
  CHECK(zero.at("w").shape() == Shape{3, 0});
  CHECK(load_bytes(file_of(R"({"__metadata__":{}})")).empty());
  const StateDict unordered = load_bytes(file_of(two_bytes("[2,4]", "[0,2]"), "\1\2\3\4"));
  CHECK(unordered.begin()->first == "a");
  CHECK(unordered.at("a").to_vector<int32_t>() == std::vector<int32_t>{3, 4});
  const StateDict names = load_bytes(
      file_of(R"({"":{"shape":[0],"data_offsets":[0,0],"dtype":"U8"},)"
              R"("\u00e4\n\ud83d\ude00":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})"));
  CHECK(names.contains(""));
  CHECK(names.contains("\xc3\xa4\n\xf0\x9f\x98\x80"));
}

TEST_CASE("safetensors: metadata is read") {
  const TemporaryFolder folder;
  const std::string path =
      folder.write("file", file_of(R"({"__metadata__":{"format":"pt","b":""}})"));
  CHECK(load_metadata(path) == Metadata{{"b", ""}, {"format", "pt"}});
  CHECK(load_metadata(folder.write("none", file_of("{}"))).empty());
}

TEST_CASE("safetensors: files that are too short, or lie about their header") {
  CHECK(contains(failure(""), "it has 0 bytes, expected 8 or more"));
  CHECK(contains(failure("1234567"), "it has 7 bytes"));
  CHECK(contains(failure(little_endian(100'000'001) + "{}"), "a header of 100000001 bytes"));
  CHECK(contains(failure(little_endian(UINT64_MAX) + "{}"), "a header of 18446744073709551615"));
  CHECK(contains(failure(little_endian(3) + "{}"), "should take 3 bytes, but only 2 follow"));
  CHECK(contains(failure(little_endian(0)), "does not start with '{'"));
}

TEST_CASE("safetensors: headers that are no JSON object") {
  for (const char* header : {"   ", "[]", "1", "null", "\"x\"", "x{}", "\xef\xbb\xbf{}"}) {
    CHECK(contains(header_failure(header), "does not start with '{'"));
  }
  for (const char* header : {"{", "{}}", "{} x", "{\"a\"}", "{\"a\":}", "{'a':1}", "{,}",
                             "// {}"
                             "\n{}",
                             "{\"w\":{\"dtype\":\"U8\",}}", "{\"\xff\":{}}", "{\"\xc3\":{}}",
                             "{\"\xed\xa0\x80\":{}}", "{\"\\ud800\":{}}"}) {
    const std::string message = header_failure(header);
    CHECK_MESSAGE((contains(message, "not JSON") || contains(message, "not a JSON")), message);
  }
  CHECK(contains(header_failure("{}\0"s), "zero byte"));
  CHECK(contains(header_failure("{}\0 garbage"s), "zero byte"));
}

TEST_CASE("safetensors: duplicate keys") {
  CHECK(contains(header_failure(R"({"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                                R"("w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})"),
                 R"(tensor "w" is there twice)"));
  CHECK(contains(header_failure(R"({"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                                R"("\u0077":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})"),
                 R"(tensor "w" is there twice)"));
  CHECK(contains(
      header_failure(R"({"w":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})"),
      R"(tensor "w": dtype is there twice)"));
  CHECK(contains(header_failure(R"({"__metadata__":{"a":"1","a":"1"}})"), R"("a" is there twice)"));
  CHECK(contains(header_failure(R"({"__metadata__":{},"__metadata__":{}})"),
                 "__metadata__ is there twice"));
}

TEST_CASE("safetensors: fields that are wrong or missing") {
  CHECK(contains(header_failure(one(R"("F31")", "[]", "[0,4]"), "1234"),
                 R"(tensor "w": unknown dtype "F31", expected BOOL)"));
  CHECK(contains(header_failure(one(R"("f32")", "[]", "[0,4]"), "1234"), "unknown dtype"));
  CHECK(contains(header_failure(one("5", "[]", "[0,4]")), "dtype is a number, expected a string"));
  CHECK(contains(header_failure(one("null", "[]", "[0,4]")), "dtype is null"));
  CHECK(contains(header_failure(one(R"(["F32"])", "[]", "[0,4]")), "dtype is an array"));
  CHECK(
      contains(header_failure(R"({"w":{"shape":[0],"data_offsets":[0,0]}})"), "dtype is missing"));
  CHECK(
      contains(header_failure(R"({"w":{"dtype":"U8","data_offsets":[0,0]}})"), "shape is missing"));
  CHECK(contains(header_failure(R"({"w":{"dtype":"U8","shape":[0]}})"),
                 R"(tensor "w": data_offsets is missing)"));
  CHECK(contains(header_failure(R"({"w":{}})"), "dtype is missing"));
  CHECK(contains(header_failure(R"({"w":{"dtype":"U8","strides":[1]}})"),
                 R"(unknown field "strides")"));
  CHECK(contains(header_failure(R"({"w":[]})"), "expected an object that describes it"));
  CHECK(contains(header_failure(R"({"w":1})"), "expected an object that describes it"));
  CHECK(contains(header_failure(R"({"w":null})"), "got null"));
}

TEST_CASE("safetensors: metadata that is not text") {
  CHECK(contains(header_failure(R"({"__metadata__":{"a":1}})"),
                 "expected strings alone, got a number"));
  CHECK(contains(header_failure(R"({"__metadata__":{"a":null}})"), "got null"));
  CHECK(contains(header_failure(R"({"__metadata__":{"a":{}}})"), "got an object"));
  CHECK(contains(header_failure(R"({"__metadata__":{"a":["b"]}})"), "got an array"));
  CHECK(contains(header_failure(R"({"__metadata__":{"a":true}})"), "got a boolean"));
  CHECK(contains(header_failure(R"({"__metadata__":"a"})"), "expected an object"));
}

TEST_CASE("safetensors: names of tensors without values") {
  const auto with_names = [](const std::string& list) {
    return R"({"__metadata__":{"lucid.uninitialized":)" + list +
           R"(},"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
  };
  for (const char* list : {R"("y")", R"("- y")", R"("\n")", R"("-y\n")", R"("-\n")", R"("1 y\n")",
                           R"("1 2\n")", R"("-1 2 y\n")", R"("18446744073709551616 2 y\n")",
                           R"("- \\\\\\x\n")", R"("- y\n- y\n")"}) {
    CAPTURE(list);
    CHECK(contains(header_failure(with_names(list)), "no list of names"));
  }
  CHECK(contains(header_failure(with_names(R"("- x\n")")), "said to have no values"));
  const StateDict state = load_bytes(file_of(with_names(R"("- y\n7 18446744073709551615 \n")")));
  CHECK(state.size() == 3);
  CHECK_FALSE(state.at("y").impl()->uninitialized->stream());
  CHECK(state.at("").impl()->uninitialized->stream()->seed == 7);
  CHECK(state.at("").impl()->uninitialized->stream()->position == UINT64_MAX);
}

TEST_CASE("safetensors: shapes that are none") {
  const std::string u8 = R"("U8")";
  CHECK(contains(header_failure(one(u8, "[-1]", "[0,1]"), "1"), "shape holds -1, expected"));
  CHECK(contains(header_failure(one(u8, "[1.0]", "[0,1]"), "1"), "shape holds 1.0"));
  CHECK(contains(header_failure(one(u8, "[1e0]", "[0,1]"), "1"), "shape holds 1e0"));
  CHECK(contains(header_failure(one(u8, R"(["1"])", "[0,1]"), "1"), "shape holds a string"));
  CHECK(contains(header_failure(one(u8, "[[1]]", "[0,1]"), "1"), "shape holds an array"));
  CHECK(contains(header_failure(one(u8, "[{}]", "[0,1]"), "1"), "shape holds an object"));
  CHECK(contains(header_failure(one(u8, "[true]", "[0,1]"), "1"), "shape holds a boolean"));
  CHECK(
      contains(header_failure(one(u8, "1", "[0,1]"), "1"), "shape is a number, expected an array"));
  CHECK(contains(header_failure(one(u8, "{}", "[0,1]"), "1"), "shape is an object"));
  CHECK(contains(header_failure(one(u8, "[9223372036854775808]", "[0,1]"), "1"),
                 "shape holds 9223372036854775808"));
  CHECK(contains(header_failure(one(u8, "[18446744073709551616]", "[0,1]"), "1"),
                 "shape holds 18446744073709551616"));
  CHECK(contains(header_failure(one(u8, "[1,1,1,1,1,1,1,1,1]", "[0,1]"), "1"),
                 "more dimensions than the 8"));
}

TEST_CASE("safetensors: sizes that overflow") {
  const std::string most = "9223372036854775807";
  const std::string overflow = "overflows";
  CHECK(contains(header_failure(one(R"("U8")", "[4294967296,4294967296]", "[0,0]")), overflow));
  CHECK(contains(header_failure(one(R"("F32")", "[" + most + "]", "[0,4]"), "1234"), overflow));
  CHECK(contains(header_failure(one(R"("F64")", "[4611686018427387904]", "[0,0]")), overflow));
  CHECK(contains(header_failure(one(R"("F32")", "[" + most + "," + most + ",0]", "[0,0]")),
                 overflow));
  CHECK(contains(header_failure(one(R"("F32")", "[0," + most + "," + most + "]", "[0,0]")),
                 overflow));
  // In the file it would fit, in memory it would not.
  CHECK(contains(header_failure(one(R"("F16")", "[0,4611686018427387903]", "[0,0]")), overflow));
}

TEST_CASE("safetensors: offsets that are wrong") {
  const std::string u8 = R"("U8")";
  CHECK(contains(header_failure(one(u8, "[0]", "[]")), "data_offsets has 0 numbers, expected two"));
  CHECK(contains(header_failure(one(u8, "[0]", "[0]")), "has 1 numbers"));
  CHECK(contains(header_failure(one(u8, "[0]", "[0,0,0]")), "more than two"));
  CHECK(contains(header_failure(one(u8, "[1]", "[-1,0]")), "data_offsets holds -1"));
  CHECK(contains(header_failure(one(u8, "[1]", "[0,1.5]"), "1"), "data_offsets holds 1.5"));
  CHECK(contains(header_failure(one(u8, "[1]", R"([0,"1"])"), "1"), "data_offsets holds a string"));
  CHECK(contains(header_failure(one(u8, "[1]", "null"), "1"), "data_offsets is null"));
  CHECK(contains(header_failure(one(u8, "[1]", "[1,0]"), "1"), "[1, 0] end before they begin"));
  CHECK(contains(header_failure(one(u8, "[4]", "[0,4]"), "123"), "pass the end of the file"));
  CHECK(contains(header_failure(one(u8, "[1]", "[9223372036854775806,9223372036854775807]")),
                 "pass the end of the file"));
  CHECK(contains(header_failure(one(u8, "[3]", "[0,4]"), "1234"),
                 "U8 of shape [3] takes 3 bytes, but data_offsets [0, 4] give 4"));
  CHECK(contains(header_failure(one(R"("F32")", "[3]", "[0,3]"), "123"), "takes 12 bytes"));
  CHECK(contains(header_failure(one(u8, "[0]", "[0,1]"), "1"), "takes 0 bytes"));
}

TEST_CASE("safetensors: overlaps, gaps, and bytes that belong to nothing") {
  CHECK(contains(header_failure(two_bytes("[0,2]", "[1,3]"), "123"), "overlapping"));
  CHECK(contains(header_failure(two_bytes("[0,2]", "[0,2]"), "12"), "overlapping"));
  CHECK(contains(header_failure(two_bytes("[0,2]", "[3,5]"), "12345"), "leaving a gap"));
  CHECK(contains(header_failure(two_bytes("[1,3]", "[3,5]"), "12345"), "leaving a gap"));
  CHECK(contains(header_failure(two_bytes("[0,2]", "[2,4]"), "12345"),
                 "has 5 bytes of data, but its tensors only 4"));
  CHECK(contains(header_failure("{}", "1"), "has 1 bytes of data, but its tensors only 0"));
  CHECK(contains(header_failure(R"({"w":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})", "1"),
                 "leaving a gap"));
}

TEST_CASE("safetensors: bytes that are no bool") {
  const TemporaryFolder folder;
  const std::string path =
      folder.write("file", file_of(one(R"("BOOL")", "[3]", "[0,3]"), "\0\1\2"s));
  const std::string message = message_of<IOError>([&] { load(path); });
  CHECK(contains(message, path));
  CHECK(contains(message, R"(tensor "w": element 2 of its bools is 2)"));
}

TEST_CASE("safetensors: names in messages are safe to print") {
  const std::string message = header_failure(R"({"a\u001b[2J\n":{}})");
  CHECK(contains(message, R"("a\u001b[2J\n")"));
  CHECK(header_failure("{\"" + std::string(1'000'000, 'x') + "\":{}}").size() < 1000);
}

TEST_CASE("safetensors: depth and length do not hang the reader or overflow the stack") {
  const auto start = std::chrono::steady_clock::now();
  const std::string deep(10'000'000, '[');
  CHECK(contains(header_failure("{\"a\":" + deep), "got an array"));
  std::string objects = "{\"a\":";
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  CHECK(contains(header_failure(objects), "unknown field"));
  CHECK(contains(header_failure(one(R"("U8")", deep, "[0,0]")), "shape holds an array"));

  std::string many = "{";
  for (int i = 0; i < 10'000'000; ++i) many += "\"\":1,";
  CHECK(contains(header_failure(many), "got a number"));
  std::string text = "{\"__metadata__\":{";
  for (int i = 0; i < 2'000'000; ++i)
    text.append("\"").append(std::to_string(i)).append("\":\"\",");
  text += "\"7\":\"\"}}";
  CHECK(contains(header_failure(text), "\"7\" is there twice"));
  std::string ones(20'000'000, '1');
  for (size_t i = 1; i < ones.size(); i += 2) ones[i] = ',';
  CHECK(contains(header_failure(one(R"("U8")", "[" + ones + "1]", "[0,0]")), "more dimensions"));
  // A minute, where seconds are usual: sanitizers are slow.
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::minutes(1));
}

TEST_CASE("safetensors: as many tensors as a header can hold are read in time") {
  const int count = 300'000;
  std::string header = "{";
  for (int i = 0; i < count; ++i) {
    if (i > 0) header += ',';
    header += '"' + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK(load_bytes(file_of(header + "}")).size() == static_cast<size_t>(count));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::minutes(1));
}

TEST_CASE("safetensors: a header of the greatest length, full of entries, is read in time") {
  std::string header = "{";
  const std::string fields = R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)";
  const auto most = static_cast<size_t>(detail::kSafetensorsMaxHeader);
  header.reserve(most);
  for (int i = 0; header.size() + fields.size() + 20 < most; ++i) {
    header.append("\"").append(std::to_string(i)).append(fields);
  }
  header += R"("__metadata__":{"last":"here"}})";
  header.resize(most, ' ');
  const TemporaryFolder folder;
  const auto start = std::chrono::steady_clock::now();
  CHECK(load_metadata(folder.write("file", file_of(header))) == Metadata{{"last", "here"}});
  CHECK(contains(failure(little_endian(most + 1) + header + " "), "a header of 100000001 bytes"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::minutes(1));
}

TEST_CASE("safetensors: a file that cannot be read") {
  const TemporaryFolder folder;
  const std::string missing = folder.file("missing");
  CHECK(contains(message_of<IOError>([&] { load(missing); }), missing));
  CHECK(contains(message_of<IOError>([&] { load(missing); }), "No such file"));
  CHECK(contains(message_of<IOError>([&] { load(folder.path()); }), "not a regular file"));
  CHECK_THROWS_AS(load("/dev/null"), IOError);
}

}  // namespace
}  // namespace lucid
