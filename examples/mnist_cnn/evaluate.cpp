#include "evaluate.h"

namespace mnist_cnn {
namespace {

// Non-owning: the data set outlives the walk over it.
std::shared_ptr<const lucid::data::Dataset> borrow(const lucid::data::Dataset& digits) {
  return {std::shared_ptr<void>(), &digits};
}

template <class T>
void append(std::vector<T>& to, const lucid::Tensor& values) {
  const std::vector<T> more = values.to_vector<T>();
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

ConfusionMatrix Reading::confusion() const {
  ConfusionMatrix result;
  result.add(labels, verdicts);
  return result;
}

Reading read_digits(lucid::nn::Module& model, const lucid::data::Dataset& digits) {
  const lucid::NoGradGuard no_grad;
  model.eval();
  Reading reading;
  for (auto& [images, labels] : lucid::data::DataLoader(borrow(digits), {.batch_size = 256})) {
    const lucid::Tensor probabilities = lucid::softmax(model(images), 1);
    append(reading.labels, labels);
    append(reading.verdicts, probabilities.argmax(1));
    append(reading.probabilities, probabilities);
  }
  return reading;
}

}  // namespace mnist_cnn
