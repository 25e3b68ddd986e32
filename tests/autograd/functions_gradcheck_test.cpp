// Every differentiable function against finite differences, once and twice.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/dropout.h"
#include "autograd/functions/math.h"
#include "lucid/error.h"
#include "tests/autograd/cases.h"
#include "tests/autograd/declarations.h"

using namespace lucid;
using namespace lucid::test;

namespace {

using Family = GradientCases (*)();
const Family families[] = {
    arithmetic_cases, pairwise_cases,    activation_cases, math_cases,          reduction_cases,
    scan_cases,       shape_cases,       splitting_cases,  rearrangement_cases, indexing_cases,
    matrix_cases,     convolution_cases, pooling_cases,    image_cases,         normalization_cases,
    dropout_cases,    loss_cases,        method_cases,     in_place_cases};

// An error as text, so that one wrong case does not hide the others.
template <class Check>
std::string outcome(const Check& check) {
  try {
    return check() ? "right" : "not true";
  } catch (const Error& error) {
    return error.what();
  }
}

void check_family(Family family) {
  for (const GradientCase& c : family()) {
    CAPTURE(c.covers);
    CAPTURE(c.what);
    CHECK_EQ(outcome([&] { return autograd::gradcheck(c.function, c.inputs); }), "right");
    CHECK_EQ(outcome([&] { return autograd::gradgradcheck(c.function, c.inputs); }), "right");
  }
}

// Names without a gradient, whatever their arguments; and what the table spells out of line.
const std::set<std::string> not_differentiable{"eq",
                                               "ne",
                                               "lt",
                                               "le",
                                               "gt",
                                               "ge",
                                               "operator==",
                                               "operator!=",
                                               "operator<",
                                               "operator<=",
                                               "operator>",
                                               "operator>=",
                                               "logical_not",
                                               "logical_and",
                                               "logical_or",
                                               "logical_xor",
                                               "isnan",
                                               "isinf",
                                               "isfinite",
                                               "all",
                                               "any",
                                               "allclose",
                                               "equal",
                                               "argmax",
                                               "argmin",
                                               "argsort",
                                               "nonzero",
                                               "one_hot",
                                               "sign",  // zero everywhere: checked below
                                               "floor",
                                               "ceil",
                                               "round",
                                               "Tensor.detach",
                                               "Tensor.grad",
                                               "Tensor.requires_grad_",
                                               "Tensor.set_grad",
                                               "Tensor.retain_grad",
                                               "Tensor.backward"};

std::set<std::string> declared() {
  std::set<std::string> all = declared_methods(source_text("lucid/tensor.h"));
  for (const std::string& path : function_headers())
    all.merge(declared_functions(source_text(path)));
  std::set<std::string> result;
  for (const std::string& signature : all) {
    const std::string name = signature.substr(0, signature.find('('));
    const std::string function = name.starts_with("Tensor.") ? name.substr(7) : name;
    if (!not_differentiable.contains(name) && !not_differentiable.contains(function))
      result.insert(signature);
  }
  return result;
}

}  // namespace

TEST_CASE("gradients of arithmetic") {
  check_family(arithmetic_cases);
}
TEST_CASE("gradients of activations") {
  check_family(activation_cases);
}
TEST_CASE("gradients of mathematical functions") {
  check_family(math_cases);
}
TEST_CASE("gradients of functions of two or three operands") {
  check_family(pairwise_cases);
}
TEST_CASE("gradients of reductions") {
  check_family(reduction_cases);
}
TEST_CASE("gradients of running sums and products") {
  check_family(scan_cases);
}
TEST_CASE("gradients of changes of shape") {
  check_family(shape_cases);
}
TEST_CASE("gradients of parts of tensors") {
  check_family(splitting_cases);
}
TEST_CASE("gradients of values in other places") {
  check_family(rearrangement_cases);
}
TEST_CASE("gradients of indexing") {
  check_family(indexing_cases);
}
TEST_CASE("gradients of matrix products") {
  check_family(matrix_cases);
}
TEST_CASE("gradients of convolution") {
  check_family(convolution_cases);
}
TEST_CASE("gradients of pooling") {
  check_family(pooling_cases);
}
TEST_CASE("gradients of normalisation") {
  check_family(normalization_cases);
}
TEST_CASE("gradients of dropout") {
  check_family(dropout_cases);
}
TEST_CASE("gradients of images") {
  check_family(image_cases);
}
TEST_CASE("gradients of losses") {
  check_family(loss_cases);
}
TEST_CASE("gradients of methods") {
  check_family(method_cases);
}
TEST_CASE("gradients of in-place methods") {
  check_family(in_place_cases);
}

TEST_CASE("every differentiable function is in the table") {
  std::set<std::string> covered;
  for (const Family family : families) {
    for (const GradientCase& c : family()) covered.insert(c.covers);
  }
  const std::set<std::string> wanted = declared();
  CHECK_GT(wanted.size(), 150);
  for (const std::string& signature : wanted) {
    INFO("add gradient cases for ", signature, ", or list it as not differentiable");
    CHECK(covered.contains(signature));
  }
  for (const std::string& signature : covered) {
    INFO("no header declares ", signature);
    CHECK(wanted.contains(signature));
  }
}

TEST_CASE("every function is on the page of operations") {
  const std::string page = source_text("docs/operations.md");
  for (const std::string& path : function_headers()) {
    for (const std::string& signature : declared_functions(source_text(path))) {
      const std::string name = signature.substr(0, signature.find('('));
      const std::string shown = name.starts_with("operator") ? name.substr(8) : name;
      INFO("docs/operations.md does not list ", name, " of ", path);
      CHECK(page.find('`' + shown + '`') != std::string::npos);
    }
  }
}

TEST_CASE("a declaration is recognised however it is written") {
  const std::string text = R"(
/// Tensor commented(const Tensor& x);
Tensor plain(const Tensor& x);
inline Tensor operator/(Scalar a, const Tensor& b) { return div(a, b); }
ValuesAndIndices two_lines(const Tensor& x, const Dims& dims = {},
                           std::optional<int64_t> end = std::nullopt, int64_t step = 1);
Tensor last(const std::vector<Tensor>& tensors, Generator& generator = default_generator());
)";
  const std::set<std::string> expected{"plain(Tensor)", "operator/(Scalar,Tensor)",
                                       "last(std::vector<Tensor>,Generator)",
                                       "two_lines(Tensor,Dims,std::optional<int64_t>,int64_t)"};
  CHECK(declared_functions(text) == expected);
  const std::string methods = R"(
class Tensor {
  Tensor sin() const, pow(Scalar exponent) const,
      cos() const;
  std::vector<Tensor> split(int64_t size, int64_t dim = 0) const;
};)";
  CHECK(declared_methods(methods) == std::set<std::string>{"Tensor.sin()", "Tensor.pow(Scalar)",
                                                           "Tensor.cos()",
                                                           "Tensor.split(int64_t,int64_t)"});
}

TEST_CASE("gradients that are zero by definition") {
  const Tensor x = distinct({3, 4});
  Generator generator(1);
  for (const Tensor& y : {sign(x), floor(x), ceil(x), round(x), dropout(x, 1.0, true, generator)}) {
    CAPTURE(y.grad_fn());
    const Tensor leaf_grad_before = x.grad();
    CHECK_FALSE(leaf_grad_before.defined());
    y.sum().backward();
    CHECK(equal(x.grad(), zeros_like(x)));
    x.set_grad({});
  }
}
