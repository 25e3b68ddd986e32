// Labelled images that are kept as bytes and handed out as floats.
#pragma once

#include <array>

#include "data/dataset.h"

namespace lucid::data {

/// Images of one size, kept as one byte per value: a quarter of the memory of floats, and so of
/// the time to fetch a batch.
///
/// An example is a float32 image (C, H, W) of values (byte / 255 - mean) / std and an int64 scalar.
class ByteImageDataset : public Dataset {
 public:
  /// @param images uint8 (N, H, W) or (N, C, H, W); one channel if C is not given
  /// @param labels int64 (N)
  /// @param mean, std of the values between 0 and 1; 0 and 1 leave them as they are
  /// @throws ShapeError, DTypeError, DeviceError or UninitializedError for tensors that are not of
  ///     that kind; ValueError unless std is positive and both are finite.
  ByteImageDataset(const Tensor& images, const Tensor& labels, double mean = 0.0, double std = 1.0);

  int64_t size() const override;
  Batch get(int64_t index) const override;
  Batch get_batch(const std::vector<int64_t>& indices) const override;

  /// The bytes, (N, C, H, W).
  const Tensor& images() const noexcept { return images_; }
  /// int64 (N)
  const Tensor& labels() const noexcept { return labels_; }

 private:
  void convert(const uint8_t* from, float* to, int64_t count) const noexcept;

  Tensor images_;
  Tensor labels_;
  std::array<float, 256> value_of_{};  ///< the float that each byte stands for
};

}  // namespace lucid::data
