#include "support.h"

namespace lucid::kernels::test {
namespace {

template <class T>
void check_sgd(const SgdStep& step, int64_t n, uint64_t seed) {
  Random random(seed);
  const auto p = random.values<T>(n), g = random.values<T>(n), m = random.values<T>(n);
  auto p_expected = to_double(p), m_expected = to_double(m);
  oracle().sgd_step(n, step, p_expected.data(), to_double(g).data(), m_expected.data());
  for (const auto* t : vector_tables<T>()) {
    Guarded<T> parameter(p), buffer(m);
    t->sgd_step(n, step, parameter.data(), g.data(), step.momentum == 0 ? nullptr : buffer.data());
    // Values up to 2, a handful of operations.
    const auto bound = [](int64_t) { return 16 * std::numeric_limits<T>::epsilon(); };
    check_close(std::string(t->name) + " sgd parameter", parameter, p_expected, bound);
    check_close(std::string(t->name) + " sgd buffer", buffer, m_expected, bound);
  }
}

template <class T>
void check_adam(const AdamStep& step, int64_t n, uint64_t seed) {
  Random random(seed);
  const auto p = random.values<T>(n), g = random.values<T>(n), m = random.values<T>(n);
  const auto v = random.values<T>(n, 0.01, 1), top = random.values<T>(n, 0.01, 1);
  auto pe = to_double(p), me = to_double(m), ve = to_double(v), te = to_double(top);
  oracle().adam_step(n, step, pe.data(), to_double(g).data(), me.data(), ve.data(), te.data());
  for (const auto* t : vector_tables<T>()) {
    Guarded<T> parameter(p), first(m), second(v), greatest(top);
    t->adam_step(n, step, parameter.data(), g.data(), first.data(), second.data(),
                 step.amsgrad ? greatest.data() : nullptr);
    // As above; the step itself is at most 1 / 0.1 times the rate.
    const auto bound = [](int64_t) { return 32 * std::numeric_limits<T>::epsilon(); };
    check_close(std::string(t->name) + " adam parameter", parameter, pe, bound);
    check_close(std::string(t->name) + " adam first moment", first, me, bound);
    check_close(std::string(t->name) + " adam second moment", second, ve, bound);
    check_close(std::string(t->name) + " adam greatest moment", greatest, te, bound);
  }
}

TEST_CASE_TEMPLATE("optim: sgd", T, float, double) {
  uint64_t seed = 0;
  for (int64_t n : {0, 1, 15, 100, 1037}) {
    for (double momentum : {0.0, 0.9}) {
      for (int flags = 0; flags < 8; ++flags) {
        check_sgd<T>({0.1, momentum, momentum / 4, flags & 1 ? 0.01 : 0, (flags & 2) != 0,
                      (flags & 4) != 0, n % 2 == 0},
                     n, ++seed);
      }
    }
  }
}

TEST_CASE_TEMPLATE("optim: adam", T, float, double) {
  uint64_t seed = 0;
  for (int64_t n : {0, 1, 15, 100, 1037}) {
    for (int flags = 0; flags < 16; ++flags) {
      check_adam<T>({0.01, 0.9, 0.999, 1e-8, flags & 1 ? 0.1 : 0, 0.19, 0.5, (flags & 2) != 0,
                     (flags & 4) != 0, (flags & 8) != 0},
                    n, ++seed);
    }
  }
}

TEST_CASE("optim: one step by hand") {
  for (const auto* t : vector_tables<double>()) {
    double p = 1, g = 0.5, m = 2;
    t->sgd_step(1, {0.1, 0.9, 0, 0, false, false, false}, &p, &g, &m);
    CHECK(m == doctest::Approx(2.3));
    CHECK(p == doctest::Approx(0.77));
    double q = 1, first = 0, second = 0;
    t->adam_step(1, {0.1, 0.9, 0.999, 0, 0, 0.1, 0.001, false, false, false}, &q, &g, &first,
                 &second, nullptr);
    CHECK(q == doctest::Approx(0.9));  // the first step of Adam is the rate
  }
}

}  // namespace
}  // namespace lucid::kernels::test
