#include "autograd/flops.h"

#include <algorithm>

namespace lucid::autograd::detail {
namespace {

enum class Kind : uint8_t {
  unknown,
  sum,              // a + b, a - b
  product,          // a * b, a / b
  linear,           // x (..., in), weight (out, in)
  matrix_product,   // a (..., n, m), b (..., m, p)
  convolution,      // x, weight: an output element takes a filter
  input_gradient,   // grad, weight: so does an element of grad
  weight_gradient,  // grad, x: the output is shaped like weight
};

Kind convolution_kind(std::string_view rest) {
  if (rest.empty() || rest == "_relu") return Kind::convolution;
  if (rest == "_input_gradient") return Kind::input_gradient;
  return rest == "_weight_gradient" ? Kind::weight_gradient : Kind::unknown;
}

Kind kind_of(std::string_view name) {
  if (name == "add" || name == "sub") return Kind::sum;
  if (name == "mul" || name == "div") return Kind::product;
  if (name == "linear" || name == "linear_relu") return Kind::linear;
  if (name == "matmul") return Kind::matrix_product;
  for (const std::string_view conv : {"conv1d", "conv2d", "conv3d"}) {
    if (name.starts_with(conv)) return convolution_kind(name.substr(conv.size()));
  }
  return Kind::unknown;
}

// The multiply-adds of one output element, of which there are weight.shape(0) for each place.
int64_t filter_size(const Tensor& weight) {
  return weight.dim() == 0 ? 0 : weight.numel() / std::max<int64_t>(weight.shape(0), 1);
}

// An operation of a user's own may have any of the names, with other operands.
bool has_operands(std::span<const Tensor> inputs) {
  return inputs.size() >= 2 && inputs[0].defined() && inputs[1].defined();
}

int64_t multiply_adds(Kind kind, std::span<const Tensor> inputs, const Tensor& output) {
  if (!has_operands(inputs)) return 0;
  switch (kind) {
    case Kind::linear:
    case Kind::matrix_product:
      return inputs[0].dim() == 0 ? 0 : output.numel() * inputs[0].shape(-1);
    case Kind::convolution:
      return output.numel() * filter_size(inputs[1]);
    case Kind::input_gradient:
      return inputs[0].numel() * filter_size(inputs[1]);
    case Kind::weight_gradient:
      return inputs[0].numel() * filter_size(output);
    default:
      return 0;
  }
}

}  // namespace

int64_t forward_flops(std::string_view name, std::span<const Tensor> inputs, const Tensor& output) {
  const Kind kind = kind_of(name);
  if (kind == Kind::unknown || output.is_meta()) return 0;
  if (kind == Kind::sum || kind == Kind::product) return output.numel();
  return 2 * multiply_adds(kind, inputs, output);
}

int64_t backward_flops(std::string_view name, int64_t forward_flops,
                       std::span<const Tensor> input_grads) {
  const Kind kind = kind_of(name);
  if (kind == Kind::sum || kind == Kind::unknown) return 0;
  const auto operands = input_grads.first(std::min<size_t>(input_grads.size(), 2));
  return forward_flops * std::count_if(operands.begin(), operands.end(),
                                       [](const Tensor& grad) { return grad.defined(); });
}

}  // namespace lucid::autograd::detail
