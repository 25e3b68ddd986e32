// Values in order.
#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/sorting.h"
#include "lucid/parallel.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

const DType all_dtypes[] = {bool_, uint8, int32, int64, float32, float64};

TEST_CASE("sort and argsort") {
  const Tensor x = tensor({{3, 1, 2}, {9, 8, 9}});
  const ValuesAndIndices up = sort(x);
  CHECK(mismatch(up.values, int64, {2, 3}, {1, 2, 3, 8, 9, 9}) == "");
  CHECK(mismatch(up.indices, int64, {2, 3}, {1, 2, 0, 1, 0, 2}) == "");
  // Equal values stay in order, also when descending.
  CHECK(mismatch(argsort(x, -1, true), int64, {2, 3}, {0, 2, 1, 0, 2, 1}) == "");
  CHECK(mismatch(sort(x, 0, true).values, {2, 3}, {9, 8, 9, 3, 1, 2}) == "");
  CHECK(mismatch(sort(x.t(), 0).values, {3, 2}, {1, 8, 2, 9, 3, 9}) == "");
  CHECK(mismatch(sort(tensor(7)).values, int64, {}, {7}) == "");
  CHECK(mismatch(argsort(tensor(7)), int64, {}, {0}) == "");
  CHECK(sort(zeros({0, 3}), 0).indices.shape() == Shape{0, 3});
  CHECK(sort(zeros({3, 0}), 0).values.shape() == Shape{3, 0});
  CHECK(sort(zeros({2, 3}, {.device = meta}), 0).values.shape() == Shape{2, 3});
  for (const DType dtype : all_dtypes) {
    CHECK(mismatch(sort(tensor({1, 0, 1}, {.dtype = dtype})).values, dtype, {3}, {0, 1, 1}) == "");
  }
  CHECK(wrong_error<IndexError>([&] { sort(x, 2); }, {"sort", "dim 2"}) == "");
}

TEST_CASE("a NaN is the greatest") {
  const Tensor x = tensor({NAN, 1.0, INFINITY, -INFINITY, NAN, 0.0});
  CHECK(mismatch(sort(x).values, {6}, {-INFINITY, 0, 1, INFINITY, NAN, NAN}) == "");
  CHECK(mismatch(argsort(x), {6}, {3, 5, 1, 2, 0, 4}) == "");
  CHECK(mismatch(argsort(x, 0, true), {6}, {0, 4, 2, 1, 5, 3}) == "");
  CHECK(mismatch(topk(x, 3).values, {3}, {NAN, NAN, INFINITY}) == "");
  CHECK(mismatch(topk(x, 2, 0, false).values, {2}, {-INFINITY, 0}) == "");
}

TEST_CASE("topk") {
  const Tensor x = tensor({{3, 1, 3, 2}, {5, 5, 5, 5}});
  const ValuesAndIndices top = topk(x, 2);
  CHECK(mismatch(top.values, int64, {2, 2}, {3, 3, 5, 5}) == "");
  CHECK(mismatch(top.indices, int64, {2, 2}, {0, 2, 0, 1}) == "");
  CHECK(mismatch(topk(x, 3, 1, false, false).indices, {2, 3}, {1, 3, 0, 0, 1, 2}) == "");
  CHECK(mismatch(topk(x, 1, 0).indices, {1, 4}, {1, 1, 1, 1}) == "");
  CHECK(mismatch(topk(x, 4).indices, {2, 4}, {0, 2, 3, 1, 0, 1, 2, 3}) == "");
  CHECK(topk(x, 0).values.shape() == Shape{2, 0});
  CHECK(mismatch(topk(tensor(7), 1).values, int64, {}, {7}) == "");
  CHECK(topk(zeros({2, 3}, {.device = meta}), 2).indices.shape() == Shape{2, 2});
  CHECK(wrong_error<ValueError>([&] { topk(x, 5); }, {"topk", "k = 5", "dim 1", "size 4"}) == "");
  CHECK(wrong_error<ValueError>([&] { topk(x, -1); }, {"topk", "k = -1"}) == "");
  CHECK(wrong_error<IndexError>([&] { topk(x, 1, 2); }, {"topk", "dim 2"}) == "");
}

TEST_CASE("sorting many lanes") {
  const Tensor x = pattern({150, 67});
  const ValuesAndIndices sorted = sort(x, 0);
  CHECK(all(le(sorted.values.narrow(0, 0, 149), sorted.values.narrow(0, 1, 149))));
  CHECK(equal(gather(x, 0, sorted.indices), sorted.values));
  CHECK(equal(topk(x, 10, 0, false).indices, sorted.indices.narrow(0, 0, 10)));
  const int before = get_num_threads();
  set_num_threads(3);
  CHECK(equal(sort(x, 0).indices, sorted.indices));
  set_num_threads(before);
}

}  // namespace
}  // namespace lucid::test
