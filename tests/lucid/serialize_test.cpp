// State dicts, and files written from them: their bytes as another program would read them.
#include "lucid/serialize.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

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

Tensor uninitialized() {
  IntrusivePtr<TensorImpl> impl(new TensorImpl);
  impl->uninitialized = new UninitializedRecord;
  return Tensor(std::move(impl));
}

// A safetensors file taken apart by nothing but the length, the text and the bytes.
struct Parts {
  std::string header;
  std::string data;
};

Parts parts_of(const std::string& bytes) {
  REQUIRE(bytes.size() >= 8);
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<uint8_t>(bytes[size_t(i)]);
  REQUIRE(length <= bytes.size() - 8);
  return {bytes.substr(8, length), bytes.substr(8 + length)};
}

std::string trimmed(const std::string& text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

Parts save_and_read(const StateDict& state, const Metadata& metadata = {}) {
  const TemporaryFolder folder;
  save(state, folder.file("file"), metadata);
  CHECK(folder.count() == 1);
  return parts_of(folder.read("file"));
}

TEST_CASE("StateDict keeps names in order of insertion") {
  StateDict state{{"b", zeros({2})}, {"a", ones({3})}};
  state.insert("c", zeros({}));
  CHECK(state.size() == 3);
  CHECK_FALSE(state.empty());
  std::string order;
  for (const auto& [name, tensor] : state) order += name;
  CHECK(order == "bac");
  CHECK(state.contains("a"));
  CHECK_FALSE(state.contains("d"));
  CHECK(state.at("a").shape() == Shape{3});
  CHECK(state.find("c")->shape() == Shape{});
  CHECK(state.find("d") == nullptr);
}

TEST_CASE("StateDict replaces and removes") {
  StateDict state{{"a", zeros({1})}, {"b", zeros({2})}, {"c", zeros({3})}};
  state.set("b", zeros({7}));
  state.set("d", zeros({4}));
  CHECK(state.at("b").shape() == Shape{7});
  CHECK(state.erase("a"));
  CHECK_FALSE(state.erase("a"));
  CHECK(state.size() == 3);
  CHECK(state.begin()->first == "b");
  CHECK(state.at("c").shape() == Shape{3});
  CHECK(state.at("d").shape() == Shape{4});
  state.insert("a", zeros({5}));
  CHECK(state.at("a").shape() == Shape{5});
}

TEST_CASE("StateDict refuses a name twice and misses one aloud") {
  StateDict state{{"a", zeros({1})}};
  CHECK(contains(message_of<ValueError>([&] { state.insert("a", zeros({2})); }),
                 "\"a\" is there already"));
  CHECK(state.size() == 1);
  CHECK(state.at("a").shape() == Shape{1});
  CHECK_THROWS_AS((StateDict{{"x", zeros({1})}, {"x", zeros({1})}}), ValueError);
  CHECK(contains(message_of<IndexError>([&] { state.at("b"); }), "no \"b\" among its 1 entry"));
}

TEST_CASE("StateDict holds handles, and tensors without values") {
  const Tensor weight = zeros({2});
  const StateDict state{{"weight", weight}, {"lazy", Tensor()}};
  const StateDict copy = state;
  weight.fill_(3);
  CHECK(copy.at("weight").to_vector<float>() == std::vector<float>{3, 3});
  CHECK_FALSE(copy.at("lazy").defined());
}

TEST_CASE("save writes what another program reads") {
  const Parts file = save_and_read({{"w", tensor({{1.0, -2.5}})}, {"a.b", tensor({7, -1})}});
  CHECK(file.header.size() % 8 == 0);
  CHECK(trimmed(file.header) == R"({"a.b":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},)"
                                R"("w":{"dtype":"F32","shape":[1,2],"data_offsets":[16,24]}})");
  CHECK(file.data ==
        "\7\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"s + "\0\0\x80\x3f\0\0\x20\xc0"s);
}

TEST_CASE("save sorts by name and aligns every tensor to its elements") {
  StateDict state;
  state.insert("c", zeros({1}, {.dtype = float64}));
  state.insert("a", ones({3}, {.dtype = uint8}));
  state.insert("d", ones({2}, {.dtype = bool_}));
  state.insert("b", zeros({1}, {.dtype = int32}));
  const Parts file = save_and_read(state);
  CHECK(trimmed(file.header) == R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[12,15]},)"
                                R"("b":{"dtype":"I32","shape":[1],"data_offsets":[8,12]},)"
                                R"("c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
                                R"("d":{"dtype":"BOOL","shape":[2],"data_offsets":[15,17]}})");
  CHECK(file.data == std::string(12, '\0') + "\1\1\1\1\1");
}

TEST_CASE("equal dicts give equal bytes, whatever their order") {
  const Tensor x = ones({2});
  const Tensor y = zeros({3});
  CHECK(save_and_read({{"x", x}, {"y", y}}).header == save_and_read({{"y", y}, {"x", x}}).header);
}

TEST_CASE("an empty dict is a file, too") {
  const Parts file = save_and_read({});
  CHECK(file.header == "{}      ");
  CHECK(file.data.empty());
}

TEST_CASE("save writes metadata, and escapes what JSON needs escaped") {
  const TemporaryFolder folder;
  const Metadata metadata{{"epoch", "3"}, {"a \"quoted\"\n", "\xc3\xa4"}};
  save({{"n\\m", zeros({0, 2})}}, folder.file("file"), metadata);
  CHECK(trimmed(parts_of(folder.read("file")).header) ==
        "{\"__metadata__\":{\"a \\\"quoted\\\"\\n\":\"\xc3\xa4\",\"epoch\":\"3\"},"
        "\"n\\\\m\":{\"dtype\":\"F32\",\"shape\":[0,2],\"data_offsets\":[0,0]}}");
  CHECK(load_metadata(folder.file("file")) == metadata);
  CHECK(load(folder.file("file")).at("n\\m").shape() == Shape{0, 2});
}

TEST_CASE("all types and shapes survive a round trip") {
  const TemporaryFolder folder;
  StateDict state;
  for (DType dtype : {bool_, uint8, int32, int64, float32, float64}) {
    state.insert(name(dtype) + "."s + "matrix", randint(0, 2, {3, 5}).to(dtype));
    state.insert(name(dtype) + "."s + "scalar", ones({}, {.dtype = dtype}));
    state.insert(name(dtype) + "."s + "none", zeros({2, 0, 3}, {.dtype = dtype}));
  }
  state.insert("deep", rand({1, 2, 1, 3, 1, 2, 1, 2}));
  save(state, folder.file("file"));
  const StateDict read = load(folder.file("file"));
  CHECK(read.size() == state.size());
  for (const auto& entry : state) {
    const auto& [name, tensor] = entry;
    INFO(entry.first);
    CHECK(read.at(name).dtype() == tensor.dtype());
    CHECK(read.at(name).shape() == tensor.shape());
    CHECK(read.at(name).to_vector<double>() == tensor.to_vector<double>());
  }
}

TEST_CASE("tensors that are not contiguous are written row-major") {
  const Tensor matrix = arange(6, {.dtype = int32}).reshape({2, 3});
  const Parts file = save_and_read({{"a", matrix.transpose(0, 1)},
                                    {"b", matrix.select(1, 2)},
                                    {"c", tensor({9}, {.dtype = int32}).expand({2})},
                                    {"d", matrix.narrow(0, 1, 1)}});
  std::vector<int32_t> values(file.data.size() / 4);
  std::memcpy(values.data(), file.data.data(), file.data.size());
  CHECK(values == std::vector<int32_t>{0, 3, 1, 4, 2, 5, 2, 5, 9, 9, 3, 4, 5});
}

TEST_CASE("parameters that require gradients are saved as their values") {
  const TemporaryFolder folder;
  const Tensor weight = ones({2, 2}).requires_grad_();
  save({{"weight", weight.transpose(0, 1)}}, folder.file("file"));
  const Tensor read = load(folder.file("file")).at("weight");
  CHECK_FALSE(read.requires_grad());
  CHECK(read.to_vector<float>() == std::vector<float>{1, 1, 1, 1});
}

TEST_CASE("save refuses what cannot be written, and writes nothing") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  CHECK(contains(message_of<UninitializedError>([&] {
                   save({{"x", Tensor()}}, path);
                 }),
                 "tensor \"x\" is undefined"));
  CHECK(contains(message_of<DeviceError>([&] {
                   save({{"x", zeros({2}, {.device = meta})}}, path);
                 }),
                 "tensor \"x\" is a meta tensor"));
  CHECK(contains(message_of<ValueError>([&] {
                   save({{"__metadata__", zeros({2})}}, path);
                 }),
                 "rename it"));
  CHECK(contains(message_of<ValueError>([&] {
                   save({{"\xff", zeros({2})}}, path);
                 }),
                 "is not UTF-8"));
  CHECK_THROWS_AS(save({}, path, {{"a", "\xc3"}}), ValueError);
  CHECK_THROWS_AS(save({}, path, {{"\xc3", "a"}}), ValueError);
  CHECK(contains(message_of<ValueError>([&] {
                   save({{"\xff", uninitialized()}}, path);
                 }),
                 "is not UTF-8"));
  CHECK(contains(message_of<ValueError>([&] {
                   save({}, path, {{"lucid.uninitialized", ""}});
                 }),
                 "rename it"));
  CHECK(folder.count() == 0);
}

TEST_CASE("what has no values yet is in a file by name") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  const StateDict state{{"z", uninitialized()}, {"x", ones({2})}, {"a\n\"", uninitialized()}};
  save(state, path, {{"note", "early"}});
  const StateDict loaded = load(path);
  CHECK(loaded.size() == 3);
  CHECK(loaded.at("x").to_vector<double>() == std::vector<double>{1, 1});
  for (const char* name : {"z", "a\n\""}) {
    CHECK(contains(message_of<UninitializedError>([&] { loaded.at(name).sum(); }), name));
  }
  CHECK(load_metadata(path) == Metadata{{"note", "early"}});
  Metadata metadata;
  load(path, {.mmap = true, .metadata = &metadata});
  CHECK(metadata == Metadata{{"note", "early"}});
  // The order does not matter, and what was loaded can be saved again.
  save({{"a\n\"", uninitialized()}, {"z", uninitialized()}, {"x", ones({2})}}, folder.file("other"),
       {{"note", "early"}});
  save(loaded, folder.file("again"), metadata);
  CHECK(folder.read("other") == folder.read("file"));
  CHECK(folder.read("again") == folder.read("file"));
}

TEST_CASE("a header above the format's limit is refused") {
  const TemporaryFolder folder;
  const Metadata metadata{{"a", std::string(100'000'000, 'x')}};
  CHECK(contains(message_of<ValueError>([&] { save({}, folder.file("file"), metadata); }),
                 "a file may have 100000000"));
  CHECK(folder.count() == 0);
}

TEST_CASE("save replaces a file, and who reads the old one goes on") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old bytes");
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  std::ifstream reader(path);
  save({{"w", ones({1})}}, path);
  std::string old;
  std::getline(reader, old);
  CHECK(old == "old bytes");
  CHECK(load(path).at("w").item<float>() == 1);
  CHECK(folder.count() == 1);
  struct stat info;
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("save writes through symbolic links and takes long names") {
  const TemporaryFolder folder;
  folder.write("target", "old");
  REQUIRE(::symlink("target", folder.file("link").c_str()) == 0);
  save({{"w", ones({1})}}, folder.file("link"));
  CHECK(std::filesystem::is_symlink(folder.file("link")));
  CHECK(load(folder.file("target")).contains("w"));
  const std::string longest(255, 'n');
  save({}, folder.file(longest));
  CHECK(load(folder.file(longest)).empty());
}

TEST_CASE("save names a file that cannot be written") {
  const TemporaryFolder folder;
  const std::string nowhere = folder.file("no/such/folder/file");
  const std::string message = message_of<IOError>([&] { save({}, nowhere); });
  CHECK(contains(message, nowhere));
  CHECK(contains(message, "No such file"));
  CHECK(contains(message_of<IOError>([&] { save({}, folder.path()); }), "not a regular file"));
  CHECK(contains(message_of<IOError>([&] { save({}, "/dev/null"); }), "not a regular file"));
  CHECK_THROWS_AS(save({}, ""), IOError);
  CHECK(folder.count() == 0);
}

TEST_CASE("a write that fails half-way leaves the old file and nothing else") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old bytes");
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string message = message_of<IOError>([&] { save({{"w", zeros({10'000})}}, path); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(contains(message, path));
  CHECK(contains(message, "File too large"));
  CHECK(folder.read("file") == "old bytes");
  CHECK(folder.count() == 1);
}

}  // namespace
}  // namespace lucid
