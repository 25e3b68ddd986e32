// A training loop as users write it, for what it costs to compile it and to start it;
// footprint_torch.cpp is the same with libtorch. Without arguments it makes one tensor and leaves.
#include <lucid/lucid.h>

#include <cstdio>

#include "peak_memory.h"

namespace nn = lucid::nn;

int main(int argc, char** argv) {
  if (argc < 2) {
    std::printf("%g %.1f\n", lucid::zeros({1}).item<float>(), bench::peak_memory_mb());
    return 0;
  }
  lucid::manual_seed(0);
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
  lucid::data::MNIST train(argv[1], {.train = true});
  lucid::data::DataLoader loader(train, {.batch_size = 64, .shuffle = true});
  for (auto& [images, labels] : loader) {
    optimizer.zero_grad();
    lucid::Tensor loss = nn::functional::cross_entropy(model(images), labels);
    loss.backward();
    optimizer.step();
    std::printf("%.4f\n", loss.item<float>());
  }
}
