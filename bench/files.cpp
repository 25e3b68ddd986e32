// How fast a file of weights is read and mapped, beside copying as many bytes in memory.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "lucid/allocator.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/serialize.h"

namespace {

constexpr int kRounds = 7;
constexpr int64_t kTensors = 50;
constexpr int64_t kElements = 2'500'000;  // of four bytes: 500 MB in all
constexpr int64_t kBytes = kTensors * kElements * 4;

// A folder that is gone when the program ends.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lucid-bench-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw lucid::IOError("no temporary folder: " + pattern);
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Keeps the compiler from leaving out what nobody looks at.
volatile char sink;

void touch_every_page(const lucid::StateDict& state) {
  constexpr int64_t kPage = 4096;
  for (const auto& [name, tensor] : state) {
    const auto* bytes = reinterpret_cast<const char*>(tensor.bytes());
    for (int64_t i = 0; i < kElements * 4; i += kPage) sink = bytes[i];
  }
}

struct Contestant {
  const char* name;
  std::function<void()> prepare;
  std::function<void()> run;
  std::vector<double> seconds = {};
};

double seconds_of(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print(std::vector<Contestant>& contestants) {
  const auto& reference = contestants.front().seconds;
  std::printf("%lld MB, median of %d interleaved rounds\n",
              static_cast<long long>(kBytes / 1'000'000), kRounds);
  std::printf("%-42s %9s %8s %7s\n", "", "ms", "GB/s", "ratio");
  for (const Contestant& each : contestants) {
    const double middle = median(each.seconds);
    std::vector<double> ratios;
    for (int i = 0; i < kRounds; ++i) {
      ratios.push_back(each.seconds[static_cast<size_t>(i)] / reference[static_cast<size_t>(i)]);
    }
    std::printf("%-42s %9.2f %8.2f %7.3f\n", each.name, 1000 * middle, kBytes / middle / 1e9,
                median(ratios));
  }
  std::printf("ratio: of the times in one round, to those of the first line\n");
}

void measure(const std::string& path) {
  const std::vector<char> source(kBytes, 1);
  std::vector<char> reused(kBytes, 2);
  lucid::StateDict state;
  const auto nothing = [] {};
  // What a run leaves behind is dropped before the next is timed.
  const auto drop = [&] { state = {}; };
  const auto drop_all = [&] {
    state = {};
    lucid::empty_cache();
  };
  void* fresh = nullptr;
  std::vector<Contestant> contestants = {
      {"memcpy into fresh memory", nothing,
       [&] {
         fresh = std::malloc(kBytes);
         if (fresh) std::memcpy(fresh, source.data(), kBytes);
       }},
      {"memcpy into memory used before", [&] { std::free(fresh); },
       [&] { std::memcpy(reused.data(), source.data(), kBytes); }},
      {"load into fresh memory", drop_all, [&] { state = lucid::load(path); }},
      {"load into memory of the allocator's cache", drop, [&] { state = lucid::load(path); }},
      {"load mapped", drop_all, [&] { state = lucid::load(path, {.mmap = true}); }},
      {"load mapped, and touch every page", drop,
       [&] {
         state = lucid::load(path, {.mmap = true});
         touch_every_page(state);
       }},
  };
  for (int round = 0; round < kRounds; ++round) {
    for (Contestant& each : contestants) {
      each.prepare();
      each.seconds.push_back(seconds_of(each.run));
    }
  }
  print(contestants);
}

}  // namespace

int main(int argc, char**) try {
  if (argc > 1) {
    std::fprintf(stderr, "usage: files (there are no options; TMPDIR says where the file goes)\n");
    return 2;
  }
  const Folder folder;
  const std::string path = folder.file("weights.safetensors");
  {
    lucid::StateDict state;
    for (int64_t i = 0; i < kTensors; ++i) {
      state.insert("layer" + std::to_string(i), lucid::full({kElements}, static_cast<double>(i)));
    }
    const double seconds = seconds_of([&] { lucid::save(state, path); });
    std::printf("save: %.2f GB/s, with what the disk takes to flush\n", kBytes / seconds / 1e9);
  }
  lucid::empty_cache();
  measure(path);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
