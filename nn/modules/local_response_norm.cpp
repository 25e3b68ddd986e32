#include "nn/modules/local_response_norm.h"

#include "autograd/functions/normalization.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

LocalResponseNorm::LocalResponseNorm(int64_t size, const LocalResponseNormOptions& options)
    : size_(size), options_(options) {
  if (size < 1) throw ValueError(message("LocalResponseNorm: expected size >= 1, got ", size));
}

Tensor LocalResponseNorm::forward(const Tensor& x) {
  return local_response_norm(x, size_, options_.alpha, options_.beta, options_.k);
}

std::string LocalResponseNorm::extra_repr() const {
  return message(size_, ", alpha=", options_.alpha, ", beta=", options_.beta, ", k=", options_.k);
}

}  // namespace lucid::nn
