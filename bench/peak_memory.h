// How much memory a program has had.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

namespace bench {

/// The most memory this program has had in RAM. The kernel's count for a child process would
/// include what its parent had before it started the program, so the program reads its own.
inline double peak_memory_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::strtod(line.c_str() + 6, nullptr) / 1024.0;
  }
  return 0.0;
}

}  // namespace bench
