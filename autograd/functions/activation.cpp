#include "autograd/functions/activation.h"

#include <cmath>
#include <numbers>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/fused.h"
#include "autograd/record.h"
#include "lucid/ops/common.h"
#include "lucid/ops/norm.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/reduce.h"
#include "lucid/ops/scalar_functions.h"
#include "lucid/ops/view.h"

namespace lucid {

using autograd::record;
using autograd::Saved;
using ops::message;
using ops::require_floating;
using ops::Unary;
using ops::UnaryFunction;

namespace {

struct Settings {
  double a = 0, b = 0, c = 0;
};
using Value = Tensor (*)(const Tensor& x, const Settings& settings);
using Derivative = Tensor (*)(const Tensor& grad, const Tensor& x, const Settings& settings);

// A function put together from public operations of which the tape sees nothing, with a derivative
// of its own. Pointers, so that all of them share one type of node.
Tensor recorded(const char* name, const Tensor& x, const Settings& settings, Value value,
                Derivative derivative) {
  require_floating(name, "x", x);
  const auto unrecorded = [&] {
    const NoGradGuard guard;
    return value(x, settings);
  };
  return record(name, {x}, unrecorded(), [derivative, settings, x = Saved(x)](const Tensor& grad) {
    return derivative(grad, *x, settings);
  });
}

}  // namespace

namespace {

Tensor recorded_relu(const Tensor& x, Tensor result) {
  return record("relu", {x}, std::move(result), [](const Tensor& grad, const Tensor& y) {
    return autograd::relu_input_gradient(grad, y);
  });
}

}  // namespace

namespace {

thread_local bool relu_reuses = false;

// Nobody else sees the values of x, neither another tensor nor a node that saved them.
bool is_sole(const Tensor& x) {
  const TensorImpl& impl = *x.impl();
  return impl.use_count() == 1 && impl.contiguous && impl.storage &&
         impl.storage->use_count() == 1 && impl.storage->owned() && x.is_floating_point();
}

}  // namespace

autograd::ReluReuseGuard::ReluReuseGuard(bool reuses) noexcept
    : previous_(std::exchange(relu_reuses, reuses)) {}

autograd::ReluReuseGuard::~ReluReuseGuard() {
  relu_reuses = previous_;
}

Tensor relu(const Tensor& input) {
  ops::require_defined("relu", "x", input);
  const bool rectified =
      input.impl()->rectified && input.impl()->storage && input.impl()->storage->version() == 0;
  if (rectified && !grad_enabled()) {
    // Only once, and as long as nobody wrote: whoever has the values now may do so.
    input.impl()->rectified = false;
    return input;
  }
  if (relu_reuses && !grad_enabled() && is_sole(input)) {
    ops::relu_in_place(input);
    return recorded_relu(input, input);
  }
  const Tensor x = input.to(ops::result_type(Unary::relu, input.dtype()));
  return recorded_relu(x, ops::unary(Unary::relu, x));
}

namespace autograd {

Tensor relu_reusing(Tensor x) {
  if (!x.defined() || x.impl()->rectified || !is_sole(x)) return relu(x);
  ops::relu_in_place(x);
  return recorded_relu(x, ops::alias(x));
}

Tensor relu_input_gradient(const Tensor& grad, const Tensor& output) {
  if (grad_enabled()) return where(gt(output, 0), grad, 0);
  // The engine's handle is the only one unless somebody else wants to see the gradient.
  return ops::relu_backward(grad, output, is_sole(grad));
}

ReluGradients relu_bias_gradients(const Tensor& grad, const Tensor& output) {
  // Threads share out channels there.
  constexpr int64_t few = 16;
  if (grad_enabled() || output.shape(1) < few) return {relu_input_gradient(grad, output), {}};
  ops::ReluGradients both = ops::relu_backward_sums(grad, output, is_sole(grad));
  return {std::move(both.x), std::move(both.channel_sums)};
}

}  // namespace autograd

namespace {

// A number as functions that keep integers take it: beside those without what is behind the point.
Scalar beside(const char* name, const Tensor& x, Scalar number) {
  ops::require_defined(name, "x", x);
  ops::require_numbers(name, x.dtype(), "convert it with to()");
  if (x.is_floating_point() || number.kind() != Scalar::Kind::floating) return number;
  return ops::wrap(name, number, int64, cpu).item<int64_t>();
}

Tensor limited(const char* name, const Tensor& x, Scalar min, Scalar max) {
  return record(name, {x}, ops::clamp(x, min, max), [min, max, x = Saved(x)](const Tensor& grad) {
    return where(logical_and(gt(*x, min), lt(*x, max)), grad, 0);
  });
}

}  // namespace

Tensor relu6(const Tensor& x) {
  return limited("relu6", x, beside("relu6", x, 0), 6);
}

Tensor hardtanh(const Tensor& x, Scalar min_val, Scalar max_val) {
  if (min_val.to<double>() > max_val.to<double>()) {
    throw ValueError(message("hardtanh: expected min_val <= max_val, got ", min_val.to<double>(),
                             " and ", max_val.to<double>()));
  }
  return limited("hardtanh", x, beside("hardtanh", x, min_val), beside("hardtanh", x, max_val));
}

Tensor threshold(const Tensor& x, Scalar threshold, Scalar value) {
  const Scalar replacement = beside("threshold", x, value);
  return where(le(x, beside("threshold", x, threshold)),
               ops::wrap("threshold", replacement, x.dtype(), x.device()), x);
}

namespace {

Tensor bent(const Tensor& values, const Tensor& x, const Settings& s) {
  return where(gt(x, 0), values, values * s.a);
}

}  // namespace

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return recorded(
      "leaky_relu", x, {negative_slope},
      [](const Tensor& x, const Settings& s) { return bent(x, x, s); }, bent);
}

Tensor prelu(const Tensor& x, const Tensor& weight) {
  require_floating("prelu", "x", x);
  ops::require_defined("prelu", "weight", weight);
  const int64_t slopes = weight.numel();
  const int64_t channels = x.dim() < 2 ? 1 : x.shape(1);
  if (weight.dim() > 1 || (slopes != 1 && slopes != channels)) {
    throw ShapeError(message("prelu: expected weight of shape [1] or [", channels,
                             "] for x of shape ", x.shape(), ", got ", weight.shape()));
  }
  Shape shape = Shape::filled(x.shape().size(), 1);
  if (slopes != 1) shape[1] = slopes;
  // What is not multiplied is 0 there, or an infinite x would make the gradient of weight NaN.
  const Tensor positive = gt(x, 0);
  return where(positive, x, where(positive, 0, x) * reshape(weight, shape));
}

namespace {

// What elu, selu and celu have in common: positive * x above 0, and below it
// negative * (exp(rate * x) - 1).
Tensor exponential_unit(const char* name, const Tensor& x, double positive, double negative,
                        double rate) {
  return recorded(
      name, x, {positive, negative, rate},
      [](const Tensor& x, const Settings& s) {
        return where(gt(x, 0), x * s.a, expm1(clamp(x, {}, 0) * s.c) * s.b);
      },
      [](const Tensor& grad, const Tensor& x, const Settings& s) {
        // Above 0 the exponential is not wanted and might overflow.
        const Tensor slope = exp(clamp(x, {}, 0) * s.c) * (s.b * s.c);
        return where(gt(x, 0), grad * s.a, grad * slope);
      });
}

}  // namespace

Tensor elu(const Tensor& x, double alpha) {
  return exponential_unit("elu", x, 1, alpha, 1);
}

Tensor selu(const Tensor& x) {
  constexpr double alpha = 1.6732632423543772848170429916717;
  constexpr double scale = 1.0507009873554804934193349852946;
  return exponential_unit("selu", x, scale, scale * alpha, 1);
}

Tensor celu(const Tensor& x, double alpha) {
  if (alpha == 0) throw ValueError("celu: expected alpha other than 0");
  return exponential_unit("celu", x, 1, alpha, 1 / alpha);
}

namespace {

// The distribution function of the standard normal distribution, exact for very negative x.
Tensor normal_distribution(const Tensor& x) {
  return erfc(x * (-1 / std::numbers::sqrt2)) * 0.5;
}

Tensor exact_gelu(const Tensor& x) {
  return recorded(
      "gelu", x, {}, [](const Tensor& x, const Settings&) { return x * normal_distribution(x); },
      [](const Tensor& grad, const Tensor& x, const Settings&) {
        const double scale = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
        return grad * (normal_distribution(x) + x * exp(x * x * -0.5) * scale);
      });
}

}  // namespace

Tensor gelu(const Tensor& x, std::string_view approximate) {
  require_floating("gelu", "x", x);
  if (approximate == "none") return exact_gelu(x);
  if (approximate != "tanh") {
    throw ValueError(
        message("gelu: expected approximate \"none\" or \"tanh\", got \"", approximate, "\""));
  }
  // (1 + tanh(u)) / 2 is sigmoid(2u), which beyond 30 is 0 or 1; there x^3 might overflow.
  const Tensor near = clamp(x, -30, 30);
  const double scale = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  return x * sigmoid((near + near * near * near * 0.044715) * scale);
}

Tensor silu(const Tensor& x) {
  return recorded(
      "silu", x, {}, [](const Tensor& x, const Settings&) { return x * sigmoid(x); },
      [](const Tensor& grad, const Tensor& x, const Settings&) {
        const Tensor s = sigmoid(x);
        return grad * (s * (x * (1 - s) + 1));
      });
}

Tensor mish(const Tensor& x) {
  require_floating("mish", "x", x);
  return x * tanh(softplus(x));
}

Tensor sigmoid(const Tensor& input) {
  ops::require_defined("sigmoid", "x", input);
  const Tensor x = input.to(ops::result_type(Unary::sigmoid, input.dtype()));
  return record("sigmoid", {x}, ops::unary(Unary::sigmoid, x),
                [](const Tensor& grad, const Tensor& y) {
                  return grad_enabled() ? grad * (y * (1 - y)) : ops::sigmoid_backward(grad, y);
                });
}

Tensor logsigmoid(const Tensor& x) {
  return recorded(
      "logsigmoid", x, {},
      [](const Tensor& x, const Settings&) {
        return neg(ops::apply(UnaryFunction::softplus, neg(x)));
      },
      [](const Tensor& grad, const Tensor& x, const Settings&) { return grad * sigmoid(neg(x)); });
}

Tensor softplus(const Tensor& x, double beta, double threshold) {
  return recorded(
      "softplus", x, {beta, threshold},
      [](const Tensor& x, const Settings& s) {
        const Tensor scaled = x * s.a;
        return where(gt(scaled, s.b), x, ops::apply(UnaryFunction::softplus, scaled) / s.a);
      },
      [](const Tensor& grad, const Tensor& x, const Settings& s) {
        const Tensor scaled = x * s.a;
        return where(gt(scaled, s.b), grad, grad * sigmoid(scaled));
      });
}

Tensor softsign(const Tensor& x) {
  ops::require_defined("softsign", "x", x);
  ops::require_numbers("softsign", x.dtype(), "convert it with to()");
  return recorded(
      "softsign", x.is_floating_point() ? x : x.to(float32), {},
      [](const Tensor& x, const Settings&) { return x / (abs(x) + 1); },
      [](const Tensor& grad, const Tensor& x, const Settings&) {
        return grad / square(abs(x) + 1);
      });
}

Tensor hardsigmoid(const Tensor& x) {
  require_floating("hardsigmoid", "x", x);
  return relu6(x + 3) / 6;
}

Tensor hardswish(const Tensor& x) {
  return recorded(
      "hardswish", x, {}, [](const Tensor& x, const Settings&) { return x * relu6(x + 3) / 6; },
      [](const Tensor& grad, const Tensor& x, const Settings&) {
        return where(lt(x, -3), 0, where(gt(x, 3), grad, grad * (x / 3 + 0.5)));
      });
}

// Where the gradient itself must be differentiable it is put together from public operations; the
// fused kernels compute the same.

Tensor softmax(const Tensor& x, int64_t dim) {
  return record("softmax", {x}, ops::softmax(x, dim), [dim](const Tensor& grad, const Tensor& y) {
    if (!grad_enabled()) return ops::softmax_backward(grad, y, dim);
    return y * (grad - sum(grad * y, dim, true));
  });
}

Tensor log_softmax(const Tensor& x, int64_t dim) {
  return record("log_softmax", {x}, ops::log_softmax(x, dim),
                [dim](const Tensor& grad, const Tensor& y) {
                  if (!grad_enabled()) return ops::log_softmax_backward(grad, y, dim);
                  return grad - exp(y) * sum(grad, dim, true);
                });
}

Tensor softmin(const Tensor& x, int64_t dim) {
  require_floating("softmin", "x", x);
  normalize_dim("softmin", dim, x.shape().size());
  return softmax(neg(x), dim);
}

Tensor glu(const Tensor& x, int64_t dim) {
  require_floating("glu", "x", x);
  const size_t d = normalize_dim("glu", dim, x.shape().size());
  const int64_t size = x.dim() == 0 ? 1 : x.shape(dim);
  if (size % 2 != 0) {
    throw ShapeError(message("glu: expected an even size in dim ", dim, ", got ", size,
                             " in shape ", x.shape()));
  }
  const auto at = static_cast<int64_t>(d);
  return narrow(x, at, 0, size / 2) * sigmoid(narrow(x, at, size / 2, size / 2));
}

}  // namespace lucid
