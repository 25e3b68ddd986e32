// The products of matrices that are measured: a (m x k) times b (k x n).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data.h"
#include "server.h"

namespace bench {

struct GemmShape {
  int64_t m, n, k;

  std::string name() const {
    if (m == n && n == k) return "square_" + std::to_string(m);
    return std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
  }
  double flops() const {
    return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  }
};

inline std::vector<GemmShape> gemm_shapes() {
  std::vector<GemmShape> shapes;
  for (int64_t size = 8; size <= 2048; size *= 2) shapes.push_back({size, size, size});
  const GemmShape others[] = {
      {100, 100, 100},  {1, 1024, 1024},  // one example through a linear layer
      {1024, 1, 1024},                    // matrix times vector
      {64, 10, 128},                      // the last layer of a LeNet
      {64, 128, 3136},                    // and the one before
      {16, 1000, 2048},                   // the last layer of a ResNet-50
      {32, 4096, 4096},                   // a layer of VGG's
      {2048, 2048, 16},                   // a short sum
      {16, 16, 65536},                    // a long one, as in weight gradients
      {64, 3136, 576},                    // a 3x3 convolution unfolded into columns
      {4096, 64, 64},                     // tall
  };
  shapes.insert(shapes.end(), std::begin(others), std::end(others));
  return shapes;
}

/// prepare(shape, a, b) makes a case ready.
template <class Prepare>
Cases gemm_cases_with(const Prepare& prepare) {
  Cases cases;
  for (const GemmShape& shape : gemm_shapes()) {
    cases.push_back(
        {shape.name(), shape.flops(),
         [=] { return prepare(shape, noise(shape.m * shape.k, 1), noise(shape.k * shape.n, 2)); }});
  }
  return cases;
}

/// For Library with tensors, through its public matmul().
template <class Library>
Cases gemm_cases() {
  using Tensor = typename Library::Tensor;
  return gemm_cases_with(
      [](const GemmShape& shape, const std::vector<float>& left, const std::vector<float>& right) {
        const Tensor a = Library::tensor(left, {shape.m, shape.k});
        const Tensor b = Library::tensor(right, {shape.k, shape.n});
        auto result = std::make_shared<Tensor>();
        Prepared prepared;
        prepared.run = [=] {
          const typename Library::NoGrad guard;
          *result = matmul(a, b);
        };
        prepared.value = [=] {
          prepared.run();
          return Library::rms(*result);
        };
        return prepared;
      });
}

}  // namespace bench
