// What the drawn digits are for: a linear model finds them hard, a convolutional one learns them.
#include <doctest/doctest.h>

#include "autograd/functions/reduction.h"
#include "autograd/grad_mode.h"
#include "data/data_loader.h"
#include "data/synthetic_digits.h"
#include "lucid/parallel.h"
#include "lucid/random.h"
#include "nn/functional.h"
#include "nn/modules/activation.h"
#include "nn/modules/conv.h"
#include "nn/modules/linear.h"
#include "nn/modules/pooling.h"
#include "nn/modules/shape.h"
#include "nn/sequential.h"
#include "optim/adam.h"
#include "optim/sgd.h"

namespace lucid::data {
namespace {

// Tests run side by side; a thread that waits for one without a processor costs more than it
// brings.
class OneThread {
 public:
  OneThread() { set_num_threads(1); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;
  ~OneThread() { set_num_threads(before_); }

 private:
  int before_ = get_num_threads();
};

template <class Optimizer>
void train(nn::Sequential& model, Optimizer&& optimizer, int epochs) {
  const DataLoader loader(SyntheticDigits(), {.batch_size = 64, .shuffle = true});
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (auto& [images, labels] : loader) {
      optimizer.zero_grad();
      nn::functional::cross_entropy(model(images), labels).backward();
      optimizer.step();
    }
  }
}

double test_accuracy(nn::Sequential& model) {
  const NoGradGuard no_grad;
  const SyntheticDigits test({.train = false});
  int64_t right = 0;
  for (auto& [images, labels] : DataLoader(test, {.batch_size = 250})) {
    const auto answers = model(images).argmax(1).to_vector<int64_t>();
    const auto expected = labels.to_vector<int64_t>();
    for (size_t i = 0; i < answers.size(); ++i) right += answers[i] == expected[i] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(test.size());
}

TEST_CASE("learning: a linear model stays below 95% on SyntheticDigits") {
  const OneThread one_thread;
  manual_seed(0);
  nn::Sequential model{nn::Flatten(), nn::LazyLinear(10)};
  train(model, optim::Adam(model.parameters(), {.lr = 1e-3}), 15);
  const double accuracy = test_accuracy(model);
  MESSAGE("accuracy " << accuracy);
  CHECK(accuracy < 0.95);
  // It has learnt what it can: another failure would pass for hardness.
  CHECK(accuracy > 0.80);
}

TEST_CASE("learning: a small convolutional network passes 98% on SyntheticDigits") {
  const OneThread one_thread;
  manual_seed(0);
  nn::Sequential model{nn::LazyConv2d(16, 3, {.padding = 1}),
                       nn::ReLU(),
                       nn::MaxPool2d(2),
                       nn::LazyConv2d(32, 3, {.padding = 1}),
                       nn::ReLU(),
                       nn::MaxPool2d(2),
                       nn::Flatten(),
                       nn::LazyLinear(64),
                       nn::ReLU(),
                       nn::LazyLinear(10)};
  train(model, optim::SGD(model.parameters(), {.lr = 0.05, .momentum = 0.9}), 3);
  const double accuracy = test_accuracy(model);
  MESSAGE("accuracy " << accuracy);
  CHECK(accuracy > 0.98);
}

}  // namespace
}  // namespace lucid::data
