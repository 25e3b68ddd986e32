// What the rows of convolutions and transposed convolutions share.
#pragma once

#include "tests/operations/operations.h"

namespace lucid::test {

template <class Options>
using Convolve = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const Options&);

/// A convolution with options. The third of the tensors, the bias, may be missing.
template <class Options>
Operator with(Convolve<Options> f, const Options& options) {
  return [=](const Tensors& v) { return f(v[0], v[1], v.size() > 2 ? v[2] : Tensor(), options); };
}

}  // namespace lucid::test
