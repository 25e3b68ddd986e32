// How fast a file of weights is read and mapped, beside copying as many bytes in memory.
#pragma once

#include <lucid/lucid.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "server.h"

namespace bench {

/// A file of weights in a folder of its own, both gone at the end, and what is read from it.
class WeightsFile {
 public:
  static constexpr int64_t kTensors = 50;
  static constexpr int64_t kElements = 2'500'000;  // of four bytes: 500 MB in all
  static constexpr int64_t kBytes = kTensors * kElements * 4;

  WeightsFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lucid-bench-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw lucid::IOError("no temporary folder: " + pattern);
    folder_ = pattern;
    lucid::StateDict weights;
    for (int64_t i = 0; i < kTensors; ++i) {
      weights.insert("layer" + std::to_string(i), lucid::full({kElements}, static_cast<double>(i)));
    }
    lucid::save(weights, path());
  }
  WeightsFile(const WeightsFile&) = delete;
  WeightsFile& operator=(const WeightsFile&) = delete;
  ~WeightsFile() {
    std::free(fresh_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string path() const { return folder_ + "/weights.safetensors"; }

  void copy_to_fresh() {
    fresh_ = std::malloc(kBytes);
    if (fresh_) std::memcpy(fresh_, source_.data(), kBytes);
  }
  void drop_fresh() {
    std::free(fresh_);
    fresh_ = nullptr;
  }
  void copy_to_used() { std::memcpy(used_.data(), source_.data(), kBytes); }

  void load(bool mapped) { state_ = lucid::load(path(), {.mmap = mapped}); }
  void touch_every_page() const {
    constexpr int64_t kPage = 4096;
    volatile char sink = 0;  // keeps the compiler from leaving out what nobody looks at
    for (const auto& [name, tensor] : state_) {
      const auto* bytes = reinterpret_cast<const char*>(tensor.bytes());
      for (int64_t i = 0; i < kElements * 4; i += kPage) sink = bytes[i];
    }
    static_cast<void>(sink);
  }
  void save() { lucid::save(state_, path()); }
  void drop() { state_ = {}; }
  void drop_all() {
    drop();
    lucid::empty_cache();
  }

 private:
  std::string folder_;
  std::vector<char> source_ = std::vector<char>(kBytes, 1);
  std::vector<char> used_ = std::vector<char>(kBytes, 2);
  void* fresh_ = nullptr;
  lucid::StateDict state_;
};

/// The cases share a file, which the first one writes; each leaves behind what the next one drops.
inline Cases files_cases() {
  using Action = void (*)(WeightsFile&);
  const auto file = std::make_shared<std::unique_ptr<WeightsFile>>();
  const auto make = [file](const char* name, Action before, Action run) {
    return Case{name, static_cast<double>(WeightsFile::kBytes), [=] {
                  if (!*file) *file = std::make_unique<WeightsFile>();
                  Prepared prepared;
                  prepared.before = [=] { before(**file); };
                  prepared.run = [=] { run(**file); };
                  return prepared;
                }};
  };
  const Action drop = [](WeightsFile& f) { f.drop(); };
  const Action drop_all = [](WeightsFile& f) { f.drop_all(); };
  return {
      make("copy_to_fresh_memory", drop_all, [](WeightsFile& f) { f.copy_to_fresh(); }),
      make(
          "copy_to_used_memory", [](WeightsFile& f) { f.drop_fresh(); },
          [](WeightsFile& f) { f.copy_to_used(); }),
      make("load_to_fresh_memory", drop_all, [](WeightsFile& f) { f.load(false); }),
      make("load_to_cached_memory", drop, [](WeightsFile& f) { f.load(false); }),
      make(
          "save_and_flush", [](WeightsFile&) {}, [](WeightsFile& f) { f.save(); }),
      make("load_mapped", drop_all, [](WeightsFile& f) { f.load(true); }),
      make("load_mapped_and_touch", drop,
           [](WeightsFile& f) {
             f.load(true);
             f.touch_every_page();
           }),
  };
}

}  // namespace bench
