// The same as overhead_lucid.cpp with libtorch, to stand beside it.
#include <torch/torch.h>

#include "overhead_cases.h"

namespace {

struct Torch {
  using Tensor = torch::Tensor;
  using NoGrad = torch::NoGradGuard;
  static Tensor parameter(int64_t rows, int64_t columns) {
    return torch::randn({rows, columns}, torch::requires_grad());
  }
  static Tensor constant(int64_t rows, int64_t columns) { return torch::ones({rows, columns}); }
  static Tensor relu(const Tensor& x) { return torch::relu(x); }
  static Tensor matmul(const Tensor& x, const Tensor& y) { return torch::matmul(x, y); }
  static void backward(const Tensor& y, const Tensor& gradient) { y.backward(gradient); }
};

}  // namespace

int main() {
  torch::set_num_threads(1);
  bench::measure_overhead<Torch>();
}
