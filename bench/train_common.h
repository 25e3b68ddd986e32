// What the two training programs share: options, data, the clock and the printed lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace bench {

constexpr int64_t kBatchSize = 64;
constexpr int64_t kImageSize = 28;
constexpr int64_t kClasses = 10;
constexpr int64_t kBatches = 8;

struct Options {
  int threads = 1;
  int warmup = 8;       // steps before the clock starts
  int steps = 30;       // steps per repetition
  int repetitions = 1;  // 0: start, make one tensor and leave, to time the start alone
};

/// Reads `--name value` pairs; prints one line and leaves with status 2 where they make no sense.
inline Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    char* end = nullptr;
    const long value = i + 1 < argc ? std::strtol(argv[i + 1], &end, 10) : -1;
    int* target = name == "--threads"       ? &options.threads
                  : name == "--warmup"      ? &options.warmup
                  : name == "--steps"       ? &options.steps
                  : name == "--repetitions" ? &options.repetitions
                                            : nullptr;
    const long least = name == "--threads" || name == "--steps" ? 1 : 0;
    if (target == nullptr || end == nullptr || *end != '\0' || value < least || value > 1000000) {
      std::fprintf(stderr,
                   "%s: cannot use '%s': expected --threads N, --warmup N, --steps N or "
                   "--repetitions N\n",
                   argv[0], argv[i]);
      std::exit(2);
    }
    *target = static_cast<int>(value);
  }
  return options;
}

struct Batch {
  std::vector<float> images = std::vector<float>(kBatchSize * kImageSize * kImageSize);
  std::vector<int64_t> labels = std::vector<int64_t>(kBatchSize);
};

/// Noise with a bright bar whose place tells the label, so that a falling loss shows real training.
/// The second half of the batches repeats the first with every other label changed: no model can
/// learn both, so gradients never sink to denormal numbers, which would distort the timing.
inline std::vector<Batch> make_batches() {
  uint64_t state = 1;
  auto next = [&state] {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return state >> 33;
  };
  std::vector<Batch> batches(kBatches / 2);
  for (Batch& batch : batches) {
    for (float& pixel : batch.images) pixel = static_cast<float>(next() % 1024) / 1024.0F - 0.5F;
    for (int64_t n = 0; n < kBatchSize; ++n) {
      batch.labels[n] = static_cast<int64_t>(next() % kClasses);
      float* row = &batch.images[(n * kImageSize + 2 * batch.labels[n] + 4) * kImageSize];
      for (int64_t x = 0; x < kImageSize; ++x) row[x] += 1.0F;
    }
  }
  for (int64_t b = 0; b < kBatches / 2; ++b) {
    batches.push_back(batches[b]);
    for (int64_t n = 0; n < kBatchSize; n += 2) {
      batches.back().labels[n] = (batches.back().labels[n] + 5) % kClasses;
    }
  }
  return batches;
}

/// The most memory this program has had in RAM. The kernel's count for a child process would
/// include what its parent had before it started the program, so the program reads its own.
inline double peak_memory_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::strtod(line.c_str() + 6, nullptr) / 1024.0;
  }
  return 0.0;
}

/// Times `step(index)`, a whole training step that returns nothing, and prints one line per
/// repetition.
template <class Step>
void measure(const Options& options, Step&& step) {
  using Clock = std::chrono::steady_clock;
  int index = 0;
  for (int i = 0; i < options.warmup; ++i) step(index++);
  for (int r = 0; r < options.repetitions; ++r) {
    const auto start = Clock::now();
    for (int i = 0; i < options.steps; ++i) step(index++);
    const std::chrono::duration<double> seconds = Clock::now() - start;
    std::printf("images_per_second %.1f\n",
                static_cast<double>(kBatchSize) * options.steps / seconds.count());
    std::fflush(stdout);
  }
}

inline void print_summary(double first_loss, double last_loss) {
  std::printf("first_loss %.6f\nlast_loss %.6f\npeak_memory_mb %.1f\n", first_loss, last_loss,
              peak_memory_mb());
}

}  // namespace bench
