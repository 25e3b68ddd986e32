// Any bytes as a .npz archive: an error, or arrays that survive being written, packed or not.
#include "lucid/error.h"
#include "lucid/npy.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lucid;
  const fuzz::MemoryFile file(data, size);
  StateDict state;
  try {
    state = load_npz(file.path());
  } catch (const IOError&) {
    return 0;
  }
  for (const bool compressed : {false, true}) {
    save_npz(state, fuzz::scratch_path(), {.compressed = compressed});
    fuzz::require_equal(state, load_npz(fuzz::scratch_path()), true);
  }
  return 0;
}
