// Measures lucid; torch_bench.cpp measures the same with libtorch. See server.h.
#include "conv_cases.h"
#include "files_cases.h"
#include "gemm_cases.h"
#include "lucid_library.h"
#include "model_cases.h"
#include "op_cases.h"
#include "overhead_cases.h"
#include "server.h"

namespace {

bench::Cases cases_of(const bench::Options& options) {
  lucid::set_num_threads(options.threads);
  if (options.strict) lucid::set_conv_mode(lucid::ConvMode::strict);
  lucid::manual_seed(0);
  if (options.benchmark == "conv") return bench::conv_cases<bench::Lucid>(options);
  if (options.benchmark == "gemm") return bench::gemm_cases<bench::Lucid>();
  if (options.benchmark == "ops") return bench::op_cases<bench::Lucid>();
  if (options.benchmark == "train") return bench::train_cases<bench::Lucid>();
  if (options.benchmark == "infer") return bench::infer_cases<bench::Lucid>();
  if (options.benchmark == "overhead") return bench::overhead_cases<bench::Lucid>();
  if (options.benchmark == "files") return bench::files_cases();
  return bench::unknown(options);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, cases_of);
}
