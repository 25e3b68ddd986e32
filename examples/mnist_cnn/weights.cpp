#include "weights.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace fs = std::filesystem;

namespace mnist_cnn {
namespace {

// Where a file of that path is written: at the end of its links, whether there is one yet or not,
// of which weakly_canonical() follows those to what exists alone.
fs::path target_of(fs::path path, std::error_code& error) {
  constexpr int kMostLinks = 40;  // as Linux follows
  for (int links = 0; links < kMostLinks; ++links) {
    if (!fs::is_symlink(fs::symlink_status(path, error))) break;
    path = path.parent_path() / fs::read_symlink(path, error);
  }
  return fs::weakly_canonical(fs::absolute(path), error);
}

}  // namespace

void check_writable(const std::string& option, const std::string& path) {
  const auto fail = [&](const std::string& why) {
    throw lucid::IOError(fmt::format("{}: cannot write \"{}\": {}", option, path, why));
  };
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) fail("it is not a regular file");
  if (::access(path.c_str(), F_OK) != 0 && errno != ENOENT) fail(std::strerror(errno));
  // The file is made beside where it will be, which is where a link leads; nothing is written now,
  // so that nothing can be left behind.
  const fs::path target = target_of(path, ignored);
  const fs::path folder = (target.empty() ? fs::path(path) : target).parent_path();
  if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) fail(std::strerror(errno));
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  const fs::path first = target_of(a, error);
  return !error && first == target_of(b, error) && !error;
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
