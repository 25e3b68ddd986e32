#include "data/sampler.h"

#include <array>
#include <cstddef>
#include <numeric>
#include <utility>

#include "lucid/random.h"
#include "lucid/state_values.h"

namespace lucid::data {
namespace {

// Streams of the shuffle are apart from those that random tensors take with the same seed.
constexpr uint64_t kShuffleStreams = uint64_t{0x5A3F1E} << 40;

// A number below `bound` from 64 random bits; its bias is below bound / 2^64.
uint64_t scale(uint64_t bits, uint64_t bound) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(bits) * bound) >> 64);
}

}  // namespace

std::vector<int64_t> SequentialSampler::indices(int64_t dataset_size, int64_t) const {
  std::vector<int64_t> order(static_cast<size_t>(dataset_size));
  std::iota(order.begin(), order.end(), int64_t{0});
  return order;
}

std::vector<int64_t> RandomSampler::indices(int64_t dataset_size, int64_t epoch) const {
  std::vector<int64_t> order(static_cast<size_t>(dataset_size));
  std::iota(order.begin(), order.end(), int64_t{0});
  // Fisher and Yates' shuffle; one block of random bits serves two steps.
  const uint64_t stream = kShuffleStreams + static_cast<uint64_t>(epoch);
  std::array<uint32_t, 4> bits{};
  for (size_t i = order.size(); i > 1; --i) {
    if (i % 2 == 1 || i == order.size()) bits = philox(seed_, stream, i / 2);
    const size_t half = i % 2 == 0 ? 0 : 2;
    const uint64_t wide = (static_cast<uint64_t>(bits[half]) << 32) | bits[half + 1];
    std::swap(order[i - 1], order[scale(wide, i)]);
  }
  return order;
}

StateDict RandomSampler::state_dict() const {
  return {{"seed", state_value(static_cast<int64_t>(seed_))}};
}

}  // namespace lucid::data
