// Any bytes as an IDX file, plain or gzip: an error, or an array that survives being written.
#include "data/idx.h"

#include "lucid/error.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lucid;
  const fuzz::MemoryFile file(data, size);
  Tensor array;
  try {
    array = data::read_idx(file.path());
  } catch (const IOError&) {
    return 0;
  }
  const data::IdxHeader header = data::read_idx_header(file.path());
  if (header.dtype != array.dtype() || header.shape != array.shape()) __builtin_trap();
  fuzz::require_round_trip({{"array", array}});
  return 0;
}
