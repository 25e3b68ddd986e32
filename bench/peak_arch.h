// The most fused multiply-adds that one thread can do, for each instruction set.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace bench {

/// Multiplies and adds float32 numbers in registers, in `steps` steps. @return the flops of a step
using PeakKernel = double (*)(int64_t steps);

extern const PeakKernel peak_sse2, peak_avx2, peak_avx512, peak_neon;

/// The widest instruction set that both the build and the processor have, and that `--arch` allows.
inline PeakKernel widest_peak() {
#if defined(__x86_64__)
  const char* arch = std::getenv("LUCID_ARCH");
  const bool narrow = arch != nullptr && std::string_view(arch) == "avx2";
  if (!narrow && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return peak_avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return peak_avx2;
  return peak_sse2;
#else
  return peak_neon;
#endif
}

}  // namespace bench
