#include "training.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace nn = lucid::nn;
using lucid::Tensor;

namespace gradient_penalty {
namespace {

// What is told of an epoch.
struct Tally {
  int64_t images = 0;
  int64_t correct = 0;
  double loss = 0;
  double squared_norm = 0;
};

void print_epoch(int64_t epoch, const Tally& tally, double seconds, const Options& options) {
  const auto images = static_cast<double>(tally.images);
  fmt::print("  epoch {}/{} in {:.1f} s  loss {:.4f}  accuracy {:.2f}%  gradient norm {:.4f}\n",
             epoch, options.epochs, seconds, tally.loss / images,
             100 * static_cast<double>(tally.correct) / images,
             std::sqrt(tally.squared_norm / images));
  std::fflush(stdout);
}

void train_epoch(nn::Module& model, lucid::optim::Optimizer& optimizer,
                 lucid::data::DataLoader& loader, double penalty, Tally& tally) {
  model.train();
  for (auto& [images, labels] : loader) {
    optimizer.zero_grad();
    // Without a penalty the gradient is computed too, to tell how large it is.
    const Slope at = slope(model, images, labels, penalty > 0);
    const Tensor squared = squared_norm(at.gradient);
    const Tensor objective = penalty > 0 ? at.loss + squared * penalty : at.loss;
    (objective / images.shape(0)).backward();
    optimizer.step();

    const auto value = at.loss.item<double>();
    if (!std::isfinite(value)) {
      throw std::runtime_error("the loss is no longer a number; try a lower --lr or --penalty");
    }
    tally.images += labels.numel();
    tally.correct += examples::count_correct(at.scores, labels);
    tally.loss += value;
    tally.squared_norm += squared.item<double>();
  }
}

}  // namespace

nn::Sequential make_model() {
  return nn::Sequential{nn::LazyConv2d(8, 3, {.padding = "same", .bias = false}),
                        nn::LazyBatchNorm2d(),
                        nn::SiLU(),
                        nn::AvgPool2d(2),
                        nn::LazyConv2d(16, 3, {.padding = "same", .bias = false}),
                        nn::LazyBatchNorm2d(),
                        nn::SiLU(),
                        nn::AvgPool2d(2),
                        nn::Flatten(),
                        nn::LazyLinear(10)};
}

Slope slope(nn::Module& model, const Tensor& images, const Tensor& labels, bool create_graph) {
  const Tensor x = images.detach();
  x.requires_grad_();
  Slope result;
  result.scores = model(x);
  result.loss = nn::functional::cross_entropy(result.scores, labels,
                                              {.reduction = nn::functional::Reduction::sum});
  result.gradient = lucid::autograd::grad({result.loss}, {x}, {},
                                          {.retain_graph = true, .create_graph = create_graph})[0];
  return result;
}

Tensor squared_norm(const Tensor& gradient) {
  return gradient.square().sum();
}

nn::Sequential train(const examples::Digits& digits, double penalty, const Options& options) {
  const auto seed = static_cast<uint64_t>(options.seed);
  lucid::manual_seed(seed);
  nn::Sequential model = make_model();
  nn::materialize(model, {options.batch_size, 1, 28, 28});
  lucid::optim::Adam optimizer(model.parameters(), {.lr = options.lr});
  lucid::data::DataLoader loader(digits.images,
                                 {.batch_size = options.batch_size, .shuffle = true, .seed = seed});
  for (int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    const auto begin = std::chrono::steady_clock::now();
    Tally tally;
    train_epoch(model, optimizer, loader, penalty, tally);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    print_epoch(epoch, tally, passed.count(), options);
  }
  return model;
}

}  // namespace gradient_penalty
