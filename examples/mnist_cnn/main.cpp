// Trains a convolutional network to read handwritten digits, and reads digits with it.
#include <fmt/format.h>
#include <lucid/lucid.h>

#include <cstdio>
#include <exception>
#include <string>

#include "options.h"
#include "predict.h"
#include "training.h"

namespace {

// Lists in a message come on lines of their own, indented.
std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool after_break = !line.empty() && line.back() == ' ';
    if (c != '\n' && !(c == ' ' && after_break)) line += c;
    if (c == '\n' && !after_break) line += ' ';
  }
  return line;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto options = mnist_cnn::parse_options(argc, argv);
    if (!options) return 0;
    if (options->threads) lucid::set_num_threads(*options->threads);
    if (options->predict.empty()) {
      mnist_cnn::train(*options);
    } else {
      mnist_cnn::predict(*options);
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "mnist_cnn: {}\n", one_line(error.what()));
    return 2;
  }
}
