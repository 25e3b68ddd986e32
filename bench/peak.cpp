// The most floating-point operations that the processor can do at the moment, on all threads
// together: the measure of everything else. See server.h.
#include <thread>
#include <vector>

#include "peak_arch.h"
#include "server.h"

namespace {

bench::Cases cases_of(const bench::Options& options) {
  constexpr int64_t kSteps = 200000;  // some milliseconds, so that starting threads does not count
  const bench::PeakKernel kernel = bench::widest_peak();
  const int threads = options.threads;
  const double flops = kernel(kSteps) * static_cast<double>(kSteps) * threads;
  return {{"peak", flops, [=] {
             return bench::Prepared{[=] {
               std::vector<std::thread> others;
               for (int i = 1; i < threads; ++i) others.emplace_back(kernel, kSteps);
               kernel(kSteps);
               for (std::thread& other : others) other.join();
             }};
           }}};
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, cases_of);
}
