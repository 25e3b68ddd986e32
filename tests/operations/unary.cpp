// Rows of math.h.
#include "autograd/functions/math.h"

#include "lucid/creation.h"
#include "tests/operations/in_place.h"

namespace lucid::test {
namespace {

using T = const Tensor&;

/// What a function does with tensors that are not floating-point.
enum class Keeps { none, integers, bools_too };

struct Function {
  std::string name;
  Tensor (*function)(T);
  Tensor (Tensor::*method)() const;
  const Tensor& (Tensor::*in_place)() const;  ///< null if there is none
  Keeps keeps = Keeps::none;
};

std::vector<Failure> failures(const Function& f) {
  std::vector<Failure> result{
      fails<UninitializedError>(f.name + ": x is an undefined tensor", [f] { f.function({}); })};
  if (f.keeps == Keeps::integers) {
    result.push_back(fails<DTypeError>(f.name + ": expected numbers, got bool",
                                       [f] { f.function(tensor({true})); }));
  }
  if (!f.in_place) return result;
  if (f.keeps == Keeps::none) {
    result.push_back(
        fails<DTypeError>(f.name + "_: a float32 result cannot be written to a int64", [f] {
          (tensor({1, 2}).*f.in_place)();
        }));
  }
  result.push_back(fails<ValueError>(f.name + "_: ", [f] {
    (ones({1, 2}).expand({3, 2}).*f.in_place)();
  }));
  return result;
}

Operation row(const Function& f) {
  Forms forms(f.name + "(Tensor)");
  forms.add("*", f.function);
  if (f.name == "neg") forms.also("operator-(Tensor)").add("*", [](T x) { return -x; });
  forms.also("Tensor." + f.name + "()").add("matrix number integers", [f](T x) {
    return (x.*f.method)();
  });
  if (f.in_place) {
    const std::string whole = f.keeps == Keeps::none ? "" : " integers";
    forms.also("Tensor." + f.name + "_()").add("matrix empty special" + whole, written([f](T x) {
                                                 return (x.*f.in_place)();
                                               }));
  }
  return {f.name, forms, failures(f)};
}

const Function functions[] = {
    {"neg", neg, &Tensor::neg, &Tensor::neg_, Keeps::integers},
    {"abs", abs, &Tensor::abs, &Tensor::abs_, Keeps::integers},
    {"sign", sign, &Tensor::sign, &Tensor::sign_, Keeps::bools_too},
    {"square", square, &Tensor::square, &Tensor::square_, Keeps::bools_too},
    {"floor", floor, &Tensor::floor, &Tensor::floor_, Keeps::integers},
    {"ceil", ceil, &Tensor::ceil, &Tensor::ceil_, Keeps::integers},
    {"round", round, &Tensor::round, &Tensor::round_, Keeps::integers},
    {"sqrt", sqrt, &Tensor::sqrt, &Tensor::sqrt_},
    {"rsqrt", rsqrt, &Tensor::rsqrt, &Tensor::rsqrt_},
    {"reciprocal", reciprocal, &Tensor::reciprocal, &Tensor::reciprocal_},
    {"exp", exp, &Tensor::exp, &Tensor::exp_},
    {"expm1", expm1, &Tensor::expm1, &Tensor::expm1_},
    {"log", log, &Tensor::log, &Tensor::log_},
    {"log1p", log1p, &Tensor::log1p, &Tensor::log1p_},
    {"log2", log2, &Tensor::log2, &Tensor::log2_},
    {"log10", log10, &Tensor::log10, &Tensor::log10_},
    {"sin", sin, &Tensor::sin, &Tensor::sin_},
    {"cos", cos, &Tensor::cos, &Tensor::cos_},
    {"tan", tan, &Tensor::tan, &Tensor::tan_},
    {"asin", asin, &Tensor::asin, &Tensor::asin_},
    {"acos", acos, &Tensor::acos, &Tensor::acos_},
    {"atan", atan, &Tensor::atan, &Tensor::atan_},
    {"sinh", sinh, &Tensor::sinh, &Tensor::sinh_},
    {"cosh", cosh, &Tensor::cosh, &Tensor::cosh_},
    {"tanh", tanh, &Tensor::tanh, &Tensor::tanh_},
    {"erf", erf, &Tensor::erf, &Tensor::erf_},
    {"erfc", erfc, &Tensor::erfc, &Tensor::erfc_},
    {"isnan", isnan, &Tensor::isnan, nullptr},
    {"isinf", isinf, &Tensor::isinf, nullptr},
    {"isfinite", isfinite, &Tensor::isfinite, nullptr},
};

Operations rows() {
  Operations all;
  for (const Function& f : functions) all.push_back(row(f));
  return all;
}

const Family unary("unary", rows);

TEST_CASE("operations: unary") {
  unary.check();
}

}  // namespace
}  // namespace lucid::test
