// How many images per second lucid trains; train_torch.cpp does the same with libtorch.
#include <lucid/lucid.h>

#include "train_common.h"

namespace nn = lucid::nn;

int main(int argc, char** argv) {
  const bench::Options options = bench::parse_options(argc, argv);
  lucid::set_num_threads(options.threads);
  if (options.repetitions == 0) {
    bench::print_summary(0.0, lucid::zeros({1}).item<float>());
    return 0;
  }
  lucid::manual_seed(0);

  std::vector<bench::Batch> batches = bench::make_batches();
  std::vector<lucid::Tensor> images;
  std::vector<lucid::Tensor> labels;
  for (bench::Batch& batch : batches) {
    images.push_back(lucid::from_blob(
        batch.images.data(), {bench::kBatchSize, 1, bench::kImageSize, bench::kImageSize}));
    labels.push_back(
        lucid::from_blob(batch.labels.data(), {bench::kBatchSize}, {.dtype = lucid::int64}));
  }

  nn::Sequential model{nn::LazyConv2d(32, 3, {.padding = 1}),
                       nn::ReLU(),
                       nn::MaxPool2d(2),
                       nn::LazyConv2d(64, 3, {.padding = 1}),
                       nn::ReLU(),
                       nn::MaxPool2d(2),
                       nn::Flatten(),
                       nn::LazyLinear(128),
                       nn::ReLU(),
                       nn::LazyLinear(10)};
  lucid::optim::SGD optimizer(model.parameters(), {.lr = 0.05, .momentum = 0.9});

  auto loss_of = [&](size_t b) {
    return nn::functional::cross_entropy(model(images[b]), labels[b]);
  };
  const double first_loss = loss_of(0).item<float>();
  bench::measure(options, [&](int index) {
    optimizer.zero_grad();
    lucid::Tensor loss = loss_of(static_cast<size_t>(index) % images.size());
    loss.backward();
    optimizer.step();
  });
  bench::print_summary(first_loss, loss_of(0).item<float>());
  return 0;
}
