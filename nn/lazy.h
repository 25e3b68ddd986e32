// What lazy layers share: parameters that get their shape late, and walks by shape alone.
#pragma once

#include "nn/init.h"
#include "nn/module.h"

namespace lucid::nn {

/// Gives a parameter its shape, and values uniform in +-bound from the random numbers that were set
/// aside for it. Nothing happens to one that is undefined or initialised already.
void materialize_uniform(const Parameter& parameter, const Shape& shape, DType dtype, Device device,
                         double bound, const init::Stream& stream);

/// Makes initialising all or nothing: what was uninitialised in a module (and those below it) when
/// the transaction began is so again if it ends without commit().
class LazyTransaction {
 public:
  explicit LazyTransaction(const Module& module);
  LazyTransaction(const LazyTransaction&) = delete;
  LazyTransaction& operator=(const LazyTransaction&) = delete;
  ~LazyTransaction();

  void commit() noexcept { uninitialized_.clear(); }

 private:
  std::vector<std::pair<Tensor, DType>> uninitialized_;
};

/// Initialises every lazy layer of a model by running an input of this shape through it without
/// computing anything. Equivalent to calling the model once, also in the values the parameters get.
/// @return the shape of the output
/// @throws what the model throws for such an input; then nothing is initialised
Shape materialize(Module& model, const Shape& input_shape, DType dtype = float32);

}  // namespace lucid::nn
