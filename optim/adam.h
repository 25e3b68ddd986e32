// Adam and AdamW.
#pragma once

#include <array>

#include "optim/optimizer.h"

namespace lucid::optim {

struct AdamOptions {
  double lr = 1e-3;                            ///< learning rate
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two moments, in [0, 1)
  double eps = 1e-8;                           ///< added to the denominator
  double weight_decay = 0;                     ///< L2 penalty, added to the gradient
  bool amsgrad = false;                        ///< divide by the greatest second moment so far
  bool maximize = false;                       ///< climb instead of descend
};

/// Moments m and v of the gradient with decay betas; p -= lr * m' / (sqrt(v') + eps) with both
/// corrected for their start at zero (Kingma and Ba, 2015;
/// https://pytorch.org/docs/stable/generated/torch.optim.Adam.html).
class Adam : public Optimizer {
 public:
  /// @throws ValueError for options out of their range.
  explicit Adam(std::vector<nn::Parameter> parameters, const AdamOptions& options = {});

  const AdamOptions& options() const noexcept { return options_; }

 protected:
  Adam(const char* name, std::vector<nn::Parameter> parameters, const AdamOptions& options,
       bool decoupled_weight_decay);

 private:
  struct Moments {
    Tensor first, second, greatest_second;
    int64_t steps = 0;
  };

  void check(const AdamOptions& options) const;
  void update(size_t index, const Tensor& parameter, const Tensor& gradient) override;
  void write_state(StateDict& state) const override;
  CommitLoad read_state(StateReader& reader) override;
  Moments read_moments(StateReader& reader, size_t index, bool amsgrad) const;

  AdamOptions options_;
  bool decoupled_weight_decay_;
  std::vector<Moments> moments_;
};

struct AdamWOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 1e-2;  ///< the parameter shrinks by lr * weight_decay each step
  bool amsgrad = false;
  bool maximize = false;
};

/// Adam with the weight decay taken out of the gradient (Loshchilov and Hutter, 2019;
/// https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html).
class AdamW : public Adam {
 public:
  explicit AdamW(std::vector<nn::Parameter> parameters, const AdamWOptions& options = {});
};

}  // namespace lucid::optim
