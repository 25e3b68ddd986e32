// Internal: tensors of bools whose bytes come from a file.
#pragma once

#include <string>

#include "lucid/tensor.h"

namespace lucid::detail {

/// What is wrong with a tensor of bools as it was read; empty if nothing is. A bool of another
/// value than 0 and 1 is undefined behaviour in C++, so it must not get in.
std::string wrong_bools(const Tensor& tensor);

}  // namespace lucid::detail
