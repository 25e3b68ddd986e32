#include "tests/fuzz/harness.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "lucid/serialize.h"

namespace lucid::fuzz {
namespace {

[[noreturn]] void finding(const std::string& what) {
  std::fprintf(stderr, "finding: %s\n", what.c_str());
  std::abort();
}

// In memory where that is possible: a disk would have to flush every file.
class ScratchFolder {
 public:
  ScratchFolder() {
    const bool has_memory = ::access("/dev/shm", W_OK) == 0;
    const auto parent = has_memory ? "/dev/shm" : std::filesystem::temp_directory_path().string();
    std::string pattern = parent + "/lucid-fuzz-XXXXXX";
    if (!::mkdtemp(pattern.data())) finding("no temporary folder: " + pattern);
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

void require_same(const std::string& name, const Tensor& a, const Tensor& b) {
  const auto waits = [](const Tensor& tensor) { return tensor.impl()->uninitialized != nullptr; };
  if (waits(a) != waits(b)) finding("tensor \"" + name + "\" gets or loses its values");
  if (waits(a)) return;  // there is neither a type nor a shape
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) {
    finding("tensor \"" + name + "\" changes type or shape");
  }
  const size_t bytes = static_cast<size_t>(a.numel()) * element_size(a.dtype());
  if (bytes > 0 && std::memcmp(a.bytes(), b.bytes(), bytes) != 0) {
    finding("tensor \"" + name + "\" changes its values");
  }
}

}  // namespace

MemoryFile::MemoryFile(const uint8_t* data, size_t size)
    : descriptor_(::memfd_create("input", MFD_CLOEXEC)),
      path_("/proc/self/fd/" + std::to_string(descriptor_)) {
  if (descriptor_ < 0 || ::write(descriptor_, data, size) != static_cast<ssize_t>(size)) {
    finding("no file in memory");
  }
}

MemoryFile::~MemoryFile() {
  ::close(descriptor_);
}

std::string scratch_path() {
  static const ScratchFolder folder;
  return folder.path() + "/file";
}

void require_equal(const StateDict& a, const StateDict& b, bool in_order) {
  if (a.size() != b.size()) finding("the number of tensors changes");
  auto other = b.begin();
  for (const auto& [name, tensor] : a) {
    if (in_order && (other++)->first != name) finding("the order of the tensors changes");
    const Tensor* same = b.find(name);
    if (!same) finding("tensor \"" + name + "\" is lost");
    require_same(name, tensor, *same);
  }
}

void require_round_trip(const StateDict& state) {
  save(state, scratch_path());
  require_equal(state, load(scratch_path()), false);
  require_equal(state, load(scratch_path(), {.mmap = true}), false);
}

}  // namespace lucid::fuzz
