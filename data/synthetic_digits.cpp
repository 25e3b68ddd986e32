#include "data/synthetic_digits.h"

#include <array>
#include <numeric>
#include <utility>

#include "data/digit_renderer.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/common.h"
#include "lucid/parallel.h"
#include "lucid/random.h"

namespace lucid::data {

using lucid::detail::message;

namespace {

constexpr int64_t kDigits = 10;

// Two families of streams to a split, far from each other and from those of random tensors.
constexpr uint64_t kImageStreams[2] = {uint64_t{0xD161} << 48, uint64_t{0xD162} << 48};
constexpr uint64_t kLabelStreams[2] = {uint64_t{0xD163} << 48, uint64_t{0xD164} << 48};

// Every ten images show each digit once, in random order.
int label_of(int64_t index, uint64_t seed, uint64_t streams) noexcept {
  std::array<int, kDigits> order;
  std::iota(order.begin(), order.end(), 0);
  const uint64_t stream = streams + static_cast<uint64_t>(index / kDigits);
  for (size_t i = order.size() - 1; i > 0; --i) {
    const uint64_t bits = philox(seed, stream, i)[0];
    std::swap(order[i], order[(bits * (i + 1)) >> 32]);
  }
  return order[static_cast<size_t>(index % kDigits)];
}

int64_t checked_size(const SyntheticDigitsOptions& options) {
  const int64_t size = options.size.value_or(options.train ? 12'000 : 2'000);
  if (size < 1) {
    throw ValueError(message("SyntheticDigits: size is ", size, ", expected at least 1"));
  }
  return size;
}

ByteImageDataset draw(const SyntheticDigitsOptions& options) {
  using detail::kDigitSide;
  const int64_t size = checked_size(options);
  const Tensor images = ops::allocate({size, 1, kDigitSide, kDigitSide}, DType::uint8);
  const Tensor labels = ops::allocate({size}, DType::int64);
  auto* pixels = images.data<uint8_t>();
  auto* digits = labels.data<int64_t>();
  const size_t split = options.train ? 0 : 1;
  constexpr int64_t kGrain = 16;
  parallel_for(size, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int digit = label_of(i, options.seed, kLabelStreams[split]);
      digits[i] = digit;
      detail::render_digit(digit, options.seed, kImageStreams[split] + static_cast<uint64_t>(i),
                           pixels + i * kDigitSide * kDigitSide);
    }
  });
  return {images, labels, options.mean, options.std};
}

}  // namespace

SyntheticDigits::SyntheticDigits(const SyntheticDigitsOptions& options)
    : ByteImageDataset(draw(options)) {}

}  // namespace lucid::data
