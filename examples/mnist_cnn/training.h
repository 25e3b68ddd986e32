// From options to saved weights.
#pragma once

#include "options.h"

namespace mnist_cnn {

/// Trains, tests after every epoch, prints what happens, and saves the weights; goes on with an
/// earlier run if the options say so.
/// @throws lucid::Error or std::runtime_error.
void train(const Options& options);

}  // namespace mnist_cnn
