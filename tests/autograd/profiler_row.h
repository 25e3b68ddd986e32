// What a profiler says of one operation.
#pragma once

#include <string>

#include "autograd/profiler.h"

namespace lucid::test {

inline Profiler::Row row_of(const Profiler& profiler, const std::string& name) {
  for (const Profiler::Row& row : profiler.rows()) {
    if (row.name == name) return row;
  }
  return {};
}

}  // namespace lucid::test
