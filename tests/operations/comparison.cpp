// Rows of the comparisons in arithmetic.h, and of what is true or not.
#include "autograd/functions/arithmetic.h"
#include "lucid/creation.h"
#include "tests/operations/in_place.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using V = const Tensors&;

// Each function takes tensors, and a tensor and a number, or for `op` also a number and a tensor.
template <class F, class O, class M>
Operation row(const std::string& name, const std::string& symbol, F f, O op, M method) {
  const auto between = [](auto g) { return [g](V v) { return g(v[0], v[1]); }; };
  const auto with = [](auto g, Scalar number) { return [g, number](T x) { return g(x, number); }; };
  const std::string operation = "operator" + symbol;
  return {name,
          Forms(name + "(Tensor,Tensor)")
              .add("two*", between(f))
              .also(operation + "(Tensor,Tensor)")
              .add("two*", between(op))
              .also("Tensor." + name + "(Tensor)")
              .add("two*", between(method))
              .also(name + "(Tensor,Scalar)")
              .add("with*", with(f, 0.5))
              .add("beyond*", with(f, 256))
              .add("below*", with(f, -1))
              .also(operation + "(Tensor,Scalar)")
              .add("with*", with(op, 0.5))
              .add("beyond*", with(op, 256))
              .also("Tensor." + name + "(Scalar)")
              .add("with*", with(method, 0.5))
              .add("below*", with(method, -1))
              .also(operation + "(Scalar,Tensor)")
              .add("from*", [op](T x) { return op(Scalar(0.5), x); }),
          {fails<ShapeError>(name + ": ",
                             [f] {
                               f(ones({2, 3}), ones({2}));
                             }),
           fails<UninitializedError>(name + ": the first operand is an undefined tensor",
                                     [f] { f(Tensor(), ones({2})); }),
           fails<UninitializedError>(name + ": the second operand is an undefined tensor",
                                     [f] { f(ones({2}), Tensor()); }),
           fails<UninitializedError>(name + ": the operand is an undefined tensor",
                                     [f] { f(Tensor(), Scalar(1)); })}};
}

#define COMPARISON(name, symbol)                                               \
  row(                                                                         \
      #name, #symbol, [](const auto& a, const auto& b) { return name(a, b); }, \
      [](const auto& a, const auto& b) { return a symbol b; },                 \
      [](const auto& a, const auto& b) { return a.name(b); })

Operation logical_not_row() {
  return {"logical_not",
          Forms("logical_not(Tensor)")
              .add("matrix special number empty integers bools", logical_not)
              .also("Tensor.logical_not()")
              .add("matrix integers bools", [](T x) { return x.logical_not(); })
              .also("Tensor.logical_not_()")
              .add("written*", written([](T x) { return x.logical_not_(); })),
          {fails<UninitializedError>("logical_not: x is an undefined tensor",
                                     [] { logical_not({}); })}};
}

const char* const no_values = "a shape alone does not tell whether values are true";

// The methods are no forms, since the header's are read as far as they return tensors.
Operation quantifier_row(const std::string& name, bool (*f)(T), bool (*method)(T)) {
  return {
      .name = name + "_elements",
      .forms = Forms(name + "(Tensor)")
                   .add("*", [f](T x) { return tensor(f(x)); })
                   .add("*", [method](T x) { return tensor(method(x)); }),
      .failures = {fails<UninitializedError>(name + ": x is an undefined tensor", [f] { f({}); }),
                   fails<DeviceError>("no values", [f] { f(ones({2}, {.device = meta})); })},
      .never_meta = no_values};
}

Operation equal_row() {
  return {.name = "equal",
          .forms = Forms("equal(Tensor,Tensor)")
                       .add("*", [](V v) { return tensor(equal(v[0], v[1])); })
                       .add("*", [](V v) { return tensor(v[0].equal(v[1])); }),
          .failures = {fails<UninitializedError>("equal: the first operand",
                                                 [] { equal({}, ones({2})); }),
                       fails<UninitializedError>("equal: the second operand",
                                                 [] { equal(ones({2}), {}); })},
          .never_meta = no_values};
}

Operation allclose_row() {
  using F = bool (*)(T, T, double, double, bool);
  const F function = allclose;
  const F method = [](T a, T b, double rtol, double atol, bool equal_nan) {
    return a.allclose(b, rtol, atol, equal_nan);
  };
  Forms forms("allclose(Tensor,Tensor,double,double,bool)");
  for (const F f : {function, method}) {
    const auto call = [f](double rtol, double atol, bool equal_nan) {
      return [=](V v) { return tensor(f(v[0], v[1], rtol, atol, equal_nan)); };
    };
    forms.add("same near far special infinite empty integers numbers", call(1e-5, 1e-8, false))
        .add("nan*", call(1e-5, 1e-8, true))
        .add("wide*", call(0, 1.5, false));
  }
  return {.name = "allclose",
          .forms = forms,
          .failures = {fails<UninitializedError>("allclose: the first operand",
                                                 [] { allclose({}, ones({2})); }),
                       fails<UninitializedError>("allclose: the second operand",
                                                 [] { allclose(ones({2}), {}); })},
          .never_meta = no_values};
}

Operations rows() {
  return {COMPARISON(eq, ==),
          COMPARISON(ne, !=),
          COMPARISON(lt, <),
          COMPARISON(le, <=),
          COMPARISON(gt, >),
          COMPARISON(ge, >=),
          logical_not_row(),
          quantifier_row("all", all, [](T x) { return x.all(); }),
          quantifier_row("any", any, [](T x) { return x.any(); }),
          equal_row(),
          allclose_row()};
}

const Family comparison("comparison", rows);

TEST_CASE("operations: comparison") {
  comparison.check();
}

}  // namespace
}  // namespace lucid::test
