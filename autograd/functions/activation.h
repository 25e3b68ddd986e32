// Non-linearities, element by element or along a dimension
// (https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions).
// Floating-point only, but for relu, relu6, hardtanh and threshold, which keep integers, and
// sigmoid and softsign, which turn them into float32. @throws DTypeError for others, and for bools
// but in sigmoid.
#pragma once

#include <string_view>

#include "lucid/tensor.h"

namespace lucid {

/// max(x, 0) (https://pytorch.org/docs/stable/generated/torch.nn.functional.relu.html).
Tensor relu(const Tensor& x);
/// min(max(x, 0), 6)
Tensor relu6(const Tensor& x);
/// x limited to [min_val, max_val]; unlike clamp() without gradient at the bounds.
/// @throws ValueError if min_val > max_val.
Tensor hardtanh(const Tensor& x, Scalar min_val = -1, Scalar max_val = 1);
/// x where x > threshold, else value.
Tensor threshold(const Tensor& x, Scalar threshold, Scalar value);
/// x where x > 0, else negative_slope * x.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
/// leaky_relu with slopes that are learnt: one, or one for each index of dimension 1 (He et al.,
/// 2015, "Delving deep into rectifiers").
/// @throws ShapeError unless weight is a vector (or a number) of one of these sizes.
Tensor prelu(const Tensor& x, const Tensor& weight);

/// x where x > 0, else alpha * (exp(x) - 1) (Clevert et al., 2016, "Fast and accurate deep network
/// learning by exponential linear units").
Tensor elu(const Tensor& x, double alpha = 1);
/// 1.0507 * elu(x, 1.6733), which keeps mean 0 and variance 1 (Klambauer et al., 2017,
/// "Self-normalizing neural networks").
Tensor selu(const Tensor& x);
/// x where x > 0, else alpha * (exp(x / alpha) - 1). @throws ValueError if alpha is 0.
Tensor celu(const Tensor& x, double alpha = 1);

/// x times the probability that a standard normal variable is less than x (Hendrycks and Gimpel,
/// 2016, "Gaussian error linear units").
/// @param approximate "none", or "tanh" for 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
/// @throws ValueError for anything else.
Tensor gelu(const Tensor& x, std::string_view approximate = "none");
/// x * sigmoid(x)
Tensor silu(const Tensor& x);
/// x * tanh(softplus(x)) (Misra, 2019, "Mish: a self regularized non-monotonic activation
/// function").
Tensor mish(const Tensor& x);

/// 1 / (1 + exp(-x))
Tensor sigmoid(const Tensor& x);
/// log(sigmoid(x)) without overflow.
Tensor logsigmoid(const Tensor& x);
/// log(1 + exp(beta * x)) / beta without overflow; x itself where beta * x > threshold.
Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20);
/// x / (1 + |x|)
Tensor softsign(const Tensor& x);
/// relu6(x + 3) / 6
Tensor hardsigmoid(const Tensor& x);
/// x * relu6(x + 3) / 6 (Howard et al., 2019, "Searching for MobileNetV3").
Tensor hardswish(const Tensor& x);

/// exp(x) / sum(exp(x)) along a dimension, computed without overflow.
Tensor softmax(const Tensor& x, int64_t dim);
/// log(softmax(x)), more exact than the logarithm of the result.
Tensor log_softmax(const Tensor& x, int64_t dim);
/// softmax(-x)
Tensor softmin(const Tensor& x, int64_t dim);
/// The first half of a dimension times the sigmoid of the second (Dauphin et al., 2017, "Language
/// modeling with gated convolutional networks"). @throws ShapeError if its size is odd.
Tensor glu(const Tensor& x, int64_t dim = -1);

}  // namespace lucid
