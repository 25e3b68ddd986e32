// Trains a convolutional network to read handwritten digits, and reads digits with it.
#include <lucid/lucid.h>

#include "examples/shared/command_line.h"
#include "options.h"
#include "predict.h"
#include "training.h"

int main(int argc, char** argv) {
  return examples::run("mnist_cnn", [&] {
    const auto options = mnist_cnn::parse_options(argc, argv);
    if (!options) return;
    if (options->threads) lucid::set_num_threads(*options->threads);
    if (options->predict.empty()) {
      mnist_cnn::train(*options);
    } else {
      mnist_cnn::predict(*options);
    }
  });
}
