// Any bytes as a safetensors file: an error or tensors, the same whether they are mapped or read.
#include "lucid/error.h"
#include "lucid/serialize.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lucid;
  const fuzz::MemoryFile file(data, size);
  StateDict state;
  try {
    state = load(file.path());
  } catch (const IOError&) {
    return 0;
  }
  fuzz::require_equal(state, load(file.path(), {.mmap = true}), true);
  const Metadata metadata = load_metadata(file.path());
  save(state, fuzz::scratch_path(), metadata);
  fuzz::require_equal(state, load(fuzz::scratch_path()), false);
  if (load_metadata(fuzz::scratch_path()) != metadata) __builtin_trap();
  return 0;
}
