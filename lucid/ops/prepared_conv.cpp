#include "lucid/ops/prepared_conv.h"

#include "lucid/ops/common.h"
#include "lucid/ops/conv_algorithm.h"
#include "lucid/ops/conv_planes.h"
#include "lucid/ops/conv_sizes.h"
#include "lucid/ops/copy.h"

namespace lucid::ops {

PreparedConv::PreparedConv(const Shape& x, const Tensor& weight, const Tensor& bias,
                           const ConvGeometry& geometry, bool relu)
    : name_(relu ? conv_names(x).forward_relu : conv_names(x).forward),
      weight_like_(allocate(weight.shape(), weight.dtype(), meta)),
      bias_(bias.defined() ? contiguous(bias) : Tensor()),
      geometry_(geometry),
      relu_(relu) {
  const ConvMode mode = geometry.effective_mode();
  const ConvSizes sizes = conv_sizes(conv_names(x).forward, x, weight.shape(), geometry);
  if (sizes.rank == 3 || weight.is_meta() || x.numel() == 0) return;
  kernels::Conv2dShape shape = sizes.planes();
  if (mostly_padding(shape)) return;
  shape.prepared = true;
  algorithm_ = shape.algorithm =
      choose_conv_algorithm(shape, ConvPass::forward, weight.dtype(), mode);
  visit_floating(weight.dtype(), [&]<class T>(Tag<T>) {
    const auto& table = kernel_table<T>();
    const int64_t size = table.conv2d_prepared_size(shape);
    if (size == 0) return;
    prepared_ = allocate({size}, weight.dtype());
    table.conv2d_prepare_weights(shape, contiguous(weight).data<T>(), prepared_.data<T>());
    table_ = &table;
  });
}

Tensor PreparedConv::run(const Tensor& x) const {
  if (!prepared_.defined() || x.dtype() != weight_like_.dtype() || x.is_meta() || x.numel() == 0) {
    return {};
  }
  if (geometry_.effective_mode() == ConvMode::strict && !is_strict(algorithm_)) return {};
  const ConvSizes sizes =
      conv_sizes(conv_names(x.shape()).forward, x.shape(), weight_like_.shape(), geometry_);
  kernels::Conv2dShape shape = sizes.planes();
  const void* table = nullptr;
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) { table = &kernel_table<T>(); });
  if (table != table_ || mostly_padding(shape)) return {};
  Tensor result = allocate(sizes.output_shape(), x.dtype());
  if (result.numel() == 0) return result;
  shape.algorithm = algorithm_;
  shape.prepared = true;
  shape.relu = relu_;
  conv_planes(shape, geometry_.effective_mode(), contiguous(x), prepared_, bias_, result);
  return result;
}

int64_t PreparedConv::bytes() const noexcept {
  if (!prepared_.defined()) return 0;
  return prepared_.numel() * static_cast<int64_t>(element_size(prepared_.dtype()));
}

}  // namespace lucid::ops
