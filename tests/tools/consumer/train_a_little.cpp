// A program of somebody else, who has nothing but the installed lucid: a few steps must learn.
#include <lucid/lucid.h>

#include <cstdio>

namespace nn = lucid::nn;

int main() {
  lucid::manual_seed(0);
  nn::Sequential model{nn::LazyConv2d(8, 3, {.padding = 1}), nn::ReLU(), nn::MaxPool2d(2),
                       nn::Flatten(), nn::LazyLinear(10)};
  lucid::optim::SGD optimizer(model.parameters(), {.lr = 0.05, .momentum = 0.9});

  const lucid::Tensor images = lucid::randn({16, 1, 12, 12});
  const lucid::Tensor labels = lucid::randint(0, 10, {16});
  double first = 0.0;
  double last = 0.0;
  for (int step = 0; step < 20; ++step) {
    optimizer.zero_grad();
    lucid::Tensor loss = nn::functional::cross_entropy(model(images), labels);
    loss.backward();
    optimizer.step();
    last = loss.item<float>();
    if (step == 0) first = last;
  }
  std::printf("loss %.4f, after 20 steps %.4f\n", first, last);
  return last < 0.5 * first ? 0 : 1;
}
