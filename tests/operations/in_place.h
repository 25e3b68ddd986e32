// In-place methods as forms of the table: what all of them promise is checked at every sample.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "autograd/grad_mode.h"
#include "tests/operations/forms.h"

namespace lucid::test {

/// An in-place method of the first input, on a copy of it: it returns the tensor it writes to,
/// counts one write, and leaves a leaf alone. `write` is called as operator_of() calls it.
template <class F>
Operator written(F write) {
  return [write = operator_of(std::move(write))](const Tensors& v) -> Outputs {
    Tensors inputs = v;
    inputs[0] = v[0].clone();
    const uint64_t version = inputs[0].version();
    const Outputs result = write(inputs);
    CHECK(result.tensors()[0].is_same(inputs[0]));
    if (!inputs[0].is_meta()) CHECK_EQ(inputs[0].version(), version + 1);
    if (grad_enabled() && v[0].requires_grad() && v[0].grad_fn().empty()) {
      CHECK_EQ(wrong_error<AutogradError>([&] { write(v); }, {"_: a leaf"}), "");
    }
    return result;
  };
}

}  // namespace lucid::test
