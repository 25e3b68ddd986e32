// What all measured programs share: they wait for orders on stdin, and answer each with one line on
// stdout, so that bench/peers.py can have them measure in turn.
//
//     PROGRAM BENCHMARK [--threads N] [--strict] [--optimised] [--more] [--denormal]
//
//     list                    name=work of every case, separated by spaces
//     measure CASE SECONDS    the seconds of one call, averaged over calls that take SECONDS
//     warm CASE SECONDS       0, after calls that take at least SECONDS
//     value CASE              a number that all libraries should agree on, or nan
//     check CASE              0, if what was computed so far makes sense
//     memory                  the most memory the program has had so far, in megabytes
//     drop                    forget the case, and its memory
//
// Anything that goes wrong is told in one line on stderr, and ends the program with status 1.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "peak_memory.h"

namespace bench {

struct Options {
  std::string benchmark;
  int threads = 1;
  bool strict = false;     ///< lucid: convolutions as exact as a sum of products
  bool optimised = false;  ///< lucid: infer by nn::optimize_for_inference()
  bool more = false;       ///< conv: other shapes
  bool denormal = false;   ///< conv: values so small that they are denormal numbers
};

/// A case that is ready to run.
struct Prepared {
  std::function<void()> run;          ///< what is timed
  std::function<void()> before = {};  ///< called before each run
  std::function<double()> value = [] { return std::nan(""); };
  std::function<void()> check = [] {};  ///< throws if the results make no sense
};

struct Case {
  std::string name;
  double work;  ///< what a call does, in flops, images or operations; 0 where time alone counts
  std::function<Prepared()> prepare;
};

using Cases = std::vector<Case>;

inline Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--threads" && i + 1 < argc) {
      options.threads = std::atoi(argv[++i]);
    } else if (argument == "--strict") {
      options.strict = true;
    } else if (argument == "--optimised") {
      options.optimised = true;
    } else if (argument == "--more") {
      options.more = true;
    } else if (argument == "--denormal") {
      options.denormal = true;
    } else if (options.benchmark.empty() && argument.rfind("--", 0) != 0) {
      options.benchmark = argument;
    } else {
      throw std::invalid_argument("cannot use '" + argument + "'");
    }
  }
  if (options.benchmark.empty() || options.threads < 1) {
    throw std::invalid_argument(
        "expected BENCHMARK [--threads N] [--strict] [--optimised] [--more] [--denormal], with N "
        "at least 1");
  }
  return options;
}

/// Does what the lines on stdin say.
class Server {
 public:
  explicit Server(Cases cases) : cases_(std::move(cases)) {}

  void serve() {
    for (std::string line; std::getline(std::cin, line);) {
      std::istringstream words(line);
      std::string order, name;
      double seconds = 0;
      words >> order >> name >> seconds;
      if (order == "list") {
        list();
      } else if (order == "measure") {
        answer(measure(name, seconds));
      } else if (order == "warm") {
        warm(name, seconds);
        answer(0);
      } else if (order == "value") {
        answer(prepared(name).value());
      } else if (order == "check") {
        prepared(name).check();
        answer(0);
      } else if (order == "memory") {
        answer(peak_memory_mb());
      } else if (order == "drop") {
        drop();
        answer(0);
      } else {
        throw std::invalid_argument("cannot do '" + line + "'");
      }
    }
  }

 private:
  static void answer(double number) {
    std::printf("%.9g\n", number);
    std::fflush(stdout);
  }

  void list() const {
    for (const Case& each : cases_) std::printf("%s=%.9g ", each.name.c_str(), each.work);
    std::printf("\n");
    std::fflush(stdout);
  }

  void drop() {
    current_ = {};
    current_name_.clear();
    calls_ = 1;
  }

  Prepared& prepared(const std::string& name) {
    if (name == current_name_) return current_;
    drop();
    const auto found = std::find_if(cases_.begin(), cases_.end(),
                                    [&](const Case& each) { return each.name == name; });
    if (found == cases_.end()) throw std::invalid_argument("there is no case '" + name + "'");
    current_ = found->prepare();
    current_name_ = name;
    return current_;
  }

  double measure(const std::string& name, double seconds) {
    const Prepared& which = prepared(name);
    if (which.before) {
      which.before();
      return timed(which, 1);
    }
    for (;;) {
      const double elapsed = timed(which, calls_);
      if (elapsed >= 0.5 * seconds) return elapsed / static_cast<double>(calls_);
      const double wanted = static_cast<double>(calls_) * seconds / std::max(elapsed, 1e-9);
      calls_ = std::max(
          calls_ + 1, static_cast<int64_t>(std::min(wanted, 100.0 * static_cast<double>(calls_))));
    }
  }

  void warm(const std::string& name, double seconds) {
    const Prepared& which = prepared(name);
    for (double passed = 0; passed < seconds;) {
      if (which.before) which.before();
      passed += timed(which, 1);
    }
  }

  static double timed(const Prepared& which, int64_t calls) {
    const auto start = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < calls; ++i) which.run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  Cases cases_;
  std::string current_name_;
  Prepared current_;
  int64_t calls_ = 1;
};

/// The main() of a measured program: cases_of(options) gives the cases of a benchmark.
template <class CasesOf>
int serve(int argc, char** argv, const CasesOf& cases_of) {
  try {
    Server(cases_of(parse_options(argc, argv))).serve();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}

[[noreturn]] inline Cases unknown(const Options& options) {
  throw std::invalid_argument("has no benchmark '" + options.benchmark + "'");
}

}  // namespace bench
