// Every differentiable function against finite differences, once and twice.
#include <doctest/doctest.h>

#include <string>

#include "autograd/functions/arithmetic.h"
#include "lucid/error.h"
#include "tests/autograd/cases.h"

using namespace lucid;
using namespace lucid::test;

namespace {

using Family = GradientCases (*)();
const Family families[] = {indexing_cases, loss_cases, method_cases, in_place_cases};

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

TEST_CASE("gradients of indexing") {
  check_family(indexing_cases);
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
