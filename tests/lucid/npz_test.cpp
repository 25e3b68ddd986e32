// .npz archives that are right, odd but right, and written by lucid.
#include <doctest/doctest.h>

#include <chrono>

#include "lucid/creation.h"
#include "lucid/io/atomic_file.h"
#include "lucid/io/zip_writer.h"
#include "tests/lucid/npz_files.h"

namespace lucid {
namespace {

using namespace std::string_literals;
using namespace test;

TEST_CASE("load_npz: entries, stored and deflated, in the order of the directory") {
  const StateDict state = load_bytes(
      zip_of({vector_part("b", "xyz"), vector_part("a", "", true), vector_part("", "xyz", true)})
          .bytes());
  std::string names;
  for (const auto& [name, tensor] : state) names += name + ",";
  CHECK(names == "b,a,,");
  CHECK(values_of(state.at("b")) == xyz);
  CHECK(state.at("a").shape() == Shape{0});
  CHECK(values_of(state.at("")) == xyz);
  CHECK(load_bytes(Zip().bytes()).empty());
}

TEST_CASE("load_npz: odd but right archives are accepted") {
  Zip comment = zip_of({vector_part("a", "xyz")});
  comment.comment = "a comment that holds PK\5\6 and more than 22 bytes after it";
  CHECK(values_of(load_bytes(comment.bytes()).at("a")) == xyz);

  ZipPart gap = vector_part("a", "xyz");
  gap.after = "bytes that belong to a deleted entry";
  CHECK(load_bytes(zip_of({gap, vector_part("b", "")}).bytes()).size() == 2);

  ZipPart extra = vector_part("a", "xyz");
  extra.local.extra = "\x55\x54\1\0t"s;
  extra.central.extra = "\x55\x54\0\0"s + "\x0a\0\2\0ab"s;
  CHECK(load_bytes(zip_of({extra}).bytes()).size() == 1);

  ZipPart utf8 = vector_part("\xc3\xa4", "xyz");
  utf8.local.flags = utf8.central.flags = 1 << 11;
  CHECK(load_bytes(zip_of({utf8}).bytes()).contains("\xc3\xa4"));
  for (const char* name : {"../a", "/a", "a/b", "a.npy"}) {
    CHECK(load_bytes(zip_of({vector_part(name, "")}).bytes()).contains(name));
  }
}

TEST_CASE("load_npz: numbers behind the data, with and without a signature") {
  for (const bool signature : {false, true}) {
    for (const bool wide : {false, true}) {
      ZipPart part = vector_part("a", "xyz", true);
      const ZipHeader& full = part.central;
      part.after = signature ? "PK\7\10" : "";
      part.after += little_endian(full.crc);
      if (wide) {
        part.after +=
            little_endian(uint64_t{full.packed_bytes}) + little_endian(uint64_t{full.bytes});
      } else {
        part.after += little_endian(full.packed_bytes) + little_endian(full.bytes);
      }
      part.central.flags = part.local.flags = 1 << 3;
      part.local.crc = part.local.packed_bytes = part.local.bytes = 0;
      CHECK(values_of(load_bytes(zip_of({part, vector_part("b", "")}).bytes()).at("a")) == xyz);
      part.after[signature ? 4 : 0] ^= 1;
      CHECK(contains(early_failure(zip_of({part}).bytes()), "the numbers behind its bytes"));
      part.after = "";
      CHECK(contains(early_failure(zip_of({part}).bytes()), "the numbers behind its bytes"));
      part.central.flags = part.local.flags = 0;
      CHECK(contains(early_failure(zip_of({part}).bytes()), "differ"));
    }
  }
}

// Moves the sizes, and the position, into the extra field.
void widen(ZipPart& part, uint64_t position) {
  const auto sizes =
      little_endian(uint64_t{part.local.bytes}) + little_endian(uint64_t{part.local.packed_bytes});
  part.local.extra = "\1\0\x10\0"s + sizes;
  part.central.extra = "\x99\x99\0\0"s + "\1\0\x18\0"s + sizes + little_endian(position);
  part.local.bytes = part.local.packed_bytes = 0xffffffff;
  part.central.bytes = part.central.packed_bytes = 0xffffffff;
  part.astray = 0xffffffff;
}

// The zip64 records that stand before the end.
std::string end64(const Zip& zip, uint64_t entries) {
  return "PK\6\6" + little_endian(uint64_t{44}) + little_endian(uint32_t{45}) +
         std::string(8, '\0') + little_endian(entries) + little_endian(entries) +
         little_endian(uint64_t{zip.directory.size()}) + little_endian(uint64_t{zip.body.size()}) +
         "PK\6\7" + std::string(4, '\0') +
         little_endian(uint64_t{zip.body.size() + zip.directory.size()}) +
         little_endian(uint32_t{1});
}

TEST_CASE("load_npz: zip64 entries and archives") {
  ZipPart part = vector_part("a", "xyz");
  widen(part, 0);
  Zip zip = zip_of({part});
  CHECK(values_of(load_bytes(zip.bytes()).at("a")) == xyz);
  zip.before_end = end64(zip, 1);
  CHECK(values_of(load_bytes(zip.bytes()).at("a")) == xyz);
  const std::string end = zip.end();
  const auto with_end = [&](const std::string& changed) {
    return zip.body + zip.directory + zip.before_end + changed;
  };
  const std::string saturated = end.substr(0, 8) + std::string(12, '\xff') + end.substr(20);
  CHECK(load_bytes(with_end(saturated)).size() == 1);
  const std::string other = end.substr(0, 8) + "\2\0\2\0"s + end.substr(12);
  CHECK(contains(early_failure(with_end(other)), "two ends of the directory differ"));
  for (const uint64_t entries : {uint64_t{0}, uint64_t{2}, UINT64_MAX}) {
    zip.before_end = end64(zip, entries);
    CHECK(contains(early_failure(with_end(saturated)), "damaged"));
  }
  zip.before_end = end64(zip, 1);
  for (const size_t at :
       {size_t{0}, size_t{4}, size_t{16}, size_t{40}, size_t{48}, size_t{60}, size_t{64}}) {
    Zip broken = zip;
    broken.before_end[at] ^= 0x5a;
    early_failure(broken.body + broken.directory + broken.before_end + saturated);
  }
}

TEST_CASE("load_npz: zip64 numbers that lie") {
  const auto lie = [](const std::string& extra) {
    ZipPart part = vector_part("a", "xyz");
    widen(part, 0);
    part.central.extra = extra;
    return early_failure(zip_of({part}).bytes());
  };
  CHECK(contains(lie(""), "cannot hold the 4294967295 bytes"));
  CHECK(contains(lie("\1\0\x08\0"s + std::string(8, '\1')), "zip64 sizes are cut off"));
  CHECK(contains(lie("\1\0\x18\0"s + std::string(24, '\xff')), "cannot hold"));
  CHECK(contains(lie("\1\0\x18\0"s + std::string(23, '\xff')), "extra field is malformed"));
  CHECK(contains(lie("\1\0\x18"s), "extra field is malformed"));
}

TEST_CASE("load_npz: tens of thousands of entries are read in time") {
  const auto start = std::chrono::steady_clock::now();
  Zip zip;
  for (int i = 0; i < 60'000; ++i) add(zip, vector_part(std::to_string(i), ""));
  CHECK(load_bytes(zip.bytes()).size() == 60'000);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::minutes(1));
}

TEST_CASE("save_npz: a round trip, and equal dicts give equal bytes") {
  const TemporaryFolder folder;
  StateDict state;
  for (DType dtype : {float64, bool_, uint8, int32, int64, float32}) {
    state.insert(name(dtype), randint(0, 2, {3, 5}).to(dtype));
    state.insert(name(dtype) + "/none"s, zeros({2, 0}, {.dtype = dtype}));
  }
  state.insert("turned", rand({40, 50}).t());
  state.insert("\xc3\xa4 ../", ones({}).requires_grad_());
  state.insert("", zeros({100'000}));
  for (const bool compressed : {false, true}) {
    save_npz(state, folder.file("file"), {.compressed = compressed});
    const std::string bytes = folder.read("file");
    CHECK((bytes.size() < 400'000) == compressed);
    const StateDict read = load_npz(folder.file("file"));
    CHECK(read.size() == state.size());
    auto next = read.begin();
    for (const auto& [name, tensor] : state) {
      CHECK(next->first == name);
      CHECK(next->second.dtype() == tensor.dtype());
      CHECK(next->second.shape() == tensor.shape());
      CHECK(next->second.to_vector<double>() == tensor.to_vector<double>());
      ++next;
    }
    save_npz(read, folder.file("again"), {.compressed = compressed});
    CHECK(folder.read("again") == bytes);
  }
}

TEST_CASE("save_npz: archives of the zip64 form") {
  const TemporaryFolder folder;
  const std::string values = vector_file("xyz");
  for (const bool compressed : {false, true}) {
    for (const int64_t from : {1, 120, 200, 1000}) {
      detail::AtomicFile file("save_npz", folder.file("file"));
      detail::ZipWriter archive(file, compressed, from);
      for (const char* name : {"a.npy", "b.npy", "c.npy"}) {
        archive.begin(name, static_cast<int64_t>(values.size()));
        archive.write(values.data(), static_cast<int64_t>(values.size()));
        archive.end();
      }
      archive.finish();
      file.commit();
      const StateDict state = load_npz(folder.file("file"));
      CHECK(state.size() == 3);
      CHECK(values_of(state.at("c")) == xyz);
    }
  }
}

TEST_CASE("save_npz refuses what cannot be written, and writes nothing") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  const auto refusal = [&]<class E>(const std::string& name, const Tensor& tensor, const E&) {
    return message_of<E>([&] { save_npz({{"fine", zeros({2})}, {name, tensor}}, path); });
  };
  CHECK(contains(refusal("a", {}, UninitializedError("")), "save_npz: tensor \"a\" is undefined"));
  CHECK(contains(refusal("a", zeros({2}, {.device = meta}), DeviceError("")), "is a meta tensor"));
  CHECK(contains(refusal("\xff", zeros({2}), ValueError("")), "is not UTF-8"));
  CHECK(contains(refusal("a\0b"s, zeros({2}), ValueError("")), "holds a zero byte"));
  CHECK(contains(refusal(std::string(65532, 'a'), zeros({2}), ValueError("")), "is too long"));
  CHECK(folder.count() == 0);
  save_npz({{std::string(65531, 'a'), zeros({2})}}, path);
  CHECK(load_npz(path).begin()->first.size() == 65531);
}

}  // namespace
}  // namespace lucid
