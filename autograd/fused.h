// Layers and the relu behind them as one operation, for what runs modules in a row (nn::Sequential,
// nn::fused): values and gradients are those of the two operations. Nothing that users call.
#pragma once

#include "autograd/functions/normalization.h"
#include "autograd/node.h"
#include "lucid/ops/conv_geometry.h"
#include "lucid/tensor.h"

namespace lucid::autograd {

/// relu(conv(...)), relu(linear(...)) and relu(batch_norm(...)); they refuse what these refuse.
Tensor conv_relu(const Tensor& x, const Tensor& weight, const Tensor& bias,
                 const ConvGeometry& geometry);
Tensor linear_relu(const Tensor& x, const Tensor& weight, const Tensor& bias);
Tensor batch_norm_relu(const Tensor& x, const Tensor& running_mean, const Tensor& running_variance,
                       const Tensor& weight, const Tensor& bias, const BatchNormOptions& options);

/// relu(x), written over the values of x where nobody else can see them: neither another tensor nor
/// a node that saved them.
Tensor relu_reusing(Tensor x);

/// As long as it lives, relu() on this thread overwrites its argument where the handle it is given
/// is the only one there is, and nothing is recorded: for models that were seen never to read it
/// afterwards.
class ReluReuseGuard {
 public:
  explicit ReluReuseGuard(bool reuses) noexcept;
  ReluReuseGuard(const ReluReuseGuard&) = delete;
  ReluReuseGuard& operator=(const ReluReuseGuard&) = delete;
  ~ReluReuseGuard();

 private:
  bool previous_;
};

/// The gradient of x from that of relu(x).
/// @param grad as the engine handed it to a node: overwritten where its handle is the only one
/// @param output relu(x)
Tensor relu_input_gradient(const Tensor& grad, const Tensor& output);

/// The same in one pass with its sums over all but the channels (dimension 1), the gradient of a
/// bias that was added before the relu; without these (undefined) while operations are recorded,
/// and where there are few channels.
struct ReluGradients {
  Tensor x, bias;
};
ReluGradients relu_bias_gradients(const Tensor& grad, const Tensor& output);

}  // namespace lucid::autograd
