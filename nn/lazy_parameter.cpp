#include "nn/lazy_parameter.h"

#include <algorithm>

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "nn/init.h"

namespace lucid::nn {

using lucid::detail::message;

std::optional<int64_t> LazySizes::find(std::string_view name) const noexcept {
  for (const auto& [known, size] : sizes_) {
    if (known == name) return size;
  }
  return std::nullopt;
}

int64_t LazySizes::at(std::string_view name) const {
  if (const auto size = find(name)) return *size;
  throw ValueError(message("lazy parameters: the size \"", name,
                           "\" is not known; infer_sizes() must return it"));
}

void LazySizes::set(std::string_view name, int64_t size) {
  for (auto& [known, value] : sizes_) {
    if (known == name) {
      value = size;
      return;
    }
  }
  sizes_.emplace_back(name, size);
}

std::optional<int64_t> LazyShape::Size::find(const LazySizes& sizes) const noexcept {
  return name_.empty() ? value_ : sizes.find(name_);
}

std::string LazyShape::Size::str(const LazySizes& sizes) const {
  if (const auto known = find(sizes)) return std::to_string(*known);
  return multiple_of_ == 1 ? name_ : message(name_, " (a multiple of ", multiple_of_, ")");
}

bool LazyShape::is_known(const LazySizes& sizes) const noexcept {
  return std::all_of(sizes_.begin(), sizes_.end(),
                     [&sizes](const Size& size) { return size.find(sizes).has_value(); });
}

Shape LazyShape::resolve(const LazySizes& sizes) const {
  Shape shape;
  for (const Size& size : sizes_) {
    const auto known = size.find(sizes);
    shape.push_back(known ? *known : sizes.at(size.name()));
  }
  return shape;
}

bool LazyShape::match(const Shape& shape, LazySizes& sizes) const {
  if (shape.size() != sizes_.size()) return false;
  LazySizes found = sizes;
  for (size_t i = 0; i < sizes_.size(); ++i) {
    const auto known = sizes_[i].find(found);
    if (known ? *known != shape[i] : !sizes_[i].accepts(shape[i])) return false;
    if (!known) found.set(sizes_[i].name(), shape[i]);
  }
  sizes = std::move(found);
  return true;
}

std::string LazyShape::str(const LazySizes& sizes) const {
  if (is_known(sizes)) return resolve(sizes).str();
  std::string text = "(";
  for (const Size& size : sizes_) {
    if (text.size() > 1) text += ", ";
    text += size.str(sizes);
  }
  return text + ")";
}

FirstValues FirstValues::random(Write write, Generator& generator) {
  FirstValues values;
  values.write_ = std::move(write);
  values.stream_ = RandomStream::from(generator);
  return values;
}

void FirstValues::write(const Tensor& tensor, const LazySizes& sizes) const {
  if (!write_ || tensor.is_meta()) return;
  Generator generator = stream_ ? stream_->generator() : Generator();
  write_(tensor, sizes, generator);
}

FirstValues constant_values(double value) {
  return [value](const Tensor& tensor, const LazySizes&) { init::constant_(tensor, value); };
}

FirstValues uniform_values(std::function<double(const LazySizes&)> bound) {
  return FirstValues::random([bound = std::move(bound)](const Tensor& tensor,
                                                        const LazySizes& sizes,
                                                        Generator& generator) {
    const double limit = bound(sizes);
    init::uniform_(tensor, -limit, limit, generator);
  });
}

namespace {

Tensor lazy_tensor(LazyShape shape, FirstValues first_values, const LazyOptions& options) {
  return detail::make_uninitialized(
      {std::move(shape), std::move(first_values), options.dtype.has_value()},
      options.dtype.value_or(float32), options.device.value_or(cpu));
}

}  // namespace

LazyOptions lazy_options(const char* owner, std::optional<DType> dtype,
                         std::optional<Device> device) {
  if (dtype && !is_floating_point(*dtype)) {
    throw DTypeError(message(owner, ": expected dtype float32 or float64, got ", *dtype));
  }
  return {.dtype = dtype, .device = device};
}

Parameter lazy_parameter(LazyShape shape, FirstValues first_values, const LazyOptions& options) {
  return Parameter::adopt(lazy_tensor(std::move(shape), std::move(first_values), options),
                          options.requires_grad);
}

Buffer lazy_buffer(LazyShape shape, FirstValues first_values, const LazyOptions& options) {
  return Buffer(lazy_tensor(std::move(shape), std::move(first_values), options));
}

namespace detail {

LazyRecord* lazy_record(const Tensor& tensor) noexcept {
  if (!tensor.defined()) return nullptr;
  return dynamic_cast<LazyRecord*>(tensor.impl()->uninitialized.get());
}

Tensor make_uninitialized(LazyPlan plan, DType dtype, Device device) {
  IntrusivePtr<TensorImpl> impl(new TensorImpl);
  impl->dtype = dtype;
  impl->device = device;
  impl->uninitialized = new LazyRecord(std::move(plan));
  return Tensor(std::move(impl));
}

void allocate_in_place(const Tensor& tensor, const Shape& shape, DType dtype, Device device) {
  // Everything that can fail comes first.
  const Tensor values = empty(shape, {.dtype = dtype, .device = device});
  const TensorImpl& from = *values.impl();
  TensorImpl& impl = *tensor.impl();
  impl.shape = from.shape;
  impl.strides = from.strides;
  impl.numel = from.numel;
  impl.dtype = dtype;
  impl.device = device;
  impl.storage = from.storage;
  impl.uninitialized = {};
  if (impl.autograd) impl.autograd->describe(impl);
}

void dematerialize(const Tensor& tensor, IntrusivePtr<UninitializedRecord> record, DType dtype,
                   Device device) noexcept {
  tensor.set_grad({});
  TensorImpl& impl = *tensor.impl();
  impl.shape = {};
  impl.strides = {};
  impl.numel = 0;
  impl.dtype = dtype;
  impl.device = device;
  impl.storage = {};
  impl.uninitialized = std::move(record);
}

}  // namespace detail
}  // namespace lucid::nn
