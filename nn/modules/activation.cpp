#include "nn/modules/activation.h"

#include "autograd/functions/activation.h"
#include "autograd/functions/math.h"

namespace lucid::nn {

Tensor ReLU::forward(const Tensor& x) {
  return relu(x);
}
Tensor Sigmoid::forward(const Tensor& x) {
  return sigmoid(x);
}
Tensor Tanh::forward(const Tensor& x) {
  return tanh(x);
}
Tensor Softmax::forward(const Tensor& x) {
  return softmax(x, dim_);
}
std::string Softmax::extra_repr() const {
  return "dim=" + std::to_string(dim_);
}

}  // namespace lucid::nn
