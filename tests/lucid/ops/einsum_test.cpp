// Products by name: mm, bmm, addmm, outer, dot, and einsum.
#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

TEST_CASE("mm and bmm") {
  const Tensor a = counting({2, 3});
  CHECK(mismatch(mm(a, a.t()), {2, 2}, {5, 14, 14, 50}) == "");
  CHECK(mismatch(mm(zeros({2, 0}), zeros({0, 1})), {2, 1}, {0, 0}) == "");
  CHECK(mismatch(bmm(counting({2, 1, 2}), ones({2, 2, 1}, {.dtype = float64})), {2, 1, 1},
                 {1, 5}) == "");
  CHECK(mm(zeros({2, 3}, {.device = meta}), zeros({3, 4})).shape() == Shape{2, 4});
  CHECK(wrong_error<ShapeError>([&] { mm(a, a); }, {"[2, 3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { mm(a, ones({3})); }, {"mm", "(m, p)", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { bmm(a, a); }, {"bmm", "(B, n, m)", "[2, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [] {
              bmm(ones({1, 2, 2}), ones({3, 2, 2}));
            },
            {"bmm", "[1, 2, 2]", "[3, 2, 2]"}) == "");
}

TEST_CASE("products of integers") {
  const Tensor a = tensor({{1, -2}, {3, 4}});
  CHECK(mismatch(matmul(a, a.t()), int64, {2, 2}, {5, -5, -5, 25}) == "");
  CHECK(mismatch(matmul(a, tensor({1, 1})), int64, {2}, {-1, 7}) == "");
  CHECK(mismatch(matmul(a.to(int32), a.to(int32)), int32, {2, 2}, {-5, -10, 15, 10}) == "");
  CHECK(mismatch(matmul(tensor({16, 1}, {.dtype = uint8}), tensor({17, 2}, {.dtype = uint8})),
                 uint8, {}, {18}) == "");
  CHECK(mismatch(matmul(zeros({2, 0}, {.dtype = int64}), zeros({0, 1}, {.dtype = int64})), int64,
                 {2, 1}, {0, 0}) == "");
  CHECK(mismatch(dot(tensor({1, 2}), tensor({3, -4})), int64, {}, {-5}) == "");
  CHECK(mismatch(outer(tensor({1, 2}), tensor({3, 4})), int64, {2, 2}, {3, 4, 6, 8}) == "");
  CHECK(mismatch(einsum("ij,jk", {a, a}), int64, {2, 2}, {-5, -10, 15, 10}) == "");
  CHECK(mismatch(einsum("ij->i", {a.to(int32)}), int32, {2}, {-1, 7}) == "");
}

TEST_CASE("addmm") {
  const Tensor a = ones({2, 3});
  const Tensor b = ones({3, 2});
  CHECK(mismatch(addmm(tensor({1.0, 2.0}), a, b), {2, 2}, {4, 5, 4, 5}) == "");
  CHECK(mismatch(addmm(tensor(1.0), a, b, 2, 10), {2, 2}, {32, 32, 32, 32}) == "");
  CHECK(mismatch(addmm(tensor(NAN), a, b, 0), {2, 2}, {3, 3, 3, 3}) == "");
  CHECK(wrong_error<ShapeError>([&] { addmm(ones({3}), a, b); }, {"addmm", "[3]", "[2, 2]"}) == "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              addmm(ones({1, 2, 2}), a, b);
            },
            {"addmm", "[1, 2, 2]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { addmm(a, a, ones({2})); }, {"addmm", "(m, p)"}) == "");
  CHECK(wrong_error<DTypeError>([&] { addmm(tensor(1), a, b); }, {"addmm", "int64"}) == "");
}

TEST_CASE("outer and dot") {
  CHECK(mismatch(outer(tensor({1.0, 2.0}), tensor({3.0})), {2, 1}, {3, 6}) == "");
  CHECK(outer(zeros({0}), zeros({3})).shape() == Shape{0, 3});
  CHECK(mismatch(dot(tensor({1.0, 2.0}), tensor({3.0, 4.0})), float32, {}, {11}) == "");
  CHECK(mismatch(dot(zeros({0}), zeros({0})), {}, {0}) == "");
  CHECK(wrong_error<ShapeError>(
            [] {
              outer(ones({1, 2}), ones({2}));
            },
            {"outer", "a", "[1, 2]"}) == "");
  CHECK(wrong_error<ShapeError>([] { dot(ones({2}), ones({3})); }, {"dot", "[2]", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>([] { dot(ones({2, 1}), ones({2})); }, {"dot", "[2, 1]"}) == "");
  CHECK(wrong_error<DTypeError>([] { dot(ones({2}), tensor({1, 2})); }, {"dot", "int64"}) == "");
}

TEST_CASE("einsum") {
  const Tensor a = counting({2, 3});
  CHECK(equal(einsum("ij, jk -> ik", {a, a.t()}), matmul(a, a.t())));
  CHECK(equal(einsum("ba", {a}), a.t()));
  CHECK(mismatch(einsum("ii", {counting({3, 3})}), {}, {12}) == "");
  CHECK(mismatch(einsum("ii->i", {counting({2, 2})}), {2}, {0, 3}) == "");
  CHECK(mismatch(einsum("iii->i", {counting({2, 2, 2})}), {2}, {0, 7}) == "");
  CHECK(equal(einsum("...->", {a}), sum(a)));
  CHECK(equal(einsum("", {tensor(2.0)}), tensor(2.0)));
  CHECK(equal(einsum(",", {tensor(2.0), tensor(3.0)}), tensor(6.0)));
  CHECK(equal(einsum("Zz,zZ", {a, a.t()}), (a * a).sum()));
  CHECK(einsum("...ij,jk", {zeros({5, 2, 3}), zeros({3, 4})}).shape() == Shape{5, 2, 4});
  CHECK(einsum("ij,jk->ik", {zeros({2, 0}), zeros({0, 3})}).shape() == Shape{2, 3});
  CHECK(equal(einsum("ij,jk->ik", {ones({2, 0}), ones({0, 3})}), zeros({2, 3})));
  CHECK(einsum("ij,jk", {zeros({2, 3}, {.device = meta}), zeros({3, 4})}).is_meta());
}

TEST_CASE("einsum says what is wrong") {
  const Tensor a = counting({2, 3});
  const auto fails = [](const char* equation, const std::vector<Tensor>& operands) {
    return [=] { einsum(equation, operands); };
  };
  CHECK(wrong_error<ValueError>(fails("ij", {}), {"einsum", "at least one"}) == "");
  CHECK(wrong_error<ValueError>(fails("ij", {a, a}), {"\"ij\"", "1 terms", "2 operands"}) == "");
  CHECK(wrong_error<ValueError>(fails("i1", {a}), {"\"i1\"", "letters", "'i1'"}) == "");
  CHECK(wrong_error<ValueError>(fails("i..j", {a}), {"\"i..j\"", "ellipsis"}) == "");
  CHECK(wrong_error<ValueError>(fails("...i...", {a}), {"ellipsis"}) == "");
  CHECK(wrong_error<ValueError>(fails("ij->ik", {a}), {"output", "'k'"}) == "");
  CHECK(wrong_error<ValueError>(fails("ij->ii", {a}), {"output", "'i' twice"}) == "");
  CHECK(wrong_error<ValueError>(fails("ij->i->j", {a}), {"einsum", "letters"}) == "");
  CHECK(wrong_error<ShapeError>(fails("ijk", {a}), {"'ijk'", "3 dimensions", "[2, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(fails("i", {a}), {"'i'", "1 dimensions", "[2, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(fails("ii", {a}), {"'i'", "sizes 2 and 3"}) == "");
  CHECK(wrong_error<ShapeError>(fails("ij,jk", {a, a}), {"'j'", "size 3", "2", "[2, 3]"}) == "");
  CHECK(wrong_error<ShapeError>(fails("...j,...", {a, ones({5}, {.dtype = float64})}),
                                {"'...'", "2", "5"}) == "");
  CHECK(wrong_error<DTypeError>(fails("i,i", {ones({2}), tensor({1, 2})}), {"einsum", "int64"}) ==
        "");
}

}  // namespace
}  // namespace lucid::test
