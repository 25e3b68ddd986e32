#include "nn/lazy.h"

#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

namespace {
thread_local bool shapes_alone = false;
}  // namespace

void detail::check_first_input(const Module& layer, const Tensor& x) {
  if (x.defined()) return;
  throw UninitializedError(lucid::detail::message(
      layer.type_name(), ": expected a first input to read sizes off, got an undefined tensor"));
}

LazyTransaction::LazyTransaction(const Module& module) {
  const auto note = [this](const Tensor& tensor) {
    const TensorImpl& impl = *tensor.impl();
    if (impl.uninitialized)
      entries_.push_back({tensor, impl.uninitialized, impl.dtype, impl.device});
  };
  for (const auto& entry : module.named_parameters()) note(entry.second);
  for (const auto& entry : module.named_buffers()) note(entry.second);
}

LazyTransaction::~LazyTransaction() {
  for (Entry& entry : entries_) {
    detail::dematerialize(entry.tensor, std::move(entry.record), entry.dtype, entry.device);
  }
}

LazySizes Module::infer_sizes(const Tensor&) const {
  throw NotImplementedError(lucid::detail::message(
      type_name(), ": infer_sizes() is not implemented, but parameters wait for their sizes"));
}

bool Module::is_initialized() const noexcept {
  for (const auto& entry : own_parameters()) {
    if (!entry.second.is_initialized()) return false;
  }
  for (const auto& entry : own_buffers()) {
    if (!nn::is_initialized(entry.second)) return false;
  }
  return true;
}

void Module::initialize(const LazySizes& sizes) {
  const NoGradGuard guard;
  LazyTransaction transaction(*this);
  const auto fill = [&](const Tensor& tensor) {
    const detail::LazyRecord* record = detail::lazy_record(tensor);
    if (!record || !record->plan.shape) return;
    const detail::LazyPlan plan = record->plan;  // the record goes with the shape's arrival
    const DType dtype = detail::dtype_when_initialized(tensor, *this, tensor.impl()->dtype);
    detail::allocate_in_place(tensor, plan.shape->resolve(sizes), dtype,
                              shapes_alone ? meta : tensor.impl()->device);
    plan.first_values.write(tensor, sizes);
  };
  for (const auto& entry : own_parameters()) fill(entry.second);
  for (const auto& entry : own_buffers()) fill(entry.second);
  transaction.commit();
}

Shape materialize(Module& model, const Shape& input_shape, std::optional<DType> dtype) {
  const NoGradGuard guard;
  LazyTransaction transaction(model);
  const TensorOptions options{.dtype = dtype.value_or(detail::input_dtype(model)), .device = meta};
  const Shape shape = model(empty(input_shape, options)).shape();
  transaction.commit();
  return shape;
}

namespace detail {

DType input_dtype(const Module& model) {
  for (const Parameter& parameter : model.parameters()) {
    if (is_floating_point(parameter.dtype())) return parameter.dtype();
  }
  return float32;
}

ShapesAloneGuard::ShapesAloneGuard() noexcept : previous_(shapes_alone) {
  shapes_alone = true;
}

ShapesAloneGuard::~ShapesAloneGuard() {
  shapes_alone = previous_;
}

DType dtype_when_initialized(const Tensor& tensor, const Module& owner, DType otherwise) {
  const LazyRecord* record = lazy_record(tensor);
  const DType declared = tensor.impl()->dtype;
  if ((record && record->plan.dtype_is_set) || !is_floating_point(declared)) return declared;
  for (const auto& entry : owner.own_parameters()) {
    if (entry.second.is_initialized()) return entry.second.dtype();
  }
  for (const auto& entry : owner.own_buffers()) {
    if (nn::is_initialized(entry.second) && entry.second.is_floating_point())
      return entry.second.dtype();
  }
  return otherwise;
}

}  // namespace detail
}  // namespace lucid::nn
