#include "digits.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

namespace data = lucid::data;

namespace mnist_cnn {
namespace {

// Mean and standard deviation of MNIST's values: networks learn best from inputs around 0.
constexpr double kMean = 0.1307;
constexpr double kStd = 0.3081;

data::ByteImageDataset first_of(const data::ByteImageDataset& digits, std::optional<int64_t> count,
                                const char* option) {
  if (!count || *count == digits.size()) return digits;
  if (*count > digits.size()) {
    throw std::runtime_error(
        fmt::format("{} asks for {} digits, but there are {}", option, *count, digits.size()));
  }
  return {digits.images().narrow(0, 0, *count), digits.labels().narrow(0, 0, *count), kMean, kStd};
}

Digits digits(const Options& options, bool train) {
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

Digits training_digits(const Options& options) {
  return digits(options, true);
}

Digits test_digits(const Options& options) {
  return digits(options, false);
}

}  // namespace mnist_cnn
