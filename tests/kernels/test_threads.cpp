// The same bits at any number of threads, on sizes that are really split.
#include <algorithm>
#include <functional>

#include "conv_cases.h"

namespace lucid::kernels::test {
namespace {

template <class T>
std::vector<T> run(int64_t outputs, const std::function<void(T*)>& f) {
  std::vector<T> y(static_cast<size_t>(outputs), T(-1));
  f(y.data());
  return y;
}

/// Runs f(table, y) for every table with different numbers of threads.
template <class T, class F>
void check_bits(const std::string& what, int64_t outputs, F f) {
  for (const auto* t : vector_tables<T>()) {
    check_same_bits(std::string(t->name) + " " + what,
                    [&] { return run<T>(outputs, [&](T* y) { f(*t, y); }); });
  }
}

TEST_CASE_TEMPLATE("threads: pointwise and optimisers", T, float, double) {
  constexpr int64_t n = 300001;
  Random random(41);
  const auto a = random.values<T>(n, 0.1, 2), b = random.values<T>(n);
  for (int op = 0; op < static_cast<int>(Unary::count_); ++op) {
    check_bits<T>("unary", n, [&](const auto& t, T* y) { t.unary[op](n, a.data(), y); });
  }
  for (int op = 0; op < static_cast<int>(Binary::count_); ++op) {
    check_bits<T>("binary", n, [&](const auto& t, T* y) {
      t.binary[op](n, a.data(), b.data(), y, Operands::both_full);
    });
  }
  check_bits<T>("relu_backward", n,
                [&](const auto& t, T* y) { t.relu_backward(n, a.data(), b.data(), y); });
  check_bits<T>("sigmoid_backward", n,
                [&](const auto& t, T* y) { t.sigmoid_backward(n, a.data(), b.data(), y); });
  check_bits<T>("tanh_backward", n,
                [&](const auto& t, T* y) { t.tanh_backward(n, a.data(), b.data(), y); });
  check_bits<T>("axpy", n, [&](const auto& t, T* y) {
    std::copy(a.begin(), a.end(), y);
    t.axpy(n, T(0.3), b.data(), y);
  });
  check_bits<T>("sgd", 2 * n, [&](const auto& t, T* y) {
    std::copy(a.begin(), a.end(), y);
    std::copy(a.begin(), a.end(), y + n);
    t.sgd_step(n, {0.1, 0.9, 0, 0.01, true, false, false}, y, b.data(), y + n);
  });
  check_bits<T>("adam", 3 * n, [&](const auto& t, T* y) {
    for (int i = 0; i < 3; ++i) std::copy(a.begin(), a.end(), y + i * n);
    t.adam_step(n, {0.1, 0.9, 0.99, 1e-8, 0.01, 0.5, 0.5, false, false, false}, y, b.data(), y + n,
                y + 2 * n, nullptr);
  });
}

TEST_CASE_TEMPLATE("threads: reductions and softmax", T, float, double) {
  for (const ReduceShape& s : {ReduceShape{1, 400009, 1},
                               {2, 100003, 1},
                               {3000, 70, 1},
                               {1, 9000, 33},
                               {4, 50, 3000},
                               {1, 100000, 2}}) {
    Random random(42);
    const int64_t n = s.outer * s.count * s.inner, lines = s.outer * s.inner;
    const auto x = random.values<T>(n), g = random.values<T>(n);
    check_bits<T>("sum", lines, [&](const auto& t, T* y) { t.sum(s, x.data(), y); });
    check_bits<T>("max", 2 * lines, [&](const auto& t, T* y) {
      std::vector<int64_t> places(static_cast<size_t>(lines));
      t.max(s, x.data(), y, places.data());
      std::copy(places.begin(), places.end(), y + lines);
    });
    check_bits<T>("min", lines, [&](const auto& t, T* y) { t.min(s, x.data(), y, nullptr); });
    check_bits<T>("softmax", n, [&](const auto& t, T* y) { t.softmax(s, x.data(), y); });
    check_bits<T>("log_softmax", n, [&](const auto& t, T* y) { t.log_softmax(s, x.data(), y); });
    check_bits<T>("softmax_backward", n,
                  [&](const auto& t, T* y) { t.softmax_backward(s, g.data(), x.data(), y); });
    check_bits<T>("log_softmax_backward", n,
                  [&](const auto& t, T* y) { t.log_softmax_backward(s, g.data(), x.data(), y); });
  }
}

TEST_CASE_TEMPLATE("threads: gemm", T, float, double) {
  struct Size {
    int64_t m, n, k;
  };
  for (const Size s : {Size{64, 128, 3136},
                       {64, 3136, 128},
                       {128, 3136, 64},
                       {300, 300, 300},
                       {1, 2000, 1000},
                       {2000, 1, 1000},
                       {4500, 40, 300},
                       {2000, 700, 16},
                       {16, 16, 70000},
                       {3, 7, 100000}}) {
    Random random(43);
    const auto a = random.values<T>(s.m * s.k), b = random.values<T>(s.k * s.n),
               bias = random.values<T>(s.n);
    for (bool transposed : {false, true}) {
      const MatrixStrides bs = transposed ? MatrixStrides{1, s.k} : MatrixStrides{s.n, 1};
      check_bits<T>("gemm", s.m * s.n, [&](const auto& t, T* y) {
        std::vector<T> scratch(static_cast<size_t>(t.gemm_scratch(s.m, s.n, s.k, {s.k, 1}, bs)));
        t.gemm(s.m, s.n, s.k, a.data(), {s.k, 1}, b.data(), bs, y, s.n, false, bias.data(),
               scratch.data(), false);
      });
    }
  }
}

TEST_CASE_TEMPLATE("threads: convolution", T, float, double) {
  std::vector<Conv2dShape> shapes = {{9, 16, 20, 20, 24, 3, 3, 20, 20, 1, 1, 1, 1, 1, 1, 1},
                                     {7, 16, 28, 28, 24, 3, 3, 28, 28, 1, 1, 1, 1, 1, 1, 1},
                                     {1, 16, 40, 40, 24, 3, 3, 40, 40, 1, 1, 1, 1, 1, 1, 1},
                                     {5, 12, 31, 31, 24, 5, 5, 16, 16, 2, 2, 2, 2, 1, 1, 2},
                                     {3, 32, 28, 28, 64, 1, 1, 28, 28, 1, 1, 0, 0, 1, 1, 1},
                                     {7, 1, 28, 28, 32, 3, 3, 28, 28, 1, 1, 1, 1, 1, 1, 1},
                                     {3, 64, 28, 28, 64, 3, 3, 28, 28, 1, 1, 1, 1, 1, 1, 64}};
  for (Conv2dShape& s : shapes) {
    Random random(44);
    const int64_t x_size = s.batch * s.in_channels * s.in_height * s.in_width;
    const int64_t y_size = s.batch * s.out_channels * s.out_height * s.out_width;
    const int64_t w_size =
        s.out_channels * (s.in_channels / s.groups) * s.kernel_height * s.kernel_width;
    const auto x = random.values<T>(x_size), w = random.values<T>(w_size),
               g = random.values<T>(y_size);
    const auto memory = [](int64_t n) { return std::vector<T>(static_cast<size_t>(n)); };
    for (const ConvAlgorithm algorithm : conv_algorithms<T>(s)) {
      s.algorithm = algorithm;
      const std::string what = std::string("conv2d, ") + name_of(algorithm);
      check_bits<T>(what + " forward", y_size, [&](const auto& t, T* y) {
        t.conv2d_forward(s, x.data(), w.data(), nullptr, y,
                         memory(t.conv2d_forward_scratch(s)).data());
      });
      check_bits<T>(what + " input gradient", x_size, [&](const auto& t, T* y) {
        t.conv2d_input_gradient(s, g.data(), w.data(), y,
                                memory(t.conv2d_input_gradient_scratch(s)).data());
      });
      check_bits<T>(what + " weight gradient", w_size, [&](const auto& t, T* y) {
        t.conv2d_weight_gradient(s, g.data(), x.data(), y,
                                 memory(t.conv2d_weight_gradient_scratch(s)).data());
      });
    }
  }
}

TEST_CASE_TEMPLATE("threads: dropout", T, float, double) {
  constexpr int64_t n = 200001;
  Random random(46);
  const auto x = random.values<T>(n);
  check_bits<T>("dropout", 2 * n,
                [&](const auto& t, T* y) { t.dropout(n, 5, 6, T(0.5), T(2), x.data(), y, y + n); });
}

TEST_CASE_TEMPLATE("threads: pooling and norm", T, float, double) {
  const Pool2dShape s{60, 28, 28, 14, 14, 2, 2, 2, 2, 0, 0, 1, 1, false};
  const int64_t in = 60 * 784, out = 60 * 196;
  Random random(45);
  const auto x = random.values<T>(in), g = random.values<T>(out);
  std::vector<int64_t> places(static_cast<size_t>(out));
  find<T>("reference")->max_pool2d(s, x.data(), run<T>(out, [](T*) {}).data(), places.data());
  check_bits<T>("max_pool2d", out,
                [&](const auto& t, T* y) { t.max_pool2d(s, x.data(), y, nullptr); });
  check_bits<T>("max_pool2d_backward", in,
                [&](const auto& t, T* y) { t.max_pool2d_backward(s, g.data(), places.data(), y); });
  check_bits<T>("avg_pool2d", out, [&](const auto& t, T* y) { t.avg_pool2d(s, x.data(), y); });
  check_bits<T>("avg_pool2d_backward", in,
                [&](const auto& t, T* y) { t.avg_pool2d_backward(s, g.data(), y); });
  check_bits<T>("adaptive", out,
                [&](const auto& t, T* y) { t.adaptive_avg_pool2d(s, x.data(), y); });
  check_bits<T>("adaptive backward", in,
                [&](const auto& t, T* y) { t.adaptive_avg_pool2d_backward(s, g.data(), y); });
  for (const NormShape& n :
       {NormShape{20, 30, 784}, {20, 30, 784, true}, {2000, 200, 1}, {2000, 200, 1, true}}) {
    const int64_t size = n.batch * n.channels * n.inner;
    const auto v = random.values<T>(size), u = random.values<T>(size),
               c = random.values<T>(n.channels);
    check_bits<T>("moments", 2 * n.channels,
                  [&](const auto& t, T* y) { t.channel_moments(n, v.data(), y, y + n.channels); });
    check_bits<T>("gradient sums", 2 * n.channels, [&](const auto& t, T* y) {
      t.channel_gradient_sums(n, u.data(), v.data(), c.data(), c.data(), c.data(), y,
                              y + n.channels);
    });
    check_bits<T>("relu gradient sums", size + n.channels, [&](const auto& t, T* y) {
      t.relu_backward_sums(n, u.data(), v.data(), y, y + size);
    });
    check_bits<T>("affine", size, [&](const auto& t, T* y) {
      t.channel_affine(n, v.data(), c.data(), c.data(), c.data(), y);
    });
    check_bits<T>("combine", size, [&](const auto& t, T* y) {
      t.channel_combine(n, u.data(), v.data(), c.data(), c.data(), c.data(), c.data(), c.data(),
                        c.data(), y);
    });
  }
}

}  // namespace
}  // namespace lucid::kernels::test
