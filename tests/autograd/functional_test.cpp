// vjp, jvp, jacobian, hessian, hvp and vhp against derivatives known in closed form.
#include "autograd/functional.h"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/engine.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/random.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;

namespace {

using Doubles = std::vector<double>;
using Tensors = std::vector<Tensor>;

Tensor constant(const NestedList& values) {
  return tensor(values, {.dtype = float64});
}
Doubles values(const Tensor& t) {
  return t.to_vector<double>();
}
Tensor cube(const Tensor& x) {
  return x * x * x;
}
// x^2 y and x + 3 y
Tensors two_of_two(const Tensors& in) {
  return {in[0] * in[0] * in[1], in[0] + in[1] * 3};
}

}  // namespace

TEST_CASE("vjp multiplies with the transposed Jacobian") {
  const Tensor matrix = constant({{1, 2, 3}, {4, 5, 6}});
  const auto function = [&](const Tensor& x) { return matmul(matrix, x); };
  const auto [output, product] = autograd::vjp(function, constant({1, 0, -1}), constant({1, 10}));
  CHECK(values(output) == Doubles{-2, -2});
  CHECK(values(product) == Doubles{41, 52, 63});
  CHECK_FALSE(output.requires_grad());
  CHECK_FALSE(product.requires_grad());

  const auto all = autograd::vjp(two_of_two, {constant({2, 3}), constant({5, 7})},
                                 {constant({1, 1}), constant({10, 100})});
  CHECK(values(all.outputs[0]) == Doubles{20, 63});
  CHECK(values(all.outputs[1]) == Doubles{17, 24});
  CHECK(values(all.products[0]) == Doubles{30, 142});  // 2 x y + v
  CHECK(values(all.products[1]) == Doubles{34, 309});  // x^2 + 3 v
}

TEST_CASE("jvp multiplies with the Jacobian") {
  const Tensor matrix = constant({{1, 2, 3}, {4, 5, 6}});
  const auto function = [&](const Tensor& x) { return matmul(matrix, x).square(); };
  const auto [output, product] =
      autograd::jvp(function, constant({1, 0, -2}), constant({1, 10, 100}));
  CHECK(values(output) == Doubles{25, 64});
  CHECK(values(product) == Doubles{2 * -5 * 321, 2 * -8 * 654});
  CHECK_FALSE(product.requires_grad());

  const auto all = autograd::jvp(two_of_two, {constant({2, 3}), constant({5, 7})},
                                 {constant({1, 0}), constant({0, 1})});
  CHECK(values(all.products[0]) == Doubles{20, 9});
  CHECK(values(all.products[1]) == Doubles{1, 3});
}

TEST_CASE("a function that is linear has a jvp too") {
  const auto doubled = [](const Tensor& x) { return x * 2; };
  CHECK(values(autograd::jvp(doubled, constant({1, 2}), constant({3, 4})).product) ==
        Doubles{6, 8});
  CHECK(values(
            autograd::jvp(doubled, constant({1, 2}), constant({3, 4}), {.strict = true}).product) ==
        Doubles{6, 8});
}

TEST_CASE("jacobian lists every output by every input") {
  const Tensor one = autograd::jacobian(cube, constant({1, 2}));
  CHECK(one.shape() == Shape{2, 2});
  CHECK(values(one) == Doubles{3, 0, 0, 12});
  const auto rows = [](const Tensor& x) { return sum(x * x, Dims{1}); };
  const Tensor wide = autograd::jacobian(rows, constant({{1, 2, 3}, {4, 5, 6}}));
  CHECK(wide.shape() == Shape{2, 2, 3});
  CHECK(values(wide) == Doubles{2, 4, 6, 0, 0, 0, 0, 0, 0, 8, 10, 12});

  const auto all = autograd::jacobian(two_of_two, {constant({2, 3}), constant({5, 7})});
  CHECK(values(all[0][0]) == Doubles{20, 0, 0, 42});
  CHECK(values(all[0][1]) == Doubles{4, 0, 0, 9});
  CHECK(values(all[1][0]) == Doubles{1, 0, 0, 1});
  CHECK(values(all[1][1]) == Doubles{3, 0, 0, 3});

  const Tensor none = autograd::jacobian(cube, zeros({0}, {.dtype = float64}));
  CHECK(none.shape() == Shape{0, 0});
  const Tensor scalar = autograd::jacobian(cube, constant(2.0));
  CHECK(scalar.shape() == Shape{});
  CHECK(scalar.item<double>() == 12);
}

TEST_CASE("hessian of a number by every pair of elements") {
  const auto function = [](const Tensor& x) {
    return (x * x * x).sum() + x.select(0, 0) * x.sum();
  };
  const Tensor second = autograd::hessian(function, constant({1, 2}));
  CHECK(values(second) == Doubles{8, 1, 1, 12});
  const auto product = [](const Tensors& in) { return sum(in[0] * in[0] * in[1]); };
  const auto blocks = autograd::hessian(product, {constant({2, 3}), constant({5, 7})});
  CHECK(values(blocks[0][0]) == Doubles{10, 0, 0, 14});
  CHECK(values(blocks[0][1]) == Doubles{4, 0, 0, 6});
  CHECK(values(blocks[1][0]) == Doubles{4, 0, 0, 6});
  CHECK(values(blocks[1][1]) == Doubles{0, 0, 0, 0});
  CHECK(contains(message_of<ShapeError>([&] {
                   autograd::hessian(cube, constant({1, 2}));
                 }),
                 "one element"));
}

TEST_CASE("hvp and vhp multiply with the Hessian") {
  // x^3 + y^3 + x (x + y): the Hessian is {{6 x + 2, 1}, {1, 6 y}}
  const auto function = [](const Tensor& x) {
    return (x * x * x).sum() + x.select(0, 0) * x.sum();
  };
  const auto [output, product] = autograd::hvp(function, constant({1, 2}), constant({10, 100}));
  CHECK(output.shape() == Shape{});
  CHECK(output.item<double>() == 12);
  CHECK(values(product) == Doubles{180, 1210});
  CHECK_FALSE(output.requires_grad());
  CHECK_FALSE(product.requires_grad());
  const auto [same_output, same] = autograd::vhp(function, constant({1, 2}), constant({10, 100}));
  CHECK(same_output.item<double>() == 12);
  CHECK(values(same) == Doubles{180, 1210});
  CHECK_FALSE(same.requires_grad());
  CHECK(autograd::hvp(cube, constant(2.0)).product.item<double>() == 12);
  CHECK(autograd::vhp(cube, constant({2})).product.shape() == Shape{1});
}

TEST_CASE("hvp and vhp of several inputs") {
  // The sum of x^2 y: {{2 y, 2 x}, {2 x, 0}} for each element.
  const auto function = [](const Tensors& in) { return sum(in[0] * in[0] * in[1]); };
  const Tensors inputs{constant({2, 3}), constant({5, 7})};
  const Tensors v{constant({1, 10}), constant({100, 1000})};
  for (const auto& all : {autograd::hvp(function, inputs, v), autograd::vhp(function, inputs, v)}) {
    CHECK(all.output.item<double>() == 83);
    CHECK(values(all.products[0]) == Doubles{410, 6140});
    CHECK(values(all.products[1]) == Doubles{4, 60});
  }
}

TEST_CASE("hvp and vhp agree with the Hessian of a network") {
  manual_seed(3);
  const Tensor weight = randn({4, 3}, {.dtype = float64});
  const auto function = [&](const Tensor& x) {
    return (tanh(matmul(x, weight)) * exp(x.select(1, 0).unsqueeze(1))).sum();
  };
  const Tensor x = randn({2, 4}, {.dtype = float64});
  const Tensor v = randn({2, 4}, {.dtype = float64});
  const Tensor full = autograd::hessian(function, x).reshape({8, 8});
  const Tensor expected = matmul(full, v.reshape({8})).reshape({2, 4});
  CHECK(allclose(autograd::hvp(function, x, v).product, expected, 1e-10, 1e-12));
  CHECK(allclose(autograd::vhp(function, x, v).product, expected, 1e-10, 1e-12));
}

TEST_CASE("hvp and vhp keep the way back with create_graph") {
  const Tensor x = constant({2, 3});
  const Tensor v = constant({10, 100});
  x.requires_grad_();
  v.requires_grad_();
  const auto function = [](const Tensor& x) { return cube(x).sum(); };
  for (const auto& [output, product] : {autograd::hvp(function, x, v, {.create_graph = true}),
                                        autograd::vhp(function, x, v, {.create_graph = true})}) {
    x.set_grad({});
    v.set_grad({});
    (output + product.sum()).backward();
    CHECK(values(x.grad()) == Doubles{12 + 60, 27 + 600});  // 3 x^2 + 6 v
    CHECK(values(v.grad()) == Doubles{12, 18});             // 6 x
  }
  x.set_grad({});
  autograd::hvp(function, x, v);
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("hvp and vhp refuse what does not fit, and constants when strict") {
  const auto linear = [](const Tensor& x) { return (x * 3).sum(); };
  const auto fixed = [](const Tensor&) { return constant(1.0); };
  const Tensor x = constant({1, 2});
  const auto both = [&](const autograd::UnaryFunction& function, const Tensor& v,
                        autograd::FunctionalOptions options) {
    const auto first = autograd::hvp(function, x, v, options).product;
    CHECK(values(first) == values(autograd::vhp(function, x, v, options).product));
    return values(first);
  };
  CHECK(both(linear, x, {}) == Doubles{0, 0});
  CHECK(both(fixed, x, {}) == Doubles{0, 0});
  CHECK(contains(message_of<AutogradError>([&] { autograd::hvp(linear, x, x, {.strict = true}); }),
                 "hvp"));
  CHECK(contains(message_of<AutogradError>([&] { autograd::vhp(linear, x, x, {.strict = true}); }),
                 "vhp"));
  CHECK(contains(message_of<ShapeError>([&] { autograd::hvp(cube, x, x); }), "hvp: expected a"));
  CHECK(contains(message_of<ShapeError>([&] { autograd::vhp(cube, x, x); }), "one element"));
  CHECK(contains(message_of<ShapeError>([&] { autograd::hvp(linear, x); }), "hvp: expected v"));
  CHECK(contains(message_of<ShapeError>([&] { autograd::vhp(linear, x, constant({1})); }), "[1]"));
  CHECK(contains(message_of<DTypeError>([] { autograd::hvp(cube, tensor({1}), tensor({1})); }),
                 "int64"));
}

TEST_CASE("create_graph keeps the way back to the inputs") {
  const Tensor x = constant({2});
  x.requires_grad_();
  const Tensor slope = autograd::jacobian(cube, x, {.create_graph = true});
  slope.sum().backward();
  CHECK(values(x.grad()) == Doubles{12});
  x.set_grad({});
  const auto [output, product] = autograd::jvp(cube, x, {}, {.create_graph = true});
  (output + product).sum().backward();
  CHECK(values(x.grad()) == Doubles{24});
  x.set_grad({});
  autograd::jacobian(cube, x);
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("these work below a NoGradGuard and leave no gradients behind") {
  const Tensor w = constant({3});
  w.requires_grad_();
  const NoGradGuard guard;
  const auto function = [&](const Tensor& x) { return x * w; };
  CHECK(values(autograd::jacobian(function, constant({2}))) == Doubles{3});
  CHECK_FALSE(w.grad().defined());
}

TEST_CASE("what does not depend is zero, or an error when strict") {
  const auto fixed = [](const Tensor&) { return constant({1, 2}); };
  const auto first_only = [](const Tensors& in) { return Tensors{in[0] * 2}; };
  CHECK(values(autograd::vjp(fixed, constant({1}), constant({1, 1})).product) == Doubles{0});
  CHECK(values(autograd::jvp(fixed, constant({1})).product) == Doubles{0, 0});
  CHECK(values(autograd::jacobian(first_only, {constant({1}), constant({1, 2})})[0][1]) ==
        Doubles{0, 0});
  CHECK(contains(message_of<AutogradError>([&] {
                   autograd::vjp(fixed, constant({1}), constant({1, 1}), {.strict = true});
                 }),
                 "vjp: output 0"));
  CHECK(contains(message_of<AutogradError>([&] {
                   autograd::jacobian(first_only, {constant({1}), constant({1})}, {.strict = true});
                 }),
                 "input 1"));
}

TEST_CASE("vectors that do not fit are refused") {
  CHECK(contains(message_of<ShapeError>([] { autograd::vjp(cube, constant({1, 2})); }), "vjp"));
  CHECK(contains(message_of<ShapeError>([] { autograd::jvp(cube, constant({1, 2})); }), "jvp"));
  CHECK(contains(message_of<ShapeError>([] {
                   autograd::jvp(cube, constant({1, 2}), constant({1, 2, 3}));
                 }),
                 "[3]"));
  CHECK_THROWS_AS(autograd::vjp(cube, constant({1, 2}), tensor({1.0f, 2.0f}, {.dtype = float32})),
                  ShapeError);
  CHECK(contains(message_of<DTypeError>([] {
                   autograd::jacobian(cube, tensor({1, 2}));
                 }),
                 "int64"));
}

TEST_CASE("nothing below an InferenceMode is recorded") {
  const Tensor x = constant({2});
  x.requires_grad_();
  Tensor inside;
  {
    const InferenceMode guard;
    CHECK(inference_mode_enabled());
    CHECK_FALSE(grad_enabled());
    const EnableGradGuard on;
    CHECK_FALSE(grad_enabled());
    inside = x * 3;
    CHECK_FALSE(inside.requires_grad());
    {
      const InferenceMode off(false);
      CHECK((x * 3).requires_grad());
    }
  }
  CHECK(grad_enabled());
  CHECK_FALSE(inference_mode_enabled());
  // What was made inside is a constant, and its writes are still noticed.
  const Tensor y = (x * inside).sum();
  inside.add_(1);
  CHECK_THROWS_AS(y.backward(), AutogradError);
  (x * inside).sum().backward();
  CHECK(values(x.grad()) == Doubles{7});
}
