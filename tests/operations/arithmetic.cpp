// Rows of arithmetic.h but for the comparisons.
#include "autograd/functions/arithmetic.h"

#include <limits>

#include "lucid/creation.h"
#include "tests/operations/in_place.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using V = const Tensors&;

const auto between = [](auto f) { return [f](V v) { return f(v[0], v[1]); }; };
const auto with = [](auto f, Scalar number) { return [f, number](T x) { return f(x, number); }; };

/// The ways to call one of the four operations, each with tensors and numbers.
template <class F, class O, class M, class W, class A>
struct Arithmetic {
  std::string name;
  std::string symbol;
  F function;
  O op;
  M method;
  W in_place;
  A assign;
};

// Clang 14 does not deduce the types of aggregates by itself.
template <class F, class O, class M, class W, class A>
Arithmetic(const char*, const char*, F, O, M, W, A) -> Arithmetic<F, O, M, W, A>;

#define ARITHMETIC(name, symbol)                                                                   \
  Arithmetic {                                                                                     \
#name, #symbol, [](const auto& a, const auto& b) -> decltype(name(a, b)) { return name(a, b); }, \
        [](const auto& a, const auto& b) { return a symbol b; },                        \
        [](const auto& a, const auto& b) { return a.name(b); },                         \
        [](const auto& a, const auto& b) { return a.name##_(b); },                      \
        [](const auto& a, const auto& b) { return a symbol## = b; } \
  }

// Division makes integers floating-point, which then do not fit into themselves.
template <class Calls>
std::string fitting(const Calls& calls, const std::string& kinds) {
  return calls.name == "div" ? "" : kinds;
}

// Where PyTorch has it also alpha, which is 1 here.
template <class Calls>
Forms with_tensors(const Calls& calls) {
  const std::string function = calls.name + "(Tensor,Tensor)";
  const std::string all = "two* mixed" + std::string(calls.name == "sub" ? "" : " bools");
  const std::string in_place =
      "two_same two_row two_number_right two_numbers two_empty two_special" +
      fitting(calls, " two_integers two_octets");
  const std::string alpha = calls.name == "add" || calls.name == "sub" ? ",Scalar" : "";
  return Forms(function)
      .add(all, between(calls.function))
      .also("operator" + calls.symbol + "(Tensor,Tensor)")
      .add(all, between(calls.op))
      .also("Tensor." + calls.name + "(Tensor" + alpha + ")")
      .add("two_row two_both two_empty two_integers mixed", between(calls.method))
      .also("Tensor." + calls.name + "_(Tensor" + alpha + ")")
      .add(in_place, written(between(calls.in_place)))
      .also("Tensor.operator" + calls.symbol + "=(Tensor)")
      .add(in_place, written(between(calls.assign)));
}

template <class Calls>
void add_with_numbers(Forms& forms, const Calls& calls) {
  forms.also(calls.name + "(Tensor,Scalar)")
      .add("with*", with(calls.function, 1.5))
      .add("whole*", with(calls.function, -3))
      .also("operator" + calls.symbol + "(Tensor,Scalar)")
      .add("with*", with(calls.op, 1.5))
      .add("whole*", with(calls.op, -3))
      .also("Tensor." + calls.name + "(Scalar)")
      .add("with_matrix with_integers", with(calls.method, 1.5))
      .add("whole*", with(calls.method, -3))
      .also("operator" + calls.symbol + "(Scalar,Tensor)")
      .add("from*", [op = calls.op](T x) { return op(Scalar(1.5), x); });
  if constexpr (std::is_invocable_v<decltype(calls.function), Scalar, T>) {
    forms.also(calls.name + "(Scalar,Tensor)").add("from*", [f = calls.function](T x) {
      return f(Scalar(1.5), x);
    });
  }
  const std::string whole = fitting(calls, "whole*");
  forms.also("Tensor." + calls.name + "_(Scalar)")
      .add("with_matrix with_number with_empty", written(with(calls.in_place, 1.5)));
  if (!whole.empty()) forms.add(whole, written(with(calls.in_place, -3)));
  forms.also("Tensor.operator" + calls.symbol + "=(Scalar)")
      .add("with_matrix with_number with_empty", written(with(calls.assign, 1.5)));
  if (!whole.empty()) forms.add(whole, written(with(calls.assign, -3)));
}

template <class Calls>
std::vector<Failure> failures(const Calls& calls) {
  const std::string name = calls.name;
  const auto f = calls.function;
  const auto in_place = calls.in_place;
  return {
      fails<ShapeError>(name + ": ",
                        [f] {
                          f(ones({2, 3}), ones({2}));
                        }),
      fails<ShapeError>(
          name + "_: a result of shape [2, 3] cannot be written to a tensor of shape [3]",
          [in_place] {
            in_place(ones({3}), ones({2, 3}));
          }),
      fails<DTypeError>(name + "_: a float32 result cannot be written to a int64",
                        [in_place] {
                          in_place(tensor({1, 2}), Scalar(0.5));
                        }),
      fails<ValueError>(name + "_: ", [in_place] { in_place(ones({1}).expand({3}), Scalar(2)); }),
      fails<UninitializedError>(name + ": the first operand is an undefined tensor",
                                [f] { f(Tensor(), ones({2})); }),
      fails<UninitializedError>(name + ": the second operand is an undefined tensor",
                                [f] { f(ones({2}), Tensor()); }),
      fails<UninitializedError>(name + ": the operand is an undefined tensor",
                                [f] { f(Tensor(), Scalar(2)); })};
}

template <class Calls>
Operation arithmetic_row(const Calls& calls) {
  Forms forms = with_tensors(calls);
  add_with_numbers(forms, calls);
  return {calls.name, forms, failures(calls)};
}

// The forms of add and sub with a factor of the second operand.
template <class F, class M, class W>
void add_alpha(Operation& row, F f, M method, W in_place) {
  const auto scaled = [](auto g, Scalar a) { return [g, a](V v) { return g(v[0], v[1], a); }; };
  const std::vector<Form> forms = Forms(row.name + "(Tensor,Tensor,Scalar)")
                                      .add("scaled*", scaled(f, -0.7))
                                      .add("doubled*", scaled(f, 2))
                                      .also("Tensor." + row.name + "(Tensor,Scalar)")
                                      .add("scaled*", scaled(method, -0.7))
                                      .add("doubled*", scaled(method, 2))
                                      .also("Tensor." + row.name + "_(Tensor,Scalar)")
                                      .add("scaled*", written(scaled(in_place, -0.7)))
                                      .add("doubled*", written(scaled(in_place, 2)));
  row.forms.insert(row.forms.end(), forms.begin(), forms.end());
  row.failures.push_back(fails<DTypeError>(
      row.name + ": expected a whole number as alpha for operands of int64, got 0.5",
      [f] { f(tensor({1}), tensor({2}), Scalar(0.5)); }));
}

Operation add_row() {
  Operation row = arithmetic_row(ARITHMETIC(add, +));
  add_alpha(
      row, [](T a, T b, Scalar alpha) { return add(a, b, alpha); },
      [](T a, T b, Scalar alpha) { return a.add(b, alpha); },
      [](T a, T b, Scalar alpha) { return a.add_(b, alpha); });
  return row;
}

Operation sub_row() {
  Operation row = arithmetic_row(ARITHMETIC(sub, -));
  add_alpha(
      row, [](T a, T b, Scalar alpha) { return sub(a, b, alpha); },
      [](T a, T b, Scalar alpha) { return a.sub(b, alpha); },
      [](T a, T b, Scalar alpha) { return a.sub_(b, alpha); });
  row.failures.push_back(fails<DTypeError>("sub: expected numbers, got bool; logical_xor()",
                                           [] { tensor({true}) - tensor({false}); }));
  return row;
}

using Binary = Tensor (*)(T, T);

Operation extreme_row(const std::string& name, Binary f, Binary method) {
  return {name,
          Forms(name + "(Tensor,Tensor)")
              .add("*", between(f))
              .also("Tensor." + name + "(Tensor)")
              .add("row empty integers", between(method)),
          {fails<ShapeError>(name + ": ",
                             [f] {
                               f(ones({2, 3}), ones({2}));
                             }),
           fails<UninitializedError>(name + ": the first operand", [f] { f({}, ones({2})); }),
           fails<UninitializedError>(name + ": the second operand", [f] { f(ones({2}), {}); })}};
}

Operation where_row() {
  const Tensor c = tensor({true, false, true});
  const Tensor x = ones({3});
  return {
      "where",
      Forms("where(Tensor,Tensor,Tensor)")
          .add("two*", [](V v) { return where(v[0], v[1], v[2]); })
          .also("Tensor.where(Tensor,Tensor)")
          .add("two*", [](V v) { return v[1].where(v[0], v[2]); })
          .also("where(Tensor,Tensor,Scalar)")
          .add("or_number*", [](V v) { return where(v[0], v[1], 2); })
          .also("Tensor.where(Tensor,Scalar)")
          .add("or_number*", [](V v) { return v[1].where(v[0], 2); })
          .also("where(Tensor,Scalar,Tensor)")
          .add("number_or*", [](V v) { return where(v[0], 2, v[1]); })
          .also("where(Tensor,Scalar,Scalar)")
          .add("numbers*", [](T condition) { return where(condition, 1, 0); }),
      {fails<DTypeError>("where: expected a bool condition, got float32", [x] { where(x, x, x); }),
       fails<ShapeError>("where: ", [c, x] { where(c, x, ones({2})); }),
       fails<ShapeError>("where: ", [c] { where(c, ones({2}), 1); }),
       fails<ValueError>("where: 300 does not fit uint8",
                         [c] { where(c, tensor({1}, {.dtype = uint8}), 300); }),
       fails<UninitializedError>("where: the condition", [x] { where({}, x, x); }),
       fails<UninitializedError>("where: the first choice", [c, x] { where(c, Tensor(), x); }),
       fails<UninitializedError>("where: the second choice", [c, x] { where(c, x, Tensor()); }),
       fails<UninitializedError>("where: the choice", [c] { where(c, Tensor(), 1); })}};
}

Operation sum_to_size_row() {
  const auto to = [](const Shape& shape) { return [shape](T x) { return sum_to_size(x, shape); }; };
  return {"sum_to_size",
          Forms("sum_to_size(Tensor,Shape)")
              .add("leading*", to({3, 5}))
              .add("inner*", to({3, 1}))
              .add("number*", to({}))
              .add("same*", to({2, 3, 5}))
              .add("row_empty", to({1, 3})),
          {fails<ShapeError>("sum_to_size: ",
                             [to] {
                               to({4, 3})(ones({2, 3}));
                             }),
           fails<ShapeError>("sum_to_size: shape [1, 2, 3] does not broadcast to [2, 3]",
                             [to] {
                               to({1, 2, 3})(ones({2, 3}));
                             }),
           fails<UninitializedError>("sum_to_size: x", [to] { to({})(Tensor()); })}};
}

Operation fill_row() {
  return {
      "fill_",
      Forms("Tensor.fill_(Scalar)").add("*", written([](T x) { return x.fill_(2.7); })),
      {fails<ValueError>("fill_: 300 does not fit uint8",
                         [] { tensor({1}, {.dtype = uint8}).fill_(300); }),
       fails<ValueError>("fill_: inf does not fit int64",
                         [] { tensor({1}).fill_(std::numeric_limits<double>::infinity()); }),
       fails<AutogradError>("fill_: a leaf", [] { ones({2}, {.requires_grad = true}).fill_(1); }),
       fails<UninitializedError>("undefined tensor", [] { Tensor().fill_(1); })}};
}

Operation zero_row() {
  return {
      "zero_",
      Forms("Tensor.zero_()").add("*", written([](T x) { return x.zero_(); })),
      {fails<AutogradError>("zero_: a leaf", [] { ones({2}, {.requires_grad = true}).zero_(); }),
       fails<UninitializedError>("undefined tensor", [] { Tensor().zero_(); })}};
}

Operation copy_row() {
  return {"copy_",
          Forms("Tensor.copy_(Tensor)").add("*", written([](V v) { return v[0].copy_(v[1]); })),
          {fails<ShapeError>("copy_: a source of shape [2, 3] does not fit a tensor of shape [3]",
                             [] {
                               ones({3}).copy_(ones({2, 3}));
                             }),
           fails<ShapeError>("copy_: ", [] { ones({3}).copy_(ones({2})); }),
           fails<AutogradError>("copy_: a leaf",
                                [] { ones({3}, {.requires_grad = true}).copy_(ones({3})); }),
           fails<ValueError>("copy_: ", [] { ones({1}).expand({3}).copy_(ones({3})); }),
           fails<UninitializedError>("copy_: the source is an undefined tensor",
                                     [] { ones({3}).copy_({}); }),
           fails<UninitializedError>("undefined tensor", [] { Tensor().copy_(ones({3})); })}};
}

Operations rows() {
  return {add_row(),
          sub_row(),
          arithmetic_row(ARITHMETIC(mul, *)),
          arithmetic_row(ARITHMETIC(div, /)),
          extreme_row("maximum", maximum, [](T a, T b) { return a.maximum(b); }),
          extreme_row("minimum", minimum, [](T a, T b) { return a.minimum(b); }),
          where_row(),
          sum_to_size_row(),
          fill_row(),
          zero_row(),
          copy_row()};
}

const Family arithmetic("arithmetic", rows);

TEST_CASE("operations: arithmetic") {
  arithmetic.check();
}

}  // namespace
}  // namespace lucid::test
