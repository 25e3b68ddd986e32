#include <algorithm>

#include "support.h"

namespace lucid::kernels::test {
namespace {

TEST_CASE_TEMPLATE("dropout: every table draws what the reference draws", T, float, double) {
  Random random(71);
  constexpr uint64_t seed = 0x123456789ABCDEF, stream = 0xFEDCBA987654321;
  for (const int64_t n : {1, 3, 31, 32, 33, 127, 128, 129, 255, 256, 257, 1000, 70001}) {
    CAPTURE(n);
    const auto x = random.values<T>(n);
    for (const double p : {0.001, 0.5, 0.9}) {
      const T from = static_cast<T>(p), scale = static_cast<T>(1 / (1 - p));
      Guarded<T> mask(n), y(n);
      find<T>("reference")->dropout(n, seed, stream, from, scale, x.data(), mask.data(), y.data());
      for (const auto* t : vector_tables<T>()) {
        CAPTURE(t->name);
        Guarded<T> other_mask(n), other(n);
        t->dropout(n, seed, stream, from, scale, x.data(), other_mask.data(), other.data());
        int64_t different = 0;
        for (int64_t i = 0; i < n; ++i) {
          different += mask[i] != other_mask[i] || y[i] != other[i];
        }
        CHECK(different == 0);
      }
    }
  }
}

TEST_CASE_TEMPLATE("dropout: another stream or seed drops others", T, float, double) {
  constexpr int64_t n = 10000;
  const std::vector<T> x(n, T(1));
  for (const auto* t : vector_tables<T>()) {
    CAPTURE(t->name);
    const auto kept = [&](uint64_t seed, uint64_t stream) {
      Guarded<T> mask(n), y(n);
      t->dropout(n, seed, stream, T(0.25), T(1), x.data(), mask.data(), y.data());
      return std::vector<T>(y.data(), y.data() + n);
    };
    const auto first = kept(1, 1);
    CHECK(first == kept(1, 1));
    CHECK(first != kept(1, 2));
    CHECK(first != kept(2, 1));
    // Five standard deviations.
    const auto share = static_cast<double>(std::count(first.begin(), first.end(), T(1))) / n;
    CHECK(std::fabs(share - 0.75) < 5 * std::sqrt(0.25 * 0.75 / n));
  }
}

}  // namespace
}  // namespace lucid::kernels::test
