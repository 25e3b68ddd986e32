#include "nn/modules/rms_norm.h"

#include "autograd/functions/normalization.h"
#include "lucid/message.h"

namespace lucid::nn {

using lucid::detail::message;

RMSNorm::RMSNorm(LastDims dims, const RMSNormOptions& options)
    : RowNorm("RMSNorm", dims, options.eps.value_or(1), options.elementwise_affine,
              lazy_options("RMSNorm", options.dtype, options.device)),
      options_(options) {}

RMSNorm::RMSNorm(const Shape& normalized_shape, const RMSNormOptions& options)
    : RMSNorm(LastDims{static_cast<int64_t>(normalized_shape.size())}, options) {
  initialize_shape("RMSNorm", normalized_shape);
}

Tensor RMSNorm::forward(const Tensor& x) {
  return rms_norm(x, shape_for(x), weight(), options_.eps);
}

std::string RMSNorm::extra_repr() const {
  return message(shape_repr(), ", eps=", options_.eps ? message(*options_.eps) : "None",
                 ", elementwise_affine=", options_.elementwise_affine ? "True" : "False");
}

}  // namespace lucid::nn
