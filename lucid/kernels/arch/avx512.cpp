// AVX-512 (F, BW, CD, DQ, VL): 32 registers of 16 floats.
#include "lucid/kernels/arch/avx512.h"

#include "lucid/kernels/generic/table.h"

namespace lucid::kernels {
namespace generic {

template <class T>
struct Blocks<Avx512, T> {
  static constexpr int mr = 12, nv = 2;
  static constexpr int dot_m = 6, dot_n = 4;
  static constexpr int64_t kc = 256, mc = 192;
  static constexpr int64_t dot_length = 1024, block_bytes = 512 * 1024;
};

}  // namespace generic

constinit const Tables avx512_tables = generic::make_tables<generic::Avx512>("avx512");

}  // namespace lucid::kernels
