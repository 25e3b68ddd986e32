// Examples that are in memory as two tensors.
#pragma once

#include "data/dataset.h"

namespace lucid::data {

/// Example i is (data[i], target[i]).
/// https://pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset
class TensorDataset : public Dataset {
 public:
  /// Refers to the memory of the tensors where they are contiguous, else to a copy. Batches are
  /// copies and take no part in differentiation.
  /// @throws ShapeError if one is a scalar or their first sizes differ; UninitializedError if one
  ///     is undefined; DeviceError if one is on the meta device.
  TensorDataset(const Tensor& data, const Tensor& target);

  int64_t size() const override;
  /// Views of the tensors.
  Batch get(int64_t index) const override;
  Batch get_batch(const std::vector<int64_t>& indices) const override;

  const Tensor& data() const noexcept { return data_; }
  const Tensor& target() const noexcept { return target_; }

 private:
  Tensor data_;
  Tensor target_;
};

}  // namespace lucid::data
