// 64-bit ARM: 32 registers of 4 floats.
#include "lucid/kernels/arch/neon.h"

#include "lucid/kernels/generic/table.h"

namespace lucid::kernels {

template <class T>
struct generic::Blocks<xsimd::neon64, T> {
  static constexpr int mr = 8, nv = 3;
  static constexpr int dot_m = 6, dot_n = 4;
  static constexpr int64_t kc = 256, mc = 96;
  static constexpr int64_t dot_length = 1024, block_bytes = 256 * 1024;
};

constinit const Tables neon_tables = generic::make_tables<xsimd::neon64>("neon");

}  // namespace lucid::kernels
