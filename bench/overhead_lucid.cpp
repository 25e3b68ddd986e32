// What small operations cost in lucid; overhead_torch.cpp measures the same in libtorch.
#include <lucid/lucid.h>

#include "overhead_cases.h"

namespace {

struct Lucid {
  using Tensor = lucid::Tensor;
  using NoGrad = lucid::NoGradGuard;
  static Tensor parameter(int64_t rows, int64_t columns) {
    return lucid::randn({rows, columns}, {.requires_grad = true});
  }
  static Tensor constant(int64_t rows, int64_t columns) { return lucid::ones({rows, columns}); }
  static Tensor relu(const Tensor& x) { return lucid::relu(x); }
  static Tensor matmul(const Tensor& x, const Tensor& y) { return lucid::matmul(x, y); }
  static void backward(const Tensor& y, const Tensor& gradient) { y.backward(gradient); }
};

}  // namespace

int main() {
  lucid::set_num_threads(1);
  bench::measure_overhead<Lucid>();
}
