#include "autograd/functions/convolution.h"

#include <utility>

#include "autograd/functions/reduction.h"
#include "autograd/fused.h"
#include "autograd/record.h"
#include "lucid/ops/conv.h"
#include "lucid/ops/view.h"

namespace lucid {

using autograd::Gradients;
using autograd::Needs;
using autograd::record;
using autograd::Saved;
using autograd::SavedOrComputed;

// The convolution is linear in x and in weight, so each of the three operations has the other two
// as its gradients.

namespace {

// Gradients are as exact as the convolution they belong to, whatever the mode is by then.
ConvGeometry with_mode(ConvGeometry geometry) {
  geometry.mode = geometry.effective_mode();
  return geometry;
}

Tensor channel_sum(const Tensor& grad) {
  Dims dims{0};
  for (int64_t i = 2; i < grad.dim(); ++i) dims.push_back(i);
  return sum(grad, dims);
}

// Whether a convolution takes so long that its input may be computed again where that is one pass
// over memory: some hundreds of multiplications for each number.
bool outweighs_recomputing(const Tensor& x, const Tensor& weight) {
  constexpr int64_t multiply_adds = 512;
  return weight.numel() >= multiply_adds * x.shape(1);
}

// With or without a relu: then the node keeps the output, to see what got through.
Tensor recorded_conv(const Tensor& x, const Tensor& weight, const Tensor& bias,
                     const ConvGeometry& geometry, bool relu) {
  Tensor result = ops::conv(x, weight, bias, geometry, relu);
  Saved output(relu ? ops::alias(result) : Tensor());
  const ops::ConvNames names = ops::conv_names(x.shape());
  return record(
      relu ? names.forward_relu : names.forward, {x, weight, bias}, std::move(result),
      [geometry = with_mode(geometry), x = SavedOrComputed(x, outweighs_recomputing(x, weight)),
       weight = Saved(weight), output = std::move(output)](const Tensor& grad, const Needs& needs) {
        const Tensor& y = *output;
        Tensor before;  // no second handle of grad, which else could not be overwritten
        Gradients<3> grads;
        if (y.defined() && needs[2]) {
          autograd::ReluGradients gradients = autograd::relu_bias_gradients(grad, y);
          before = std::move(gradients.x);
          grads[2] = std::move(gradients.bias);
        } else if (y.defined()) {
          before = autograd::relu_input_gradient(grad, y);
        } else {
          before = grad;
        }
        if (needs[0]) grads[0] = conv_input_gradient(before, *weight, needs.shape(0), geometry);
        if (needs[1]) grads[1] = conv_weight_gradient(before, *x, (*weight).shape(), geometry);
        if (needs[2] && !grads[2].defined()) grads[2] = channel_sum(before);
        return grads;
      });
}

}  // namespace

Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias,
            const ConvGeometry& geometry) {
  return recorded_conv(x, weight, bias, geometry, false);
}

Tensor autograd::conv_relu(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           const ConvGeometry& geometry) {
  return recorded_conv(x, weight, bias, geometry, true);
}

Tensor conv_input_gradient(const Tensor& grad, const Tensor& weight, const Shape& x_shape,
                           const ConvGeometry& geometry) {
  return record(ops::conv_names(x_shape).input_gradient, {grad, weight},
                ops::conv_input_gradient(grad, weight, x_shape, geometry),
                [geometry = with_mode(geometry), g = Saved(grad), weight = Saved(weight)](
                    const Tensor& grad, const Needs& needs) -> Gradients<2> {
                  Gradients<2> grads;
                  if (needs[0]) grads[0] = conv(grad, *weight, {}, geometry);
                  if (needs[1]) {
                    grads[1] = conv_weight_gradient(*g, grad, (*weight).shape(), geometry);
                  }
                  return grads;
                });
}

Tensor conv_weight_gradient(const Tensor& grad, const Tensor& x, const Shape& weight_shape,
                            const ConvGeometry& geometry) {
  Tensor result = ops::conv_weight_gradient(grad, x, weight_shape, geometry);
  return record(ops::conv_names(x.shape()).weight_gradient, {grad, x}, std::move(result),
                [geometry = with_mode(geometry), g = Saved(grad), x = Saved(x)](
                    const Tensor& grad, const Needs& needs) -> Gradients<2> {
                  Gradients<2> grads;
                  if (needs[0]) grads[0] = conv(*x, grad, {}, geometry);
                  if (needs[1]) grads[1] = conv_input_gradient(*g, grad, (*x).shape(), geometry);
                  return grads;
                });
}

}  // namespace lucid
