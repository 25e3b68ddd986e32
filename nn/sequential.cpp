#include "nn/sequential.h"

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const auto& entry : named_children()) y = (*entry.second)(y);
  return y;
}

Module& Sequential::operator[](size_t index) const {
  if (index >= size()) {
    throw IndexError(
        message("Sequential: index ", index, " is out of range for ", size(), " modules"));
  }
  return *named_children()[index].second;
}

void Sequential::throw_wrong_type(size_t index) const {
  throw ValueError(
      message("Sequential: the module at ", index, " is a ", (*this)[index].type_name()));
}

}  // namespace lucid::nn
