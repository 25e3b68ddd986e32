#include "nn/modules/shape.h"

namespace lucid::nn {

Tensor Flatten::forward(const Tensor& x) {
  return x.flatten(start_dim_, end_dim_);
}

std::string Flatten::extra_repr() const {
  return "start_dim=" + std::to_string(start_dim_) + ", end_dim=" + std::to_string(end_dim_);
}

}  // namespace lucid::nn
