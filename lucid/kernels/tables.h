// The tables that are compiled in: one object per instruction set, in a translation unit of its
// own.
#pragma once

#include "lucid/kernels/table.h"

namespace lucid::kernels {

struct Tables {
  KernelTable<float> of_float;
  KernelTable<double> of_double;
};

// Plain data, so that no code compiled for an instruction set runs before the processor was asked.
extern const Tables reference_tables;
extern const Tables sse2_tables;
extern const Tables avx2_tables;
extern const Tables avx512_tables;
extern const Tables neon_tables;

}  // namespace lucid::kernels
