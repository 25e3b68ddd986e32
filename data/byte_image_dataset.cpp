#include "data/byte_image_dataset.h"

#include <cmath>

#include "data/gather.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"
#include "lucid/parallel.h"

namespace lucid::data {

using lucid::detail::message;

namespace {

Tensor checked(const Tensor& tensor, const char* argument, DType dtype) {
  if (!tensor.defined() || tensor.impl()->uninitialized) {
    throw UninitializedError(message("ByteImageDataset: ", argument, " has no values"));
  }
  if (tensor.is_meta()) {
    throw DeviceError(message("ByteImageDataset: ", argument, " is a meta tensor, without values"));
  }
  if (tensor.dtype() != dtype) {
    throw DTypeError(message("ByteImageDataset: expected ", argument, " of ", dtype, ", got ",
                             tensor.dtype(), "; convert it with to()"));
  }
  return tensor.detach().contiguous();
}

Tensor with_channels(const Tensor& images) {
  if (images.dim() != 3 && images.dim() != 4) {
    throw ShapeError(
        message("ByteImageDataset: expected images of shape (N, H, W) or (N, C, H, W), ", "got ",
                images.shape()));
  }
  return images.dim() == 3 ? images.unsqueeze(1) : images;
}

}  // namespace

ByteImageDataset::ByteImageDataset(const Tensor& images, const Tensor& labels, double mean,
                                   double std)
    : images_(with_channels(checked(images, "images", DType::uint8))),
      labels_(checked(labels, "labels", DType::int64)) {
  if (labels_.dim() != 1 || labels_.shape(0) != images_.shape(0)) {
    throw ShapeError(message("ByteImageDataset: expected one label per image, labels of shape [",
                             images_.shape(0), "], got ", labels_.shape()));
  }
  if (!std::isfinite(mean) || !std::isfinite(std) || std <= 0) {
    throw ValueError(message("ByteImageDataset: mean is ", mean, " and std is ", std,
                             ", expected finite numbers and std above 0"));
  }
  for (size_t byte = 0; byte < value_of_.size(); ++byte) {
    value_of_[byte] = static_cast<float>((static_cast<double>(byte) / 255.0 - mean) / std);
  }
}

int64_t ByteImageDataset::size() const {
  return labels_.shape(0);
}

void ByteImageDataset::convert(const uint8_t* from, float* to, int64_t count) const noexcept {
  for (int64_t i = 0; i < count; ++i) to[i] = value_of_[from[i]];
}

Batch ByteImageDataset::get(int64_t index) const {
  check_index("ByteImageDataset", index);
  const Tensor bytes = images_.select(0, index);
  Tensor image = ops::allocate(bytes.shape(), DType::float32);
  convert(bytes.data<uint8_t>(), image.data<float>(), bytes.numel());
  return {image, labels_.select(0, index)};
}

Batch ByteImageDataset::get_batch(const std::vector<int64_t>& indices) const {
  check_indices("ByteImageDataset", indices);
  const auto count = static_cast<int64_t>(indices.size());
  const Shape row = detail::without_leading(images_.shape());
  const int64_t values = row.numel();
  Tensor batch = ops::allocate(detail::with_leading(count, row), DType::float32);
  const auto* from = images_.data<uint8_t>();
  auto* to = batch.data<float>();
  // A byte costs about as much here as four in a plain copy.
  parallel_for(count, detail::rows_per_thread(4 * values), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      convert(from + indices[static_cast<size_t>(i)] * values, to + i * values, values);
    }
  });
  return {batch, detail::gather_rows(labels_, indices)};
}

}  // namespace lucid::data
