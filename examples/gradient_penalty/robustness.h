// How well a network reads images that were changed a little.
#pragma once

#include <lucid/lucid.h>

#include "options.h"

namespace gradient_penalty {

/// Of all test images; accuracies from 0 to 1.
struct Robustness {
  double accuracy;       ///< of images as they are
  double under_attack;   ///< moved by --attack to where the loss is higher
  double under_noise;    ///< with noise of --noise added
  double gradient_norm;  ///< of the loss by the image: root mean square
};

/// Sets the model to evaluation mode.
Robustness measure(lucid::nn::Module& model, const examples::Digits& test, const Options& options);

}  // namespace gradient_penalty
