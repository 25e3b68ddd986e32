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
