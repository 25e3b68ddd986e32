// What the command line asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "examples/shared/digits.h"

namespace mnist_cnn {

enum class OptimizerKind : uint8_t { sgd, adam, adamw };
/// As on the command line.
const char* name(OptimizerKind kind);

struct Options : examples::DigitOptions {
  int64_t epochs = 5;
  int64_t batch_size = 64;
  OptimizerKind optimizer = OptimizerKind::sgd;
  std::optional<double> lr;  ///< unset: what suits the optimiser; so for the next two
  std::optional<double> momentum;
  std::optional<double> weight_decay;
  int64_t seed = 0;
  std::string checkpoint;          ///< what a run is continued from; empty: none is written
  int64_t checkpoint_every = 100;  ///< steps
  bool resume = false;
  std::optional<int> threads;  ///< unset: as many as lucid chooses
  std::string output = "mnist_cnn.safetensors";

  std::string predict;  ///< weights to classify with; empty: train
  int64_t show = 8;
  bool mistakes = false;
};

/// Reads the command line. Prints the help and returns nothing if that is what was asked for.
/// @throws std::runtime_error with a line that says what is wrong.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace mnist_cnn
