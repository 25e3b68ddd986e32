#include "nn/modules/dropout.h"

#include "autograd/functions/dropout.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

DropoutBase::DropoutBase(const char* name, double p) : p_(p) {
  if (!(p >= 0 && p <= 1)) throw ValueError(message(name, ": expected p in [0, 1], got ", p));
}

std::string DropoutBase::extra_repr() const {
  return message("p=", p_);
}

Tensor Dropout::forward(const Tensor& x) {
  return dropout(x, p(), is_training());
}

Tensor Dropout1d::forward(const Tensor& x) {
  return dropout1d(x, p(), is_training());
}

Tensor Dropout2d::forward(const Tensor& x) {
  return dropout2d(x, p(), is_training());
}

Tensor Dropout3d::forward(const Tensor& x) {
  return dropout3d(x, p(), is_training());
}

Tensor AlphaDropout::forward(const Tensor& x) {
  return alpha_dropout(x, p(), is_training());
}

}  // namespace lucid::nn
