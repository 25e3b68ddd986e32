// The same as footprint_lucid.cpp with libtorch, to stand beside it.
#include <torch/torch.h>

#include <cstdio>

#include "peak_memory.h"

namespace nn = torch::nn;

int main(int argc, char** argv) {
  if (argc < 2) {
    std::printf("%g %.1f\n", torch::zeros({1}).item<float>(), bench::peak_memory_mb());
    return 0;
  }
  torch::manual_seed(0);
  nn::Sequential model(nn::Conv2d(nn::Conv2dOptions(1, 32, 3).padding(1)), nn::ReLU(),
                       nn::MaxPool2d(2), nn::Conv2d(nn::Conv2dOptions(32, 64, 3).padding(1)),
                       nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(64 * 7 * 7, 128),
                       nn::ReLU(), nn::Linear(128, 10));
  torch::optim::SGD optimizer(model->parameters(), torch::optim::SGDOptions(0.05).momentum(0.9));
  auto train = torch::data::datasets::MNIST(argv[1]).map(torch::data::transforms::Stack<>());
  auto loader = torch::data::make_data_loader<torch::data::samplers::RandomSampler>(
      std::move(train), torch::data::DataLoaderOptions().batch_size(64));
  for (auto& batch : *loader) {
    optimizer.zero_grad();
    torch::Tensor loss = nn::functional::cross_entropy(model->forward(batch.data), batch.target);
    loss.backward();
    optimizer.step();
    std::printf("%.4f\n", loss.item<float>());
  }
}
