// The baseline of x86-64: 16 registers of 4 floats, no fused multiplication.
#include "lucid/kernels/generic/table.h"

namespace lucid::kernels {

template <class T>
struct generic::Blocks<xsimd::sse2, T> {
  static constexpr int mr = 6, nv = 2;
  static constexpr int dot_m = 4, dot_n = 3;
  static constexpr int64_t kc = 384, mc = 96;
  static constexpr int64_t dot_length = 1024, block_bytes = 256 * 1024;
};

constinit const Tables sse2_tables = generic::make_tables<xsimd::sse2>("sse2");

}  // namespace lucid::kernels
