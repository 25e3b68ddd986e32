// .npz archives that are wrong in every way.
#include <doctest/doctest.h>

#include "tests/lucid/npz_files.h"

namespace lucid {
namespace {

using namespace std::string_literals;
using namespace test;

// What is said of an archive whose only entry, "a.npy" with the values "xyz", was changed.
template <class Change>
std::string failure_of(const Change& change, bool packed = false) {
  ZipPart part = vector_part("a", "xyz", packed);
  change(part);
  return failure(zip_of({part}).bytes());
}

template <class Change>
std::string failure_of_both(const Change& change) {
  return failure_of([&](ZipPart& part) {
    change(part.local);
    change(part.central);
  });
}

TEST_CASE("load_npz: files that are no archive, or cut off anywhere") {
  CHECK(contains(early_failure(""), "not a zip archive, or truncated"));
  CHECK(contains(early_failure(vector_file("xyz")), "not a zip archive"));
  const std::string whole =
      zip_of({vector_part("a", "xyz"), vector_part("b", "xyz", true)}).bytes();
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    early_failure(whole.substr(0, bytes));
    if (bytes > 0) early_failure(whole.substr(bytes));
  }
  CHECK(contains(early_failure(whole + "x"), "not a zip archive, or truncated"));
  CHECK(contains(early_failure("x" + whole), "damaged: its directory"));
}

TEST_CASE("load_npz: no single wrong byte goes unnoticed, but in what has no meaning") {
  const std::string whole =
      zip_of({vector_part("a", "xyz", true), vector_part("b", "xyz")}).bytes();
  int accepted = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string broken = whole;
    broken[i] = static_cast<char>(broken[i] ^ 0x41);
    try {
      const StateDict state = load_bytes(broken);
      CHECK(values_of(state.at("a")) == xyz);
      CHECK(values_of(state.at("b")) == xyz);
      ++accepted;
    } catch (const IOError&) {
      continue;
    }
  }
  // Versions, times and attributes: 2 + 4 bytes in a local header, 4 + 4 + 6 in the directory.
  CHECK(accepted == 2 * 20);
}

TEST_CASE("load_npz: entries that are encrypted, packed in another way, or elsewhere") {
  CHECK(contains(failure_of_both([](ZipHeader& header) { header.flags = 1; }), "is encrypted"));
  CHECK(
      contains(failure_of_both([](ZipHeader& header) { header.flags = 1 << 13; }), "is encrypted"));
  CHECK(contains(failure_of_both([](ZipHeader& header) { header.flags = 1 << 5; }), "is a patch"));
  CHECK(contains(failure_of_both([](ZipHeader& header) { header.method = 12; }),
                 "entry \"a.npy\": unknown compression method 12"));
  CHECK(contains(failure_of([](ZipPart& part) { part.disk = 1; }), "another part"));
  CHECK(contains(failure_of([](ZipPart& part) { part.astray = 1; }), "there is no header where"));
  CHECK(
      contains(failure_of([](ZipPart& part) { part.astray = 100'000; }), "outside of the archive"));
  Zip zip = zip_of({vector_part("a", "xyz")});
  zip.entries = 2;
  CHECK(contains(early_failure(zip.bytes()), "cannot have 2 entries"));
  zip.entries = 0;
  CHECK(contains(early_failure(zip.bytes()), "more bytes than its entries take"));
}

TEST_CASE("load_npz: headers that differ from the directory") {
  for (const auto& change : std::initializer_list<void (*)(ZipHeader&)>{
           [](ZipHeader& header) { header.crc ^= 1; }, [](ZipHeader& header) { header.bytes -= 1; },
           [](ZipHeader& header) { header.packed_bytes -= 1; },
           [](ZipHeader& header) { header.name = "b.npy"; },
           [](ZipHeader& header) { header.flags = 2; },
           [](ZipHeader& header) { header.method = 8; },
           [](ZipHeader& header) { header.crc = header.bytes = header.packed_bytes = 0; }}) {
    CHECK(contains(failure_of([&](ZipPart& part) { change(part.local); }), "differ"));
  }
}

TEST_CASE("load_npz: names") {
  CHECK(contains(early_failure(zip_of({vector_part("a", ""), vector_part("a", "")}).bytes()),
                 "entry \"a.npy\" is there twice"));
  CHECK(contains(early_failure(zip_of({zip_part("a.txt", "")}).bytes()), "does not end in .npy"));
  CHECK(contains(early_failure(zip_of({zip_part("folder/", "")}).bytes()), "does not end in .npy"));
  CHECK(
      contains(early_failure(zip_of({vector_part("\xc3\xa4", "")}).bytes()), "not text in UTF-8"));
  CHECK(contains(early_failure(zip_of({vector_part("a\0"s, "")}).bytes()), "not text in UTF-8"));
  ZipPart broken = vector_part("\xff", "");
  broken.local.flags = broken.central.flags = 1 << 11;
  CHECK(contains(early_failure(zip_of({broken}).bytes()), "not text in UTF-8"));
}

TEST_CASE("load_npz: bytes that are wrong") {
  CHECK(contains(failure_of_both([](ZipHeader& header) { header.crc ^= 1; }), "checksum is wrong"));
  CHECK(contains(failure_of([](ZipPart& part) { part.packed.back() ^= 1; }), "checksum is wrong"));
  const auto packed = [](auto change) { return failure_of(change, true); };
  CHECK(contains(packed([](ZipPart& part) { part.packed[0] = '\7'; }), "is not valid"));
  const auto resize = [](ZipPart& part, int by) {
    part.packed.resize(part.packed.size() + static_cast<size_t>(by), '\0');
    part.local.packed_bytes = part.central.packed_bytes = static_cast<uint32_t>(part.packed.size());
  };
  CHECK(contains(packed([&](ZipPart& part) { resize(part, -1); }), "ends too early"));
  CHECK(contains(packed([&](ZipPart& part) { resize(part, 1); }), "something follows the end"));
  const auto claim = [](ZipPart& part, int more) {
    part.local.bytes += static_cast<uint32_t>(more);
    part.central.bytes += static_cast<uint32_t>(more);
  };
  CHECK(contains(packed([&](ZipPart& part) { claim(part, 1); }), "too long: its header announces"));
  CHECK(contains(packed([&](ZipPart& part) { claim(part, -1); }), "truncated: its header"));
  // The array agrees with the archive, but its compressed bytes hold more or less.
  const auto other_size = [&](const std::string& values) {
    ZipPart part = vector_part("a", "xyz", true);
    part.packed = deflated(vector_file("xyz").substr(0, 128) + values);
    part.local.packed_bytes = part.central.packed_bytes = static_cast<uint32_t>(part.packed.size());
    return failure(zip_of({part}).bytes());
  };
  CHECK(contains(other_size("wxyz"), "holds more than the directory says"));
  CHECK(contains(other_size("yz"), "holds less than the directory says"));
  CHECK(contains(failure(zip_of({zip_part("a.npy", "no array")}).bytes()),
                 "entry \"a.npy\": not a .npy file"));
}

TEST_CASE("load_npz: bombs are refused before anything is allocated") {
  // One that says too much.
  ZipPart liar = vector_part("a", std::string(100'000, 'x'), true);
  liar.local.bytes = liar.central.bytes = 1'000'000'000;
  CHECK(contains(early_failure(zip_of({liar}).bytes()), "cannot hold the 1000000000 bytes"));
  ZipPart stored = vector_part("a", "xyz");
  stored.local.bytes = stored.central.bytes = 1'000'000;
  CHECK(contains(early_failure(zip_of({stored}).bytes()), "cannot hold"));
  // Entries that share their bytes, as the best bombs do.
  Zip shared = zip_of({vector_part("a", std::string(100'000, 'x'), true)});
  shared.directory += shared.directory;
  shared.entries = 2;
  CHECK(contains(early_failure(shared.bytes()), "is there twice"));
  Zip nested = zip_of({vector_part("a", "xyz")});
  ZipPart outer = zip_part("outer.npy", nested.body);
  Zip zip = zip_of({outer});
  ZipPart inner = vector_part("a", "xyz");
  const size_t before = zip.body.size() - nested.body.size();
  Zip directory;
  add(directory, inner);
  directory.directory.replace(42, 4, little_endian(static_cast<uint32_t>(before)));
  zip.directory += directory.directory;
  zip.entries = 2;
  CHECK(contains(early_failure(zip.bytes()), "entry \"a.npy\": it overlaps entry \"outer.npy\""));
}

}  // namespace
}  // namespace lucid
