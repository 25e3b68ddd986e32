// Internal: decides how the layers of a model run in inference, by watching one call of it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "autograd/observer.h"
#include "lucid/storage.h"
#include "nn/module.h"

namespace lucid::nn::detail {

/// Calls a model once, sees which layers ran on what and who read what they gave, and gives its
/// convolutions, linear layers and batch norms their plans.
///
/// What a layer gives goes into one pass with the next layer only if that one alone read it, in
/// every call of the two: values are told apart by the memory they are in, and all are kept to the
/// end, so that nothing takes the place of another.
class InferencePlanner final : private autograd::OperationTrace {
 public:
  /// @param model in evaluation mode
  InferencePlanner(Module& model, const Tensor& x);

  /// Whether every relu that was called could have written over what it was given.
  bool relu_may_reuse() const noexcept { return relu_may_reuse_; }
  /// What the plan of a layer says, "" if it has none.
  static std::string note(const Module& module);
  /// Takes all plans back: layers run by themselves again.
  static void drop_plans(Module& model);

 private:
  struct Call {
    Shape x, y;
    const Storage* input;
    const Storage* output;
  };
  struct Layer {
    Module* module;
    std::vector<Call> calls;
  };
  struct Value {
    Tensor kept;
    int readers = 0;
    bool read_by_relu = false;
  };

  void operation(const char* name, std::span<const Tensor> inputs, const Tensor& output) override;
  void watch(Module& model, const Tensor& x);
  Value& value(const Tensor& tensor);
  /// Whether one operation read what is there, nobody wrote to it and nobody has it still.
  bool read_once(const Storage* place) const;
  bool before_relu(const Layer& layer) const;
  /// The batch norm that follows in every call, and follows nothing else; null if there is none.
  Layer* norm_behind(const Layer& layer);
  void plan(Layer& layer);

  std::unordered_map<const Storage*, Value> values_;
  std::vector<Layer> layers_;
  bool relu_may_reuse_ = true;
};

}  // namespace lucid::nn::detail
