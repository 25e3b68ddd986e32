#include "nn/modules/dropout.h"

#include "autograd/functions/dropout.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

Dropout::Dropout(double p) : p_(p) {
  if (!(p >= 0 && p <= 1)) throw ValueError(message("Dropout: expected p in [0, 1], got ", p));
}

Tensor Dropout::forward(const Tensor& x) {
  return dropout(x, p_, is_training());
}

std::string Dropout::extra_repr() const {
  return message("p=", p_);
}

}  // namespace lucid::nn
