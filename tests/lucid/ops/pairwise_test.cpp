// Functions of two or three operands, element by element.
#include "autograd/functions/pairwise.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

TEST_CASE("pow") {
  const Tensor x = tensor({2.0, -3.0, 0.0, 0.25}, {.dtype = float64});
  CHECK(mismatch(pow(x, 2), {4}, {4, 9, 0, 0.0625}) == "");
  CHECK(mismatch(pow(x, 3.0), {4}, {8, -27, 0, 0.015625}) == "");
  CHECK(mismatch(pow(x, 0), {4}, {1, 1, 1, 1}) == "");
  CHECK(mismatch(pow(x, -1), {4}, {0.5, -1.0 / 3, inf, 4}, 1e-15) == "");
  CHECK(mismatch(pow(x, 0.5), {4}, {std::sqrt(2.0), nan, 0, 0.5}, 1e-15) == "");
  CHECK(mismatch(pow(tensor({2, -3, 0}), 3), int64, {3}, {8, -27, 0}) == "");
  CHECK(mismatch(pow(tensor({2, -3, 0}), 0), int64, {3}, {1, 1, 1}) == "");
  CHECK(mismatch(pow(tensor({3}, {.dtype = uint8}), 6), uint8, {1}, {729 - 512}) == "");
  CHECK(mismatch(pow(tensor({4}), 0.5), float32, {1}, {2}) == "");
  CHECK(wrong_error<ValueError>([] { pow(tensor({2}), -1); }, {"pow", "-1", "to(float32)"}) == "");
}

TEST_CASE("pow of tensors") {
  const Tensor x = tensor({2, -2, 0, -1, 1, 5});
  CHECK(mismatch(pow(x, tensor({10, 3, 0, 7, -5, 0})), int64, {6}, {1024, -8, 1, -1, 1, 1}) == "");
  // Integers to negative powers: the integer part of the fraction.
  CHECK(mismatch(pow(x, tensor({-1, -3, 2, -3, -2, -9})), int64, {6}, {0, 0, 0, -1, 1, 0}) == "");
  const auto bytes = [](int value) { return tensor({value}, {.dtype = uint8}); };
  CHECK(mismatch(pow(bytes(200), bytes(2)), uint8, {1}, {40000 % 256}) == "");
  CHECK(mismatch(pow(tensor({4, 9}), tensor({0.5, -0.5})), float32, {2}, {2, 1.0 / 3}, 1e-7) == "");
  CHECK(mismatch(pow(2, tensor({3, 0})), int64, {2}, {8, 1}) == "");
  CHECK(mismatch(pow(2.0, tensor({3, -1})), float32, {2}, {8, 0.5}) == "");
  CHECK(mismatch(pow(tensor({true, false}), tensor({2, 2})), int64, {2}, {1, 0}) == "");
  CHECK(pow(zeros({3, 1}), zeros({1, 0})).shape() == Shape{3, 0});
  CHECK(pow(zeros({2, 1}, {.device = meta}), zeros({3})).shape() == Shape{2, 3});
  const Tensor yes = tensor({true});
  CHECK(wrong_error<DTypeError>([&] { pow(yes, yes); }, {"pow", "bool", "to()"}) == "");
  CHECK(wrong_error<ShapeError>([] { pow(zeros({2}), zeros({3})); }, {"pow", "[2]", "[3]"}) == "");
}

TEST_CASE("fmod and remainder of integers") {
  const Tensor a = tensor({7, -7, 7, -7, 6});
  const Tensor b = tensor({3, 3, -3, -3, 3});
  CHECK(mismatch(fmod(a, b), int64, {5}, {1, -1, 1, -1, 0}) == "");
  CHECK(mismatch(remainder(a, b), int64, {5}, {1, 2, -2, -1, 0}) == "");
  CHECK(mismatch(remainder(a, -4), int64, {5}, {-1, -3, -1, -3, -2}) == "");
  CHECK(mismatch(fmod(a, 4), int64, {5}, {3, -3, 3, -3, 2}) == "");
  CHECK(mismatch(remainder(20, b), int64, {5}, {2, 2, -1, -1, 2}) == "");
  CHECK(mismatch(fmod(a, 2.5), float32, {5}, {2, -2, 2, -2, 1}) == "");
  CHECK(mismatch(remainder(tensor({250}, {.dtype = uint8}), 255), uint8, {1}, {250}) == "");
  // The quotient of these does not exist in 64 bits.
  const Tensor least = tensor(std::vector<int64_t>{INT64_MIN});
  CHECK(mismatch(fmod(least, -1), int64, {1}, {0}) == "");
  CHECK(mismatch(remainder(least, -1), int64, {1}, {0}) == "");
  CHECK(fmod(zeros({0}, {.dtype = int64}), 0).shape() == Shape{0});
  CHECK(wrong_error<ValueError>([&] { fmod(a, 0); }, {"fmod", "division by zero"}) == "");
  const Tensor one_zero = tensor({1, 2, 0, 1, 1});
  CHECK(wrong_error<ValueError>([&] { remainder(a, one_zero); }, {"remainder", "zero"}) == "");
  CHECK(wrong_error<DTypeError>([] { fmod(tensor({true}), true); }, {"fmod", "bool"}) == "");
}

TEST_CASE("fmod and remainder: gradients where the quotient rounds to an integer") {
  // 1 / 0.1 is 10 in floating point, but 0.1 is a little more than a tenth and goes 9 times.
  const Tensor b = tensor(0.1, {.dtype = float64, .requires_grad = true});
  const Tensor a = tensor(1.0, {.dtype = float64});
  fmod(a, b).backward();
  CHECK(b.grad().item<double>() == -9);
  b.set_grad({});
  remainder(neg(a), b).backward();
  CHECK(b.grad().item<double>() == 10);
}

TEST_CASE("atan2") {
  const Tensor y = tensor({1, -1, 0, 0});
  const Tensor x = tensor({0, 0, -1, 1});
  const double pi = std::acos(-1.0);
  CHECK(mismatch(atan2(y, x), float32, {4}, {pi / 2, -pi / 2, pi, 0}, 1e-6) == "");
  CHECK(mismatch(atan2(tensor({true}), tensor({false})), float32, {1}, {pi / 2}, 1e-6) == "");
  CHECK(atan2(tensor({1.0}, {.dtype = float64}), tensor({2})).dtype() == float64);
}

TEST_CASE("clamp") {
  const Tensor x = tensor({-2.0, -0.5, 0.5, 2.0, nan, inf, -inf});
  CHECK(mismatch(clamp(x, -1, 1), float32, {7}, {-1, -0.5, 0.5, 1, nan, 1, -1}) == "");
  CHECK(mismatch(clamp(x, -inf, 0), {7}, {-2, -0.5, 0, 0, nan, 0, -inf}) == "");
  // If the bounds cross, everything becomes the upper one, as in PyTorch.
  CHECK(mismatch(clamp(tensor({-2.0, 0.0, 2.0}), 1, -1), {3}, {-1, -1, -1}) == "");
  CHECK(mismatch(clamp(x, 0), {7}, {0, 0, 0.5, 2, nan, inf, 0}) == "");
  CHECK(mismatch(clamp(x, {}, 0), {7}, {-2, -0.5, 0, 0, nan, 0, -inf}) == "");
  CHECK(mismatch(clamp(x, nan), {7}, {nan, nan, nan, nan, nan, nan, nan}) == "");
  const Tensor integers = tensor({-3, 0, 4});
  CHECK(mismatch(clamp(integers, -1, 2), int64, {3}, {-1, 0, 2}) == "");
  CHECK(mismatch(clamp(integers, 0.5), float32, {3}, {0.5, 0.5, 4}) == "");
  // Bounds that the type does not reach limit nothing.
  CHECK(mismatch(clamp(tensor({7, 250}, {.dtype = uint8}), -5, 300), uint8, {2}, {7, 250}) == "");
  CHECK(mismatch(clamp(x, tensor({1.0}), tensor(1.5)), {7}, {1, 1, 1, 1.5, nan, 1.5, 1}) == "");
  CHECK(mismatch(clamp(integers, Tensor(), tensor({1, -5, 1})), int64, {3}, {-3, -5, 1}) == "");
  CHECK(mismatch(clamp(integers, tensor({0.5})), float32, {3}, {0.5, 0.5, 4}) == "");
  CHECK(clamp(zeros({0, 3}), zeros({3}), Tensor()).shape() == Shape{0, 3});
  CHECK(wrong_error<ValueError>([&] { clamp(x, std::nullopt); }, {"clamp", "min, max or"}) == "");
  CHECK(wrong_error<ValueError>([&] { clamp(x, Tensor()); }, {"clamp", "min, max or both"}) == "");
  CHECK(wrong_error<ShapeError>([&] { clamp(x, zeros({2})); }, {"[7]", "[2]"}) == "");
}

TEST_CASE("clamp: the gradient at the bounds, and of the bounds") {
  const Tensor x = tensor({-2.0, -1.0, 0.0, 1.0, 2.0}, {.requires_grad = true});
  clamp(x, -1, 1).sum().backward();
  CHECK(mismatch(x.grad(), {5}, {0, 1, 1, 1, 0}) == "");
  x.set_grad({});
  const Tensor low = tensor(-1.0, {.requires_grad = true});
  const Tensor high = tensor(1.0, {.requires_grad = true});
  clamp(x, low, high).sum().backward();
  CHECK(mismatch(x.grad(), {5}, {0, 1, 1, 1, 0}) == "");
  CHECK(mismatch(low.grad(), {}, {1}) == "");
  CHECK(mismatch(high.grad(), {}, {1}) == "");
}

TEST_CASE("masked_fill") {
  const Tensor mask = tensor({true, false, true});
  const Tensor x = tensor({1.0, 2.0, 3.0});
  CHECK(mismatch(masked_fill(x, mask, -inf), float32, {3}, {-inf, 2, -inf}) == "");
  CHECK(mismatch(masked_fill(zeros({2, 1}), mask, 5), float32, {2, 3}, {5, 0, 5, 5, 0, 5}) == "");
  // The type is that of x, whatever the value is.
  CHECK(mismatch(masked_fill(x.to(int64), mask, 7.9), int64, {3}, {7, 2, 7}) == "");
  CHECK(mismatch(masked_fill(x.to(int32), mask, tensor(4.0)), int32, {3}, {4, 2, 4}) == "");
  CHECK(mismatch(masked_fill(mask, mask, false), bool_, {3}, {0, 0, 0}) == "");
  CHECK(masked_fill(zeros({0, 3}), mask, 1).shape() == Shape{0, 3});
  CHECK(wrong_error<DTypeError>([&] { masked_fill(x, x, 3); },
                                {"masked_fill", "bool mask", "float32"}) == "");
  CHECK(wrong_error<ShapeError>([&] { masked_fill(x, mask, zeros({1})); },
                                {"masked_fill", "[1]", "where()"}) == "");
}

TEST_CASE("lerp is exact at both ends") {
  const Tensor a = tensor({0.1, 1e8, -3.0});
  const Tensor b = tensor({0.7, 1.0, 1e-3});
  CHECK(equal(lerp(a, b, 0), a));
  CHECK(equal(lerp(a, b, 1), b));
  const Tensor mixed = where(tensor({true, false, true}), a, b);
  CHECK(equal(lerp(a, b, tensor({0.0, 1.0, 0.0})), mixed));
  const Tensor integers = tensor({1, 0, 1});
  CHECK(wrong_error<DTypeError>([&] { lerp(a, b.to(float64), 0.5); }, {"lerp", "float64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { lerp(a, b, integers); }, {"lerp", "weight", "int64"}) == "");
  CHECK(wrong_error<DTypeError>([&] { lerp(integers, a, 0.5); }, {"lerp", "int64"}) == "");
}

TEST_CASE("logical_and, logical_or, logical_xor") {
  const Tensor a = tensor({0.0, 0.0, nan, 0.5});
  const Tensor b = tensor({0, 3, 0, -1});
  CHECK(mismatch(logical_and(a, b), bool_, {4}, {0, 0, 0, 1}) == "");
  CHECK(mismatch(logical_or(a, b), bool_, {4}, {0, 1, 1, 1}) == "");
  CHECK(mismatch(logical_xor(a, b), bool_, {4}, {0, 1, 1, 0}) == "");
  const Tensor column = tensor({{true}, {false}});
  CHECK(mismatch(logical_and(column, tensor({true, false})), bool_, {2, 2}, {1, 0, 0, 0}) == "");
  CHECK(logical_or(zeros({0}), zeros({1})).shape() == Shape{0});
  const Tensor two = zeros({2});
  const Tensor three = zeros({3});
  CHECK(wrong_error<ShapeError>([&] { logical_and(two, three); }, {"logical_and", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { logical_or(two, three); }, {"logical_or", "[3]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { logical_xor(two, three); }, {"logical_xor", "[3]"}) == "");
}

}  // namespace
}  // namespace lucid::test
