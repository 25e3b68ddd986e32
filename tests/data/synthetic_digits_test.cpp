// The drawn digits: what they promise about numbers; that they are hard but learnable is tested
// where there are models to learn.
#include "data/synthetic_digits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "data/digit_strokes.h"
#include "lucid/error.h"
#include "lucid/parallel.h"
#include "tests/support/message_of.h"

namespace lucid::data {
namespace {

using test::contains;
using test::message_of;

constexpr size_t kPixels = 28 * 28;

bool same_image(const SyntheticDigits& a, int64_t i, const SyntheticDigits& b, int64_t j) {
  return std::memcmp(a.images().data<uint8_t>() + static_cast<size_t>(i) * kPixels,
                     b.images().data<uint8_t>() + static_cast<size_t>(j) * kPixels, kPixels) == 0;
}

TEST_CASE("SyntheticDigits come in the form of MNIST") {
  const SyntheticDigits digits({.size = 20});
  CHECK(digits.size() == 20);
  auto [images, labels] = digits.get_batch({3, 19});
  CHECK(images.shape() == Shape{2, 1, 28, 28});
  CHECK(images.dtype() == float32);
  CHECK(labels.shape() == Shape{2});
  CHECK(labels.dtype() == int64);
  for (float value : images.to_vector<float>()) CHECK((value >= 0.0f && value <= 1.0f));
  CHECK(SyntheticDigits().size() == 12'000);
  CHECK(SyntheticDigits({.train = false}).size() == 2'000);
}

TEST_CASE("SyntheticDigits are the same for the same seed, at any number of threads") {
  const int before = get_num_threads();
  set_num_threads(1);
  const SyntheticDigits one({.size = 200, .seed = 3});
  for (int threads : {2, 3}) {
    set_num_threads(threads);
    const SyntheticDigits many({.size = 200, .seed = 3});
    for (int64_t i = 0; i < 200; ++i) CHECK(same_image(one, i, many, i));
    CHECK(many.labels().to_vector<int64_t>() == one.labels().to_vector<int64_t>());
  }
  set_num_threads(before);
}

TEST_CASE("a larger set of SyntheticDigits begins with the smaller one") {
  const SyntheticDigits small({.size = 37});
  const SyntheticDigits large({.size = 101});
  for (int64_t i = 0; i < 37; ++i) CHECK(same_image(small, i, large, i));
  CHECK(large.labels().narrow(0, 0, 37).to_vector<int64_t>() ==
        small.labels().to_vector<int64_t>());
}

TEST_CASE("seeds and splits of SyntheticDigits have no image in common") {
  const SyntheticDigits train({.size = 100});
  const SyntheticDigits test({.train = false, .size = 100});
  const SyntheticDigits other({.size = 100, .seed = 1});
  for (int64_t i = 0; i < 100; ++i) {
    for (int64_t j = 0; j < 100; ++j) {
      CHECK_FALSE(same_image(train, i, test, j));
      CHECK_FALSE(same_image(train, i, other, j));
      if (i != j) CHECK_FALSE(same_image(train, i, train, j));
    }
  }
  CHECK(train.labels().to_vector<int64_t>() != test.labels().to_vector<int64_t>());
}

TEST_CASE("every digit comes equally often, in no fixed order") {
  const SyntheticDigits digits({.size = 1000});
  const auto labels = digits.labels().to_vector<int64_t>();
  int at_home = 0;
  for (size_t block = 0; block < labels.size(); block += 10) {
    std::vector<int64_t> ten(labels.begin() + static_cast<std::ptrdiff_t>(block),
                             labels.begin() + static_cast<std::ptrdiff_t>(block) + 10);
    for (size_t i = 0; i < 10; ++i) at_home += ten[i] == static_cast<int64_t>(i) ? 1 : 0;
    std::sort(ten.begin(), ten.end());
    CHECK(ten == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
  // One in ten by chance: 100 of 1000, standard deviation about 10.
  CHECK(at_home > 50);
  CHECK(at_home < 150);
}

TEST_CASE("the images have ink, and most of it near the middle") {
  const SyntheticDigits digits({.size = 1000});
  const uint8_t* pixels = digits.images().data<uint8_t>();
  double total = 0.0;
  double border = 0.0;
  for (size_t i = 0; i < 1000; ++i) {
    const uint8_t* image = pixels + i * kPixels;
    CHECK(*std::max_element(image, image + kPixels) > 120);
    double ink = 0.0;
    for (size_t p = 0; p < kPixels; ++p) {
      const size_t x = p % 28;
      const size_t y = p / 28;
      ink += image[p];
      if (x < 2 || x > 25 || y < 2 || y > 25) border += image[p];
    }
    CHECK(ink > 10 * 255.0);
    total += ink;
  }
  const double mean = total / (1000.0 * kPixels * 255.0);
  CHECK(mean > 0.06);
  CHECK(mean < 0.16);
  CHECK(border < 0.1 * total);
}

TEST_CASE("digits are told apart by their shapes: strokes stay in their square") {
  for (int digit = 0; digit < 10; ++digit) {
    const auto glyphs = detail::glyphs_of(digit);
    CHECK(glyphs.size() >= 2);
    for (const auto& glyph : glyphs) {
      CHECK_FALSE(glyph.empty());
      for (const auto& stroke : glyph) {
        CHECK(stroke.points.size() >= 2);
        CHECK(stroke.points.size() <= 16);
        for (const auto point : stroke.points) {
          CHECK((point.x >= 0.1f && point.x <= 0.9f && point.y >= 0.0f && point.y <= 1.0f));
        }
      }
    }
  }
}

TEST_CASE("SyntheticDigits refuses wrong options") {
  CHECK(contains(message_of<ValueError>([] { SyntheticDigits({.size = 0}); }),
                 "size is 0, expected at least 1"));
  CHECK_THROWS_AS(SyntheticDigits({.size = -5}), ValueError);
  CHECK_THROWS_AS(SyntheticDigits({.size = 10, .std = -1}), ValueError);
}

}  // namespace
}  // namespace lucid::data
