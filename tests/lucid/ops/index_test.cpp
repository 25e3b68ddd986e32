// Joining.
#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

const DType all_dtypes[] = {bool_, uint8, int32, int64, float32, float64};

TEST_CASE("cat") {
  const Tensor a = counting({2, 2});
  const Tensor b = counting({1, 2}) + 10;
  CHECK(mismatch(cat({a, b}), {3, 2}, {0, 1, 2, 3, 10, 11}) == "");
  CHECK(mismatch(cat({a, b.t().reshape({2, 1})}, 1), {2, 3}, {0, 1, 10, 2, 3, 11}) == "");
  CHECK(mismatch(cat({a, a.t()}, -1), {2, 4}, {0, 1, 0, 2, 2, 3, 1, 3}) == "");
  CHECK(mismatch(cat({a}), {2, 2}, {0, 1, 2, 3}) == "");
  CHECK(cat({zeros({2, 0}), zeros({2, 3}), zeros({2, 0})}, 1).shape() == Shape{2, 3});
  CHECK(cat({zeros({0, 2}), zeros({0, 2})}).shape() == Shape{0, 2});
  CHECK(mismatch(cat({tensor({1}), tensor({2.5})}), float32, {2}, {1, 2.5}) == "");
  CHECK(mismatch(cat({tensor({true}), tensor({2}, {.dtype = uint8})}), uint8, {2}, {1, 2}) == "");
  for (DType dtype : all_dtypes) {
    CHECK(mismatch(cat({ones({1}, {.dtype = dtype}), zeros({2}, {.dtype = dtype})}), dtype, {3},
                   {1, 0, 0}) == "");
  }
  CHECK(cat({zeros({2, 3}, {.device = meta}), zeros({4, 3})}).is_meta());
  CHECK(wrong_error<ValueError>([] { cat({}); }, {"cat", "at least one"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              cat({a, zeros({2, 3})});
            },
            {"cat", "tensor 1", "[2, 3]", "[2, 2]", "dim 0"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              cat({a, a, zeros({2})});
            },
            {"cat", "tensor 2", "[2]"}) == "");
  CHECK(wrong_error<ShapeError>([] { cat({tensor(1), tensor(2)}); }, {"cat", "stack"}) == "");
  CHECK(wrong_error<IndexError>([&] { cat({a, a}, 2); }, {"cat", "dim 2"}) == "");
  CHECK(wrong_error<IndexError>([&] { cat({a, a}, -3); }, {"cat", "dim -3"}) == "");
}

TEST_CASE("stack") {
  const Tensor a = tensor({1, 2});
  const Tensor b = tensor({3, 4});
  CHECK(mismatch(stack({a, b}), {2, 2}, {1, 2, 3, 4}) == "");
  CHECK(mismatch(stack({a, b}, 1), {2, 2}, {1, 3, 2, 4}) == "");
  CHECK(mismatch(stack({a, b}, -1), {2, 2}, {1, 3, 2, 4}) == "");
  CHECK(mismatch(stack({a, b}, -2), {2, 2}, {1, 2, 3, 4}) == "");
  CHECK(mismatch(stack({tensor(1), tensor(2), tensor(3)}), int64, {3}, {1, 2, 3}) == "");
  CHECK(stack({zeros({0, 2}), zeros({0, 2})}, 1).shape() == Shape{0, 2, 2});
  CHECK(wrong_error<ValueError>([] { stack({}); }, {"stack", "at least one"}) == "");
  CHECK(wrong_error<ShapeError>([&] { stack({a, tensor({1})}); }, {"stack", "[2]", "[1]"}) == "");
  CHECK(wrong_error<IndexError>([&] { stack({a, b}, 2); }, {"stack", "dim 2"}) == "");
}

}  // namespace
}  // namespace lucid::test
