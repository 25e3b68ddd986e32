#include "autograd/functions/convolution.h"

#include "autograd/functions/reduction.h"
#include "autograd/record.h"

namespace lucid {

using autograd::Gradients;
using autograd::Needs;
using autograd::record;
using autograd::Saved;

// The convolution is linear in x and in weight, so each of the three operations has the other two
// as its gradients.

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dGeometry& geometry) {
  return record("conv2d", {x, weight, bias}, ops::conv2d(x, weight, bias, geometry),
                [geometry, x = Saved(x), weight = Saved(weight)](
                    const Tensor& grad, const Needs& needs) -> Gradients<3> {
                  Gradients<3> grads;
                  if (needs[0])
                    grads[0] = conv2d_input_gradient(grad, *weight, (*x).shape(), geometry);
                  if (needs[1])
                    grads[1] = conv2d_weight_gradient(grad, *x, (*weight).shape(), geometry);
                  if (needs[2]) grads[2] = sum(grad, {0, 2, 3});
                  return grads;
                });
}

Tensor conv2d_input_gradient(const Tensor& grad, const Tensor& weight, const Shape& x_shape,
                             const Conv2dGeometry& geometry) {
  return record("conv2d_input_gradient", {grad, weight},
                ops::conv2d_input_gradient(grad, weight, x_shape, geometry),
                [geometry, g = Saved(grad), weight = Saved(weight)](
                    const Tensor& grad, const Needs& needs) -> Gradients<2> {
                  Gradients<2> grads;
                  if (needs[0]) grads[0] = conv2d(grad, *weight, {}, geometry);
                  if (needs[1]) {
                    grads[1] = conv2d_weight_gradient(*g, grad, (*weight).shape(), geometry);
                  }
                  return grads;
                });
}

Tensor conv2d_weight_gradient(const Tensor& grad, const Tensor& x, const Shape& weight_shape,
                              const Conv2dGeometry& geometry) {
  return record("conv2d_weight_gradient", {grad, x},
                ops::conv2d_weight_gradient(grad, x, weight_shape, geometry),
                [geometry, g = Saved(grad), x = Saved(x)](const Tensor& grad,
                                                          const Needs& needs) -> Gradients<2> {
                  Gradients<2> grads;
                  if (needs[0]) grads[0] = conv2d(*x, grad, {}, geometry);
                  if (needs[1]) {
                    grads[1] = conv2d_input_gradient(*g, grad, (*x).shape(), geometry);
                  }
                  return grads;
                });
}

}  // namespace lucid
