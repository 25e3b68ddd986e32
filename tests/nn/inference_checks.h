// What the tests of models that were optimised for inference share.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "autograd/profiler.h"
#include "lucid/lucid.h"
#include "tests/autograd/profiler_row.h"
#include "tests/support/check.h"

namespace lucid::test {

template <class Model>
Tensor evaluated(const Model& model, const Tensor& x) {
  Model twin = nn::clone(model);
  twin.eval();
  const NoGradGuard guard;
  return twin(x);
}

// Equal up to rounding, which Winograd's filtering enlarges.
inline void check_close(const Tensor& got, const Tensor& expected) {
  double greatest = 1;
  for (const double value : expected.to_vector<double>()) {
    greatest = std::max(greatest, std::abs(value));
  }
  CHECK(mismatch(got, expected.dtype(), expected.shape(), expected.to_vector<double>(),
                 2e-4 * greatest) == "");
}

inline int64_t calls_of(const nn::InferenceModel& model, const Tensor& x, const std::string& name) {
  const Profiler profiler;
  model(x);
  return row_of(profiler, name).calls;
}

}  // namespace lucid::test
