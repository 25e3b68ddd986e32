// Shows what ThreadSanitizer sees of our parallel loops. Called with an argument, threads write to
// one place, and it must say so; without, each writes to its own, and it must say nothing: it then
// knows that OpenMP's threads begin after what came before the loop, and end before what follows.
#include <cstdio>
#include <vector>

#include "lucid/parallel.h"

int main(int argc, char**) {
  const bool race = argc > 1;
  lucid::set_num_threads(3);
  int64_t total = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<int64_t> sums(3);
    lucid::parallel_for(3, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) sums[race ? 0 : static_cast<size_t>(i)] += round + i;
    });
    for (const int64_t sum : sums) total += sum;
  }
  std::printf("%lld\n", static_cast<long long>(total));
  return 0;
}
