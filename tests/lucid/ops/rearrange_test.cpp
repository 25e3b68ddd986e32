// Values in other places: turned, repeated, cut off at a diagonal.
#include "autograd/functions/rearrangement.h"

#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "lucid/parallel.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

const DType all_dtypes[] = {bool_, uint8, int32, int64, float32, float64};

TEST_CASE("repeat and tile") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(mismatch(repeat(x, {1, 2}), int64, {2, 4}, {1, 2, 1, 2, 3, 4, 3, 4}) == "");
  CHECK(mismatch(repeat(x.t(), {2, 1}), int64, {4, 2}, {1, 3, 2, 4, 1, 3, 2, 4}) == "");
  CHECK(mismatch(repeat(tensor(7), {2, 2}), int64, {2, 2}, {7, 7, 7, 7}) == "");
  CHECK(repeat(x, {3, 2, 1}).shape() == Shape{3, 4, 2});
  CHECK(repeat(x, {0, 2}).shape() == Shape{0, 4});
  CHECK(repeat(zeros({0, 2}), {3, 3}).shape() == Shape{0, 6});
  CHECK(repeat(zeros({1, 1, 1, 1, 1, 1, 1, 2}), {2, 1, 1, 1, 1, 1, 1, 3}).shape() ==
        Shape{2, 1, 1, 1, 1, 1, 1, 6});
  CHECK(repeat(zeros({2}, {.device = meta}), {3}).is_meta());
  CHECK(mismatch(tile(x, {2}), int64, {2, 4}, {1, 2, 1, 2, 3, 4, 3, 4}) == "");
  CHECK(mismatch(tile(x, {}), int64, {2, 2}, {1, 2, 3, 4}) == "");
  for (const DType dtype : all_dtypes) {
    CHECK(mismatch(tile(tensor({0, 1}, {.dtype = dtype}), {2}), dtype, {4}, {0, 1, 0, 1}) == "");
  }
  // Copies, even where there is nothing to repeat.
  tile(x, {1}).zero_();
  repeat(x, {1, 1}).zero_();
  CHECK(mismatch(x, {2, 2}, {1, 2, 3, 4}) == "");
  CHECK(wrong_error<ShapeError>([&] { repeat(x, {2}); }, {"repeat", "[2, 2]", "[2]"}) == "");
  CHECK(wrong_error<ValueError>([&] { repeat(x, {2, -1}); }, {"repeat", "[2, -1]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { tile(x, {INT64_MAX}); }, {"tile", "63 bits"}) == "");
}

TEST_CASE("flip") {
  const Tensor x = counting({2, 3});
  CHECK(mismatch(flip(x, 1), {2, 3}, {2, 1, 0, 5, 4, 3}) == "");
  CHECK(mismatch(flip(x, {0, -1}), {2, 3}, {5, 4, 3, 2, 1, 0}) == "");
  CHECK(mismatch(flip(x.t(), 0), {3, 2}, {2, 5, 1, 4, 0, 3}) == "");
  CHECK(mismatch(flip(x, {}), {2, 3}, {0, 1, 2, 3, 4, 5}) == "");
  CHECK(mismatch(flip(tensor(3), 0), int64, {}, {3}) == "");
  CHECK(flip(zeros({0, 2}), 0).shape() == Shape{0, 2});
  CHECK(flip(zeros({3, 2}, {.device = meta}), 0).is_meta());
  for (const DType dtype : all_dtypes) {
    CHECK(mismatch(flip(tensor({0, 1, 1}, {.dtype = dtype}), 0), dtype, {3}, {1, 1, 0}) == "");
  }
  CHECK(wrong_error<ValueError>([&] { flip(x, {1, -1}); }, {"flip", "twice"}) == "");
  CHECK(wrong_error<IndexError>([&] { flip(x, 2); }, {"flip", "dim 2"}) == "");
}

TEST_CASE("roll") {
  const Tensor x = counting({2, 3});
  CHECK(mismatch(roll(x, 1), {2, 3}, {5, 0, 1, 2, 3, 4}) == "");
  CHECK(mismatch(roll(x, 1, 1), {2, 3}, {2, 0, 1, 5, 3, 4}) == "");
  CHECK(mismatch(roll(x, -4, -1), {2, 3}, {1, 2, 0, 4, 5, 3}) == "");
  CHECK(mismatch(roll(x, {1, 1}, {0, 1}), {2, 3}, {5, 3, 4, 2, 0, 1}) == "");
  // A dimension may be named twice: the shifts add up.
  CHECK(mismatch(roll(x, {1, 1}, {1, 1}), {2, 3}, {1, 2, 0, 4, 5, 3}) == "");
  CHECK(mismatch(roll(x, INT64_MIN, 0), {2, 3}, {0, 1, 2, 3, 4, 5}) == "");
  CHECK(mismatch(roll(tensor(3), 2), int64, {}, {3}) == "");
  CHECK(roll(zeros({0, 2}), 3, 0).shape() == Shape{0, 2});
  CHECK(roll(zeros({3, 2}, {.device = meta}), 1).is_meta());
  CHECK(wrong_error<ValueError>([&] { roll(x, {1, 2}, 0); }, {"roll", "[1, 2]", "[0]"}) == "");
  CHECK(wrong_error<ValueError>([&] { roll(x, {1, 2}); }, {"roll", "[1, 2]"}) == "");
  CHECK(wrong_error<IndexError>([&] { roll(x, 1, 2); }, {"roll", "dim 2"}) == "");
  CHECK(wrong_error<IndexError>([&] { roll(tensor(3), 1, 0); }, {"roll", "scalar"}) == "");
}

TEST_CASE("tril and triu") {
  const Tensor x = counting({3, 3}) + 1;
  CHECK(mismatch(tril(x), {3, 3}, {1, 0, 0, 4, 5, 0, 7, 8, 9}) == "");
  CHECK(mismatch(triu(x), {3, 3}, {1, 2, 3, 0, 5, 6, 0, 0, 9}) == "");
  CHECK(mismatch(tril(x, -1), {3, 3}, {0, 0, 0, 4, 0, 0, 7, 8, 0}) == "");
  CHECK(mismatch(triu(x.t(), 1), {3, 3}, {0, 4, 7, 0, 0, 8, 0, 0, 0}) == "");
  CHECK(equal(tril(x, INT64_MAX), x));
  CHECK(equal(triu(x, INT64_MIN), x));
  CHECK(equal(triu(x, INT64_MAX), zeros_like(x)));
  CHECK(equal(tril(x, INT64_MIN), zeros_like(x)));
  // What is cut off is zero, not multiplied by it.
  CHECK(mismatch(tril(full({2, 2}, NAN)), {2, 2}, {NAN, 0, NAN, NAN}) == "");
  CHECK(tril(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(triu(zeros({3, 0})).shape() == Shape{3, 0});
  CHECK(tril(zeros({2, 3, 4}, {.device = meta})).shape() == Shape{2, 3, 4});
  for (const DType dtype : all_dtypes) {
    CHECK(mismatch(tril(ones({2, 2}, {.dtype = dtype})), dtype, {2, 2}, {1, 0, 1, 1}) == "");
  }
  CHECK(wrong_error<ShapeError>([] { tril(tensor({1})); }, {"tril", "two", "[1]"}) == "");
  CHECK(wrong_error<ShapeError>([] { triu(tensor(1)); }, {"triu", "two"}) == "");
}

TEST_CASE("rearrangements do not depend on the number of threads") {
  const Tensor x = counting({300, 201});
  const int before = get_num_threads();
  set_num_threads(1);
  const Tensor once = tril(roll(flip(x, 0), 77, 1));
  set_num_threads(3);
  CHECK(equal(tril(roll(flip(x, 0), 77, 1)), once));
  set_num_threads(before);
}

}  // namespace
}  // namespace lucid::test
