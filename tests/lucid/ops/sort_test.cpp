// Values in order: more than the table of operations has.
#include <doctest/doctest.h>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/sorting.h"
#include "lucid/parallel.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

TEST_CASE("sorting many lanes") {
  const Tensor x = pattern({150, 67});
  const ValuesAndIndices sorted = sort(x, 0);
  CHECK(all(le(sorted.values.narrow(0, 0, 149), sorted.values.narrow(0, 1, 149))));
  CHECK(equal(gather(x, 0, sorted.indices), sorted.values));
  CHECK(equal(topk(x, 10, 0, false).indices, sorted.indices.narrow(0, 0, 10)));
  const int before = get_num_threads();
  set_num_threads(3);
  CHECK(equal(sort(x, 0).indices, sorted.indices));
  set_num_threads(before);
}

}  // namespace
}  // namespace lucid::test
