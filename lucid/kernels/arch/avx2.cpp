// AVX2 with FMA: 16 registers of 8 floats.
#include "lucid/kernels/arch/avx2.h"

#include "lucid/kernels/generic/table.h"

namespace lucid::kernels {
namespace generic {

template <class T>
struct Blocks<Avx2, T> {
  static constexpr int mr = 6, nv = 2;
  static constexpr int dot_m = 4, dot_n = 3;
  static constexpr int64_t kc = 384, mc = 96;
  static constexpr int64_t dot_length = 1024, block_bytes = 256 * 1024;
};

}  // namespace generic

constinit const Tables avx2_tables = generic::make_tables<generic::Avx2>("avx2");

}  // namespace lucid::kernels
