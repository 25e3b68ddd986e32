// The most floating-point operations that the processor can do at the moment, on all threads
// together: the measure of everything else. See server.h.
#include "peak_arch.h"
#include "server.h"

namespace {

bench::Cases cases_of(const bench::Options& options) {
  constexpr int64_t kSteps = 200000;  // some milliseconds
  const bench::PeakKernel kernel = bench::widest_peak();
  const int threads = options.threads;
  const double flops = kernel(kSteps) * static_cast<double>(kSteps) * threads;
  // Threads that stay, as the libraries' do: a new one may begin on the processor of the thread
  // that started it, and share it for longer than this takes.
  const auto run = [=] {
#pragma omp parallel num_threads(threads)
    kernel(kSteps);
  };
  return {{"peak", flops, [=] { return bench::Prepared{run}; }}};
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, cases_of);
}
