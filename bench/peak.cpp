// The most floating-point operations that the processor can do at the moment, on all threads
// together: the measure of everything else. See server.h.
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

#include "peak_arch.h"
#include "server.h"

namespace {

/// The widest instruction set that both the build and the processor have, and that `--arch` allows.
bench::PeakKernel widest() {
#if defined(__x86_64__)
  const char* arch = std::getenv("LUCID_ARCH");
  const bool narrow = arch != nullptr && std::string_view(arch) == "avx2";
  if (!narrow && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return bench::peak_avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return bench::peak_avx2;
  return bench::peak_sse2;
#else
  return bench::peak_neon;
#endif
}

bench::Cases cases_of(const bench::Options& options) {
  constexpr int64_t kSteps = 200000;  // some milliseconds, so that starting threads does not count
  const bench::PeakKernel kernel = widest();
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
