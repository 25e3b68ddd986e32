// What a data set is: examples by number.
#pragma once

#include <cstdint>
#include <vector>

#include "lucid/tensor.h"

namespace lucid::data {

/// Examples and what is to be learnt about them; `auto& [images, labels] = batch` takes it apart.
struct Batch {
  Tensor data;
  Tensor target;
};

/// A numbered collection of examples. Data sets are cheap handles: a copy refers to the same
/// memory. Reading is safe from several threads at once.
/// https://pytorch.org/docs/stable/data.html#map-style-datasets
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// The number of examples.
  virtual int64_t size() const = 0;

  /// One example, without a batch dimension. @throws IndexError outside of [0, size()).
  virtual Batch get(int64_t index) const = 0;

  /// Examples stacked along a new first dimension, in the order given; an index may come twice.
  /// A data set that can gather faster than one by one overrides this.
  /// @throws ValueError if no index is given; IndexError outside of [0, size()); ShapeError or
  ///     DTypeError if the examples differ and so cannot be stacked.
  virtual Batch get_batch(const std::vector<int64_t>& indices) const;

 protected:
  Dataset() = default;
  Dataset(const Dataset&) = default;
  Dataset& operator=(const Dataset&) = default;

  /// @throws ValueError if there is none; IndexError if one is outside of [0, size()).
  /// @param name is named in the error.
  void check_indices(const char* name, const std::vector<int64_t>& indices) const;
  /// @throws IndexError
  void check_index(const char* name, int64_t index) const;
};

}  // namespace lucid::data
