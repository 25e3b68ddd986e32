// Internal: what in-place methods share: their operands must outlive the write as far as the tape
// keeps them.
#pragma once

#include <type_traits>

#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "autograd/record.h"

namespace lucid::autograd {

/// The other operand: a copy if the write to self would change it too.
inline Tensor apart_from(const Tensor& self, const Tensor& other) {
  if (!other.defined() || !self.defined() || !other.impl()->storage) return other;
  return other.impl()->storage == self.impl()->storage ? clone(other) : other;
}

/// Arguments that are no tensors stay as they are.
template <class T>
const T& apart_from(const Tensor&, const T& argument) {
  return argument;
}

inline bool wants_gradient(const Tensor& argument) {
  return argument.requires_grad();
}
template <class T>
bool wants_gradient(const T&) {
  return false;
}

/// What the tape keeps of the first operand of an operation.
enum class Keeps { nothing, input };

/// Writes function(self, arguments...) over self. While the tape records, an operation that keeps
/// its input gets a copy of it. One instance for all functions with the same arguments, which
/// inlining would multiply.
/// @throws as check_in_place and write_in_place
template <class... Arguments>
[[gnu::noinline]] const Tensor& overwrite(const char* name, Keeps keeps, const Tensor& self,
                                          Tensor (*function)(const Tensor&, Arguments...),
                                          const std::type_identity_t<Arguments>&... arguments) {
  check_in_place(name, self);
  const bool recorded =
      grad_enabled() && (wants_gradient(self) || (wants_gradient(arguments) || ...));
  if (recorded) {
    const Tensor input = keeps == Keeps::input ? clone(self) : self;
    write_in_place(name, self, function(input, apart_from(self, arguments)...));
  } else {
    write_in_place(name, self, function(self, arguments...));
  }
  return self;
}

}  // namespace lucid::autograd
