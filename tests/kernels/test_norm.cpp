#include "support.h"

namespace lucid::kernels::test {
namespace {

std::vector<NormShape> shapes() {
  std::vector<NormShape> all = {{1, 1, 1},    {64, 10, 1},  {300, 33, 1}, {2, 3, 4},
                                {8, 16, 49},  {2, 5, 5000}, {300, 20, 5}, {300, 19, 30},
                                {40, 7, 255}, {3, 5, 256}};
  Random random(31);
  for (int i = 0; i < 40; ++i) {
    all.push_back({random.integer(1, 9), random.integer(1, 40),
                   random.integer(0, 2) == 0 ? 1 : random.integer(2, 90)});
  }
  for (size_t i = 0, without = all.size(); i < without; ++i) {
    all.push_back(all[i]);
    all.back().relu = true;
  }
  return all;
}

struct Data {
  std::vector<double> x, g, mean, a, b, c;
};

TEST_CASE_TEMPLATE("norm: moments, sums and maps per channel", T, float, double) {
  const double eps = std::numeric_limits<T>::epsilon();
  for (const NormShape& s : shapes()) {
    Random random(static_cast<uint64_t>(s.batch * 10000 + s.channels * 100 + s.inner));
    const int64_t n = s.batch * s.channels * s.inner, per_channel = s.batch * s.inner;
    const auto k = static_cast<size_t>(s.channels);
    const auto x = random.values<T>(n);
    auto g = random.values<T>(n);
    const auto m = random.values<T>(s.channels), a = random.values<T>(s.channels),
               b = random.values<T>(s.channels), c = random.values<T>(s.channels);
    for (size_t i = 0; i < g.size() && s.relu; ++i) {
      // Rounding decides on which side of 0 such a one is.
      const size_t at = i / static_cast<size_t>(s.inner) % k;
      if (std::fabs((x[i] - m[at]) * a[at] + b[at]) < T(1e-5)) g[i] = 0;
    }
    const Data d{to_double(x), to_double(g), to_double(m),
                 to_double(a), to_double(b), to_double(c)};
    std::vector<double> mean(k), variance(k), plain(k), centered(k), affine(x.size()),
        combined(x.size());
    oracle().channel_moments(s, d.x.data(), mean.data(), variance.data());
    oracle().channel_gradient_sums(s, d.g.data(), d.x.data(), d.mean.data(), d.a.data(), d.b.data(),
                                   plain.data(), centered.data());
    oracle().channel_affine(s, d.x.data(), d.mean.data(), d.a.data(), d.b.data(), affine.data());
    oracle().channel_combine(s, d.g.data(), d.x.data(), d.mean.data(), d.a.data(), d.b.data(),
                             d.a.data(), d.b.data(), d.c.data(), combined.data());
    std::vector<double> gated(x.size()), sums(k);
    oracle().relu_backward_sums(s, d.g.data(), d.x.data(), gated.data(), sums.data());
    for (const auto* t : vector_tables<T>()) {
      const std::string name = std::string(t->name) + " channel";
      Guarded<T> y1(s.channels), y2(s.channels), map(n);
      // All values are at most 1 (distances 2), so sums of n terms are off by n * eps at the most,
      // and means by as many eps as roundings come together (see the test of sum).
      const double roundings = static_cast<double>(std::min<int64_t>(per_channel, 600)) + 8;
      t->channel_moments(s, x.data(), y1.data(), y2.data());
      check_close(name + " mean", y1, mean, [&](int64_t) { return roundings * eps; });
      check_close(name + " variance", y2, variance, [&](int64_t) { return 4 * roundings * eps; });
      t->channel_gradient_sums(s, g.data(), x.data(), m.data(), a.data(), b.data(), y1.data(),
                               y2.data());
      const auto bound = [&](int64_t) {
        return 2 * roundings * eps * static_cast<double>(per_channel);
      };
      check_close(name + " gradient sum", y1, plain, bound);
      check_close(name + " centered sum", y2, centered, bound);
      t->relu_backward_sums(s, g.data(), x.data(), map.data(), y1.data());
      check_close(name + " relu gradient", map, gated, [](int64_t) { return 0.0; });
      check_close(name + " sum of it", y1, sums, bound);
      std::copy(g.begin(), g.end(), map.data());
      t->relu_backward_sums(s, map.data(), x.data(), map.data(), y1.data());
      check_close(name + " relu gradient in place", map, gated, [](int64_t) { return 0.0; });
      t->channel_affine(s, x.data(), m.data(), a.data(), b.data(), map.data());
      check_close(name + " affine", map, affine, [&](int64_t) { return 4 * eps; });
      t->channel_combine(s, g.data(), x.data(), m.data(), a.data(), b.data(), a.data(), b.data(),
                         c.data(), map.data());
      check_close(name + " combine", map, combined, [&](int64_t) { return 6 * eps; });
    }
  }
}

TEST_CASE_TEMPLATE("norm: a great mean does not eat the variance", T, float, double) {
  for (int64_t inner : {1, 50}) {
    const NormShape s{100, 3, inner};
    Random random(32);
    auto x = random.values<T>(300 * inner);
    for (T& v : x) v += T(1000);
    std::vector<double> mean(3), variance(3);
    oracle().channel_moments(s, to_double(x).data(), mean.data(), variance.data());
    for (const auto* t : vector_tables<T>()) {
      Guarded<T> y1(3), y2(3);
      t->channel_moments(s, x.data(), y1.data(), y2.data());
      // The mean is off by a few eps * 1000; that error squared is what reaches the variance.
      const double off = 32 * 1000 * static_cast<double>(std::numeric_limits<T>::epsilon());
      check_close("mean", y1, mean, [&](int64_t) { return off; });
      check_close("variance", y2, variance, [&](int64_t) {
        return off * off + 200 * static_cast<double>(std::numeric_limits<T>::epsilon());
      });
    }
  }
}

TEST_CASE("norm: sums of great planes stay exact") {
  constexpr int64_t n = 1 << 20;
  const std::vector<float> tenth(n, 0.1F), one(n, 1.0F);
  for (const NormShape& s : {NormShape{1, 1, n}, {1 << 10, 1, 1 << 10}, {1 << 16, 1, 16}}) {
    for (const auto* t : vector_tables<float>()) {
      CAPTURE(t->name);
      CAPTURE(s.inner);
      Guarded<float> grad(n), sum(1), centered(1), mean(1), variance(1);
      const double expected = n * static_cast<double>(0.1F);
      t->relu_backward_sums(s, tenth.data(), one.data(), grad.data(), sum.data());
      CHECK(std::fabs(sum[0] / expected - 1) < 1e-5);
      const float zero = 0;
      t->channel_gradient_sums(s, tenth.data(), one.data(), &zero, nullptr, nullptr, sum.data(),
                               centered.data());
      CHECK(std::fabs(sum[0] / expected - 1) < 1e-5);
      CHECK(std::fabs(centered[0] / expected - 1) < 1e-5);
      t->channel_moments(s, tenth.data(), mean.data(), variance.data());
      CHECK(std::fabs(mean[0] / static_cast<double>(0.1F) - 1) < 1e-5);
    }
  }
}

TEST_CASE("norm: nothing in, nothing out") {
  for (const auto* t : vector_tables<float>()) {
    Guarded<float> none(0), two(2), also(2);
    t->channel_affine({0, 2, 3}, none.data(), two.data(), two.data(), two.data(), none.data());
    t->channel_moments({2, 0, 3}, none.data(), none.data(), none.data());
    t->channel_gradient_sums({0, 2, 3}, none.data(), none.data(), two.data(), nullptr, nullptr,
                             two.data(), also.data());
    CHECK(two[0] == 0);
    CHECK(also[1] == 0);
    for (const NormShape& s : {NormShape{0, 2, 3}, {2, 2, 0}, {0, 2, 30}}) {
      Guarded<float> sums(2);
      t->relu_backward_sums(s, none.data(), none.data(), none.data(), sums.data());
      CHECK(sums[0] == 0);
      CHECK(sums[1] == 0);
    }
  }
}

}  // namespace
}  // namespace lucid::kernels::test
