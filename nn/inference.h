// Models that only infer.
#pragma once

#include <concepts>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "nn/clone.h"

namespace lucid::nn {

struct InferenceOptions {
  std::optional<DType> dtype = std::nullopt;  ///< of the input: that of the parameters unless given
};

class InferenceModel;

namespace detail {
/// optimize_for_inference() for a copy that it may keep.
InferenceModel optimized(std::shared_ptr<Module> model, const Shape& input_shape,
                         const InferenceOptions& options);
}  // namespace detail

/// What optimize_for_inference() makes of a model. A copy is a handle to the same.
///
/// Several threads may call it at the same time if that holds for the forward() of the modules in
/// it; those of lucid allow it. Nothing is recorded, and a call leaves nothing behind: each gives a
/// tensor of its own.
class InferenceModel {
 public:
  /// What the model in evaluation mode gives, up to rounding. x may have other sizes than the ones
  /// that the model was optimised for, if the model allows them: the first call with new ones is
  /// slower, and algorithms are still those for the old.
  /// @throws what the model throws for x
  Tensor operator()(const Tensor& x) const;

  /// The shape that it was optimised for.
  const Shape& input_shape() const noexcept;
  /// Bytes that hold all values of one call with that shape but the result.
  int64_t arena_bytes() const;
  /// The layers, what they were put together with, and their algorithms.
  std::string str() const;

 private:
  struct State;
  friend InferenceModel detail::optimized(std::shared_ptr<Module> model, const Shape& input_shape,
                                          const InferenceOptions& options);
  explicit InferenceModel(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

/// Writes model.str().
std::ostream& operator<<(std::ostream& out, const InferenceModel& model);

/// A copy of a model that is only there to infer, fastest for inputs of one shape; batch included.
///
///     const nn::InferenceModel fast = nn::optimize_for_inference(model, {1, 3, 32, 32});
///     Tensor scores = fast(image);
///
/// - It is in evaluation mode, and has weights of its own: training goes on without it.
/// - Batch norms become part of the convolutions and linear layers before them, in modules of one's
///   own as well, and ReLUs part of any of these. Which layers follow which is seen in a call of
///   the copy with zeros, so a forward() must not choose among its layers by values or by sizes,
///   nor change their weights; and what is put together is as if forward() saw only the end of it.
///   A call with random numbers then shows whether the results are the same; where they are not,
///   as when forward() reads values by itself, layers are left as they are.
/// - Convolutions keep their weights in the form that their algorithm reads.
/// - All values of a call but the result live in one piece of memory, planned in advance. After
///   the first call with a shape, nothing is asked of the system, as long as there are no more
///   than 16 shapes and threads at a time, and no profiler or anomaly guard anywhere.
///
/// Lazy layers are initialised in the copy alone.
/// @throws what clone() and the model throw for such an input
template <std::derived_from<Module> M>
InferenceModel optimize_for_inference(const M& model, const Shape& input_shape,
                                      const InferenceOptions& options = {}) {
  std::shared_ptr<M> copy;
  {
    const detail::CloneScope scope(model, typeid(M));
    copy = std::make_shared<M>(model);
  }
  return detail::optimized(std::move(copy), input_shape, options);
}

}  // namespace lucid::nn
