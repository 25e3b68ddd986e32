#include "examples/shared/command_line.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace examples {
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

// Strict, where the parser's own conversions read "010" as eight and cut off what overflows.
template <class T>
bool read_number(const std::string& text, T& value) {
  const char* last = text.data() + text.size();
  const auto result = std::from_chars(text.data(), last, value);
  return result.ec == std::errc() && result.ptr == last;
}

}  // namespace

CLI::Validator whole_number(int64_t low, int64_t high) {
  const auto check = [low, high](std::string& text) -> std::string {
    int64_t value = 0;
    if (!read_number(text, value) || value < low || value > high) {
      return fmt::format("expected a whole number from {} to {}, got \"{}\"", low, high, text);
    }
    text = std::to_string(value);  // no leading zeros
    return "";
  };
  return {check, ""};
}

CLI::Validator number(const std::string& range, bool (*accepts)(double)) {
  const auto check = [range, accepts](std::string& text) -> std::string {
    double value = 0;
    if (read_number(text, value) && std::isfinite(value) && accepts(value)) return "";
    return fmt::format("expected a number {}, got \"{}\"", range, text);
  };
  return {check, ""};
}

CLI::Validator path() {
  return {[](std::string& text) -> std::string { return text.empty() ? "the path is empty" : ""; },
          ""};
}

void add_data_options(CLI::App& app, DigitOptions& options, const std::string& otherwise) {
  app.option_defaults()->group("Data");
  app.add_option("--data", options.data,
                 "Folder with the four files of MNIST, plain or .gz;\n" + otherwise)
      ->option_text("DIR")
      ->check(path());
  app.add_option("--train-size", options.train_size, "Learn from the first N digits only")
      ->option_text("N")
      ->transform(whole_number(1, kMostImages));
  app.add_option("--test-size", options.test_size, "Test with the first N digits only")
      ->option_text("N")
      ->transform(whole_number(1, kMostImages));
}

void add_general_options(CLI::App& app, std::optional<int>& threads) {
  app.option_defaults()->group("General");
  app.add_option("--threads", threads, "Threads to compute with (default: one per processor)")
      ->option_text("N")
      ->transform(whole_number(1, 1024));
  app.set_help_flag("-h,--help", "Print this and leave")->group("General");
}

bool parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::string help = app.help();
    for (size_t gap; (gap = help.find("\n\n\n")) != std::string::npos;) help.erase(gap, 1);
    fmt::print("{}", help);
    return false;
  } catch (const CLI::ArgumentMismatch& error) {
    // The parser's own text is for programmers: "--epochs: 1 required INT missing".
    const std::string text = error.what();
    throw std::runtime_error(fmt::format("{} takes one value (--help explains the options)",
                                         text.substr(0, text.find(':'))));
  } catch (const CLI::ParseError& error) {
    throw std::runtime_error(fmt::format("{} (--help explains the options)", error.what()));
  }
  return true;
}

int run(const char* program, const std::function<void()>& work) {
  try {
    work();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", program, one_line(error.what()));
    return 2;
  }
}

}  // namespace examples
