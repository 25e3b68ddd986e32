// What the command line asks for.
#pragma once

#include <cstdint>
#include <optional>

#include "examples/shared/digits.h"

namespace gradient_penalty {

struct Options : examples::DigitOptions {
  int64_t epochs = 3;
  int64_t batch_size = 64;
  double lr = 0.003;
  double penalty = 3;
  int64_t seed = 0;
  double attack = 0.05;
  double noise = 0.2;
  std::optional<int> threads;  ///< unset: as many as lucid chooses
};

/// Reads the command line. Prints the help and returns nothing if that is what was asked for.
/// @throws std::runtime_error with a line that says what is wrong.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace gradient_penalty
