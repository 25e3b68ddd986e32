// Values that are computed again in the backward pass rather than kept for it.
#pragma once

#include <concepts>

#include "autograd/node.h"

namespace lucid::autograd {

/// How the output of a node came about. Everything it needs, which is kept for other reasons.
class Recipe : public RefCounted {
 public:
  /// The same values as those of the output, to the bit, with its place on the tape. Any number of
  /// threads may ask at the same time.
  /// @throws AutogradError if the output, or what it is computed from, was modified in place since
  virtual Tensor compute() const = 0;
};

/// What a node that has a recipe for its output is besides.
class RecipeSource {
 public:
  /// @param output of this node. @return null if it is not what the node gave any more
  virtual IntrusivePtr<Recipe> recipe(const Tensor& output) const = 0;

 protected:
  ~RecipeSource() = default;
};

/// A tensor kept for the backward pass like a Saved, unless there is a recipe for it.
class SavedOrComputed {
 public:
  SavedOrComputed(const Tensor& tensor, bool compute);

  /// @throws AutogradError if it was modified in place since it was saved.
  Tensor operator*() const { return recipe_ ? recipe_->compute() : *saved_; }

 private:
  Saved saved_;
  IntrusivePtr<Recipe> recipe_;
};

}  // namespace lucid::autograd
