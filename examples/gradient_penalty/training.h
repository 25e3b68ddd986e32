// The network, and how it is trained with a penalty.
#pragma once

#include <lucid/lucid.h>

#include "options.h"

namespace gradient_penalty {

/// Scores for ten digits from images (N, 1, 28, 28). All of it is smooth, since a penalty on a
/// slope pulls at how that changes; every layer learns from the first input how much comes in.
lucid::nn::Sequential make_model();

/// How well a batch is read, and what that hangs on.
struct Slope {
  lucid::Tensor scores;    ///< (N, 10)
  lucid::Tensor loss;      ///< of all images, added up
  lucid::Tensor gradient;  ///< of the loss by the images, shaped like them
};
/// @param create_graph whether the gradient can be differentiated in turn
Slope slope(lucid::nn::Module& model, const lucid::Tensor& images, const lucid::Tensor& labels,
            bool create_graph);

/// The squared norms of all images' gradients, added up.
lucid::Tensor squared_norm(const lucid::Tensor& gradient);

/// A network trained on the loss plus `penalty` times the squared norm of its gradient by the
/// image, both on average over images. Prints a line after every epoch.
/// @param penalty 0: on the loss alone
/// @throws lucid::Error; std::runtime_error if the loss is no longer a number.
lucid::nn::Sequential train(const examples::Digits& digits, double penalty, const Options& options);

}  // namespace gradient_penalty
