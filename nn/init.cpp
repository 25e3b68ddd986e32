#include "nn/init.h"

#include <cmath>

#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/lazy_parameter.h"

namespace lucid::nn::init {

using lucid::detail::message;

namespace {

// Calls write(tensor, generator); for a parameter that has no shape yet, once it has one, with
// random numbers that are set aside now.
template <class Write>
void now_or_later(const Tensor& tensor, Generator& generator, Write write) {
  detail::LazyRecord* record = detail::lazy_record(tensor);
  if (!record) return write(tensor, generator);
  record->plan.first_values = FirstValues::random(
      [write](const Tensor& values, const LazySizes&, Generator& own) { write(values, own); },
      generator);
}

// The fans of a tensor that may not have its shape yet: its rank at least is known early.
void require_matrix(const char* name, const Tensor& tensor) {
  const detail::LazyRecord* record = detail::lazy_record(tensor);
  if (record && record->plan.shape && record->plan.shape->rank() < 2) {
    throw ShapeError(message(name, ": expected a weight of at least two dimensions, got shape ",
                             record->plan.shape->str()));
  }
}

// Writes low + (high - low) * u for uniform, mean + stddev * z for normal random numbers.
void write_random(const char* name, const Tensor& tensor, bool normal, double offset, double scale,
                  Generator& generator) {
  if (!tensor.is_floating_point()) {
    throw DTypeError(message(name, ": expected a float32 or float64 tensor, got ", tensor.dtype()));
  }
  if (tensor.is_meta()) return;
  const NoGradGuard guard;
  const TensorOptions options{.dtype = tensor.dtype()};
  const Tensor values =
      normal ? randn(tensor.shape(), generator, options) : rand(tensor.shape(), generator, options);
  tensor.copy_(values.mul_(scale).add_(offset));
}

double chosen_fan(const Tensor& tensor, FanMode mode) {
  const Fan both = fan(tensor.shape());
  return static_cast<double>(mode == FanMode::fan_in ? both.in : both.out);
}

double leaky_gain(double a) {
  return std::sqrt(2 / (1 + a * a));
}

double xavier_deviation(const Tensor& tensor, double gain) {
  const Fan both = fan(tensor.shape());
  return gain * std::sqrt(2.0 / static_cast<double>(both.in + both.out));
}

}  // namespace

void constant_(const Tensor& tensor, double value) {
  if (detail::LazyRecord* record = detail::lazy_record(tensor)) {
    record->plan.first_values = constant_values(value);
    return;
  }
  const NoGradGuard guard;
  tensor.fill_(value);
}

void zeros_(const Tensor& tensor) {
  constant_(tensor, 0);
}
void ones_(const Tensor& tensor) {
  constant_(tensor, 1);
}

void uniform_(const Tensor& tensor, double low, double high, Generator& generator) {
  if (!(low <= high)) {
    throw ValueError(message("uniform_: expected low <= high, got ", low, " and ", high));
  }
  now_or_later(tensor, generator, [=](const Tensor& values, Generator& from) {
    write_random("uniform_", values, false, low, high - low, from);
  });
}

void normal_(const Tensor& tensor, double mean, double stddev, Generator& generator) {
  if (!(stddev >= 0)) throw ValueError(message("normal_: expected stddev >= 0, got ", stddev));
  now_or_later(tensor, generator, [=](const Tensor& values, Generator& from) {
    write_random("normal_", values, true, mean, stddev, from);
  });
}

Fan fan(const Shape& weight_shape) {
  if (weight_shape.size() < 2) {
    throw ShapeError(
        message("fan: expected a weight of at least two dimensions, got shape ", weight_shape));
  }
  static_cast<void>(weight_shape.numel());  // refuses sizes whose products do not fit
  int64_t field = 1;
  for (size_t i = 2; i < weight_shape.size(); ++i) field *= weight_shape[i];
  return {weight_shape[1] * field, weight_shape[0] * field};
}

void kaiming_uniform_(const Tensor& tensor, double a, FanMode mode, Generator& generator) {
  require_matrix("kaiming_uniform_", tensor);
  now_or_later(tensor, generator, [=](const Tensor& values, Generator& from) {
    const double bound = leaky_gain(a) * std::sqrt(3 / chosen_fan(values, mode));
    uniform_(values, -bound, bound, from);
  });
}

void kaiming_normal_(const Tensor& tensor, double a, FanMode mode, Generator& generator) {
  require_matrix("kaiming_normal_", tensor);
  now_or_later(tensor, generator, [=](const Tensor& values, Generator& from) {
    normal_(values, 0, leaky_gain(a) / std::sqrt(chosen_fan(values, mode)), from);
  });
}

void xavier_uniform_(const Tensor& tensor, double gain, Generator& generator) {
  require_matrix("xavier_uniform_", tensor);
  now_or_later(tensor, generator, [=](const Tensor& values, Generator& from) {
    const double bound = std::sqrt(3.0) * xavier_deviation(values, gain);
    uniform_(values, -bound, bound, from);
  });
}

void xavier_normal_(const Tensor& tensor, double gain, Generator& generator) {
  require_matrix("xavier_normal_", tensor);
  now_or_later(tensor, generator, [=](const Tensor& values, Generator& from) {
    normal_(values, 0, xavier_deviation(values, gain), from);
  });
}

}  // namespace lucid::nn::init
