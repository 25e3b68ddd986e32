// In-place methods as forms of the table: what all of them promise is checked at every sample.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "tests/operations/forms.h"

namespace lucid::test {

/// An in-place method of the first input, on a copy of it (every second place of a larger one,
/// where the input does not lie together): it returns the tensor it writes to, counts one write,
/// leaves what lies between alone, and a leaf. `write` is called as operator_of() calls it.
template <class F>
Operator written(F write) {
  return [write = operator_of(std::move(write))](const Tensors& v) -> Outputs {
    Tensors inputs = v;
    const Tensor places = v[0].is_contiguous() ? Tensor() : stack({v[0], v[0]}, -1);
    inputs[0] = places.defined() ? places.select(-1, 1) : v[0].clone();
    const uint64_t version = inputs[0].version();
    const Outputs result = write(inputs);
    CHECK(result.tensors()[0].is_same(inputs[0]));
    if (!inputs[0].is_meta()) CHECK_EQ(inputs[0].version(), version + 1);
    if (places.defined() && !places.is_meta()) {
      const Tensor between = places.detach().select(-1, 0);
      CHECK(allclose(between, v[0].detach(), 0, 0, true));
    }
    if (grad_enabled() && v[0].requires_grad() && v[0].grad_fn().empty()) {
      CHECK_EQ(wrong_error<AutogradError>([&] { write(v); }, {"_: a leaf"}), "");
    }
    return result;
  };
}

}  // namespace lucid::test
