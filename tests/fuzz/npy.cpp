// Any bytes as a .npy file: an error, or an array that survives being written.
#include "lucid/npy.h"

#include "lucid/error.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lucid;
  const fuzz::MemoryFile file(data, size);
  Tensor array;
  try {
    array = load_npy(file.path());
  } catch (const IOError&) {
    return 0;
  }
  save_npy(array, fuzz::scratch_path());
  fuzz::require_equal({{"", array}}, {{"", load_npy(fuzz::scratch_path())}}, true);
  return 0;
}
