// The network and how it is trained.
#pragma once

#include <lucid/lucid.h>

#include <cstdint>
#include <memory>

#include "options.h"

namespace mnist_cnn {

/// Scores for ten digits from images (N, 1, 28, 28). Every layer learns from the first input, or
/// from saved weights, how much comes in.
lucid::nn::Sequential make_model();

/// The options with the optimiser's own where none were given; only sgd has a momentum.
Options with_defaults(Options options);

/// @param options with all defaults filled in
std::unique_ptr<lucid::optim::Optimizer> make_optimizer(const lucid::nn::Module& model,
                                                        const Options& options);

/// The part of the highest learning rate that a step gets: in a straight line up to 1, then along a
/// cosine down to 0 (Loshchilov and Hutter, 2017, "SGDR").
double learning_rate_factor(int64_t step, int64_t steps);

}  // namespace mnist_cnn
