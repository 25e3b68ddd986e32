// The checker checked: it must find what is wrong.
#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/gradcheck.h"
#include "autograd/record.h"
#include "lucid/error.h"
#include "lucid/ops/pointwise.h"
#include "tests/autograd/cases.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;
using autograd::gradcheck;
using autograd::gradgradcheck;

namespace {

Tensor squared(const Tensor& x) {
  return ops::unary(ops::Unary::square, x);
}

// x^2 with a gradient that is wrong by a factor.
autograd::Function wrong_by(double factor) {
  return [factor](const Tensors& v) {
    return autograd::record(
        "wrong_square", {v[0]}, squared(v[0]),
        [x = v[0], factor](const Tensor& grad) { return grad * x * (2 * factor); });
  };
}

}  // namespace

TEST_CASE("gradcheck takes a right gradient and refuses a wrong one") {
  const Tensor x = normal({3});
  CHECK(gradcheck(wrong_by(1), {x}));
  for (const double factor : {0.0, -1.0, 0.99, 1.01}) {
    CHECK(contains(message_of<AutogradError>([&] { gradcheck(wrong_by(factor), {x}); }),
                   "gradcheck"));
  }
}

TEST_CASE("gradcheck finds one wrong element among many") {
  const Tensor x = normal({4, 5});
  const auto function = [](const Tensors& v) {
    return autograd::record("nearly_square", {v[0]}, squared(v[0]), [x = v[0]](const Tensor& grad) {
      const Tensor result = (grad * x * 2).detach();
      const NoGradGuard guard;
      result.set({3, 1}, result.at<double>({3, 1}) * 1.1);
      return result;
    });
  };
  CHECK(contains(message_of<AutogradError>([&] { gradcheck(function, {x}); }), "input 0[16]"));
}

TEST_CASE("gradcheck finds a gradient for the wrong operand") {
  const auto function = [](const Tensors& v) {
    return autograd::record("swapped_product", {v[0], v[1]},
                            ops::binary(ops::Binary::mul, v[0], v[1]),
                            [a = v[0], b = v[1]](const Tensor& grad) -> autograd::Gradients<2> {
                              return {grad * a, grad * b};
                            });
  };
  CHECK_THROWS_AS(gradcheck(function, {normal({3}), normal({3}, 2)}), AutogradError);
}

TEST_CASE("gradcheck refuses a NaN, a wrong shape and a missing gradient") {
  const Tensor x = normal({2, 3});
  const auto with = [](auto backward) {
    return [backward](const Tensors& v) {
      return autograd::record("square", {v[0]}, squared(v[0]), backward);
    };
  };
  CHECK_THROWS_AS(gradcheck(with([](const Tensor& grad) { return grad / 0 * 0; }), {x}),
                  AutogradError);
  CHECK(contains(message_of<AutogradError>(
                     [&] { gradcheck(with([](const Tensor& grad) { return sum(grad); }), {x}); }),
                 "[2, 3]"));
  CHECK_THROWS_AS(gradcheck(with([](const Tensor&) { return Tensor(); }), {x}), AutogradError);
}

TEST_CASE("gradcheck refuses to prove nothing") {
  const Tensor x = normal({3});
  const auto zero_everywhere = [](const Tensors& v) { return sign(v[0]); };
  CHECK(contains(message_of<AutogradError>([&] { gradcheck(zero_everywhere, {x}); }), "zero"));
  const auto cut_off = [](const Tensors& v) { return v[0].detach() * 2; };
  CHECK_THROWS_AS(gradcheck(cut_off, {x}), AutogradError);
  const auto empty = [](const Tensors& v) { return narrow(v[0], 0, 0, 0); };
  CHECK_THROWS_AS(gradcheck(empty, {x}), ValueError);
  CHECK_THROWS_AS(gradcheck([](const Tensors& v) { return v[0]; }, {x.detach()}), AutogradError);
}

TEST_CASE("gradcheck wants float64") {
  const Tensor x = ones({2}, {.dtype = float32, .requires_grad = true});
  const auto function = [](const Tensors& v) { return v[0] * 2; };
  CHECK(contains(message_of<DTypeError>([&] { gradcheck(function, {x}); }), "float32"));
  CHECK_THROWS_AS(gradgradcheck(function, {x}), Error);
  // Other inputs may be of any type.
  CHECK(gradcheck([](const Tensors& v) { return v[0] * v[1]; }, {normal({2}), tensor({3, 4})}));
}

TEST_CASE("gradgradcheck finds a first gradient that cannot be differentiated") {
  const Tensor x = normal({3});
  const auto function = [](const Tensors& v) {
    // Right, but the tape does not see that it depends on x.
    return autograd::record("square", {v[0]}, squared(v[0]),
                            [x = v[0].detach()](const Tensor& grad) { return grad * x * 2; });
  };
  CHECK(gradcheck(function, {x}));
  CHECK_THROWS_AS(gradgradcheck(function, {x}), AutogradError);
}

TEST_CASE("gradcheck leaves its inputs alone") {
  const Tensor x = normal({3});
  const std::vector<double> before = x.to_vector<double>();
  CHECK(gradcheck([](const Tensors& v) { return v[0].exp(); }, {x}));
  CHECK(x.to_vector<double>() == before);
  CHECK_FALSE(x.grad().defined());
  CHECK(x.version() == 0);
}
