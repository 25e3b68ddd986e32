// Measures OpenBLAS's product of matrices, into memory that is there already. See server.h.
#include <cblas.h>

#include "data.h"
#include "gemm_cases.h"
#include "server.h"

namespace {

bench::Cases cases_of(const bench::Options& options) {
  openblas_set_num_threads(options.threads);
  if (options.benchmark != "gemm") return bench::unknown(options);
  return bench::gemm_cases_with(
      [](const bench::GemmShape& shape, const std::vector<float>& a, const std::vector<float>& b) {
        const auto m = static_cast<blasint>(shape.m), n = static_cast<blasint>(shape.n),
                   k = static_cast<blasint>(shape.k);
        auto c = std::make_shared<std::vector<float>>(shape.m * shape.n);
        bench::Prepared prepared;
        prepared.run = [=] {
          cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0F, a.data(), k,
                      b.data(), n, 0.0F, c->data(), n);
        };
        prepared.value = [=] {
          prepared.run();
          return bench::rms(c->data(), static_cast<int64_t>(c->size()));
        };
        return prepared;
      });
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, cases_of);
}
