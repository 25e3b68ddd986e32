// Measures libtorch; lucid_bench.cpp measures the same with lucid. See server.h.
#include "conv_cases.h"
#include "gemm_cases.h"
#include "model_cases.h"
#include "op_cases.h"
#include "overhead_cases.h"
#include "server.h"
#include "torch_library.h"

namespace {

bench::Cases cases_of(const bench::Options& options) {
  torch::set_num_threads(options.threads);
  torch::manual_seed(0);
  if (options.benchmark == "conv") return bench::conv_cases<bench::Torch>(options);
  if (options.benchmark == "gemm") return bench::gemm_cases<bench::Torch>();
  if (options.benchmark == "ops") return bench::op_cases<bench::Torch>();
  if (options.benchmark == "train") return bench::train_cases<bench::Torch>();
  if (options.benchmark == "infer") return bench::infer_cases<bench::Torch>();
  if (options.benchmark == "overhead") return bench::overhead_cases<bench::Torch>();
  return bench::unknown(options);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, cases_of);
}
