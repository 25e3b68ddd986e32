// The environment variable LUCID_ARCH. The build runs this once for every instruction set, and once
// with a name that no processor has.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "lucid/kernels/dispatch.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

TEST_CASE("LUCID_ARCH: the kernels it asks for run, and an unknown name is an error") {
  const char* asked = std::getenv("LUCID_ARCH");
  if (kernels::rejected_request()) {
    const auto parts = {"LUCID_ARCH", asked, "reference"};
    // Not once, but every time: nothing may run on kernels that were not asked for.
    for (int i = 0; i < 2; ++i) {
      CHECK(wrong_error<ValueError>([] { exp(zeros({4})); }, parts) == "");
      CHECK(wrong_error<ValueError>(
                [] { matmul(eye(2, {.dtype = float64}), eye(2, {.dtype = float64})); }, parts) ==
            "");
    }
    // What needs no kernel still works.
    CHECK(mismatch(tensor({1, 2}) + 1, {2}, {2, 3}) == "");
    return;
  }
  const int best = kernels::available_count() - 1;
  const std::string expected = asked && *asked ? asked : kernels::available_name(best);
  CHECK(mismatch(exp(zeros({4})), {4}, {1, 1, 1, 1}) == "");
  CHECK(kernels::active<float>().name == expected);
  CHECK(kernels::active<double>().name == expected);
}

}  // namespace
}  // namespace lucid::test
