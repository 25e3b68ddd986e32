#include "examples/shared/digits.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

namespace data = lucid::data;

namespace examples {
namespace {

data::ByteImageDataset first_of(const data::ByteImageDataset& digits, std::optional<int64_t> count,
                                const char* option) {
  if (!count || *count == digits.size()) return digits;
  if (*count > digits.size()) {
    throw std::runtime_error(
        fmt::format("{} asks for {} digits, but there are {}", option, *count, digits.size()));
  }
  return {digits.images().narrow(0, 0, *count), digits.labels().narrow(0, 0, *count), kMean, kStd};
}

Digits digits(const DigitOptions& options, bool train) {
  const auto size = train ? options.train_size : options.test_size;
  if (options.data.empty()) {
    return {data::SyntheticDigits({.train = train, .size = size, .mean = kMean, .std = kStd}),
            "drawn by lucid"};
  }
  const data::MNIST mnist(options.data, {.train = train, .mean = kMean, .std = kStd});
  return {first_of(mnist, size, train ? "--train-size" : "--test-size"),
          fmt::format("of MNIST in {}", options.data)};
}

}  // namespace

Digits training_digits(const DigitOptions& options) {
  return digits(options, true);
}

Digits test_digits(const DigitOptions& options) {
  return digits(options, false);
}

int64_t count_correct(const lucid::Tensor& scores, const lucid::Tensor& labels) {
  const lucid::NoGradGuard no_grad;
  const lucid::Tensor verdicts = scores.argmax(1);
  return (verdicts == labels).to(lucid::int64).sum().item<int64_t>();
}

}  // namespace examples
