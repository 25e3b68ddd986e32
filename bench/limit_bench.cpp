// What no convolution of lucid can pass: the fewest multiplications that any of its algorithms
// needs, done in registers at the FMA peak, or touching every tensor once, whichever takes longer
// here and now. Nothing is computed. See server.h.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <vector>

#include "conv_cases.h"
#include "peak_arch.h"
#include "server.h"

namespace {

using bench::ConvShape;
using bench::Pass;

/// Winograd's F(m x m, r x r) takes (m + r - 1)^2 multiplications for m^2 outputs, and does whole
/// tiles; others take one for each product.
double fewest_flops(const ConvShape& s) {
  const bool winograd = s.stride == 1 && s.groups == 1 && (s.kernel == 3 || s.kernel == 5);
  if (!winograd) return s.flops();
  const int64_t m = s.kernel == 3 ? 4 : 2;
  const int64_t tiles = s.batch * ((s.out_height() + m - 1) / m) * ((s.out_width() + m - 1) / m);
  constexpr int64_t kProducts = 6 * 6;
  return std::min(s.flops(),
                  2.0 * static_cast<double>(tiles * kProducts * s.in_channels * s.out_channels));
}

/// The loop of a thread: its share of the multiplications, or of the memory.
class Limit {
 public:
  Limit(const ConvShape& shape, Pass pass, bench::ConvData data, int threads)
      : data_(std::move(data)), threads_(threads) {
    const double per_step = kernel_(1);
    steps_ = static_cast<int64_t>(fewest_flops(shape) / per_step / threads) + 1;
    read_ = {&data_.x, &data_.weight};
    written_ = &data_.grad;
    if (pass == Pass::input) {
      read_ = {&data_.grad, &data_.weight};
      written_ = &data_.x;
    } else if (pass == Pass::weight) {
      read_ = {&data_.x, &data_.grad};
      written_ = &data_.weight;
    }
    bound_by_memory_ = best_of([this] { touch(); }) > best_of([this] { multiply(); });
  }

  void run() { bound_by_memory_ ? touch() : multiply(); }

 private:
  template <class F>
  void on_all_threads(const F& f) {
#pragma omp parallel for num_threads(threads_) schedule(static, 1)
    for (int i = 0; i < threads_; ++i) f(i);
  }

  void multiply() {
    on_all_threads([this](int) { kernel_(steps_); });
  }

  void touch() {
    on_all_threads([this](int thread) {
      uint64_t seen = 0;
      for (const std::vector<float>* tensor : read_) seen += sum_of_share(*tensor, thread);
      const auto [first, last] = share(*written_, thread);
      std::memset(written_->data() + first, static_cast<int>(seen & 1),
                  sizeof(float) * static_cast<size_t>(last - first));
    });
  }

  std::pair<int64_t, int64_t> share(const std::vector<float>& tensor, int thread) const {
    const auto size = static_cast<int64_t>(tensor.size());
    return {thread * size / threads_, (thread + 1) * size / threads_};
  }

  /// Adds up the bits, in as many chains as it takes to wait for memory alone.
  uint64_t sum_of_share(const std::vector<float>& tensor, int thread) const {
    const auto [first, last] = share(tensor, thread);
    constexpr int64_t kStep = 64;
    uint32_t sums[kStep] = {}, bits[kStep];
    for (int64_t i = first; i + kStep <= last; i += kStep) {
      std::memcpy(bits, tensor.data() + i, sizeof bits);
      for (int64_t j = 0; j < kStep; ++j) sums[j] += bits[j];
    }
    uint64_t total = 0;
    for (const uint32_t sum : sums) total += sum;
    return total;
  }

  template <class F>
  static double best_of(const F& f) {
    double best = 1e9;
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      f();
      best = std::min(
          best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
  }

  const bench::PeakKernel kernel_ = bench::widest_peak();
  bench::ConvData data_;
  int threads_;
  int64_t steps_ = 0;
  std::vector<const std::vector<float>*> read_;
  std::vector<float>* written_ = nullptr;
  bool bound_by_memory_ = false;
};

bench::Cases cases_of(const bench::Options& options) {
  if (options.benchmark != "conv") return bench::unknown(options);
  return bench::conv_cases_with(
      options,
      [threads = options.threads](const ConvShape& shape, Pass pass, bench::ConvData data) {
        auto limit = std::make_shared<Limit>(shape, pass, std::move(data), threads);
        return bench::Prepared{[=] { limit->run(); }};
      });
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, cases_of);
}
