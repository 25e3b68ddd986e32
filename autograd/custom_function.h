// Operations of one's own: forward and backward written by the user.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "lucid/tensor.h"

namespace lucid::autograd {

namespace detail {
struct CustomCall;
}

/// What forward() keeps for backward()
/// (https://pytorch.org/docs/stable/autograd.html#context-method-mixins).
class FunctionContext {
 public:
  /// Internal: made by the call.
  explicit FunctionContext(detail::CustomCall& call) noexcept : call_(call) {}

  /// Keeps inputs, outputs or anything else; replaces what was saved before. Only inputs and
  /// outputs are differentiated through when backward() is.
  void save_for_backward(std::vector<Tensor> tensors);
  /// What was saved, in order. @throws AutogradError if one was modified in place since, or if
  /// called in forward().
  std::vector<Tensor> saved_tensors() const;
  /// Whether backward() must compute a gradient for tensor argument i.
  /// @throws IndexError if there are not so many.
  bool needs_input_grad(size_t i) const;
  /// Outputs of forward() that have no gradient. Those that are not floating-point never have one.
  void mark_non_differentiable(std::vector<Tensor> outputs);
  /// false: backward() gets undefined tensors for outputs nobody used, in place of zeros.
  void set_materialize_grads(bool materialize);
  /// backward() is not to be recorded: differentiating its result is an error. For one that uses
  /// something the tape does not see.
  void set_once_differentiable(bool once = true);

 private:
  detail::CustomCall& call_;
};

using CustomForward = std::function<std::vector<Tensor>(FunctionContext& context)>;
/// From the gradient of each output those of each input, undefined where there is none.
using CustomBackward = std::function<std::vector<Tensor>(FunctionContext& context,
                                                         const std::vector<Tensor>& grad_outputs)>;

/// Runs `forward` without recording and puts the call on the tape as one operation, whose gradient
/// is `backward`; CustomFunction makes a type of it.
/// @throws AutogradError in the backward pass, if that returns another number of gradients than
/// there are inputs, or one whose shape is not its input's.
std::vector<Tensor> apply_custom(std::string name, const std::vector<Tensor>& inputs,
                                 const CustomForward& forward, CustomBackward backward);

namespace detail {

inline void collect(std::vector<Tensor>& inputs, const Tensor& tensor) {
  inputs.push_back(tensor);
}
inline void collect(std::vector<Tensor>& inputs, const std::vector<Tensor>& tensors) {
  inputs.insert(inputs.end(), tensors.begin(), tensors.end());
}
template <class Derived>
requires(std::is_convertible_v<const Derived&, const Tensor&>) void collect(
    std::vector<Tensor>& inputs, const std::vector<Derived>& tensors) {
  inputs.insert(inputs.end(), tensors.begin(), tensors.end());
}
template <class Other>
requires(!std::is_convertible_v<const Other&, const Tensor&>) void collect(std::vector<Tensor>&,
                                                                           const Other&) {}

/// "Clip" for a type that prints as "models::Clip".
std::string function_name(const char* mangled);

}  // namespace detail

/// Base of an operation of one's own
/// (https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function):
///
///     struct Scale : autograd::CustomFunction<Scale> {
///       double factor = 1;                                  // state that is no tensor: a member
///       Tensor forward(autograd::FunctionContext& context, const Tensor& x, double by) {
///         factor = by;
///         return x * by;
///       }
///       std::vector<Tensor> backward(autograd::FunctionContext& context,
///                                    const std::vector<Tensor>& grads) {
///         return {grads[0] * factor};
///       }
///     };
///     Tensor y = Scale::apply(x, 2.0);
///
/// forward() takes any arguments and returns a Tensor or a std::vector<Tensor>; nothing in it is
/// recorded. backward() returns one gradient for every argument that is a Tensor and for every
/// element of one that is a std::vector<Tensor>, in order. Written with public operations it can be
/// differentiated in turn. Each call has a Derived of its own.
template <class Derived>
class CustomFunction {
 public:
  template <class... Arguments>
  static auto apply(const Arguments&... arguments) {
    const auto function = std::make_shared<Derived>();
    std::vector<Tensor> inputs;
    (detail::collect(inputs, arguments), ...);
    using Result = decltype(function->forward(std::declval<FunctionContext&>(), arguments...));
    constexpr bool single = std::is_convertible_v<Result, Tensor>;
    std::vector<Tensor> outputs = apply_custom(
        detail::function_name(typeid(Derived).name()), inputs,
        [&](FunctionContext& context) {
          if constexpr (single) {
            return std::vector<Tensor>{function->forward(context, arguments...)};
          } else {
            return function->forward(context, arguments...);
          }
        },
        [function](FunctionContext& context, const std::vector<Tensor>& grads) {
          return function->backward(context, grads);
        });
    if constexpr (single) {
      return std::move(outputs[0]);
    } else {
      return outputs;
    }
  }
};

}  // namespace lucid::autograd
