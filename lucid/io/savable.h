// Internal: what every format asks of a tensor that is to be written.
#pragma once

#include <string>

#include "lucid/tensor.h"

namespace lucid::detail {

/// @param operation begins the message. @param name of the tensor, or null if it has none.
/// @throws UninitializedError if the tensor is undefined or has no values yet; DeviceError if it is
///     a meta tensor.
void check_savable(const char* operation, const Tensor& tensor, const std::string* name = nullptr);

}  // namespace lucid::detail
