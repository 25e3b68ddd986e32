// Measures lucid; torch_bench.cpp measures the same with libtorch. See server.h.
#include "conv_cases.h"
#include "lucid_library.h"
#include "server.h"

namespace {

bench::Cases cases_of(const bench::Options& options) {
  lucid::set_num_threads(options.threads);
  if (options.strict) lucid::set_conv_mode(lucid::ConvMode::strict);
  lucid::manual_seed(0);
  if (options.benchmark == "conv") return bench::conv_cases<bench::Lucid>(options);
  return bench::unknown(options);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, cases_of);
}
