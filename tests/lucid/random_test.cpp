#include "lucid/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "lucid/parallel.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

using Block = std::array<uint32_t, 4>;

TEST_CASE("philox: the known answers of Random123") {
  // https://github.com/DEShawResearch/random123, tests/kat_vectors, philox4x32 10
  CHECK(philox(0, 0, 0) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox(~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  // Counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0: the digits of pi.
  CHECK(philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Generator: streams and state") {
  Generator generator(5);
  CHECK(generator.seed() == 5);
  CHECK(generator.position() == 0);
  CHECK(generator.next_stream() == 0);
  CHECK(generator.next_stream() == 1);
  CHECK(generator.position() == 2);
  const Tensor third = rand({8}, generator);
  const Tensor fourth = rand({8}, generator);
  CHECK(generator.position() == 4);
  CHECK_FALSE(equal(third, fourth));
  generator.set_state(5, 3);
  CHECK(equal(rand({8}, generator), fourth));
  generator.set_state(5, 2);
  CHECK(equal(rand({8}, generator), third));
  generator.set_state(6, 2);
  CHECK_FALSE(equal(rand({8}, generator), third));
}

TEST_CASE("manual_seed: the same seed gives the same values, in every function") {
  const auto draw = [] {
    return std::vector<Tensor>{rand({9}),
                               randn({9}),
                               randint(0, 1000, {9}),
                               randperm(50),
                               rand_like(zeros({3})),
                               randn_like(zeros({3}))};
  };
  manual_seed(11);
  const auto first = draw();
  const auto second = draw();
  manual_seed(11);
  const auto again = draw();
  manual_seed(12);
  const auto other = draw();
  for (size_t i = 0; i < first.size(); ++i) {
    CHECK(equal(first[i], again[i]));
    CHECK_FALSE(equal(first[i], second[i]));
    CHECK_FALSE(equal(first[i], other[i]));
  }
}

TEST_CASE("an element depends on seed, stream and position alone") {
  const auto draw = [](int64_t count, auto make) {
    Generator generator(3);
    return make(Shape{count}, generator);
  };
  const auto prefix_holds = [&](auto make) {
    const Tensor all = draw(1001, make);
    for (int64_t count : {1, 2, 3, 5, 64, 1000}) {
      CHECK(equal(draw(count, make), all.narrow(0, 0, count)));
    }
  };
  prefix_holds([](const Shape& s, Generator& g) { return rand(s, g); });
  prefix_holds([](const Shape& s, Generator& g) { return randn(s, g); });
  prefix_holds([](const Shape& s, Generator& g) { return rand(s, g, {.dtype = float64}); });
  prefix_holds([](const Shape& s, Generator& g) { return randn(s, g, {.dtype = float64}); });
  prefix_holds([](const Shape& s, Generator& g) { return randint(-5, 1000, s, g); });
}

struct Moments {
  double mean, variance, least, greatest;
};

Moments moments(const Tensor& x) {
  const std::vector<double> v = x.to_vector<double>();
  const auto n = static_cast<double>(v.size());
  const double mean = std::accumulate(v.begin(), v.end(), 0.0) / n;
  double squares = 0;
  for (double value : v) squares += (value - mean) * (value - mean);
  return {mean, squares / n, *std::min_element(v.begin(), v.end()),
          *std::max_element(v.begin(), v.end())};
}

// Bounds are five standard errors of the estimate.
TEST_CASE("rand: uniform in [0, 1)") {
  constexpr int64_t n = 200000;
  for (DType dtype : {float32, float64}) {
    Generator generator(1);
    const Tensor x = rand({n}, generator, {.dtype = dtype});
    CHECK(x.dtype() == dtype);
    const Moments m = moments(x);
    CHECK(std::abs(m.mean - 0.5) < 5 * std::sqrt(1.0 / 12 / n));
    CHECK(std::abs(m.variance - 1.0 / 12) < 5 * std::sqrt(1.0 / 180 / n));
    CHECK(m.least >= 0);
    CHECK(m.least < 1e-4);
    CHECK(m.greatest < 1);
    CHECK(m.greatest > 1 - 1e-4);
    // Neighbours are not correlated.
    const Tensor centered = x - m.mean;
    const double product =
        (centered.narrow(0, 0, n - 1) * centered.narrow(0, 1, n - 1)).mean().item<double>();
    CHECK(std::abs(product) < 5.0 / 12 / std::sqrt(double(n)));
  }
}

TEST_CASE("randn: mean 0, variance 1, and a normal's tails") {
  constexpr int64_t n = 200000;
  for (DType dtype : {float32, float64}) {
    Generator generator(2);
    const Tensor x = randn({n}, generator, {.dtype = dtype});
    const Moments m = moments(x);
    CHECK(std::abs(m.mean) < 5 / std::sqrt(double(n)));
    CHECK(std::abs(m.variance - 1) < 5 * std::sqrt(2.0 / n));
    CHECK((m.least < -3.5 && m.least > -7));
    CHECK((m.greatest > 3.5 && m.greatest < 7));
    const double fourth = x.pow(4).mean().item<double>();
    CHECK(std::abs(fourth - 3) < 5 * std::sqrt(96.0 / n));
    const double within_one = (x.abs() < 1).to(float64).mean().item<double>();
    CHECK(std::abs(within_one - 0.682689) < 5 * std::sqrt(0.217 / n));
  }
}

TEST_CASE("fill_uniform and fill_normal scale and shift") {
  constexpr int64_t n = 50000;
  std::vector<float> x(n);
  fill_uniform(x.data(), n, 1, 2, -3, 5);
  const Moments uniform = moments(tensor(x));
  CHECK(uniform.least >= -3);
  CHECK(uniform.greatest < 5);
  CHECK(std::abs(uniform.mean - 1) < 5 * std::sqrt(64.0 / 12 / n));
  fill_normal(x.data(), n, 1, 2, 10, 0.5);
  const Moments normal = moments(tensor(x));
  CHECK(std::abs(normal.mean - 10) < 5 * 0.5 / std::sqrt(double(n)));
  CHECK(std::abs(normal.variance - 0.25) < 5 * 0.25 * std::sqrt(2.0 / n));
  fill_uniform(x.data(), 3, 1, 2, 7, 7);
  CHECK((x[0] == 7 && x[1] == 7 && x[2] == 7));
}

TEST_CASE("uniform_at is an element of the stream of doubles") {
  double values[7];
  fill_uniform(values, 7, 21, 4, 0, 1);
  for (uint64_t i = 0; i < 7; ++i) CHECK(uniform_at(21, 4, i) == values[i]);
}

TEST_CASE("fill_uniform: every element is that of its own block, however many there are") {
  for (const int64_t n : {1, 5, 255, 256, 257, 5000}) {
    std::vector<float> x(static_cast<size_t>(n));
    std::vector<double> wide(static_cast<size_t>(n));
    const uint64_t seed = 0x123456789ABCDEF, stream = uint64_t{7} << 33;
    fill_uniform(x.data(), n, seed, stream, 0, 1);
    fill_uniform(wide.data(), n, seed, stream, 0, 1);
    for (uint64_t i = 0; i < x.size(); ++i) {
      const uint32_t bits = philox(seed, stream, i / 4)[i % 4];
      REQUIRE(x[i] == static_cast<float>(bits >> 8) * 0x1p-24F);
      REQUIRE(wide[i] == uniform_at(seed, stream, i));
    }
  }
}

TEST_CASE("randint: every value of [low, high), equally often") {
  Generator generator(4);
  const Tensor x = randint(-3, 4, {70000}, generator);
  CHECK(x.dtype() == int64);
  int64_t counts[7] = {};
  for (int64_t value : x.to_vector<int64_t>()) {
    REQUIRE((value >= -3 && value < 4));
    ++counts[value + 3];
  }
  for (int64_t count : counts) CHECK(std::abs(count - 10000.0) < 5 * std::sqrt(70000.0 * 6 / 49));
  CHECK(mismatch(randint(5, 6, {3}), int64, {3}, {5, 5, 5}) == "");
  CHECK(randint(0, 256, {5}, {.dtype = uint8}).dtype() == uint8);
  CHECK(randint(0, 2, {5}, {.dtype = float32}).dtype() == float32);
  const auto wide = randint(INT64_MIN, INT64_MAX, {1000}, generator).to_vector<int64_t>();
  CHECK(*std::min_element(wide.begin(), wide.end()) < INT64_MIN / 2);
  CHECK(*std::max_element(wide.begin(), wide.end()) > INT64_MAX / 2);
  CHECK(wrong_error<ValueError>([] { randint(3, 3, {2}); }, {"randint", "3 and 3", "low < high"}) ==
        "");
  CHECK(wrong_error<ValueError>([] { randint(3, 1, {2}); }, {"randint"}) == "");
}

TEST_CASE("randperm: every number once, every order possible") {
  Generator generator(5);
  std::vector<int64_t> order = randperm(1000, generator).to_vector<int64_t>();
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 1000; ++i) REQUIRE(order[static_cast<size_t>(i)] == i);
  std::set<std::vector<int64_t>> seen;
  for (int i = 0; i < 300; ++i) seen.insert(randperm(3, generator).to_vector<int64_t>());
  CHECK(seen.size() == 6);
  CHECK(mismatch(randperm(0), int64, {0}, {}) == "");
  CHECK(mismatch(randperm(1), int64, {1}, {0}) == "");
  CHECK(wrong_error<ValueError>([] { randperm(-1); }, {"randperm", "-1"}) == "");
}

TEST_CASE("random numbers are the same at any number of threads") {
  const int before = get_num_threads();
  const auto draw = [] {
    Generator generator(9);
    return std::vector<Tensor>{rand({100003}, generator), randn({100003}, generator),
                               randn({50001}, generator, {.dtype = float64}),
                               randint(0, 1 << 30, {100003}, generator)};
  };
  set_num_threads(1);
  const auto one = draw();
  for (int threads : {2, 3}) {
    set_num_threads(threads);
    const auto more = draw();
    for (size_t i = 0; i < one.size(); ++i) CHECK(equal(one[i], more[i]));
  }
  set_num_threads(before);
}

TEST_CASE("rand and randn refuse integers") {
  CHECK(wrong_error<DTypeError>([] { rand({2}, {.dtype = int64}); }, {"rand", "int64", "float"}) ==
        "");
  CHECK(wrong_error<DTypeError>([] { randn({2}, {.dtype = bool_}); }, {"randn", "bool"}) == "");
}

}  // namespace
}  // namespace lucid::test
