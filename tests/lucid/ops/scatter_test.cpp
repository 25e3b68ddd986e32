// Writing at positions given by tensors, and what is made of them.
#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

const DType all_dtypes[] = {bool_, uint8, int32, int64, float32, float64};

TEST_CASE("scatter") {
  const Tensor x = zeros({2, 3}, {.dtype = float64});
  const Tensor index = tensor({{2, 0}, {1, 1}});
  CHECK(mismatch(scatter(x, 1, index, counting({2, 2}) + 1), {2, 3}, {2, 0, 1, 0, 4, 0}) == "");
  CHECK(mismatch(scatter(x, -1, index, 1.5), {2, 3}, {1.5, 0, 1.5, 0, 1.5, 0}) == "");
  CHECK(mismatch(scatter(x.t(), 0, index, counting({2, 2}) + 1), {3, 2}, {0, 2, 3, 4, 1, 0}) == "");
  // Of a larger source the first part counts.
  CHECK(mismatch(scatter(x, 1, tensor({{2}}), counting({2, 2}) + 7), {2, 3}, {0, 0, 7, 0, 0, 0}) ==
        "");
  CHECK(equal(scatter(x, 1, zeros({2, 0}, {.dtype = int64}), 1), x));
  CHECK(scatter(zeros({2, 3}, {.device = meta}), 1, index, 1).is_meta());
  for (const DType dtype : all_dtypes) {
    CHECK(mismatch(scatter(zeros({2}, {.dtype = dtype}), 0, tensor({1}), 1), dtype, {2}, {0, 1}) ==
          "");
  }
  CHECK(mismatch(x, {2, 3}, {0, 0, 0, 0, 0, 0}) == "");
}

TEST_CASE("scatter and scatter_add say what is wrong") {
  const Tensor x = zeros({2, 3});
  const Tensor index = tensor({{2, 0}, {1, 1}});
  CHECK(wrong_error<IndexError>([&] { scatter(x, 1, index + 1, 1); },
                                {"scatter", "index 3", "size of 3"}) == "");
  CHECK(wrong_error<IndexError>([&] { scatter(x, 1, index - 1, 1); }, {"scatter", "index -1"}) ==
        "");
  CHECK(wrong_error<IndexError>([&] { scatter(x, 2, index, 1); }, {"scatter", "dim 2"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              scatter(x, 1, index, ones({2, 1}));
            },
            {"scatter", "source", "[2, 1]", "[2, 2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { scatter(x, 1, tensor({1}), 1); },
                                {"scatter", "[1]", "[2, 3]"}) == "");
  CHECK(wrong_error<DTypeError>([&] { scatter(x, 1, index, index); },
                                {"scatter", "float32", "int64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { scatter(x, 1, x, 1); }, {"scatter", "int64", "float32"}) ==
        "");
  CHECK(wrong_error<DTypeError>([&] { scatter_add(x, 1, index, index); },
                                {"scatter_add", "float32", "int64"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              scatter_add(x, 1, index, ones({2, 1}));
            },
            {"scatter_add", "[2, 1]", "[2, 2]"}) == "");
}

TEST_CASE("scatter_add to a tensor") {
  const Tensor x = ones({2, 3});
  const Tensor index = tensor({{2, 2}, {1, 0}});
  CHECK(mismatch(scatter_add(x, 1, index, ones({2, 2}) * 2), float32, {2, 3}, {1, 1, 5, 3, 3, 1}) ==
        "");
  CHECK(mismatch(scatter_add(tensor({1, 2}), 0, tensor({1, 1}), tensor({5, 6})), int64, {2},
                 {1, 13}) == "");
}

TEST_CASE("index_copy") {
  const Tensor x = zeros({3, 2});
  CHECK(mismatch(index_copy(x, 0, tensor({2, 0}), tensor({{1.0, 2.0}, {3.0, 4.0}})), {3, 2},
                 {3, 4, 0, 0, 1, 2}) == "");
  CHECK(mismatch(index_copy(x, 1, tensor({1, 1}), tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})),
                 {3, 2}, {0, 2, 0, 4, 0, 6}) == "");
  CHECK(wrong_error<IndexError>(
            [&] {
              index_copy(x, 0, tensor({3}), ones({1, 2}));
            },
            {"index_copy", "index 3", "size of 3"}) == "");
  CHECK(wrong_error<ShapeError>([&] { index_copy(x, 0, tensor({1}), ones({2})); },
                                {"index_copy", "source", "[1, 2]", "[2]"}) == "");
  CHECK(wrong_error<DTypeError>(
            [&] {
              index_copy(x, 0, tensor({1}), tensor({{1, 2}}));
            },
            {"index_copy", "float32", "int64"}) == "");
}

TEST_CASE("take_along_dim") {
  const Tensor x = counting({2, 3});
  CHECK(mismatch(take_along_dim(x, tensor({5, 0})), {2}, {5, 0}) == "");
  CHECK(mismatch(take_along_dim(x, tensor({{2, 0}}), 1), {2, 2}, {2, 0, 5, 3}) == "");
  CHECK(mismatch(take_along_dim(x, tensor({{1}}), 0), {1, 3}, {3, 4, 5}) == "");
  CHECK(wrong_error<IndexError>([&] { take_along_dim(x, tensor({{3}}), 1); },
                                {"take_along_dim", "index 3", "size of 3"}) == "");
  CHECK(wrong_error<ShapeError>([&] { take_along_dim(x, tensor({1}), 1); },
                                {"take_along_dim", "[2, 3]", "[1]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              take_along_dim(x, zeros({3, 1}, {.dtype = int64}), 1);
            },
            {"take_along_dim"}) == "");
  CHECK(wrong_error<DTypeError>([&] { take_along_dim(x, x, 1); }, {"take_along_dim", "int64"}) ==
        "");
}

TEST_CASE("masked_select and nonzero") {
  const Tensor x = tensor({{0.0, 2.0, NAN}, {-0.0, 0.0, 4.0}});
  CHECK(mismatch(masked_select(x, ne(x, 0)), {3}, {2, NAN, 4}) == "");
  CHECK(mismatch(masked_select(x.t(), tensor({false, true})), {3}, {0, 0, 4}) == "");
  CHECK(masked_select(x, tensor(false)).shape() == Shape{0});
  CHECK(mismatch(masked_select(tensor(3), tensor({true, true})), int64, {2}, {3, 3}) == "");
  CHECK(mismatch(nonzero(x), int64, {3, 2}, {0, 1, 0, 2, 1, 2}) == "");
  CHECK(mismatch(nonzero(x.t()), {3, 2}, {1, 0, 2, 0, 2, 1}) == "");
  CHECK(nonzero(tensor(5)).shape() == Shape{1, 0});
  CHECK(nonzero(tensor(0)).shape() == Shape{0, 0});
  CHECK(nonzero(zeros({0, 4})).shape() == Shape{0, 2});
  for (const DType dtype : all_dtypes) {
    CHECK(mismatch(nonzero(tensor({0, 1}, {.dtype = dtype})), int64, {1, 1}, {1}) == "");
  }
  CHECK(wrong_error<DTypeError>([&] { masked_select(x, x); }, {"masked_select", "bool"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              masked_select(x, tensor({true, true}));
            },
            {"masked_select", "[2, 3]", "[2]"}) == "");
  CHECK(wrong_error<DeviceError>([] { nonzero(zeros({2}, {.device = meta})); },
                                 {"nonzero", "meta"}) == "");
}

TEST_CASE("embedding") {
  const Tensor weight = counting({4, 2});
  CHECK(mismatch(embedding(tensor({{3, 0}}), weight), {1, 2, 2}, {6, 7, 0, 1}) == "");
  CHECK(mismatch(embedding(tensor(2), weight), {2}, {4, 5}) == "");
  CHECK(mismatch(embedding(tensor({1}), counting({3})), {1}, {1}) == "");
  CHECK(embedding(zeros({0, 3}, {.dtype = int64}), weight).shape() == Shape{0, 3, 2});
  CHECK(embedding(zeros({5}, {.dtype = int64, .device = meta}), weight).is_meta());
  const Tensor leaf = weight.clone().requires_grad_();
  embedding(tensor({1, 3, 1}), leaf, -1).sum().backward();
  CHECK(mismatch(leaf.grad(), {4, 2}, {0, 0, 2, 2, 0, 0, 0, 0}) == "");
  CHECK(wrong_error<IndexError>([&] { embedding(tensor({4}), weight); },
                                {"embedding", "index 4", "size of 4"}) == "");
  CHECK(wrong_error<ValueError>([&] { embedding(tensor({0}), weight, 4); },
                                {"embedding", "padding_idx 4", "[4, 2]"}) == "");
  CHECK(wrong_error<DTypeError>([&] { embedding(weight, weight); }, {"embedding", "int64"}) == "");
  CHECK(wrong_error<ShapeError>([&] { embedding(tensor({0}), tensor(1.0)); }, {"embedding"}) == "");
}

TEST_CASE("one_hot") {
  CHECK(mismatch(one_hot(tensor({2, 0})), int64, {2, 3}, {0, 0, 1, 1, 0, 0}) == "");
  CHECK(mismatch(one_hot(tensor({{1}}), 2), int64, {1, 1, 2}, {0, 1}) == "");
  CHECK(mismatch(one_hot(tensor(1)), int64, {2}, {0, 1}) == "");
  CHECK(one_hot(zeros({0}, {.dtype = int64}), 3).shape() == Shape{0, 3});
  CHECK(wrong_error<IndexError>([] { one_hot(tensor({2}), 2); },
                                {"one_hot", "index 2", "size of 2"}) == "");
  CHECK(wrong_error<IndexError>([] { one_hot(tensor({-1})); }, {"one_hot", "index -1"}) == "");
  CHECK(wrong_error<ValueError>([] { one_hot(zeros({0}, {.dtype = int64})); },
                                {"one_hot", "num_classes"}) == "");
  CHECK(wrong_error<ValueError>([] { one_hot(tensor({0}), 0); }, {"one_hot", "got 0"}) == "");
  CHECK(wrong_error<DTypeError>([] { one_hot(tensor({0.0})); }, {"one_hot", "int64"}) == "");
}

}  // namespace
}  // namespace lucid::test
