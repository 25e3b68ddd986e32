// Reading and writing by NumPy-style subscripts.
#include "autograd/functions/subscript.h"

#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

using namespace lucid::indexing;

TEST_CASE("integers, slices, ellipsis and new dimensions give views") {
  const Tensor x = counting({2, 3, 4});
  CHECK(mismatch(x.index({1, 2, 3}), {}, {23}) == "");
  CHECK(mismatch(x.index({-1, Slice(0, 3, 2), 0}), {2}, {12, 20}) == "");
  CHECK(mismatch(x.index({Ellipsis, 1}), {2, 3}, {1, 5, 9, 13, 17, 21}) == "");
  CHECK(mismatch(x.index({0, Ellipsis, Slice(-1)}), {3, 1}, {3, 7, 11}) == "");
  CHECK(mismatch(x.index({0, 0, Slice(None, -1)}), {3}, {0, 1, 2}) == "");
  CHECK(mismatch(x.index({0, 0, Slice(-99, 99, 3)}), {2}, {0, 3}) == "");
  CHECK(x.index({Slice(), Slice(3)}).shape() == Shape{2, 0, 4});
  CHECK(x.index({None, 0, None, Ellipsis, None}).shape() == Shape{1, 1, 3, 4, 1});
  CHECK(x.index({0, 0, 0, Ellipsis}).shape() == Shape{});
  CHECK(x.index({Ellipsis}).shape() == x.shape());
  CHECK(x.index({}).shape() == x.shape());
  CHECK(x.index({tensor(1), tensor(-1)}).shape() == Shape{4});
  CHECK(tensor(1).index({None}).shape() == Shape{1});
  x.index({1, tensor(0), Slice(1, 3)}).fill_(-1);
  CHECK(mismatch(x[1][0], {4}, {12, -1, -1, 15}) == "");
  CHECK(zeros({2, 3}, {.device = meta}).index({0, Slice(1)}).shape() == Shape{2});
}

TEST_CASE("index tensors") {
  const Tensor x = counting({3, 4});
  const Tensor rows = tensor({2, 0, -1});
  CHECK(mismatch(x.index({rows}), {3, 4}, {8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11}) == "");
  CHECK(mismatch(x.index({rows, tensor({0, -1, 1})}), {3}, {8, 3, 9}) == "");
  CHECK(mismatch(x.index({tensor({{0}, {2}}), tensor({1, 3})}), {2, 2}, {1, 3, 9, 11}) == "");
  CHECK(mismatch(x.t().index({Slice(0, 2), rows}), {2, 3}, {8, 0, 8, 9, 1, 9}) == "");
  CHECK(x.index({zeros({0}, {.dtype = int64})}).shape() == Shape{0, 4});
  CHECK(mismatch(tensor({true, false}).index({tensor({1, 0})}), bool_, {2}, {0, 1}) == "");
  const Tensor big = counting({2, 3, 4, 5});
  // Not neighbours: what is found comes first.
  CHECK(big.index({tensor({1, 0, 1}), Slice(), rows}).shape() == Shape{3, 3, 5});
  CHECK(big.index({Slice(), rows, rows}).shape() == Shape{2, 3, 5});
  CHECK(big.index({Ellipsis, rows.unsqueeze(1), rows}).shape() == Shape{2, 3, 3, 3});
  const Tensor apart = big.index({Slice(), rows, Slice(), rows});
  CHECK(apart.shape() == Shape{3, 2, 4});
  CHECK(equal(apart[0], big.select(1, 2).select(2, 2)));
  CHECK(equal(apart[2], big.select(1, 2).select(2, 4)));
  CHECK(zeros({4, 3}, {.device = meta}).index({rows}).shape() == Shape{3, 3});
}

TEST_CASE("masks") {
  const Tensor x = counting({2, 3});
  CHECK(mismatch(x.index({gt(x, 2.5)}), {3}, {3, 4, 5}) == "");
  CHECK(mismatch(x.index({tensor({false, true})}), {1, 3}, {3, 4, 5}) == "");
  CHECK(mismatch(x.index({Slice(), tensor({true, false, true})}), {2, 2}, {0, 2, 3, 5}) == "");
  // A mask is its positions, which go together with other index tensors.
  CHECK(mismatch(x.index({tensor({true, true}), tensor({2, 0})}), {2}, {2, 3}) == "");
  CHECK(x.index({zeros({2, 3}, {.dtype = bool_})}).shape() == Shape{0});
  CHECK(x.index({true}).shape() == Shape{1, 2, 3});
  CHECK(x.index({false}).shape() == Shape{0, 2, 3});
  CHECK(x.index({tensor(true), 0}).shape() == Shape{1, 3});
}

TEST_CASE("subscripts that do not fit") {
  const Tensor x = counting({3, 4});
  CHECK(wrong_error<IndexError>(
            [&] {
              x.index({0, 4});
            },
            {"index: index 4", "dim 1", "[3, 4]", "size 4"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.index({-4}); }, {"index -4", "dim 0", "size 3"}) == "");
  CHECK(wrong_error<IndexError>(
            [&] {
              x.index({0, tensor({0, -5})});
            },
            {"index -5", "dim 1", "size 4"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.index({tensor({3})}); }, {"index 3", "dim 0"}) == "");
  CHECK(wrong_error<IndexError>(
            [&] {
              x.index({0, 0, 0});
            },
            {"index", "3 subscripts", "[3, 4]"}) == "");
  CHECK(wrong_error<IndexError>(
            [&] {
              x.index({Ellipsis, 0, Ellipsis});
            },
            {"index", "one Ellipsis"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.index({tensor({true})}); },
                                {"index", "mask of shape [1]", "[3, 4]", "dim 0"}) == "");
  CHECK(wrong_error<ValueError>([&] { x.index({Slice(None, None, -1)}); },
                                {"index", "step >= 1", "-1"}) == "");
  CHECK(wrong_error<DTypeError>([&] { x.index({tensor({0.0})}); }, {"index", "float32"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              x.index({tensor({0, 1}), tensor({0, 1, 2})});
            },
            {"[2]", "[3]"}) == "");
  CHECK(wrong_error<IndexError>([] { tensor(1).index({0}); }, {"index", "1 subscripts"}) == "");
  CHECK(wrong_error<DeviceError>([&] { x.index({zeros({3}, {.dtype = bool_, .device = meta})}); },
                                 {"meta"}) == "");
  const Tensor before = x.clone();
  CHECK(wrong_error<ShapeError>([&] { x.index_put_({Slice(1)}, ones({3})); },
                                {"index_put", "[3]", "[2, 4]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              x.index_put_({tensor({1})}, ones({2, 4}));
            },
            {"index_put", "[2, 4]", "[1, 4]"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.index_put_({tensor({3})}, 1); }, {"index 3"}) == "");
  CHECK(equal(x, before));
}

TEST_CASE("writing") {
  const Tensor x = zeros({2, 3});
  x.index_put_({0, Slice(1)}, 1.5);
  CHECK(mismatch(x, {2, 3}, {0, 1.5, 1.5, 0, 0, 0}) == "");
  x.index_put_({Ellipsis, tensor({2, 0})}, tensor({{7, 8}}));
  CHECK(mismatch(x, float32, {2, 3}, {8, 1.5, 7, 8, 0, 7}) == "");
  x.index_put_({gt(x, 2)}, -1);
  CHECK(mismatch(x, {2, 3}, {-1, 1.5, -1, -1, 0, -1}) == "");
  x.index_put_({tensor({1, 1}), tensor({1, 1})}, tensor({2.0, 3.0}), true);
  CHECK(mismatch(x[1], {3}, {-1, 5, -1}) == "");
  // The last of several stays; leading ones of the values are dropped.
  x.index_put_({tensor({0, 0}), 0}, tensor({{4.0, 6.0}}));
  CHECK(mismatch(x[0], {3}, {6, 1.5, -1}) == "");
  x.index_put_({0}, x[1]);
  CHECK(mismatch(x[0], {3}, {-1, 5, -1}) == "");
  // Overlapping memory: as if the values had been copied first.
  const Tensor line = counting({4});
  line.index_put_({Slice(1)}, line.index({Slice(None, -1)}));
  CHECK(mismatch(line, {4}, {0, 0, 1, 2}) == "");
}

TEST_CASE("writing to views, other types and nothing") {
  const Tensor x = zeros({2, 3}, {.dtype = int64});
  x.t().index_put_({tensor({0, 2}), Slice()}, 4);
  CHECK(mismatch(x, int64, {2, 3}, {4, 0, 4, 4, 0, 4}) == "");
  x.index_put_({Slice(2)}, 9);
  x.index_put_({zeros({2, 3}, {.dtype = bool_})}, 9);
  x.index_put_({zeros({0}, {.dtype = int64})}, 9);
  CHECK(mismatch(x, {2, 3}, {4, 0, 4, 4, 0, 4}) == "");
  const Tensor flags = zeros({3}, {.dtype = bool_});
  flags.index_put_({tensor({0, 2})}, true);
  CHECK(mismatch(flags, bool_, {3}, {1, 0, 1}) == "");
  CHECK(index_put(zeros({2, 3}, {.device = meta}), {0}, tensor(1.0)).is_meta());
  const uint64_t version = x.version();
  x.index_put_({0}, 1);
  CHECK(x.version() > version);
}

TEST_CASE("writing while the tape records") {
  const Tensor leaf = ones({3}).requires_grad_();
  CHECK(wrong_error<AutogradError>([&] { leaf.index_put_({0}, 1); }, {"index_put_", "leaf"}) == "");
  const Tensor plain = zeros({2, 3});
  plain.index_put_({1}, leaf * 2);
  plain.sum().backward();
  CHECK(mismatch(leaf.grad(), {3}, {2, 2, 2}) == "");
  // The last value stays and gets the gradient.
  const Tensor values = tensor({1.0, 2.0}).requires_grad_();
  index_put(zeros({2}), {tensor({0, 0})}, values).sum().backward();
  CHECK(mismatch(values.grad(), {2}, {0, 1}) == "");
}

}  // namespace
}  // namespace lucid::test
