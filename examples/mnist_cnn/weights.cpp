#include "weights.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace fs = std::filesystem;

namespace mnist_cnn {

void check_writable(const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw lucid::IOError(fmt::format("--output: \"{}\" is not a regular file", path));
  }
  // Where a link leads is where the weights will be written.
  const fs::path target = fs::weakly_canonical(path, ignored);
  // A name nobody else uses: what is there already must not be touched.
  const std::string trial =
      fmt::format("{}.trial{}", (target.empty() ? fs::path(path) : target).string(), ::getpid());
  try {
    lucid::save({{"trial", lucid::zeros({1})}}, trial);
  } catch (const lucid::IOError& error) {
    throw lucid::IOError(fmt::format("--output: {}", error.what()));
  }
  fs::remove(trial, ignored);
}

void save_weights(const lucid::nn::Module& model, const std::string& path) {
  try {
    lucid::save(model.state_dict(), path);
  } catch (const lucid::IOError& error) {
    std::error_code ignored;
    const fs::path folder = fs::temp_directory_path(ignored);
    const std::string refuge =
        (folder / fmt::format("mnist_cnn-{}.safetensors", ::getpid())).string();
    lucid::save(model.state_dict(), refuge);
    throw lucid::IOError(
        fmt::format("{}; the weights are in \"{}\" instead", error.what(), refuge));
  }
  fmt::print("weights saved in {}\n", path);
  std::fflush(stdout);
}

}  // namespace mnist_cnn
