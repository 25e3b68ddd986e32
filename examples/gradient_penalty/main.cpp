// Trains a network with and without a penalty on its gradient, and compares how well the two read
// digits that were changed a little.
#include <fmt/format.h>
#include <lucid/lucid.h>

#include <cstdio>
#include <string>

#include "examples/shared/command_line.h"
#include "options.h"
#include "robustness.h"
#include "training.h"

namespace {

using gradient_penalty::Options;
using gradient_penalty::Robustness;

Robustness train_and_measure(const std::string& what, double penalty,
                             const examples::Digits& digits, const examples::Digits& test,
                             const Options& options) {
  fmt::print("\n{}\n", what);
  std::fflush(stdout);
  lucid::nn::Sequential model = gradient_penalty::train(digits, penalty, options);
  return gradient_penalty::measure(model, test, options);
}

void print_row(const std::string& what, const Robustness& found) {
  fmt::print("{:<20}{:>12.2f}%{:>12.2f}%{:>12.2f}%{:>16.4f}\n", what, 100 * found.accuracy,
             100 * found.under_attack, 100 * found.under_noise, found.gradient_norm);
}

void compare(const Options& options) {
  const examples::Digits digits = examples::training_digits(options);
  const examples::Digits test = examples::test_digits(options);
  fmt::print("{} digits to learn from, {} to test with, {}\n", digits.images.size(),
             test.images.size(), digits.source);
  const std::string with = fmt::format("with penalty {}", options.penalty);
  const std::string without = "without penalty";
  const Robustness plain = train_and_measure(without, 0, digits, test, options);
  const Robustness penalized = train_and_measure(with, options.penalty, digits, test, options);
  fmt::print("\n{:<20}{:>13}{:>13}{:>13}{:>16}\n", "test digits", "as they are",
             fmt::format("attack {}", options.attack), fmt::format("noise {}", options.noise),
             "gradient norm");
  print_row(without, plain);
  print_row(with, penalized);
}

}  // namespace

int main(int argc, char** argv) {
  return examples::run("gradient_penalty", [&] {
    const auto options = gradient_penalty::parse_options(argc, argv);
    if (!options) return;
    if (options->threads) lucid::set_num_threads(*options->threads);
    compare(*options);
  });
}
