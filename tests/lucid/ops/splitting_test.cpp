// Parts of tensors, which are views.
#include "autograd/functions/splitting.h"

#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

using Sizes = std::vector<int64_t>;

std::vector<int64_t> sizes_of(const std::vector<Tensor>& parts, int64_t dim) {
  std::vector<int64_t> sizes;
  for (const Tensor& part : parts) sizes.push_back(part.shape(dim));
  return sizes;
}

TEST_CASE("split") {
  const Tensor x = counting({5, 2});
  CHECK(sizes_of(split(x, 2), 0) == Sizes{2, 2, 1});
  CHECK(mismatch(split(x, 2)[1], {2, 2}, {4, 5, 6, 7}) == "");
  CHECK(sizes_of(split(x, 9), 0) == Sizes{5});
  CHECK(sizes_of(split(x, 1, -1), 1) == Sizes{1, 1});
  CHECK(sizes_of(split(x, Sizes{0, 4, 1}), 0) == Sizes{0, 4, 1});
  CHECK(mismatch(split(x.t(), Sizes{1, 4}, 1)[0], {2, 1}, {0, 1}) == "");
  // PyTorch 1.13: zeros(0, 2).split(3) and .split(0) are one empty part, .split([]) is none.
  CHECK(sizes_of(split(zeros({0, 2}), 3), 0) == Sizes{0});
  CHECK(sizes_of(split(zeros({0, 2}), 0), 0) == Sizes{0});
  CHECK(split(zeros({0, 2}), Sizes{}).empty());
  CHECK(split(zeros({4}, {.device = meta}), 3)[1].is_meta());
  CHECK(split(tensor({true, false}), 1)[1].dtype() == bool_);

  const Tensor writable = zeros({4});
  split(writable, 3)[1].fill_(7);
  CHECK(mismatch(writable, {4}, {0, 0, 0, 7}) == "");
}

TEST_CASE("split, chunk and unbind say what is wrong") {
  const Tensor x = counting({5, 2});
  CHECK(wrong_error<ValueError>([&] { split(x, 0); }, {"split", ">= 1", "got 0"}) == "");
  CHECK(wrong_error<ValueError>([&] { split(x, -2); }, {"split", "got -2"}) == "");
  CHECK(wrong_error<IndexError>([&] { split(x, 2, 2); }, {"split", "dim 2"}) == "");
  CHECK(wrong_error<ShapeError>([&] { split(tensor(1), 1); }, {"split", "scalar"}) == "");
  for (const Sizes& sizes : {Sizes{2, 2}, Sizes{2, 2, 2}, Sizes{}}) {
    CHECK(wrong_error<ValueError>([&] { split(x, sizes); }, {"split", "dim 0", "[5, 2]"}) == "");
  }
  CHECK(wrong_error<ValueError>([&] { split(x, Sizes{6, -1}); }, {"split", "dim 0"}) == "");
  CHECK(wrong_error<ValueError>([&] { split(x, Sizes{-1, 6}); }, {"split", "got -1"}) == "");
  CHECK(wrong_error<ValueError>([&] { split(x, Sizes{INT64_MAX, INT64_MAX}); }, {"add up"}) == "");
  CHECK(wrong_error<ValueError>([&] { chunk(x, 0); }, {"chunk", "got 0"}) == "");
  CHECK(wrong_error<ShapeError>([&] { chunk(tensor(1), 1); }, {"chunk", "scalar"}) == "");
  CHECK(wrong_error<ShapeError>([&] { unbind(tensor(1)); }, {"unbind", "scalar"}) == "");
  CHECK(wrong_error<IndexError>([&] { unbind(x, -3); }, {"unbind", "dim -3"}) == "");
}

TEST_CASE("chunk") {
  const Tensor x = counting({7});
  CHECK(sizes_of(chunk(x, 3), 0) == Sizes{3, 3, 1});
  CHECK(sizes_of(chunk(x, 4), 0) == Sizes{2, 2, 2, 1});
  // Fewer than asked for, as in PyTorch.
  CHECK(sizes_of(chunk(x, 5), 0) == Sizes{2, 2, 2, 1});
  CHECK(sizes_of(chunk(x, 99), 0) == Sizes{1, 1, 1, 1, 1, 1, 1});
  CHECK(sizes_of(chunk(zeros({2, 0}), 3, 1), 1) == Sizes{0, 0, 0});
}

TEST_CASE("unbind") {
  const Tensor x = counting({2, 3});
  CHECK(unbind(x).size() == 2);
  CHECK(mismatch(unbind(x)[1], {3}, {3, 4, 5}) == "");
  CHECK(mismatch(unbind(x, -1)[1], {2}, {1, 4}) == "");
  CHECK(mismatch(unbind(tensor({1, 2}))[0], int64, {}, {1}) == "");
  CHECK(unbind(zeros({0, 3})).empty());
  CHECK(unbind(zeros({2, 0}))[1].shape() == Shape{0});
}

TEST_CASE("parts are views on the tape") {
  const Tensor x = counting({4}).requires_grad_();
  const std::vector<Tensor> parts = split(x, 2);
  CHECK(parts[0].grad_fn() == "split");
  // Only the second is used: the gradient of the first is zero.
  (parts[1] * parts[1]).sum().backward();
  CHECK(mismatch(x.grad(), {4}, {0, 0, 4, 6}) == "");
  CHECK(wrong_error<AutogradError>([&] { parts[0].zero_(); }, {"zero_", "view of a leaf"}) == "");
  const std::vector<Tensor> squares = split(x * x, 1);
  squares[0].zero_();
  CHECK(wrong_error<AutogradError>([&] { squares[1] + 1; }, {"add"}) == "");
}

TEST_CASE("unfold") {
  const Tensor x = counting({7});
  CHECK(mismatch(unfold(x, 0, 2, 1), {6, 2}, {0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6}) == "");
  CHECK(mismatch(unfold(x, 0, 3, 3), {2, 3}, {0, 1, 2, 3, 4, 5}) == "");
  CHECK(unfold(x, 0, 0, 2).shape() == Shape{4, 0});
  CHECK(mismatch(unfold(x, 0, 7, INT64_MAX), {1, 7}, {0, 1, 2, 3, 4, 5, 6}) == "");
  CHECK(mismatch(unfold(counting({2, 3}), 0, 2, 1), {1, 3, 2}, {0, 3, 1, 4, 2, 5}) == "");
  CHECK(mismatch(unfold(tensor(5), 0, 1, 1), int64, {1}, {5}) == "");
  CHECK(unfold(zeros({6, 2}, {.device = meta}), 0, 2, 2).shape() == Shape{3, 2, 2});
  CHECK(wrong_error<ValueError>([&] { unfold(x, 0, 8, 1); },
                                {"unfold", "size 8", "dim 0", "[7]"}) == "");
  CHECK(wrong_error<ValueError>([&] { unfold(x, 0, -1, 1); }, {"unfold", "size -1"}) == "");
  CHECK(wrong_error<ValueError>([&] { unfold(x, 0, 2, 0); }, {"unfold", "step", "got 0"}) == "");
  CHECK(wrong_error<IndexError>([&] { unfold(x, 1, 2, 1); }, {"unfold", "dim 1"}) == "");
}

TEST_CASE("diagonal") {
  const Tensor x = counting({3, 4});
  CHECK(mismatch(diagonal(x), {3}, {0, 5, 10}) == "");
  CHECK(mismatch(diagonal(x, 1), {3}, {1, 6, 11}) == "");
  CHECK(mismatch(diagonal(x, 3), {1}, {3}) == "");
  CHECK(mismatch(diagonal(x, -2), {1}, {8}) == "");
  CHECK(mismatch(diagonal(x.t(), -1), {3}, {1, 6, 11}) == "");
  CHECK(mismatch(diagonal(x, 1, 1, 0), {2}, {4, 9}) == "");
  CHECK(mismatch(diagonal(counting({2, 2, 2}), 0, 0, -1), {2, 2}, {0, 5, 2, 7}) == "");
  for (const int64_t far : {int64_t{4}, int64_t{-3}, INT64_MAX, INT64_MIN}) {
    CHECK(diagonal(x, far).shape() == Shape{0});
  }
  CHECK(diagonal(zeros({0, 3})).shape() == Shape{0});
  const Tensor square = zeros({2, 2}, {.dtype = int64});
  diagonal(square).fill_(1);
  CHECK(mismatch(square, int64, {2, 2}, {1, 0, 0, 1}) == "");
  CHECK(wrong_error<ShapeError>([] { diagonal(tensor({1})); }, {"diagonal", "two", "[1]"}) == "");
  CHECK(wrong_error<ValueError>([&] { diagonal(x, 0, 1, -1); }, {"diagonal", "dim2 -1"}) == "");
  CHECK(wrong_error<IndexError>([&] { diagonal(x, 0, 0, 2); }, {"diagonal", "dim 2"}) == "");
}

}  // namespace
}  // namespace lucid::test
