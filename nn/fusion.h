// Layers in a row that are computed in one pass.
#pragma once

#include <array>
#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <typeinfo>
#include <utility>

#include "nn/module.h"

namespace lucid::nn {

class BatchNorm;

namespace detail {

/// Exactly of one of these types: what is derived from them may have a forward() of its own.
template <class... Types>
bool is_one_of(const Module& module) {
  const std::type_info& type = typeid(module);
  return ((type == typeid(Types)) || ...);
}
/// A batch norm, lazy or not.
bool is_norm(const Module& module);

/// Runs modules one after the other, what fits together as one operation: see nn::fused.
class Fusion {
 public:
  /// Replaces y by what the module at the head of the list makes of it, or as many modules as go
  /// with it in one pass. @return how many
  static size_t run(std::span<Module* const> modules, Tensor& y);

  using Children = std::vector<std::pair<std::string, std::shared_ptr<Module>>>;
  /// The same from children[first] on.
  static size_t run(const Children& children, size_t first, Tensor& y);

  /// What a convolution would need to have in order to give what `norm` makes of its outputs in
  /// evaluation: the fold of batch norm into the layer before.
  struct Weights {
    Tensor weight, bias;
  };
  static Weights fold(const Tensor& weight, const Tensor& bias, const BatchNorm& norm);

 private:
  static size_t run_linear(std::span<Module* const> modules, Tensor& y);
  template <size_t Rank>
  static size_t run_conv(std::span<Module* const> modules, Tensor& y);
  static size_t run_norm(std::span<Module* const> modules, Tensor& y);
  template <class Layer>
  static bool folds(const Layer& conv, const BatchNorm& norm, const Tensor& x);
  static bool is_free(const Module& module);
  static bool is_relu(std::span<Module* const> modules, size_t i);
  template <class Forward>
  static Tensor initialized(Module& layer, const Tensor& x, const Forward& forward);
};

}  // namespace detail

/// Calls modules in order, each on the output of the one before, as nn::Sequential does: for the
/// forward() of modules of one's own.
///
///     auto y = nn::fused(x, conv1, norm1, relu);  // relu(norm1(conv1(x)))
///
/// What fits together is computed in one pass, forward and backward: a convolution (without
/// transposed ones) or Linear with a ReLU behind it, batch norm with a ReLU, and in evaluation,
/// while no gradients are recorded, a convolution with batch norm, then maybe ReLU. Values and
/// gradients are those of the separate layers, to the bit for values unless batch norm is folded
/// into a convolution, and else up to rounding. A layer with hooks, or of a type derived from
/// these, runs by itself, and so do all while anomaly detection is on. On the tape and in profiles
/// the pass is one operation, such as conv2d_relu.
template <std::derived_from<Module>... Modules>
requires(sizeof...(Modules) > 0) Tensor fused(const Tensor& x, Modules&... modules) {
  const std::array<Module*, sizeof...(Modules)> all{&modules...};
  Tensor y = x;
  for (size_t i = 0; i < all.size();) i += detail::Fusion::run(std::span(all).subspan(i), y);
  return y;
}

}  // namespace lucid::nn
