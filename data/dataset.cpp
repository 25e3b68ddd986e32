#include "data/dataset.h"

#include <cstring>

#include "data/gather.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"

namespace lucid::data {

using lucid::detail::message;

namespace {

void require_like(const Tensor& example, const Tensor& first, const char* part, int64_t index,
                  int64_t first_index) {
  if (example.shape() != first.shape()) {
    throw ShapeError(message("Dataset: examples of one batch need one shape to be stacked, but ",
                             part, " ", index, " has ", example.shape(), " and ", part, " ",
                             first_index, " has ", first.shape()));
  }
  if (example.dtype() != first.dtype()) {
    throw DTypeError(message("Dataset: examples of one batch need one dtype to be stacked, but ",
                             part, " ", index, " is ", example.dtype(), " and ", part, " ",
                             first_index, " is ", first.dtype()));
  }
}

// One part of all examples, stacked; undefined if the examples do not have that part.
Tensor stack(const std::vector<Batch>& examples, Tensor Batch::*part, const char* part_name,
             const std::vector<int64_t>& indices) {
  const Tensor& first = examples.front().*part;
  if (!first.defined()) return {};
  Tensor result = ops::allocate(
      detail::with_leading(static_cast<int64_t>(examples.size()), first.shape()), first.dtype());
  const auto bytes = static_cast<size_t>(first.numel()) * element_size(first.dtype());
  std::byte* to = result.bytes();
  for (size_t i = 0; i < examples.size(); ++i) {
    const Tensor& example = examples[i].*part;
    require_like(example, first, part_name, indices[i], indices[0]);
    if (to) std::memcpy(to + i * bytes, example.detach().contiguous().bytes(), bytes);
  }
  return result;
}

}  // namespace

void Dataset::check_index(const char* name, int64_t index) const {
  if (index < 0 || index >= size()) {
    throw IndexError(
        message(name, ": index ", index, " is out of range, expected 0 to ", size() - 1));
  }
}

void Dataset::check_indices(const char* name, const std::vector<int64_t>& indices) const {
  if (indices.empty()) throw ValueError(message(name, ": a batch needs at least one index"));
  const int64_t count = size();
  for (int64_t index : indices) {
    if (index < 0 || index >= count) check_index(name, index);
  }
}

Batch Dataset::get_batch(const std::vector<int64_t>& indices) const {
  check_indices("Dataset", indices);
  std::vector<Batch> examples;
  examples.reserve(indices.size());
  for (int64_t index : indices) examples.push_back(get(index));
  return {stack(examples, &Batch::data, "data", indices),
          stack(examples, &Batch::target, "target", indices)};
}

}  // namespace lucid::data
