// Functions of two or three operands, element by element, with broadcasting and type promotion by
// PyTorch's rules (https://pytorch.org/docs/stable/torch.html#pointwise-ops). Shapes that do not
// broadcast raise ShapeError.
#pragma once

#include <optional>

#include "lucid/tensor.h"

namespace lucid {

/// x to the power of the exponent; 0^0 is 1
/// (https://pytorch.org/docs/stable/generated/torch.pow.html). Integers stay integers: to negative
/// powers in a tensor they give 0 (and 1 and -1 themselves).
/// @throws ValueError for a negative number as the exponent of integers; DTypeError for two bools.
Tensor pow(const Tensor& x, const Tensor& exponent);
Tensor pow(const Tensor& x, Scalar exponent);
Tensor pow(Scalar x, const Tensor& exponent);
/// The angle of the point (x, y) in (-pi, pi]
/// (https://pytorch.org/docs/stable/generated/torch.atan2.html). Integers give float32.
Tensor atan2(const Tensor& y, const Tensor& x);

/// What is left of a after taking away b as often as it goes: with the sign of a, as in C
/// (https://pytorch.org/docs/stable/generated/torch.fmod.html).
/// @throws ValueError if integers are divided by zero; DTypeError for bools.
Tensor fmod(const Tensor& a, const Tensor& b);
Tensor fmod(const Tensor& a, Scalar b);
/// The same with the sign of b, as in Python: a - b * floor(a / b)
/// (https://pytorch.org/docs/stable/generated/torch.remainder.html).
Tensor remainder(const Tensor& a, const Tensor& b);
Tensor remainder(const Tensor& a, Scalar b);
Tensor remainder(Scalar a, const Tensor& b);

/// x limited to [min, max]; one of the two may be missing, and max wins if they cross. A NaN stays.
/// The gradient goes to x from min to max, both included, and else to the bound that was taken
/// (https://pytorch.org/docs/stable/generated/torch.clamp.html).
/// @throws ValueError without a bound.
Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max = std::nullopt);
/// The same with tensors; an undefined one is missing.
Tensor clamp(const Tensor& x, const Tensor& min, const Tensor& max = {});

/// value, in the type of x, where mask (bool) is true, else x
/// (https://pytorch.org/docs/stable/generated/torch.Tensor.masked_fill_.html).
/// @throws DTypeError unless mask is bool; ShapeError unless a value tensor is zero-dimensional.
Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value);
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value);

/// start + weight * (end - start), exact at both ends
/// (https://pytorch.org/docs/stable/generated/torch.lerp.html).
/// @throws DTypeError unless all are floating-point and of one type.
Tensor lerp(const Tensor& start, const Tensor& end, double weight);
Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight);

/// bool tensors; whatever is not zero is true.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);

}  // namespace lucid
