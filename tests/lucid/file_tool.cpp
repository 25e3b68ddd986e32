// Files in lucid's hands, for tests in Python: converted from one kind to another, or written for
// ever.
//
// usage: file_tool convert FROM TO
//        file_tool mapped FROM TO
//        file_tool loop PATH ELEMENTS
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/npy.h"
#include "lucid/serialize.h"

namespace {

struct Contents {
  lucid::StateDict state;
  lucid::Metadata metadata;
};

Contents read(const std::string& path, bool mapped) {
  if (path.ends_with(".npy")) return {{{"array", lucid::load_npy(path)}}, {}};
  if (path.ends_with(".npz")) return {lucid::load_npz(path), {}};
  return {lucid::load(path, {.mmap = mapped}), lucid::load_metadata(path)};
}

void write(const Contents& contents, const std::string& path) {
  if (path.ends_with(".npy")) {
    lucid::save_npy(contents.state.at("array"), path);
  } else if (path.ends_with(".npz")) {
    lucid::save_npz(contents.state, path,
                    {.compressed = path.find("compressed") != std::string::npos});
  } else {
    lucid::save(contents.state, path, contents.metadata);
  }
}

// Every file holds one number in all its elements.
void write_for_ever(const std::string& path, int64_t elements) {
  const lucid::Tensor values = lucid::zeros({elements}, {.dtype = lucid::int32});
  for (int32_t round = 0;; ++round) {
    values.fill_(round);
    write({{{"a", values}, {"b", values}}, {}}, path);
    std::puts("saved");
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::invalid_argument("three arguments are expected");
  const std::string command = argv[1];
  if (command == "loop") write_for_ever(argv[2], std::stoll(argv[3]));
  write(read(argv[2], command == "mapped"), argv[3]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
