// Normalisation by neighbouring channels.
#pragma once

#include <string>

#include "nn/module.h"

namespace lucid::nn {

struct LocalResponseNormOptions {
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1;
};

/// x / (k + alpha * mean)^beta for x (N, C, ...), with the mean of the squares of `size`
/// neighbouring channels
/// (https://pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html).
class LocalResponseNorm : public Module {
 public:
  /// @throws ValueError unless size is positive.
  explicit LocalResponseNorm(int64_t size, const LocalResponseNormOptions& options = {});
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

 private:
  int64_t size_;
  LocalResponseNormOptions options_;
};

}  // namespace lucid::nn
