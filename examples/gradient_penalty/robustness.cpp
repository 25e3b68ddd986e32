#include "robustness.h"

#include <cmath>

#include "training.h"

namespace nn = lucid::nn;
using lucid::Tensor;

namespace gradient_penalty {
namespace {

// In the values of the network's input: of a pixel without ink, with full ink, and between them.
constexpr double kPaper = -examples::kMean / examples::kStd;
constexpr double kInk = (1 - examples::kMean) / examples::kStd;
constexpr double kRange = kInk - kPaper;

int64_t count_right(nn::Module& model, const Tensor& images, const Tensor& labels) {
  const lucid::NoGradGuard no_grad;
  return examples::count_correct(model(images), labels);
}

// The fast gradient sign method (https://arxiv.org/abs/1412.6572).
Tensor attacked(const Tensor& images, const Tensor& gradient, double size) {
  return lucid::clamp(images + lucid::sign(gradient) * (size * kRange), kPaper, kInk);
}

}  // namespace

Robustness measure(nn::Module& model, const examples::Digits& test, const Options& options) {
  model.eval();
  lucid::manual_seed(static_cast<uint64_t>(options.seed));  // the same noise for all networks
  int64_t right = 0;
  int64_t attacked_right = 0;
  int64_t noisy_right = 0;
  double squared = 0;
  lucid::data::DataLoader loader(test.images, {.batch_size = 250});
  for (auto& [images, labels] : loader) {
    const Slope at = slope(model, images, labels, false);
    right += examples::count_correct(at.scores, labels);
    attacked_right += count_right(model, attacked(images, at.gradient, options.attack), labels);
    const Tensor noise = lucid::randn(images.shape()) * (options.noise * kRange);
    noisy_right += count_right(model, images + noise, labels);
    squared += squared_norm(at.gradient).item<double>();
  }
  const auto count = static_cast<double>(test.images.size());
  return {static_cast<double>(right) / count, static_cast<double>(attacked_right) / count,
          static_cast<double>(noisy_right) / count, std::sqrt(squared / count)};
}

}  // namespace gradient_penalty
