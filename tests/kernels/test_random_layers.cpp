// Reductions, softmax, normalisation and pooling of random shapes on every instruction set, against
// the reference.
#include "random_cases.h"

namespace lucid::kernels::test {
namespace {

/// A size: mostly small, at times beyond vectors and blocks.
int64_t some(Random& random, int64_t most) {
  return random.integer(1, rarely(random, 3) ? most : 9);
}

/// Roundings that come together in a sum of n numbers at the most: it is kept in blocks of 2048
/// with at least 4 vectors side by side, and in runs of 256 rows.
double roundings(int64_t n) {
  return static_cast<double>(std::min<int64_t>(n, 600)) + 4;
}

template <class T>
constexpr double kEpsilon = static_cast<double>(std::numeric_limits<T>::epsilon());

constexpr auto exact = [](int64_t) { return 0.0; };

int64_t no_scratch() {
  return 0;
}

/// What a kernel without scratch, f(table, output), makes on every instruction set.
template <class T, class F, class Bound>
void check_layer(const std::string& name, Random& random, const std::vector<double>& expected, F f,
                 Bound bound) {
  for (const auto* table : vector_tables<T>()) {
    const std::string what = std::string(table->name) + " " + name;
    const auto result = run_guarded<T>(what, random, static_cast<int64_t>(expected.size()),
                                       no_scratch, [&](T* out, T*) { f(*table, out); });
    check_close(what, result, expected, bound);
  }
}

/// f(oracle, output), `n` numbers.
template <class F>
std::vector<double> exactly(int64_t n, F f) {
  std::vector<double> y(static_cast<size_t>(n));
  f(oracle(), y.data());
  return y;
}

template <class T>
void check_reductions(Random& random, const ReduceShape& s) {
  const int64_t lines = s.outer * s.inner;
  Fenced<T> x(random, lines * s.count);
  const auto xd = x.to_double(), xa = absolute(xd);
  const auto sums = exactly(lines, [&](auto& t, double* y) { t.sum(s, xa.data(), y); });
  check_layer<T>(
      "sum", random, exactly(lines, [&](auto& t, double* y) { t.sum(s, xd.data(), y); }),
      [&](auto& t, T* y) { t.sum(s, x.data(), y); },
      [&](int64_t i) { return roundings(s.count) * kEpsilon<T> * sums[static_cast<size_t>(i)]; });
  if (rarely(random, 2)) {  // ties
    auto tied = random.values<T>(x.size(), -4, 4);
    for (T& v : tied) v = std::round(v);
    x = Fenced<T>(tied);
  }
  for (const bool greatest : {true, false}) {
    // Values, and behind them the places.
    const auto run = [&](auto& t, const auto* from, auto* y) {
      std::vector<int64_t> places(static_cast<size_t>(lines), -7);
      (greatest ? t.max : t.min)(s, from, y, places.data());
      for (int64_t i = 0; i < lines; ++i) {
        using Number = std::remove_reference_t<decltype(*y)>;
        y[lines + i] = static_cast<Number>(places[static_cast<size_t>(i)]);
      }
    };
    const auto values = x.to_double();
    check_layer<T>(
        greatest ? "max" : "min", random,
        exactly(2 * lines, [&](auto& t, double* y) { run(t, values.data(), y); }),
        [&](auto& t, T* y) { run(t, x.data(), y); }, exact);
  }
}

/// Bounds as in test_reduce.cpp.
template <class T>
void check_softmax(Random& random, const ReduceShape& s) {
  const int64_t n = s.outer * s.count * s.inner;
  const Fenced<T> x(random, n, -6, 6), g(random, n);
  const auto xd = x.to_double(), gd = g.to_double();
  const double relative = kEpsilon<T> * (12 + roundings(s.count));
  const auto y = exactly(n, [&](auto& t, double* out) { t.softmax(s, xd.data(), out); });
  const auto log_y = exactly(n, [&](auto& t, double* out) { t.log_softmax(s, xd.data(), out); });
  const auto at = [](const std::vector<double>& v, int64_t i) { return v[static_cast<size_t>(i)]; };
  check_layer<T>(
      "softmax", random, y, [&](auto& t, T* out) { t.softmax(s, x.data(), out); },
      [&](int64_t i) { return relative * at(y, i); });
  check_layer<T>(
      "log_softmax", random, log_y, [&](auto& t, T* out) { t.log_softmax(s, x.data(), out); },
      [&](int64_t i) { return relative + 2 * kEpsilon<T> * std::fabs(at(log_y, i)); });
  const Fenced<T> yt(std::vector<T>(y.begin(), y.end())),
      lt(std::vector<T>(log_y.begin(), log_y.end()));
  const auto yd = yt.to_double(), ld = lt.to_double();
  check_layer<T>(
      "softmax_backward", random,
      exactly(n, [&](auto& t, double* out) { t.softmax_backward(s, gd.data(), yd.data(), out); }),
      [&](auto& t, T* out) { t.softmax_backward(s, g.data(), yt.data(), out); },
      [&](int64_t i) { return (relative + 4 * kEpsilon<T>)*at(yd, i); });
  check_layer<T>(
      "log_softmax_backward", random,
      exactly(n,
              [&](auto& t, double* out) { t.log_softmax_backward(s, gd.data(), ld.data(), out); }),
      [&](auto& t, T* out) { t.log_softmax_backward(s, g.data(), lt.data(), out); },
      [&](int64_t i) {
        return 2 * kEpsilon<T> +
               (relative + 16 * kEpsilon<T>)*std::exp(at(ld, i)) * static_cast<double>(s.count);
      });
}

/// Bounds as in test_norm.cpp: values are at most 1, distances from the mean at most 2.
template <class T>
void check_norm(Random& random, const NormShape& s) {
  const int64_t n = s.batch * s.channels * s.inner, count = s.batch * s.inner, k = s.channels;
  const Fenced<T> x(random, n), mean(random, k), scale(random, k), shift(random, k), a(random, k),
      b(random, k), c(random, k);
  auto grads = random.values<T>(n);
  for (int64_t i = 0; i < n && s.relu; ++i) {
    // Rounding decides on which side of 0 such a one is.
    const int64_t at = i / s.inner % k;
    if (std::fabs((x[i] - mean[at]) * scale[at] + shift[at]) < T(1e-5)) {
      grads[static_cast<size_t>(i)] = 0;
    }
  }
  const Fenced<T> g(grads, random.integer(0, 15));
  const auto xd = x.to_double(), md = mean.to_double(), fd = scale.to_double(),
             sd = shift.to_double(), ad = a.to_double(), bd = b.to_double(), cd = c.to_double(),
             gd = g.to_double();
  const double each = (roundings(count) + 4) * kEpsilon<T>;
  check_layer<T>(
      "moments", random,
      exactly(2 * k, [&](auto& t, double* y) { t.channel_moments(s, xd.data(), y, y + k); }),
      [&](auto& t, T* y) { t.channel_moments(s, x.data(), y, y + k); },
      [&](int64_t i) { return i < k ? each : 4 * each; });
  const auto sum_bound = [&](int64_t) { return 2 * each * static_cast<double>(count); };
  check_layer<T>(
      "gradient sums", random,
      exactly(2 * k,
              [&](auto& t, double* y) {
                t.channel_gradient_sums(s, gd.data(), xd.data(), md.data(), fd.data(), sd.data(), y,
                                        y + k);
              }),
      [&](auto& t, T* y) {
        t.channel_gradient_sums(s, g.data(), x.data(), mean.data(), scale.data(), shift.data(), y,
                                y + k);
      },
      sum_bound);
  check_layer<T>(
      "relu gradient sums", random,
      exactly(n + k,
              [&](auto& t, double* y) { t.relu_backward_sums(s, gd.data(), xd.data(), y, y + n); }),
      [&](auto& t, T* y) { t.relu_backward_sums(s, g.data(), x.data(), y, y + n); },
      [&](int64_t i) { return i < n ? 0 : sum_bound(i); });
  check_layer<T>(
      "affine", random,
      exactly(n,
              [&](auto& t, double* y) {
                t.channel_affine(s, xd.data(), md.data(), fd.data(), sd.data(), y);
              }),
      [&](auto& t, T* y) {
        t.channel_affine(s, x.data(), mean.data(), scale.data(), shift.data(), y);
      },
      [&](int64_t) { return 4 * kEpsilon<T>; });
  check_layer<T>(
      "combine", random,
      exactly(n,
              [&](auto& t, double* y) {
                t.channel_combine(s, gd.data(), xd.data(), md.data(), fd.data(), sd.data(),
                                  ad.data(), bd.data(), cd.data(), y);
              }),
      [&](auto& t, T* y) {
        t.channel_combine(s, g.data(), x.data(), mean.data(), scale.data(), shift.data(), a.data(),
                          b.data(), c.data(), y);
      },
      [&](int64_t) { return 6 * kEpsilon<T>; });
}

/// One axis of windows that do not lie in the padding alone, as the layer above sees to it.
struct WindowAxis {
  int64_t in, out, kernel, stride, pad, dilation;

  WindowAxis(Random& random, int64_t longest, bool dilated) {
    kernel = random.integer(1, 4), stride = random.integer(1, 5);
    if (rarely(random, 3)) kernel = stride = 2;
    pad = rarely(random, 2) ? 0 : random.integer(0, kernel / 2);
    dilation = dilated && rarely(random, 3) ? random.integer(2, 3) : 1;
    const int64_t span = dilation * (kernel - 1);
    in = std::max<int64_t>(1, span + 1 - 2 * pad) + random.integer(0, longest);
    out = (in + 2 * pad - span - 1) / stride + 1;
  }
};

template <class T>
void check_pool(Random& random, bool dilated) {
  const WindowAxis h(random, 14, dilated), w(random, rarely(random, 4) ? 90 : 14, dilated);
  Pool2dShape s{
      some(random, 40), h.in,     w.in,  h.out, w.out,      h.kernel,   w.kernel,
      h.stride,         w.stride, h.pad, w.pad, h.dilation, w.dilation, rarely(random, 2)};
  if (rarely(random, 4)) s.divisor = random.integer(1, 9);
  const int64_t in = s.planes * s.in_height * s.in_width;
  const int64_t out = s.planes * s.out_height * s.out_width;
  const Fenced<T> x(random, in), g(random, out);
  const auto xd = x.to_double(), gd = g.to_double();
  std::vector<int64_t> places(static_cast<size_t>(out));
  const auto best =
      exactly(out, [&](auto& t, double* y) { t.max_pool2d(s, xd.data(), y, places.data()); });
  check_layer<T>(
      "max_pool2d", random, best,
      [&](auto& t, T* y) {
        std::vector<int64_t> got(places.size(), -7);
        t.max_pool2d(s, x.data(), y, got.data());
        CHECK(got == places);
      },
      exact);
  // An input gets shares of up to 1 from at most kernel x kernel windows.
  const double shares = static_cast<double>(s.kernel_height * s.kernel_width);
  check_layer<T>(
      "max_pool2d_backward", random,
      exactly(in,
              [&](auto& t, double* y) { t.max_pool2d_backward(s, gd.data(), places.data(), y); }),
      [&](auto& t, T* y) { t.max_pool2d_backward(s, g.data(), places.data(), y); },
      [&](int64_t) { return shares * shares * kEpsilon<T>; });
  if (dilated) return;
  check_layer<T>(
      "avg_pool2d", random,
      exactly(out, [&](auto& t, double* y) { t.avg_pool2d(s, xd.data(), y); }),
      [&](auto& t, T* y) { t.avg_pool2d(s, x.data(), y); },
      // Sums are kept in double; with a divisor they are no averages.
      [&](int64_t) { return (s.divisor != 0 ? shares : 1) * kEpsilon<T>; });
  check_layer<T>(
      "avg_pool2d_backward", random,
      exactly(in, [&](auto& t, double* y) { t.avg_pool2d_backward(s, gd.data(), y); }),
      [&](auto& t, T* y) { t.avg_pool2d_backward(s, g.data(), y); },
      [&](int64_t) { return shares * shares * kEpsilon<T>; });
  check_layer<T>(
      "adaptive_avg_pool2d", random,
      exactly(out, [&](auto& t, double* y) { t.adaptive_avg_pool2d(s, xd.data(), y); }),
      [&](auto& t, T* y) { t.adaptive_avg_pool2d(s, x.data(), y); },
      [&](int64_t) { return kEpsilon<T>; });
  check_layer<T>(
      "adaptive_avg_pool2d_backward", random,
      exactly(in, [&](auto& t, double* y) { t.adaptive_avg_pool2d_backward(s, gd.data(), y); }),
      [&](auto& t, T* y) { t.adaptive_avg_pool2d_backward(s, g.data(), y); },
      // Shares add up to less than 1 for each output that the input has a part in.
      [&](int64_t) { return 64 * kEpsilon<T>; });
}

TEST_CASE_TEMPLATE("random shapes: reductions and softmax", T, float, double) {
  for_random_cases(250, [](Random& random) {
    ReduceShape s{some(random, 70), some(random, 400), rarely(random, 3) ? 1 : some(random, 200)};
    if (rarely(random, 12)) s = {some(random, 3), random.integer(2000, 80000), 1};
    if (s.outer * s.count * s.inner > 200'000) s.outer = 1;
    if (s.count * s.inner > 200'000) s.count = 40;
    INFO("outer " << s.outer << ", count " << s.count << ", inner " << s.inner);
    check_reductions<T>(random, s);
    check_softmax<T>(random, s);
  });
}

TEST_CASE_TEMPLATE("random shapes: normalisation", T, float, double) {
  for_random_cases(250, [](Random& random) {
    const NormShape s{some(random, 40), some(random, 70),
                      rarely(random, 3) ? 1 : some(random, rarely(random, 6) ? 5000 : 80),
                      rarely(random, 2)};
    INFO("batch " << s.batch << ", channels " << s.channels << ", inner " << s.inner
                  << (s.relu ? ", relu" : ""));
    check_norm<T>(random, s);
  });
}

TEST_CASE_TEMPLATE("random shapes: pooling", T, float, double) {
  for_random_cases(250, [](Random& random) { check_pool<T>(random, rarely(random, 3)); });
}

}  // namespace
}  // namespace lucid::kernels::test
