// Rows of pairwise.h.
#include "autograd/functions/pairwise.h"

#include "autograd/functions/arithmetic.h"
#include "lucid/creation.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

using Binary = Tensor (*)(const Tensor&, const Tensor&);

Operator of_two(Binary f) {
  return [f](const Tensors& v) { return f(v[0], v[1]); };
}

const auto no_broadcast = [](Binary f) { return [f] { f(ones({2, 3}), ones({4})); }; };

Operation pow_row() {
  const auto to = [](const char* samples, Scalar exponent) {
    return Form{"pow(Tensor,Scalar)", samples,
                [exponent](const Tensors& v) { return pow(v[0], exponent); }};
  };
  return {"pow",
          {{"pow(Tensor,Tensor)", "tensors* special integers mixed", of_two(pow)},
           to("cube*", 3),
           to("square*", 2.0),
           to("first*", 1),
           to("root*", 0.5),
           to("fraction*", -1.7),
           to("inverse_square*", -2),
           to("zero*", 0),
           {"Tensor.pow(Scalar)", "cube*", [](const Tensors& v) { return v[0].pow(3); }},
           {"pow(Scalar,Tensor)", "of_number*", [](const Tensors& v) { return pow(2.5, v[0]); }},
           {"pow(Scalar,Tensor)", "of_zero*", [](const Tensors& v) { return pow(0.0, v[0]); }}},
          {fails<ShapeError>("pow", no_broadcast(pow)),
           fails<ValueError>("to the power of -1",
                             [] {
                               pow(tensor({1, 2}), -1);
                             }),
           fails<DTypeError>("bool", [] { pow(tensor({true}), tensor({true})); })}};
}

Operation atan2_row() {
  return {"atan2",
          {{"atan2(Tensor,Tensor)", "*", of_two(atan2)}},
          {fails<ShapeError>("atan2", no_broadcast(atan2))}};
}

Operation fmod_row() {
  return {
      "fmod",
      {{"fmod(Tensor,Tensor)", "tensors* special integers", of_two(fmod)},
       {"fmod(Tensor,Scalar)", "by_number_integers",
        [](const Tensors& v) { return fmod(v[0], -3); }},
       {"fmod(Tensor,Scalar)", "by_number_matrix by_number_stack by_number_number by_number_empty",
        [](const Tensors& v) { return fmod(v[0], -0.53); }}},
      {fails<ShapeError>("fmod", no_broadcast(fmod)),
       fails<ValueError>("zero",
                         [] {
                           fmod(tensor({1, 2}), tensor({1, 0}));
                         }),
       fails<DTypeError>("bool", [] { fmod(tensor({true}), tensor({true})); })}};
}

Operations rows() {
  return {pow_row(), atan2_row(), fmod_row()};
}

const Family pairwise("pairwise", rows);

TEST_CASE("operations: pairwise") {
  pairwise.check();
}

}  // namespace
}  // namespace lucid::test
