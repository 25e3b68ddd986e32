// The most fused multiply-adds that one thread can do, for each instruction set.
#pragma once

#include <cstdint>

namespace bench {

/// Multiplies and adds float32 numbers in registers, in `steps` steps. @return the flops of a step
using PeakKernel = double (*)(int64_t steps);

extern const PeakKernel peak_sse2, peak_avx2, peak_avx512, peak_neon;

}  // namespace bench
