// Learning rates that change as training goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <variant>
#include <vector>

#include "lucid/state_dict.h"
#include "optim/optimizer.h"

namespace lucid {
class StateReader;
}

namespace lucid::optim {

/// Sets an optimiser's learning rate (https://pytorch.org/docs/stable/optim.html, "How to adjust
/// learning rate"). The rate the optimiser has when the scheduler is made is the base from which it
/// computes all others; that of epoch 0 is set at once. step() is called after the optimiser's,
/// once per epoch or once per batch: an "epoch" is whatever lies between two calls.
///
/// Rates are computed in closed form from the number of the epoch, so that they do not depend on
/// how it was reached: what else sets the optimiser's rate in between is overwritten, where PyTorch
/// multiplies it. A scheduler refers to its optimiser, which must outlive it.
class LRScheduler {
 public:
  LRScheduler(const LRScheduler&) = delete;
  LRScheduler& operator=(const LRScheduler&) = delete;
  virtual ~LRScheduler() = default;

  /// Goes on to the next epoch and sets its learning rate.
  /// @throws ValueError if that is negative or no number; then nothing has changed.
  void step();
  /// The number of steps taken; 0 at first.
  int64_t last_epoch() const noexcept { return last_epoch_; }
  /// The rate it set last.
  double last_lr() const noexcept { return last_lr_; }
  double base_lr() const noexcept { return base_lr_; }

  /// "last_epoch", "last_lr", "base_lr", and the options by name. A function is not among them.
  StateDict state_dict() const;
  /// Replaces all of that, as PyTorch does. The optimiser's learning rate stays as it is: it
  /// belongs to the optimiser's state, which is loaded beside this one.
  /// @throws ValueError that lists everything that does not fit; then nothing has changed.
  void load_state_dict(const StateDict& state);
  /// The first half of load_state_dict, which changes nothing. The scheduler must outlive it.
  [[nodiscard]] CommitLoad prepare_load(const StateDict& state);

 protected:
  /// @param name of the class, for errors
  LRScheduler(const char* name, Optimizer& optimizer) noexcept;
  /// Sets the learning rate of epoch 0; the last thing a subclass's constructor does.
  void start();

  /// The learning rate of an epoch, as a function of base_lr() and the options.
  virtual double lr_at(int64_t epoch) const = 0;
  /// An option that belongs to the state: its name, where it is kept, and the range of its numbers.
  struct Option {
    const char* name;
    std::variant<double*, int64_t*, std::vector<int64_t>*> value;
    double low = std::numeric_limits<double>::lowest();
    double high = std::numeric_limits<double>::max();
  };
  virtual std::vector<Option> options() { return {}; }

 private:
  static CommitLoad read_option(StateReader& reader, const Option& option);
  void set_epoch(int64_t epoch);

  const char* name_;
  Optimizer& optimizer_;
  double base_lr_;
  double last_lr_;
  int64_t last_epoch_ = 0;
};

/// base * lr_lambda(epoch)
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html).
class LambdaLR : public LRScheduler {
 public:
  /// @throws ValueError if there is no function, or what it gives for epoch 0 makes no learning
  /// rate.
  LambdaLR(Optimizer& optimizer, std::function<double(int64_t epoch)> lr_lambda);

 private:
  double lr_at(int64_t epoch) const override;

  std::function<double(int64_t)> lr_lambda_;
};

struct StepLROptions {
  double gamma = 0.1;  ///< factor, at least 0
};

/// base * gamma^(epoch / step_size), rounded down
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html).
class StepLR : public LRScheduler {
 public:
  /// @throws ValueError if step_size is less than 1 or gamma negative or not finite.
  StepLR(Optimizer& optimizer, int64_t step_size, const StepLROptions& options = {});

 private:
  double lr_at(int64_t epoch) const override;
  std::vector<Option> options() override;

  int64_t step_size_;
  double gamma_;
};

struct MultiStepLROptions {
  double gamma = 0.1;  ///< factor, at least 0
};

/// base * gamma^(milestones reached)
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html).
class MultiStepLR : public LRScheduler {
 public:
  /// @param milestones epochs, in any order; one that is listed twice counts twice
  /// @throws ValueError if gamma is negative or not finite.
  MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones,
              const MultiStepLROptions& options = {});

 private:
  double lr_at(int64_t epoch) const override;
  std::vector<Option> options() override;

  std::vector<int64_t> milestones_;
  double gamma_;
};

/// base * gamma^epoch
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html).
class ExponentialLR : public LRScheduler {
 public:
  /// @throws ValueError if gamma is negative or not finite.
  ExponentialLR(Optimizer& optimizer, double gamma);

 private:
  double lr_at(int64_t epoch) const override;
  std::vector<Option> options() override;

  double gamma_;
};

struct LinearLROptions {
  double start_factor = 1.0 / 3;  ///< in [0, 1]
  double end_factor = 1;          ///< in [0, 1]
  int64_t total_iters = 5;        ///< epochs from one to the other, at least 1
};

/// base * a factor that goes from start_factor to end_factor in a straight line, and stays there
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html).
class LinearLR : public LRScheduler {
 public:
  /// @throws ValueError for options out of their range.
  explicit LinearLR(Optimizer& optimizer, const LinearLROptions& options = {});

 private:
  double lr_at(int64_t epoch) const override;
  std::vector<Option> options() override;

  LinearLROptions options_;
};

struct CosineAnnealingLROptions {
  double eta_min = 0;  ///< lowest learning rate, at least 0
};

/// eta_min + (base - eta_min) * (1 + cos(pi * epoch / T_max)) / 2: down in T_max epochs, and up
/// again in as many (Loshchilov and Hutter, 2017, "SGDR", without the restarts;
/// https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html).
class CosineAnnealingLR : public LRScheduler {
 public:
  /// @throws ValueError if T_max is less than 1 or eta_min negative or not finite.
  CosineAnnealingLR(Optimizer& optimizer, int64_t T_max,
                    const CosineAnnealingLROptions& options = {});

 private:
  double lr_at(int64_t epoch) const override;
  std::vector<Option> options() override;

  int64_t T_max_;
  double eta_min_;
};

}  // namespace lucid::optim
