#include "nn/lazy.h"

#include "autograd/grad_mode.h"
#include "lucid/creation.h"

namespace lucid::nn {

void materialize_uniform(const Parameter& parameter, const Shape& shape, DType dtype, Device device,
                         double bound, const init::Stream& stream) {
  if (!parameter.defined() || parameter.is_initialized()) return;
  materialize(parameter, shape, dtype, device);
  Generator generator = stream.generator();
  init::uniform_(parameter, -bound, bound, generator);
}

Shape materialize(Module& model, const Shape& input_shape, DType dtype) {
  const NoGradGuard guard;
  return model(empty(input_shape, {.dtype = dtype, .device = meta})).shape();
}

}  // namespace lucid::nn
