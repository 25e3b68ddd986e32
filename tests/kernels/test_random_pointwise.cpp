// Pointwise kernels and optimiser steps on arrays of random lengths and at random places, on every
// instruction set, against the reference.
#include "random_cases.h"

namespace lucid::kernels::test {
namespace {

/// Mostly a few vectors; some are long enough for three threads.
int64_t random_length(Random& random) {
  if (rarely(random, 25)) return random.integer(100'000, 200'000);
  return random.integer(rarely(random, 10) ? 0 : 1, rarely(random, 3) ? 3000 : 70);
}

double unary_low(Unary op) {
  return op == Unary::log || op == Unary::sqrt || op == Unary::rsqrt ? 0 : -12;
}

/// Runs f(table, output, the values that it has before) on every table and compares it with what
/// f(oracle, ...) makes of them.
template <class T, class F, class Bound>
void check_pointwise(const std::string& name, Random& random, const std::vector<T>& before, F f,
                     Bound bound) {
  auto expected = to_double(before);
  f(oracle(), expected.data());
  for (const auto* table : vector_tables<T>()) {
    const std::string what = std::string(table->name) + " " + name;
    const auto result = run_guarded<T>(
        what, random, static_cast<int64_t>(before.size()), [] { return int64_t{0}; },
        [&](T* out, T*) {
          std::copy(before.begin(), before.end(), out);
          f(*table, out);
        });
    check_close(what, result, expected, [&](int64_t i) { return bound(expected, i); });
  }
}

/// An operand in the element type of a table.
template <class T>
struct Operand {
  Fenced<T> own;
  std::vector<double> wide;

  Operand(Random& random, int64_t n, double low = -1, double high = 1)
      : own(random, n, low, high), wide(own.to_double()) {}
  const T* in(const KernelTable<T>&) const { return own.data(); }
  template <class Other>
  requires(!std::is_same_v<Other, T>) const Other* in(const KernelTable<Other>&) const {
    return wide.data();
  }
};

TEST_CASE_TEMPLATE("random shapes: unary and binary functions", T, float, double) {
  for_random_cases(100, [](Random& random) {
    const int64_t n = random_length(random);
    INFO("n " << n);
    const std::vector<T> nothing(static_cast<size_t>(n), std::numeric_limits<T>::quiet_NaN());
    for (int i = 0; i < static_cast<int>(Unary::count_); ++i) {
      const Operand<T> x(random, n, unary_low(static_cast<Unary>(i)), 12);
      check_pointwise<T>(
          "unary " + std::to_string(i), random, nothing,
          [&](auto& t, auto* y) { t.unary[i](n, x.in(t), y); },
          [i](const std::vector<double>& e, int64_t at) {
            return unary_bound<T>(static_cast<Unary>(i), e[static_cast<size_t>(at)]);
          });
    }
    const auto half_ulp = [](const std::vector<double>& e, int64_t at) {
      return ulp<T>(e[static_cast<size_t>(at)]) / 2;
    };
    for (int i = 0; i < static_cast<int>(Binary::count_); ++i) {
      const auto how = static_cast<Operands>(random.integer(0, 2));
      const Operand<T> a(random, how == Operands::left_scalar ? 1 : n, 0.01, 2),
          b(random, how == Operands::right_scalar ? 1 : n, -2, -0.01);
      check_pointwise<T>(
          "binary " + std::to_string(i), random, nothing,
          [&](auto& t, auto* y) { t.binary[i](n, a.in(t), b.in(t), y, how); }, half_ulp);
    }
    const Operand<T> g(random, n), x(random, n);
    check_pointwise<T>(
        "relu_backward", random, nothing,
        [&](auto& t, auto* y) { t.relu_backward(n, g.in(t), x.in(t), y); },
        [](const auto&, int64_t) { return 0.0; });
    const auto three_roundings = [](const auto& expected, int64_t i) {
      return 2 * static_cast<double>(std::numeric_limits<T>::epsilon()) *
             (1 + std::fabs(expected[static_cast<size_t>(i)]));
    };
    check_pointwise<T>(
        "sigmoid_backward", random, nothing,
        [&](auto& t, auto* y) { t.sigmoid_backward(n, g.in(t), x.in(t), y); }, three_roundings);
    check_pointwise<T>(
        "tanh_backward", random, nothing,
        [&](auto& t, auto* y) { t.tanh_backward(n, g.in(t), x.in(t), y); }, three_roundings);
    const T alpha = random.values<T>(1)[0];
    check_pointwise<T>(
        "axpy", random, random.values<T>(n),
        [&](auto& t, auto* y) { t.axpy(n, alpha, x.in(t), y); },
        [](const auto&, int64_t) { return 2 * std::numeric_limits<T>::epsilon(); });
  });
}

TEST_CASE_TEMPLATE("random shapes: optimisers", T, float, double) {
  for_random_cases(200, [](Random& random) {
    const int64_t n = random_length(random);
    const auto coin = [&] { return rarely(random, 2); };
    const auto number = [&](double low, double high) {
      return random.values<double>(1, low, high)[0];
    };
    const double decay = coin() ? number(0, 0.1) : 0;
    INFO("n " << n << ", weight decay " << decay);
    const Operand<T> g(random, n);
    const double momentum = coin() ? number(0, 0.99) : 0;
    const SgdStep sgd{number(0, 0.1), momentum, number(0, 1), decay, coin(), coin(), coin()};
    // All state in one array. Values up to 2, a handful of operations.
    check_pointwise<T>(
        "sgd", random, random.values<T>(2 * n),
        [&](auto& t, auto* y) { t.sgd_step(n, sgd, y, g.in(t), momentum == 0 ? nullptr : y + n); },
        [](const auto&, int64_t) { return 16 * std::numeric_limits<T>::epsilon(); });
    const AdamStep adam{number(0.001, 0.01), 0.9,    0.999,  1e-8,  decay, number(0.1, 1),
                        number(0.1, 1),      coin(), coin(), coin()};
    auto state = random.values<T>(2 * n);
    const auto second = random.values<T>(2 * n, 0.01, 1);
    state.insert(state.end(), second.begin(), second.end());
    // As above; the step itself is at most 1 / 0.1 times the rate.
    check_pointwise<T>(
        "adam", random, state,
        [&](auto& t, auto* y) {
          t.adam_step(n, adam, y, g.in(t), y + n, y + 2 * n, adam.amsgrad ? y + 3 * n : nullptr);
        },
        [](const auto&, int64_t) { return 32 * std::numeric_limits<T>::epsilon(); });
  });
}

}  // namespace
}  // namespace lucid::kernels::test
