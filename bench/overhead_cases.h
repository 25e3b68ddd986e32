// What small operations cost: where the numbers are few, the time is the library's own.
#pragma once

#include <memory>
#include <vector>

#include "server.h"

namespace bench {

/// A step of a small network: input times first, plus bias, ReLU, times second, plus bias.
template <class Library>
struct SmallNetwork {
  using Tensor = typename Library::Tensor;
  std::vector<float> ones = std::vector<float>(16, 1.0F);
  Tensor input = Library::tensor(ones, {1, 16});
  Tensor seed = Library::tensor(ones, {1, 16});
  Tensor bias = Library::parameter(noise(16, 1), {1, 16});
  Tensor first = Library::parameter(noise(256, 2), {16, 16});
  Tensor second = Library::parameter(noise(256, 3), {16, 16});

  void step() const {
    const Tensor hidden = relu(matmul(input, first) + bias);
    Library::backward(matmul(hidden, second) + bias, seed);
  }
};

/// For Library with Tensor, NoGrad, tensor(), parameter() and backward(y, gradient of y). A call
/// does as many operations as the case's work says.
template <class Library>
Cases overhead_cases() {
  using Tensor = typename Library::Tensor;
  const std::vector<float> ones(8, 1.0F);
  const Tensor x = Library::tensor(ones, {1, 8});
  const Tensor w = Library::parameter(noise(8, 1), {1, 8});
  const Tensor seed = Library::tensor(ones, {1, 8});
  const auto chain = [x](int length, const auto& operation) {
    Tensor y = x;
    for (int i = 0; i < length; ++i) y = operation(y);
    return y;
  };
  const auto add = [w](const Tensor& y) { return y + w; };
  const auto mul = [w](const Tensor& y) { return y * w; };
  const auto add_relu = [w](const Tensor& y) { return relu(y + w); };
  const auto make = [](const char* name, double operations, const std::function<void()>& run) {
    return Case{name, operations, [run] {
                  Prepared prepared;
                  prepared.run = run;
                  return prepared;
                }};
  };
  const auto network = std::make_shared<SmallNetwork<Library>>();
  return {
      make("add_not_recorded", 20,
           [=] {
             const typename Library::NoGrad guard;
             chain(20, add);
           }),
      make("add_recorded_and_dropped", 20, [=] { chain(20, add); }),
      make("add_or_relu_with_backward", 20, [=] { Library::backward(chain(10, add_relu), seed); }),
      make("mul_with_backward", 20, [=] { Library::backward(chain(20, mul), seed); }),
      make("mlp_16_16_16_step", 1, [=] { network->step(); }),
  };
}

}  // namespace bench
