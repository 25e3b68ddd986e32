// How an operation gets on the tape.
#pragma once

#include <array>
#include <concepts>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/grad_mode.h"
#include "autograd/node.h"
#include "autograd/observer.h"
#include "autograd/recompute.h"
#include "lucid/ops/view.h"

namespace lucid::autograd {

/// Which inputs of the running operation need a gradient in this pass: needs[0] for the first.
class Needs {
 public:
  explicit Needs(std::span<const Node::Input> inputs) noexcept : inputs_(inputs) {}
  bool operator[](size_t i) const noexcept {
    return inputs_[i] && (i >= 64 || (wanted_ >> i & 1) != 0);
  }
  /// The shape of an input that needs one.
  const Shape& shape(size_t i) const noexcept { return inputs_[i]->shape; }

 private:
  std::span<const Node::Input> inputs_;
  uint64_t wanted_ = wanted_inputs();
};

/// An input of an operation on its way to the tape. It takes no share in the tensor, which would
/// cost two atomic operations each time.
class InputRef {
 public:
  InputRef(const Tensor& tensor) noexcept : tensor_(&tensor) {}  // NOLINT: {x, y} makes a list
  operator const Tensor&() const noexcept { return *tensor_; }   // NOLINT

 private:
  const Tensor* tensor_;
};

namespace detail {

/// True if the tape must record an operation on these; also refuses inputs that were overwritten
/// through another view since they were made.
bool must_record(std::span<const InputRef> inputs, const char* name);
bool must_record(std::span<const Tensor> inputs, const char* name);

/// An alias of `output` that belongs to `node` again, so that gradients of gradients find it.
Tensor attach(const Tensor& output, Node* node);

void set_grad_fn(const Tensor& output, IntrusivePtr<Node> node, uint32_t output_index);

struct NoRecipe {};

/// Asks the gradient function of a node, which has one for the node's output.
template <class Function>
class FunctionRecipe : public RecipeSource {
 public:
  IntrusivePtr<Recipe> recipe(const Tensor& output) const final {
    return static_cast<const Function&>(*this).recipe_of(output);
  }
};

/// A gradient function that knows how to compute the output of its node again.
template <class Backward>
concept HasRecipe = requires(const Backward& backward, const Tensor& output) {
  backward.recipe(output);
};

/// A node around a gradient function; Inputs is std::array or std::vector of Node::Input.
template <class Inputs, class Backward>
class FunctionNode final
    : public Node,
      public std::conditional_t<HasRecipe<Backward>, FunctionRecipe<FunctionNode<Inputs, Backward>>,
                                NoRecipe> {
 public:
  template <class Range>
  FunctionNode(const char* name, const Range& inputs, Backward backward)
      : Node(name), backward_(std::move(backward)) {
    if constexpr (requires { inputs_.resize(inputs.size()); }) inputs_.resize(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      GradientRecord* record = record_of(inputs[i]);
      if (record && record->wanted) inputs_[i] = Input(record);
    }
  }

  static constexpr bool uses_output = std::invocable<Backward&, const Tensor&, const Tensor&>;
  static constexpr bool asks_needs = std::invocable<Backward&, const Tensor&, const Needs&>;

  void save_output(const Tensor& output) {
    // An alias without a record: a node that owned its own output would never be freed.
    output_ = Saved(ops::alias(output));
  }

  std::span<const Input> inputs() const noexcept override { return inputs_; }

  void backward(std::span<const Tensor> output_grads, std::span<Tensor> input_grads) override {
    const Tensor& grad = output_grads[0];
    if constexpr (uses_output) {
      store(backward_(grad, attach(*output_, this)), input_grads);
    } else if constexpr (asks_needs) {
      store(backward_(grad, Needs(inputs_)), input_grads);
    } else {
      store(backward_(grad), input_grads);
    }
  }

  IntrusivePtr<Recipe> recipe_of(const Tensor& output) const {
    return released_ ? IntrusivePtr<Recipe>() : backward_.recipe(output);
  }

  void release() noexcept override {
    released_ = true;
    output_ = {};
    // The function owns the saved tensors; a moved-to temporary takes them along.
    [[maybe_unused]] const Backward dropped = std::move(backward_);
  }
  bool released() const noexcept override { return released_; }

 private:
  static void store(Tensor grad, std::span<Tensor> input_grads) {
    input_grads[0] = std::move(grad);
  }
  template <class Range>
  static void store(Range grads, std::span<Tensor> input_grads) {
    for (size_t i = 0; i < input_grads.size(); ++i) input_grads[i] = std::move(grads[i]);
  }

  Inputs inputs_;
  Backward backward_;
  struct Nothing {};
  [[no_unique_address]] std::conditional_t<uses_output, Saved, Nothing> output_;
  bool released_ = false;
};

template <class Inputs, class Ref, class Backward>
Tensor record_node(const char* name, std::span<const Ref> inputs, Tensor output,
                   Backward&& backward) {
  if (anybody_observes()) {
    observe_forward(name, std::vector<Tensor>(inputs.begin(), inputs.end()), output);
  }
  if (!must_record(inputs, name)) return output;
  using Function = FunctionNode<Inputs, std::decay_t<Backward>>;
  auto node = make_intrusive<Function>(name, inputs, std::forward<Backward>(backward));
  if constexpr (Function::uses_output) node->save_output(output);
  set_grad_fn(output, std::move(node), 0);
  return output;
}

}  // namespace detail

/// The gradients of an operation with N inputs, undefined where there is none.
template <size_t N>
using Gradients = std::array<Tensor, N>;

/// Puts an operation on the tape, if any input requires a gradient, and returns its output.
///
/// `backward` gets the gradient of the output and gives those of the inputs: a Tensor for one
/// input, Gradients<N> for N. As a second argument it may take `const Tensor& y`, the output, or
/// `const Needs& needs`, to skip gradients nobody asks for. It is written with public operations,
/// so that it can be differentiated in turn; tensors it needs are captured as Saved.
template <size_t N, class Backward>
Tensor record(const char* name, const InputRef (&inputs)[N], Tensor output, Backward&& backward) {
  return detail::record_node<std::array<Node::Input, N>>(
      name, std::span<const InputRef>(inputs), std::move(output), std::forward<Backward>(backward));
}

/// The same for any number of inputs; backward returns a std::vector<Tensor>. A template, so that a
/// list in braces is never taken for a vector.
template <std::same_as<std::vector<Tensor>> Inputs, class Backward>
Tensor record(const char* name, const Inputs& inputs, Tensor output, Backward&& backward) {
  return detail::record_node<std::vector<Node::Input>>(
      name, std::span<const Tensor>(inputs), std::move(output), std::forward<Backward>(backward));
}

/// The same for an output that shares memory with its one input.
template <class Backward>
Tensor record_view(const char* name, const Tensor& input, Tensor output, Backward&& backward) {
  Tensor result =
      record(name, {InputRef(input)}, std::move(output), std::forward<Backward>(backward));
  if (GradientRecord* made = record_of(result)) {
    const GradientRecord* from = record_of(input);
    made->views_leaf = from && (from->views_leaf || !from->grad_fn);
  }
  return result;
}

/// Overwrites `self` with the values of `result`, an operation's output of the same shape, and
/// gives it that output's place on the tape.
/// @throws AutogradError on a leaf that requires a gradient (or a view of one) while recording;
/// ShapeError or DTypeError if result does not fit.
void write_in_place(const char* name, const Tensor& self, const Tensor& result);

/// Raises the same errors before anything is computed.
void check_in_place(const char* name, const Tensor& self);

}  // namespace lucid::autograd
