// Layers whose sizes the first input decides, and walks through a model by shape alone.
#pragma once

#include "nn/module.h"

namespace lucid::nn {

/// Makes initialising all or nothing: what was uninitialised in a module (and those below it) when
/// the transaction began is so again if it ends without commit().
class LazyTransaction {
 public:
  explicit LazyTransaction(const Module& module);
  LazyTransaction(const LazyTransaction&) = delete;
  LazyTransaction& operator=(const LazyTransaction&) = delete;
  ~LazyTransaction();

  void commit() noexcept { entries_.clear(); }

 private:
  struct Entry {
    Tensor tensor;
    IntrusivePtr<UninitializedRecord> record;
    DType dtype;
    Device device;
  };
  std::vector<Entry> entries_;
};

namespace detail {

/// @throws UninitializedError naming the layer if x is undefined: it has no sizes to read.
void check_first_input(const Module& layer, const Tensor& x);

}  // namespace detail

/// The lazy form of a layer: an Eager whose parameters come from lazy_parameter(), and get shapes
/// and values when forward() sees its first input or a state dict is loaded. The layer itself says
/// in infer_sizes() what it reads off an input; nothing else is needed:
///
///     struct Scale : nn::Module {
///       nn::Parameter weight =
///           register_parameter("weight", nn::lazy_parameter({"features"},
///           nn::constant_values(1)));
///       nn::LazySizes infer_sizes(const Tensor& x) const override {
///         return {{"features", x.shape(-1)}};
///       }
///       Tensor forward(const Tensor& x) override { return x * weight; }
///     };
///     using LazyScale = nn::Lazy<Scale>;
///
/// A first input that does not fit leaves the layer as it was, whatever forward() throws; the
/// layers before it in a model have had theirs by then (nn::materialize is all or nothing for a
/// whole model). Threads may share a module once it is initialised, not before
/// (https://pytorch.org/docs/stable/generated/torch.nn.modules.lazy.LazyModuleMixin.html).
template <std::derived_from<Module> Eager>
class Lazy : public Eager {
 public:
  using Eager::Eager;

  Tensor forward(const Tensor& x) override { return initialized_forward(x); }
  /// For layers whose forward() has a form with more arguments.
  template <class... More>
  requires(sizeof...(More) > 0) Tensor forward(const Tensor& x, const More&... more) {
    return initialized_forward(x, more...);
  }

 private:
  template <class... More>
  Tensor initialized_forward(const Tensor& x, const More&... more) {
    if (this->is_initialized()) return Eager::forward(x, more...);
    detail::check_first_input(*this, x);
    LazyTransaction transaction(*this);
    this->initialize(this->infer_sizes(x));
    Tensor y = Eager::forward(x, more...);
    transaction.commit();
    return y;
  }
};

/// Initialises every lazy layer of a model by running an input of this shape through it without
/// computing anything. Equivalent to calling the model once, also in the values the parameters get,
/// and in that hooks run; they and the layers see tensors of the meta device, without values.
/// @param dtype of the input: that of the model's parameters unless given
/// @return the shape of the output
/// @throws what the model throws for such an input; then nothing is initialised
Shape materialize(Module& model, const Shape& input_shape,
                  std::optional<DType> dtype = std::nullopt);

namespace detail {

/// The type of a model's first floating-point parameter, which is what it takes for input.
DType input_dtype(const Module& model);

/// As long as it lives, lazy layers on this thread get shapes alone: their parameters are put on
/// the meta device, without memory or values. Used inside a LazyTransaction that is not committed.
class ShapesAloneGuard {
 public:
  ShapesAloneGuard() noexcept;
  ShapesAloneGuard(const ShapesAloneGuard&) = delete;
  ShapesAloneGuard& operator=(const ShapesAloneGuard&) = delete;
  ~ShapesAloneGuard();

 private:
  bool previous_;
};

/// The type that an uninitialised parameter or buffer of `owner` will have: the one that was set,
/// or that of what `owner` has initialised already; `otherwise` if neither decides.
DType dtype_when_initialized(const Tensor& tensor, const Module& owner, DType otherwise);

}  // namespace detail
}  // namespace lucid::nn
