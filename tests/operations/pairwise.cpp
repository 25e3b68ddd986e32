// Rows of pairwise.h.
#include "autograd/functions/pairwise.h"

#include <limits>

#include "lucid/creation.h"
#include "tests/operations/in_place.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using V = const Tensors&;
using Binary = Tensor (*)(T, T);

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

const auto between = [](auto f) { return [f](V v) { return f(v[0], v[1]); }; };
const auto with = [](auto f, auto number) { return [f, number](T x) { return f(x, number); }; };

// What every function of two tensors refuses.
std::vector<Failure> failures(const std::string& name, Binary f, std::vector<Failure> others = {}) {
  others.push_back(fails<ShapeError>(name + ": ", [f] { f(ones({2, 3}), ones({2})); }));
  others.push_back(fails<UninitializedError>(name + ": the first operand is an undefined tensor",
                                             [f] { f({}, ones({2})); }));
  others.push_back(fails<UninitializedError>(name + ": the second operand is an undefined tensor",
                                             [f] { f(ones({2}), {}); }));
  return others;
}

Operation pow_row() {
  const auto power = [](T x, Scalar exponent) { return pow(x, exponent); };
  const auto method = [](T x, Scalar exponent) { return x.pow(exponent); };
  const auto in_place = [](T x, Scalar exponent) { return x.pow_(exponent); };
  const auto of = [](Scalar number) { return [number](T x) { return pow(number, x); }; };
  const Binary f = pow;
  const std::vector<Failure> own{
      fails<ValueError>("pow: an integer tensor to the power of -1", [] { pow(tensor({2}), -1); }),
      fails<ValueError>("pow: 300 does not fit uint8",
                        [] { pow(300, tensor({2}, {.dtype = uint8})); }),
      fails<DTypeError>("pow: expected numbers, got bool",
                        [f] { f(tensor({true}), tensor({true})); }),
      fails<DTypeError>("pow_: a float32 result cannot be written to a int64",
                        [] { tensor({2}).pow_(0.5); }),
      fails<UninitializedError>("pow: x is an undefined tensor", [] { pow(Tensor(), 2); }),
      fails<UninitializedError>("pow: the operand is an undefined", [] { pow(2, Tensor()); })};
  return {"pow",
          Forms("pow(Tensor,Tensor)")
              .add("tensors* special integers bools* mixed*", between(f))
              .also("Tensor.pow(Tensor)")
              .add("tensors_row tensors_empty integers", between([](T a, T b) { return a.pow(b); }))
              .also("Tensor.pow_(Tensor)")
              .add("tensors_row tensors_numbers tensors_empty integers",
                   written(between([](T a, T b) { return a.pow_(b); })))
              .also("pow(Tensor,Scalar)")
              .add("cube*", with(power, 3))
              .add("square*", with(power, 2.0))
              .add("first*", with(power, 1))
              .add("root*", with(power, 0.5))
              .add("fraction*", with(power, -1.7))
              .add("inverse_square*", with(power, -2))
              .add("zero*", with(power, 0))
              .also("Tensor.pow(Scalar)")
              .add("cube*", with(method, 3))
              .also("Tensor.pow_(Scalar)")
              .add("cube_matrix cube_empty cube_integers", written(with(in_place, 3)))
              .add("fraction_matrix", written(with(in_place, -1.7)))
              .also("pow(Scalar,Tensor)")
              .add("of_number*", of(2.5))
              .add("of_two*", of(2))
              .add("of_zero*", of(0.0)),
          failures("pow", f, own)};
}

Operation atan2_row() {
  return {"atan2",
          Forms("atan2(Tensor,Tensor)")
              .add("*", between(atan2))
              .also("Tensor.atan2(Tensor)")
              .add("row empty integers", between([](T y, T x) { return y.atan2(x); }))
              .also("Tensor.atan2_(Tensor)")
              .add("row numbers empty", written(between([](T y, T x) { return y.atan2_(x); }))),
          failures("atan2", atan2,
                   {fails<DTypeError>("atan2_: a float32 result cannot be written to a int64",
                                      [] { tensor({2}).atan2_(tensor({1})); })})};
}

// f takes two tensors or a tensor and a number, as do method and in_place.
template <class F, class M, class W>
Operation rest_row(const std::string& name, F f, M method, W in_place) {
  const Binary tensors = f;
  const std::string number = "by_number_matrix by_number_stack by_number_number by_number_empty";
  const std::string writable = "tensors_row tensors_numbers tensors_empty integers";
  return {name,
          Forms(name + "(Tensor,Tensor)")
              .add("tensors* special integers mixed", between(f))
              .also("Tensor." + name + "(Tensor)")
              .add("tensors_row tensors_empty integers", between(method))
              .also("Tensor." + name + "_(Tensor)")
              .add(writable, written(between(in_place)))
              .also(name + "(Tensor,Scalar)")
              .add("by_number_integers", with(f, Scalar(-3)))
              .add(number, with(f, Scalar(-0.53)))
              .also("Tensor." + name + "(Scalar)")
              .add(number, with(method, Scalar(-0.53)))
              .also("Tensor." + name + "_(Scalar)")
              .add("by_number_integers", written(with(in_place, Scalar(-3))))
              .add(number, written(with(in_place, Scalar(-0.53)))),
          failures(name, tensors,
                   {fails<ValueError>(name + ": integer division by zero",
                                      [f] { f(tensor({1}), tensor({0})); }),
                    fails<ValueError>(name + ": integer division by zero",
                                      [f] { f(tensor({1}), Scalar(0)); }),
                    fails<DTypeError>(name + ": expected numbers, got bool",
                                      [f] { f(tensor({true}), tensor({true})); }),
                    fails<UninitializedError>(name + ": the operand is an undefined tensor",
                                              [f] { f(Tensor(), Scalar(2)); })})};
}

#define REST(name)                                                    \
  rest_row(                                                           \
      #name, [](T a, const auto& b) -> Tensor { return name(a, b); }, \
      [](T a, const auto& b) { return a.name(b); },                   \
      [](T a, const auto& b) { return a.name##_(b); })

Operation remainder_row() {
  Operation row = REST(remainder);
  const auto of_two = [](T x) { return remainder(2, x); };
  row.forms.push_back({"remainder(Scalar,Tensor)", "of_number*", operator_of(of_two)});
  row.failures.push_back(fails<UninitializedError>("remainder: the operand is an undefined tensor",
                                                   [of_two] { of_two({}); }));
  return row;
}

// Between numbers, each call for the function, the method and the in-place method.
template <class Call>
void add_clamps(Forms& forms, const Call& call) {
  forms.add("both*", call(-0.4, 0.3))
      .add("min_matrix min_stack min_number min_empty min_special", call(0, std::nullopt))
      .add("max_matrix max_stack max_number max_empty", call(std::nullopt, 0.3))
      .add("wide*", call(-1, 1.5))
      .add("whole_integers", call(-2, 1))
      .add("crossed*", call(0.5, -0.5))
      .add("unknown*", call(nan, 1));
}

Forms clamp_forms() {
  using Bound = std::optional<Scalar>;
  const auto function = [](Bound low, Bound high) {
    return [=](T x) { return clamp(x, low, high); };
  };
  const auto method = [](Bound low, Bound high) { return [=](T x) { return x.clamp(low, high); }; };
  const auto in_place = [](Bound low, Bound high) {
    return written([=](T x) { return x.clamp_(low, high); });
  };
  const std::string numbers = "(Tensor,std::optional<Scalar>,std::optional<Scalar>)";
  const std::string bounds = "(std::optional<Scalar>,std::optional<Scalar>)";
  Forms forms("clamp" + numbers);
  add_clamps(forms, function);
  forms.add("whole_bools", function(-2, 1)).add("max_integers", function({}, 0.3));
  add_clamps(forms.also("Tensor.clamp" + bounds), method);
  add_clamps(forms.also("Tensor.clamp_" + bounds), in_place);
  return forms;
}

Operation clamp_row() {
  Forms forms = clamp_forms();
  forms.also("clamp(Tensor,Tensor,Tensor)")
      .add("tensors*", [](V v) { return clamp(v[0], v[1], v[2]); })
      .add("tensor_min*", [](V v) { return clamp(v[0], v[1]); })
      .add("tensor_max*", [](V v) { return clamp(v[0], Tensor(), v[1]); })
      .also("Tensor.clamp(Tensor,Tensor)")
      .add("tensors*", [](V v) { return v[0].clamp(v[1], v[2]); })
      .also("Tensor.clamp_(Tensor,Tensor)")
      .add("tensors*", written([](V v) { return v[0].clamp_(v[1], v[2]); }))
      .add("tensor_max tensor_max_special", written([](V v) { return v[0].clamp_({}, v[1]); }));
  const Tensor x = ones({3});
  return {"clamp",
          forms,
          {fails<ValueError>("clamp: expected min, max or both", [x] { clamp(x, std::nullopt); }),
           fails<ValueError>("clamp: expected min, max or both", [x] { clamp(x, Tensor()); }),
           fails<ShapeError>("clamp: ", [x] { clamp(x, ones({2})); }),
           fails<ShapeError>("clamp: ", [x] { clamp(x, Tensor(), ones({2})); }),
           fails<DTypeError>("clamp_: a float32 result cannot be written to a int64",
                             [] { tensor({1}).clamp_(0.5); }),
           fails<UninitializedError>("clamp: x is an undefined tensor", [] { clamp({}, 0, 1); }),
           fails<UninitializedError>("clamp: x is an undefined tensor", [x] { clamp({}, x, x); })}};
}

Operation masked_fill_row() {
  const std::string number = "plain row number empty integers bools";
  const Tensor x = ones({2});
  const Tensor mask = tensor({true, false});
  return {"masked_fill",
          Forms("masked_fill(Tensor,Tensor,Scalar)")
              .add(number, [](V v) { return masked_fill(v[0], v[1], 2); })
              .also("Tensor.masked_fill(Tensor,Scalar)")
              .add(number, [](V v) { return v[0].masked_fill(v[1], 2); })
              .also("Tensor.masked_fill_(Tensor,Scalar)")
              .add("plain number empty integers bools",
                   written([](V v) { return v[0].masked_fill_(v[1], 2); }))
              .also("masked_fill(Tensor,Tensor,Tensor)")
              .add("tensor*", [](V v) { return masked_fill(v[0], v[1], v[2]); })
              .also("Tensor.masked_fill(Tensor,Tensor)")
              .add("tensor*", [](V v) { return v[0].masked_fill(v[1], v[2]); })
              .also("Tensor.masked_fill_(Tensor,Tensor)")
              .add("tensor_plain tensor_integers tensor_empty",
                   written([](V v) { return v[0].masked_fill_(v[1], v[2]); })),
          {fails<DTypeError>("masked_fill: expected a bool mask", [x] { masked_fill(x, x, 2); }),
           fails<ShapeError>("masked_fill: expected a number or a zero-dimensional value",
                             [x, mask] { masked_fill(x, mask, x); }),
           fails<ShapeError>("masked_fill: ", [mask] { masked_fill(ones({3}), mask, 2); }),
           fails<ValueError>("masked_fill: 300 does not fit uint8",
                             [mask] {
                               masked_fill(tensor({1, 2}, {.dtype = uint8}), mask, 300);
                             }),
           fails<UninitializedError>("masked_fill: x is", [mask] { masked_fill({}, mask, 2); }),
           fails<UninitializedError>("masked_fill: mask is", [x] { masked_fill(x, {}, 2); }),
           fails<UninitializedError>("masked_fill: value is",
                                     [x, mask] { masked_fill(x, mask, Tensor()); })}};
}

Operation lerp_row() {
  const auto by = [](double weight) { return [=](V v) { return lerp(v[0], v[1], weight); }; };
  const Tensor x = ones({3});
  const Tensor whole = tensor({1, 2, 3});
  return {
      "lerp",
      Forms("lerp(Tensor,Tensor,double)")
          .add("near*", by(0.3))
          .add("half", by(0.5))
          .add("far", by(-1.5))
          .also("Tensor.lerp(Tensor,double)")
          .add("near_row near_empty", [](V v) { return v[0].lerp(v[1], 0.3); })
          .also("Tensor.lerp_(Tensor,double)")
          .add("near_row near_numbers near_empty",
               written([](V v) { return v[0].lerp_(v[1], 0.3); }))
          .also("lerp(Tensor,Tensor,Tensor)")
          .add("tensors*", [](V v) { return lerp(v[0], v[1], v[2]); })
          .also("Tensor.lerp(Tensor,Tensor)")
          .add("tensors*", [](V v) { return v[0].lerp(v[1], v[2]); })
          .also("Tensor.lerp_(Tensor,Tensor)")
          .add("tensors_same tensors_empty", written([](V v) { return v[0].lerp_(v[1], v[2]); })),
      {fails<ShapeError>("lerp: ", [x] { lerp(x, ones({2}), 0.5); }),
       fails<ShapeError>("lerp: ", [x] { lerp(x, x, ones({2})); }),
       fails<DTypeError>("lerp: expected start to be", [whole] { lerp(whole, whole, 0.5); }),
       fails<DTypeError>("lerp: expected start and end", [=] { lerp(x, whole, 0.5); }),
       fails<DTypeError>("lerp: expected start and weight", [=] { lerp(x, x, whole); }),
       fails<UninitializedError>("lerp: start is", [x] { lerp({}, x, 0.5); }),
       fails<UninitializedError>("lerp: end is", [x] { lerp(x, {}, 0.5); }),
       fails<UninitializedError>("lerp: weight is", [x] { lerp(x, x, Tensor()); })}};
}

Operation logical_row(const std::string& name, Binary f, Binary method, Binary in_place) {
  return {name,
          Forms(name + "(Tensor,Tensor)")
              .add("same row column both number_left number_right numbers empty special integers",
                   between(f))
              .also("Tensor." + name + "(Tensor)")
              .add("row empty special", between(method))
              .also("Tensor." + name + "_(Tensor)")
              .add("written*", written(between(in_place))),
          failures(name, f)};
}

#define LOGICAL(name)                                  \
  logical_row(                                         \
      #name, name, [](T a, T b) { return a.name(b); }, \
      [](T a, T b) -> Tensor { return a.name##_(b); })

Operations rows() {
  return {pow_row(),           atan2_row(),         REST(fmod), remainder_row(),
          clamp_row(),         masked_fill_row(),   lerp_row(), LOGICAL(logical_and),
          LOGICAL(logical_or), LOGICAL(logical_xor)};
}

const Family pairwise("pairwise", rows);

TEST_CASE("operations: pairwise") {
  pairwise.check();
}

}  // namespace
}  // namespace lucid::test
