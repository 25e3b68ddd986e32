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

LazyTransaction::LazyTransaction(const Module& module) {
  const auto note = [this](const Tensor& tensor) {
    if (!is_initialized(tensor)) uninitialized_.emplace_back(tensor, tensor.impl()->dtype);
  };
  for (const auto& entry : module.named_parameters()) note(entry.second);
  for (const auto& entry : module.named_buffers()) note(entry.second);
}

LazyTransaction::~LazyTransaction() {
  for (const auto& [tensor, dtype] : uninitialized_) dematerialize(tensor, dtype);
}

Shape materialize(Module& model, const Shape& input_shape, DType dtype) {
  const NoGradGuard guard;
  LazyTransaction transaction(model);
  const Shape shape = model(empty(input_shape, {.dtype = dtype, .device = meta})).shape();
  transaction.commit();
  return shape;
}

}  // namespace lucid::nn
