// Every differentiable function against finite differences, once and twice.
#include <doctest/doctest.h>

#include <string>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/dropout.h"
#include "lucid/error.h"
#include "tests/autograd/cases.h"

using namespace lucid;
using namespace lucid::test;

namespace {

using Family = GradientCases (*)();
const Family families[] = {convolution_cases,   pooling_cases, image_cases,
                           normalization_cases, dropout_cases, in_place_cases};

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

}  // namespace

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
TEST_CASE("gradients of in-place methods") {
  check_family(in_place_cases);
}

TEST_CASE("the gradient of what is dropped altogether is zero") {
  const Tensor x = distinct({3, 4});
  Generator generator(1);
  dropout(x, 1.0, true, generator).sum().backward();
  CHECK(equal(x.grad(), zeros_like(x)));
}
