#include "data/tensor_dataset.h"

#include "data/gather.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::data {

using lucid::detail::message;

namespace {

Tensor rows(const Tensor& tensor, const char* argument) {
  if (!tensor.defined() || tensor.impl()->uninitialized) {
    throw UninitializedError(message("TensorDataset: ", argument, " has no values"));
  }
  if (tensor.is_meta()) {
    throw DeviceError(
        message("TensorDataset: ", argument, " is a meta tensor, which has no values"));
  }
  if (tensor.dim() == 0) {
    throw ShapeError(
        message("TensorDataset: expected ", argument, " with one row per example, got a scalar"));
  }
  return tensor.detach().contiguous();
}

}  // namespace

TensorDataset::TensorDataset(const Tensor& data, const Tensor& target)
    : data_(rows(data, "data")), target_(rows(target, "target")) {
  if (data_.shape(0) != target_.shape(0)) {
    throw ShapeError(message("TensorDataset: data and target need the same first size, got shapes ",
                             data_.shape(), " and ", target_.shape()));
  }
}

int64_t TensorDataset::size() const {
  return data_.shape(0);
}

Batch TensorDataset::get(int64_t index) const {
  check_index("TensorDataset", index);
  return {data_.select(0, index), target_.select(0, index)};
}

Batch TensorDataset::get_batch(const std::vector<int64_t>& indices) const {
  check_indices("TensorDataset", indices);
  return {detail::gather_rows(data_, indices), detail::gather_rows(target_, indices)};
}

}  // namespace lucid::data
