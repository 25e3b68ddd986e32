// The same training as train_lucid.cpp, written against libtorch, to stand beside it.
#include <torch/torch.h>

#include "train_common.h"

namespace {

torch::nn::Sequential make_model() {
  namespace nn = torch::nn;
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 32, 3).padding(1)), nn::ReLU(),
                        nn::MaxPool2d(2), nn::Conv2d(nn::Conv2dOptions(32, 64, 3).padding(1)),
                        nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(64 * 7 * 7, 128),
                        nn::ReLU(), nn::Linear(128, 10));
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options = bench::parse_options(argc, argv);
  torch::set_num_threads(options.threads);
  if (options.repetitions == 0) {
    bench::print_summary(0.0, torch::zeros({1}).item<float>());
    return 0;
  }
  torch::manual_seed(0);

  std::vector<bench::Batch> batches = bench::make_batches();
  std::vector<torch::Tensor> images;
  std::vector<torch::Tensor> labels;
  for (bench::Batch& batch : batches) {
    images.push_back(torch::from_blob(
        batch.images.data(), {bench::kBatchSize, 1, bench::kImageSize, bench::kImageSize}));
    labels.push_back(torch::from_blob(batch.labels.data(), {bench::kBatchSize}, torch::kInt64));
  }

  torch::nn::Sequential model = make_model();
  torch::optim::SGD optimizer(model->parameters(), torch::optim::SGDOptions(0.05).momentum(0.9));

  auto loss_of = [&](size_t b) {
    return torch::nn::functional::cross_entropy(model->forward(images[b]), labels[b]);
  };
  const double first_loss = loss_of(0).item<float>();
  bench::measure(options, [&](int index) {
    optimizer.zero_grad();
    torch::Tensor loss = loss_of(static_cast<size_t>(index) % images.size());
    loss.backward();
    optimizer.step();
  });
  bench::print_summary(first_loss, loss_of(0).item<float>());
  return 0;
}
