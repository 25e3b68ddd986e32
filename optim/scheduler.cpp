#include "optim/scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

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

// What a number outside [low, high] is to be instead; empty if it lies in there.
std::string wrong_number(double value, double low, double high = kGreatest) {
  // Written so that a NaN is wrong.
  if (value >= low && value <= high) return "";
  const std::string range = high == kGreatest ? message("of at least ", low, " and finite")
                                              : message("in [", low, ", ", high, "]");
  return message(range, ", got ", value);
}

std::string wrong_option(double value, double low, double high) {
  return wrong_number(value, low, high);
}

std::string wrong_option(int64_t value, double low, double high) {
  return wrong_number(static_cast<double>(value), low, high);
}

std::string wrong_option(const std::vector<int64_t>& values, double low, double high) {
  for (const int64_t value : values) {
    if (std::string wrong = wrong_option(value, low, high); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace

LRScheduler::LRScheduler(const char* name, Optimizer& optimizer) noexcept
    : name_(name), optimizer_(optimizer), base_lr_(optimizer.lr()), last_lr_(base_lr_) {}

void LRScheduler::start() {
  for (const Option& option : options()) {
    const auto check = [&](const auto* value) {
      return wrong_option(*value, option.low, option.high);
    };
    const std::string wrong = std::visit(check, option.value);
    if (!wrong.empty()) throw ValueError(message(name_, ": expected ", option.name, " ", wrong));
  }
  set_epoch(0);
}

void LRScheduler::step() {
  set_epoch(last_epoch_ + 1);
}

void LRScheduler::set_epoch(int64_t epoch) {
  const double lr = lr_at(epoch);
  if (const std::string wrong = wrong_number(lr, 0); !wrong.empty()) {
    throw ValueError(message(name_, ": expected a learning rate for epoch ", epoch, " ", wrong));
  }
  optimizer_.set_lr(lr);
  last_lr_ = lr;
  last_epoch_ = epoch;
}

StateDict LRScheduler::state_dict() const {
  StateDict state{{"last_epoch", state_value(last_epoch_)},
                  {"last_lr", state_value(last_lr_)},
                  {"base_lr", state_value(base_lr_)}};
  for (const Option& option : const_cast<LRScheduler&>(*this).options()) {
    std::visit([&](const auto* value) { state.insert(option.name, state_value(*value)); },
               option.value);
  }
  return state;
}

namespace {

double read_lr(StateReader& reader, const char* name) {
  double lr = 0;
  reader.read(name, lr);
  if (const std::string wrong = wrong_number(lr, 0); !wrong.empty()) {
    reader.refuse(name, "expected a learning rate " + wrong);
  }
  return lr;
}

}  // namespace

CommitLoad LRScheduler::read_option(StateReader& reader, const Option& option) {
  const auto read = [&](auto* to) -> CommitLoad {
    auto value = *to;
    reader.read(option.name, value);
    if (const std::string wrong = wrong_option(value, option.low, option.high); !wrong.empty()) {
      reader.refuse(option.name, "expected a value " + wrong);
    }
    // Room now, so that assigning cannot fail.
    if constexpr (std::is_same_v<decltype(value), std::vector<int64_t>>) to->reserve(value.size());
    return [to, value] { *to = value; };
  };
  return std::visit(read, option.value);
}

CommitLoad LRScheduler::prepare_load(const StateDict& state) {
  StateReader reader(state);
  int64_t last_epoch = 0;
  reader.read_count("last_epoch", last_epoch);
  const double last_lr = read_lr(reader, "last_lr");
  const double base_lr = read_lr(reader, "base_lr");
  std::vector<CommitLoad> commits;
  for (const Option& option : options()) commits.push_back(read_option(reader, option));
  reader.finish(name_);
  return [this, last_epoch, last_lr, base_lr, commits = std::move(commits)] {
    for (const CommitLoad& commit : commits) commit();
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
  return {{"step_size", &step_size_, 1}, {"gamma", &gamma_, 0}};
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
  return {{"milestones", &milestones_}, {"gamma", &gamma_, 0}};
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, double gamma)
    : LRScheduler("ExponentialLR", optimizer), gamma_(gamma) {
  start();
}

double ExponentialLR::lr_at(int64_t epoch) const {
  return base_lr() * power(gamma_, epoch);
}

std::vector<LRScheduler::Option> ExponentialLR::options() {
  return {{"gamma", &gamma_, 0}};
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
  return {{"start_factor", &options_.start_factor, 0, 1},
          {"end_factor", &options_.end_factor, 0, 1},
          {"total_iters", &options_.total_iters, 1}};
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
  return {{"T_max", &T_max_, 1}, {"eta_min", &eta_min_, 0}};
}

}  // namespace lucid::optim
