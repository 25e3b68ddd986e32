#include "optim/scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <type_traits>

#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/state_values.h"

namespace lucid::optim {

using lucid::detail::message;

namespace {

constexpr double kGreatest = std::numeric_limits<double>::max();

double power(double base, int64_t exponent) {
  return std::pow(base, static_cast<double>(exponent));
}

}  // namespace

LRScheduler::LRScheduler(const char* name, Optimizer& optimizer) noexcept
    : name_(name), optimizer_(optimizer), base_lr_(optimizer.lr()), last_lr_(base_lr_) {}

void LRScheduler::require_range(const char* option, double value, double low, double high) const {
  // Written so that a NaN fails.
  if (value >= low && value <= high) return;
  const std::string range = high == kGreatest ? message("of at least ", low, " and finite")
                                              : message("in [", low, ", ", high, "]");
  throw ValueError(message(name_, ": expected ", option, " ", range, ", got ", value));
}

void LRScheduler::start() {
  check_options();
  const double lr = lr_at(0);
  require_range("a learning rate for epoch 0", lr, 0, kGreatest);
  optimizer_.set_lr(lr);
  last_lr_ = lr;
}

void LRScheduler::step() {
  const double lr = lr_at(last_epoch_ + 1);
  const std::string what = message("a learning rate for epoch ", last_epoch_ + 1);
  require_range(what.c_str(), lr, 0, kGreatest);
  optimizer_.set_lr(lr);
  last_lr_ = lr;
  ++last_epoch_;
}

StateDict LRScheduler::state_dict() const {
  StateDict state{{"last_epoch", state_value(last_epoch_)},
                  {"last_lr", state_value(last_lr_)},
                  {"base_lr", state_value(base_lr_)}};
  for (const Option& option : const_cast<LRScheduler&>(*this).options()) {
    std::visit([&](const auto* value) { state.insert(option.first, state_value(*value)); },
               option.second);
  }
  return state;
}

// The result exchanges the options with those read.
CommitLoad LRScheduler::read_options(StateReader& reader) {
  std::vector<CommitLoad> swaps;
  for (const Option& option : options()) {
    const auto read = [&](auto* value) {
      const auto other = std::make_shared<std::remove_pointer_t<decltype(value)>>(*value);
      reader.read(option.first, *other);
      swaps.push_back([value, other] { std::swap(*value, *other); });
    };
    std::visit(read, option.second);
  }
  const auto swap_all = [swaps = std::move(swaps)] {
    for (const CommitLoad& swap : swaps) swap();
  };
  swap_all();
  try {
    check_options();
  } catch (const ValueError& error) {
    reader.refuse("options", error.what());
  } catch (...) {
    swap_all();
    throw;
  }
  swap_all();
  return swap_all;
}

CommitLoad LRScheduler::prepare_load(const StateDict& state) {
  StateReader reader(state);
  int64_t last_epoch = 0;
  double last_lr = 0;
  double base_lr = 0;
  reader.read("last_epoch", last_epoch);
  reader.read("last_lr", last_lr);
  reader.read("base_lr", base_lr);
  constexpr int64_t kMost = int64_t{1} << 53;
  if (last_epoch < 0 || last_epoch > kMost) {
    reader.refuse("last_epoch", message("expected 0 to ", kMost, ", got ", last_epoch));
  }
  for (const auto& [name, lr] : {std::pair{"last_lr", last_lr}, std::pair{"base_lr", base_lr}}) {
    if (!(lr >= 0 && lr <= kGreatest))
      reader.refuse(name, message("expected a learning rate in [0, inf), got ", lr));
  }
  const CommitLoad swap_options = read_options(reader);
  reader.finish(name_);
  return [this, last_epoch, last_lr, base_lr, swap_options] {
    swap_options();
    last_epoch_ = last_epoch;
    last_lr_ = last_lr;
    base_lr_ = base_lr;
  };
}

void LRScheduler::load_state_dict(const StateDict& state) {
  prepare_load(state)();
}

LambdaLR::LambdaLR(Optimizer& optimizer, std::function<double(int64_t)> lr_lambda)
    : LRScheduler("LambdaLR", optimizer), lr_lambda_(std::move(lr_lambda)) {
  if (!lr_lambda_) throw ValueError("LambdaLR: lr_lambda is empty");
  start();
}

double LambdaLR::lr_at(int64_t epoch) const {
  return base_lr() * lr_lambda_(epoch);
}

StepLR::StepLR(Optimizer& optimizer, int64_t step_size, const StepLROptions& options)
    : LRScheduler("StepLR", optimizer), step_size_(step_size), gamma_(options.gamma) {
  start();
}

double StepLR::lr_at(int64_t epoch) const {
  return base_lr() * power(gamma_, epoch / step_size_);
}

std::vector<LRScheduler::Option> StepLR::options() {
  return {{"step_size", &step_size_}, {"gamma", &gamma_}};
}

void StepLR::check_options() const {
  require_range("step_size", static_cast<double>(step_size_), 1, kGreatest);
  require_range("gamma", gamma_, 0, kGreatest);
}

MultiStepLR::MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones,
                         const MultiStepLROptions& options)
    : LRScheduler("MultiStepLR", optimizer),
      milestones_(std::move(milestones)),
      gamma_(options.gamma) {
  start();
}

double MultiStepLR::lr_at(int64_t epoch) const {
  const auto reached = std::count_if(milestones_.begin(), milestones_.end(),
                                     [=](int64_t milestone) { return milestone <= epoch; });
  return base_lr() * power(gamma_, reached);
}

std::vector<LRScheduler::Option> MultiStepLR::options() {
  return {{"milestones", &milestones_}, {"gamma", &gamma_}};
}

void MultiStepLR::check_options() const {
  require_range("gamma", gamma_, 0, kGreatest);
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, double gamma)
    : LRScheduler("ExponentialLR", optimizer), gamma_(gamma) {
  start();
}

double ExponentialLR::lr_at(int64_t epoch) const {
  return base_lr() * power(gamma_, epoch);
}

std::vector<LRScheduler::Option> ExponentialLR::options() {
  return {{"gamma", &gamma_}};
}

void ExponentialLR::check_options() const {
  require_range("gamma", gamma_, 0, kGreatest);
}

LinearLR::LinearLR(Optimizer& optimizer, const LinearLROptions& options)
    : LRScheduler("LinearLR", optimizer), options_(options) {
  start();
}

double LinearLR::lr_at(int64_t epoch) const {
  const double done = static_cast<double>(std::min(epoch, options_.total_iters)) /
                      static_cast<double>(options_.total_iters);
  return base_lr() * (options_.start_factor + (options_.end_factor - options_.start_factor) * done);
}

std::vector<LRScheduler::Option> LinearLR::options() {
  return {{"start_factor", &options_.start_factor},
          {"end_factor", &options_.end_factor},
          {"total_iters", &options_.total_iters}};
}

void LinearLR::check_options() const {
  require_range("start_factor", options_.start_factor, 0, 1);
  require_range("end_factor", options_.end_factor, 0, 1);
  require_range("total_iters", static_cast<double>(options_.total_iters), 1, kGreatest);
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, int64_t T_max,
                                     const CosineAnnealingLROptions& options)
    : LRScheduler("CosineAnnealingLR", optimizer), T_max_(T_max), eta_min_(options.eta_min) {
  start();
}

double CosineAnnealingLR::lr_at(int64_t epoch) const {
  const double angle = std::numbers::pi * static_cast<double>(epoch) / static_cast<double>(T_max_);
  return eta_min_ + (base_lr() - eta_min_) * (1 + std::cos(angle)) / 2;
}

std::vector<LRScheduler::Option> CosineAnnealingLR::options() {
  return {{"T_max", &T_max_}, {"eta_min", &eta_min_}};
}

void CosineAnnealingLR::check_options() const {
  require_range("T_max", static_cast<double>(T_max_), 1, kGreatest);
  require_range("eta_min", eta_min_, 0, kGreatest);
}

}  // namespace lucid::optim
