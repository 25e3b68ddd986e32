// SGD, Adam and AdamW against PyTorch's formulas, written out here in plain double.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;
using optim::AdamOptions;
using optim::AdamWOptions;
using optim::SGDOptions;

namespace {

using Values = std::vector<double>;

// https://pytorch.org/docs/stable/generated/torch.optim.SGD.html, line by line.
class ReferenceSGD {
 public:
  explicit ReferenceSGD(const SGDOptions& options) : o_(options) {}

  void step(Values& p, const Values& gradient, double lr) {
    if (velocity_.empty()) velocity_.resize(p.size());
    for (size_t i = 0; i < p.size(); ++i) {
      double g = o_.maximize ? -gradient[i] : gradient[i];
      g += o_.weight_decay * p[i];
      if (o_.momentum != 0) {
        double& b = velocity_[i];
        b = first_ ? g : o_.momentum * b + (1 - o_.dampening) * g;
        g = o_.nesterov ? g + o_.momentum * b : b;
      }
      p[i] -= lr * g;
    }
    first_ = false;
  }

 private:
  SGDOptions o_;
  Values velocity_;
  bool first_ = true;
};

// https://pytorch.org/docs/stable/generated/torch.optim.Adam.html and AdamW.html.
class ReferenceAdam {
 public:
  ReferenceAdam(const AdamOptions& options, bool decoupled) : o_(options), decoupled_(decoupled) {}

  void step(Values& p, const Values& gradient, double lr) {
    m_.resize(p.size());
    v_.resize(p.size());
    greatest_.resize(p.size());
    ++t_;
    const double correction1 = 1 - std::pow(o_.betas[0], t_);
    const double correction2 = 1 - std::pow(o_.betas[1], t_);
    for (size_t i = 0; i < p.size(); ++i) {
      double g = o_.maximize ? -gradient[i] : gradient[i];
      if (decoupled_) {
        p[i] -= lr * o_.weight_decay * p[i];
      } else {
        g += o_.weight_decay * p[i];
      }
      m_[i] = o_.betas[0] * m_[i] + (1 - o_.betas[0]) * g;
      v_[i] = o_.betas[1] * v_[i] + (1 - o_.betas[1]) * g * g;
      greatest_[i] = std::max(greatest_[i], v_[i]);
      const double second = o_.amsgrad ? greatest_[i] : v_[i];
      p[i] -= lr * (m_[i] / correction1) / (std::sqrt(second / correction2) + o_.eps);
    }
  }

 private:
  AdamOptions o_;
  bool decoupled_;
  Values m_, v_, greatest_;
  int t_ = 0;
};

// Takes eight steps with gradients of changing size, the last four with another learning rate, and
// compares after each.
template <class Optimizer, class Options, class Reference>
void compare(const Options& options, Reference reference, DType dtype) {
  // More elements than any vector register holds, and no multiple of one.
  const Shape shape{5, 15};
  const nn::Parameter parameter(pattern(shape, dtype, 1));
  Optimizer optimizer({parameter}, options);
  Values expected = parameter.to_vector<double>();
  const double tolerance = dtype == float64 ? 1e-13 : 2e-6;
  double lr = options.lr;
  for (uint64_t step = 0; step < 8; ++step) {
    if (step == 4) optimizer.set_lr(lr *= 0.3);
    const double size = step % 3 == 0 ? 2.0 : 0.1;
    const Tensor gradient = pattern(shape, dtype, step + 2) * size;
    parameter.set_grad(gradient);
    optimizer.step();
    reference.step(expected, gradient.to_vector<double>(), lr);
    INFO("step " << step);
    REQUIRE(mismatch(parameter, dtype, shape, expected, tolerance) == "");
  }
}

void compare_sgd(const SGDOptions& options) {
  compare<optim::SGD>(options, ReferenceSGD(options), float64);
  compare<optim::SGD>(options, ReferenceSGD(options), float32);
}

void compare_adam(const AdamOptions& options) {
  compare<optim::Adam>(options, ReferenceAdam(options, false), float64);
  compare<optim::Adam>(options, ReferenceAdam(options, false), float32);
}

void compare_adamw(const AdamWOptions& o) {
  const AdamOptions options{.lr = o.lr,
                            .betas = o.betas,
                            .eps = o.eps,
                            .weight_decay = o.weight_decay,
                            .amsgrad = o.amsgrad,
                            .maximize = o.maximize};
  compare<optim::AdamW>(o, ReferenceAdam(options, true), float64);
  compare<optim::AdamW>(o, ReferenceAdam(options, true), float32);
}

TEST_CASE("SGD: plain") {
  compare_sgd({.lr = 0.1});
}
TEST_CASE("SGD: weight decay") {
  compare_sgd({.lr = 0.1, .weight_decay = 0.2});
}
TEST_CASE("SGD: momentum") {
  compare_sgd({.lr = 0.1, .momentum = 0.9});
}
TEST_CASE("SGD: dampening does not touch the first step") {
  compare_sgd({.lr = 0.1, .momentum = 0.8, .dampening = 0.5});
}
TEST_CASE("SGD: Nesterov") {
  compare_sgd({.lr = 0.1, .momentum = 0.9, .nesterov = true});
}
TEST_CASE("SGD: maximize turns the gradient, not the weight decay") {
  compare_sgd({.lr = 0.1, .weight_decay = 0.2, .maximize = true});
  compare_sgd(
      {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.2, .nesterov = true, .maximize = true});
}

TEST_CASE("Adam: defaults") {
  compare_adam({});
}
TEST_CASE("Adam: other decays and eps") {
  compare_adam({.lr = 0.05, .betas = {0.5, 0.9}, .eps = 0.1});
  compare_adam({.lr = 0.05, .betas = {0, 0.9}});
}
TEST_CASE("Adam: weight decay") {
  compare_adam({.lr = 0.05, .weight_decay = 0.3});
}
TEST_CASE("Adam: amsgrad") {
  compare_adam({.lr = 0.05, .betas = {0.5, 0.6}, .amsgrad = true});
}
TEST_CASE("Adam: maximize") {
  compare_adam({.lr = 0.05, .weight_decay = 0.3, .maximize = true});
}

TEST_CASE("AdamW: defaults") {
  compare_adamw({});
}
TEST_CASE("AdamW: weight decay") {
  compare_adamw({.lr = 0.05, .weight_decay = 0.5});
}
TEST_CASE("AdamW: amsgrad and maximize") {
  compare_adamw({.lr = 0.05, .betas = {0.5, 0.6}, .amsgrad = true, .maximize = true});
}

TEST_CASE("AdamW: the decay is the learning rate's, whatever the gradient") {
  const nn::Parameter parameter(ones({1}, {.dtype = float64}));
  optim::AdamW adamw({parameter}, {.lr = 0.1, .weight_decay = 0.5});
  parameter.set_grad(zeros({1}, {.dtype = float64}));
  adamw.step();
  CHECK(parameter.at<double>({0}) == doctest::Approx(0.95).epsilon(1e-12));
}

}  // namespace
