// One sample of a golden file: the inputs of an operation, and what PyTorch made of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lucid/serialize.h"
#include "tests/operations/operations.h"

namespace lucid::test {

/// How the inputs of a sample lie in memory.
enum class Layout { contiguous, strided };

class Sample {
 public:
  Sample(std::string name, const StateDict& file);

  const std::string& name() const { return name_; }
  /// True if finite differences cannot check it: infinities, NaN, kinks.
  bool special() const { return name_.find("special") != std::string::npos; }
  bool has_values() const { return !outputs_.empty(); }
  bool has_empty_input() const;
  /// True if the inputs, or else what comes out, take part in float32 as in float64.
  bool has_floats() const;
  /// PyTorch's gradients, of which one is not zero.
  bool has_gradients() const;

  /// The inputs with floating-point ones in `dtype`; leaves require gradients.
  Tensors inputs(DType dtype, Layout layout = Layout::contiguous) const;
  /// Shapes and types alone.
  Tensors meta_inputs(DType dtype) const;

  /// Compares outputs, their types and, where PyTorch has them, the gradients of the leaves among
  /// the inputs, from gradients of the outputs in the layout.
  void check(const Tensors& outputs, const Tensors& inputs, DType dtype, Layout layout) const;

 private:
  struct Input {
    Tensor stored;
    bool leaf = false;
    Tensor gradient;  ///< undefined if it does not get one
  };
  struct Output {
    Tensor stored;
    Tensor weight;  ///< undefined if nothing flows back through it
  };

  void check_gradients(const Tensors& outputs, const Tensors& inputs, DType dtype,
                       Layout layout) const;

  std::string name_;
  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
};

/// All samples of a family's golden file by operation, in the order of their names.
std::map<std::string, std::vector<Sample>> load_samples(const std::string& family);

}  // namespace lucid::test
