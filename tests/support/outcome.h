// Running a check that may throw among others that shall run all the same.
#pragma once

#include <string>

#include "lucid/error.h"

namespace lucid::test {

/// "right" if the check returns true; an error as text, so that one wrong case does not hide the
/// others.
template <class Check>
std::string outcome(const Check& check) {
  try {
    return check() ? "right" : "not true";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace lucid::test
