#include "autograd/recompute.h"

#include "autograd/grad_mode.h"

namespace lucid::autograd {

SavedOrComputed::SavedOrComputed(const Tensor& tensor, bool compute) {
  const GradientRecord* const record = record_of(tensor);
  // A hook has its own way to keep less.
  if (compute && record && record->grad_fn && grad_enabled() && !saved_tensors_are_hooked()) {
    if (const auto* source = dynamic_cast<const RecipeSource*>(record->grad_fn.get())) {
      recipe_ = source->recipe(tensor);
    }
  }
  if (!recipe_) saved_ = Saved(tensor);
}

}  // namespace lucid::autograd
