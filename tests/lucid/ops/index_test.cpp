// Joining, and reading and adding at positions given by tensors.
#include "autograd/functions/indexing.h"

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

TEST_CASE("index_select") {
  const Tensor x = counting({3, 4});
  const Tensor index = tensor({2, 0, 2});
  CHECK(mismatch(index_select(x, 0, index), {3, 4}, {8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11}) ==
        "");
  CHECK(mismatch(index_select(x, 1, index), {3, 3}, {2, 0, 2, 6, 4, 6, 10, 8, 10}) == "");
  CHECK(mismatch(index_select(x.t(), -1, index), {4, 3},
                 {8, 0, 8, 9, 1, 9, 10, 2, 10, 11, 3, 11}) == "");
  CHECK(index_select(x, 0, zeros({0}, {.dtype = int64})).shape() == Shape{0, 4});
  CHECK(index_select(zeros({3, 0}), 0, index).shape() == Shape{3, 0});
  CHECK(mismatch(index_select(x, 0, tensor({0, 9, 1, 9}).slice(0, 0, 4, 2)).select(1, 0), {2},
                 {0, 4}) == "");
  for (DType dtype : all_dtypes) {
    CHECK(mismatch(index_select(tensor({0, 1, 1}, {.dtype = dtype}), 0, index), dtype, {3},
                   {1, 0, 1}) == "");
  }
  CHECK(wrong_error<IndexError>(
            [&] {
              index_select(x, 0, tensor({0, 3}));
            },
            {"index_select", "index 3", "size of 3"}) == "");
  CHECK(wrong_error<IndexError>([&] { index_select(x, 0, tensor({-1})); },
                                {"index_select", "index -1"}) == "");
  CHECK(wrong_error<IndexError>([&] { index_select(x, 2, index); }, {"index_select", "dim 2"}) ==
        "");
  CHECK(wrong_error<IndexError>(
            [&] {
              index_select(zeros({0, 2}), 0, tensor({0}));
            },
            {"index_select", "size of 0"}) == "");
  CHECK(wrong_error<DTypeError>([&] { index_select(x, 0, tensor({0.0})); },
                                {"index_select", "int64", "float32"}) == "");
  CHECK(wrong_error<DTypeError>([&] { index_select(x, 0, tensor({0}, {.dtype = int32})); },
                                {"int64", "int32"}) == "");
  CHECK(wrong_error<ShapeError>([&] { index_select(x, 0, tensor({{0}})); },
                                {"index_select", "index", "[1, 1]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { index_select(tensor(1.0), 0, index); },
                                {"index_select", "scalar"}) == "");
}

TEST_CASE("index_add adds slices up") {
  const Tensor rows = counting({3, 2});
  CHECK(mismatch(index_add({4, 2}, 0, tensor({1, 3, 1}), rows), float64, {4, 2},
                 {0, 0, 4, 6, 0, 0, 2, 3}) == "");
  CHECK(mismatch(index_add({2, 3}, 1, tensor({2, 0, 2}), rows.t()), {2, 3}, {2, 0, 4, 3, 0, 6}) ==
        "");
  CHECK(mismatch(index_add({2}, 0, zeros({0}, {.dtype = int64}), zeros({0})), {2}, {0, 0}) == "");
  CHECK(mismatch(index_add({1}, 0, tensor({0, 0}), tensor({200, 100}, {.dtype = uint8})), uint8,
                 {1}, {44}) == "");
  CHECK(wrong_error<IndexError>(
            [&] {
              index_add({3, 2}, 0, tensor({1, 3, 1}), rows);
            },
            {"index_add", "index 3"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              index_add({4, 2}, 0, tensor({1, 3}), rows);
            },
            {"index_add", "source", "[2, 2]", "[3, 2]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              index_add({4, 2}, 0, tensor({{1}, {3}, {1}}), rows);
            },
            {"index_add", "index", "[3, 1]"}) == "");
  CHECK(wrong_error<DTypeError>(
            [&] {
              index_add({4, 2}, 0, rows.select(1, 0), rows);
            },
            {"index_add", "int64", "float64"}) == "");
}

TEST_CASE("gather") {
  const Tensor x = counting({3, 4});
  CHECK(mismatch(gather(x, 1, tensor({{3}, {0}, {2}})), {3, 1}, {3, 4, 10}) == "");
  CHECK(mismatch(gather(x, 0, tensor({{2, 0, 1, 2}})), {1, 4}, {8, 1, 6, 11}) == "");
  CHECK(mismatch(gather(x.t(), -1, tensor({{2, 2}, {0, 1}})), {2, 2}, {8, 8, 1, 5}) == "");
  CHECK(mismatch(gather(counting({5}), 0, tensor({4, 4, 0})), {3}, {4, 4, 0}) == "");
  CHECK(mismatch(gather(counting({2, 2, 3}), 1, tensor({{{1, 0, 1}}, {{0, 0, 1}}})), {2, 1, 3},
                 {3, 1, 5, 6, 7, 11}) == "");
  CHECK(gather(x, 1, zeros({3, 0}, {.dtype = int64})).shape() == Shape{3, 0});
  CHECK(wrong_error<IndexError>([&] { gather(x, 1, tensor({{4}})); },
                                {"gather", "index 4", "size of 4"}) == "");
  CHECK(wrong_error<IndexError>([&] { gather(x, 1, tensor({{-1}})); }, {"gather", "index -1"}) ==
        "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              gather(x, 1, tensor({1, 2}));
            },
            {"gather", "[2]", "[3, 4]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              gather(x, 0, zeros({1, 5}, {.dtype = int64}));
            },
            {"gather", "[1, 5]", "dim 0"}) == "");
  CHECK(wrong_error<DTypeError>(
            [&] {
              gather(x, 0, zeros({1, 4}));
            },
            {"gather", "int64", "float32"}) == "");
  CHECK(wrong_error<IndexError>([&] { gather(x, 2, tensor({{0}})); }, {"gather", "dim 2"}) == "");
}

TEST_CASE("scatter_add is the adjoint of gather") {
  const Tensor index = tensor({{3, 0}, {1, 1}, {2, 3}});
  const Tensor source = counting({3, 2}) + 1;
  CHECK(mismatch(scatter_add({3, 4}, 1, index, source), float64, {3, 4},
                 {2, 0, 0, 1, 0, 7, 0, 0, 0, 0, 5, 6}) == "");
  // <gather(x), source> = <x, scatter_add(source)>
  const Tensor x = pattern({3, 4});
  const double left = (gather(x, 1, index) * source).sum().item<double>();
  const double right = (x * scatter_add({3, 4}, 1, index, source)).sum().item<double>();
  CHECK(left == right);
  CHECK(mismatch(scatter_add({2, 3}, 0, tensor({{1, 0}, {1, 0}}), counting({2, 2})), {2, 3},
                 {0, 4, 0, 2, 0, 0}) == "");
  CHECK(wrong_error<IndexError>(
            [&] {
              scatter_add({3, 3}, 1, index, source);
            },
            {"scatter_add", "index 3"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              scatter_add({2, 4}, 1, index, source);
            },
            {"scatter_add", "[3, 2]", "[2, 4]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              scatter_add({3, 4}, 1, index, zeros({3, 3}));
            },
            {"scatter_add", "source", "[3, 2]", "[3, 3]"}) == "");
  CHECK(wrong_error<DTypeError>(
            [&] {
              scatter_add({3, 4}, 1, source, source);
            },
            {"scatter_add", "int64"}) == "");
}

TEST_CASE("embed puts a slice back") {
  const Tensor x = tensor({{1.0, 2.0}, {3.0, 4.0}});
  CHECK(mismatch(embed(x, {2, 5}, 1, 1, 2), {2, 5}, {0, 1, 0, 2, 0, 0, 3, 0, 4, 0}) == "");
  CHECK(mismatch(embed(x, {3, 2}, 0, 1, 1), {3, 2}, {0, 0, 1, 2, 3, 4}) == "");
  CHECK(mismatch(embed(zeros({0}), {3}, 0, 3, 1), {3}, {0, 0, 0}) == "");
  CHECK(equal(embed(x, {2, 5}, 1, 1, 2).slice(1, 1, 5, 2), x));
  CHECK(wrong_error<IndexError>(
            [&] {
              embed(x, {2, 5}, 1, 4, 1);
            },
            {"embed", "from 4", "dim 1", "[2, 5]"}) == "");
  CHECK(wrong_error<IndexError>([&] { embed(x, {2, 5}, 1, -1, 1); }, {"embed", "-1"}) == "");
  CHECK(wrong_error<IndexError>([&] { embed(x, {2, 5}, 1, 0, 0); }, {"embed", "step 0"}) == "");
  CHECK(wrong_error<IndexError>([&] { embed(x, {2, 5}, 1, 1, INT64_MAX); }, {"embed"}) == "");
  CHECK(wrong_error<IndexError>([] { embed(ones({1}), {4}, 0, 5, 1); }, {"embed", "from 5"}) == "");
}

}  // namespace
}  // namespace lucid::test
