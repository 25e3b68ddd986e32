// Filling parameters with their first values (https://pytorch.org/docs/stable/nn.init.html).
// All of these write in place, are not recorded, and skip meta tensors. Floating-point only.
// For a parameter that has no shape yet they say what its first values will be.
#pragma once

#include "lucid/random.h"
#include "lucid/tensor.h"

namespace lucid::nn::init {

void constant_(const Tensor& tensor, double value);
void zeros_(const Tensor& tensor);
void ones_(const Tensor& tensor);
/// Uniform in [low, high). @throws ValueError if low > high.
void uniform_(const Tensor& tensor, double low = 0, double high = 1,
              Generator& generator = default_generator());
/// @throws ValueError if stddev is negative.
void normal_(const Tensor& tensor, double mean = 0, double stddev = 1,
             Generator& generator = default_generator());

/// Inputs and outputs of one unit: for a weight (out, in, ...) in * receptive field and
/// out * receptive field. @throws ShapeError for fewer than two dimensions.
struct Fan {
  int64_t in, out;
};
Fan fan(const Shape& weight_shape);

enum class FanMode { fan_in, fan_out };

/// Uniform in +-gain * sqrt(3 / fan) with the gain of a leaky ReLU of slope a, sqrt(2 / (1 + a^2))
/// (He et al., 2015, "Delving deep into rectifiers").
void kaiming_uniform_(const Tensor& tensor, double a = 0, FanMode mode = FanMode::fan_in,
                      Generator& generator = default_generator());
/// The same with a normal distribution of standard deviation gain / sqrt(fan).
void kaiming_normal_(const Tensor& tensor, double a = 0, FanMode mode = FanMode::fan_in,
                     Generator& generator = default_generator());
/// Uniform in +-gain * sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010).
void xavier_uniform_(const Tensor& tensor, double gain = 1,
                     Generator& generator = default_generator());
void xavier_normal_(const Tensor& tensor, double gain = 1,
                    Generator& generator = default_generator());

}  // namespace lucid::nn::init
