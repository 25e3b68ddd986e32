// Compiled once for each instruction set, with its flags.
#include "peak_arch.h"

#if defined(__AVX512BW__)
#include "lucid/kernels/arch/avx512.h"
#define BENCH_PEAK peak_avx512
#elif defined(__AVX2__)
#include "lucid/kernels/arch/avx2.h"
#define BENCH_PEAK peak_avx2
#elif defined(__aarch64__)
#include "lucid/kernels/arch/neon.h"
#define BENCH_PEAK peak_neon
#else
#include "lucid/kernels/generic/simd.h"
#define BENCH_PEAK peak_sse2
#endif

namespace bench {
namespace {

namespace generic = lucid::kernels::generic;
#if defined(__AVX512BW__)
using Arch = generic::Avx512;
#elif defined(__AVX2__)
using Arch = generic::Avx2;
#elif defined(__aarch64__)
using Arch = generic::Neon;
#else
using Arch = xsimd::sse2;
#endif

volatile float sink;

// As many chains as hide the latency of an operation: processors start two in a cycle, which end
// four or five cycles later.
double peak(int64_t steps) {
  using Lanes = generic::Lanes<Arch, float>;
  constexpr int kChains = 12, kUnroll = 8;
  typename Lanes::Vec sums[kChains];
  for (auto& sum : sums) sum = Lanes::Vec(1.0F);
  // Neither number is known to the compiler; the sums stay near 1.
  const float seed = sink;
  const typename Lanes::Vec a(seed * 0.0F + 0.5F), b(seed * 0.0F + 0.5F);
  for (int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 8
    for (int u = 0; u < kUnroll; ++u) {
#pragma GCC unroll 12
      for (auto& sum : sums) sum = Lanes::fma(sum, a, b);
    }
  }
  float total = 0;
  for (const auto& sum : sums) total += Lanes::sum(sum);
  sink = total;
  return 2.0 * kChains * kUnroll * Lanes::count;
}

}  // namespace

extern const PeakKernel BENCH_PEAK;
const PeakKernel BENCH_PEAK = peak;

}  // namespace bench
