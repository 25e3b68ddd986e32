// What is set up when it is first asked for. These come first in their program, and run alone in a
// program of their own as well.
#include <doctest/doctest.h>

#include <vector>

#include "lucid/lucid.h"
#include "tests/support/at_once.h"

using namespace lucid;
using namespace lucid::test;

TEST_CASE("first use: the first operations of a program come from several threads") {
  constexpr int count = 4;
  std::vector<std::vector<float>> results(count);
  std::vector<int> processors(count);
  at_once(count, [&](int i) {
    const auto at = static_cast<size_t>(i);
    processors[at] = get_num_threads();
    const Tensor x = ones({2, 3, 20, 20}, {.requires_grad = true});
    const Tensor y = nn::functional::conv2d(x, full({4, 3, 3, 3}, 0.5));
    (y * y).sum().backward();
    results[at] = x.grad().to_vector<float>();
  });
  // Each output is 3 * 9 / 2, and an inner pixel is in 9 of them times 4 channels.
  CHECK(results[0][20 * 10 + 10] == 2 * 13.5 * 0.5 * 9 * 4);
  for (int i = 1; i < count; ++i) {
    CHECK(results[static_cast<size_t>(i)] == results[0]);
    CHECK(processors[static_cast<size_t>(i)] == processors[0]);
  }
}
