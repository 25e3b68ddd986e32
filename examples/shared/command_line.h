// What the command lines of the examples have in common.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "examples/shared/digits.h"

namespace examples {

CLI::Validator whole_number(int64_t low, int64_t high);
/// @param range "above 0", for the message
CLI::Validator number(const std::string& range, bool (*accepts)(double));
CLI::Validator path();

inline constexpr int64_t kMostImages = 1'000'000;

/// --data, --train-size and --test-size.
/// @param otherwise what becomes of a run without --data: "without it ..."
void add_data_options(CLI::App& app, DigitOptions& options, const std::string& otherwise);
/// --threads and --help.
void add_general_options(CLI::App& app, std::optional<int>& threads);

/// Reads the command line; prints the help and returns false if that is what was asked for.
/// @throws std::runtime_error with a line that says what is wrong.
bool parse(CLI::App& app, int argc, char** argv);

/// Does a program's work and returns its exit status: 0, or 2 after one line on stderr that says
/// what went wrong.
int run(const char* program, const std::function<void()>& work);

}  // namespace examples
