// The entry of every C++ test program. A program that LUCID_ARCH sends to instructions this
// processor lacks exits with 77, which Meson reports as skipped; a name that no processor has is
// left to the tests.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "lucid/kernels/dispatch.h"

/// Requests no system can meet must fail as they do for users, and not end the program.
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1";
}
extern "C" const char* __tsan_default_options() {
  return "allocator_may_return_null=1";
}

int main(int argc, char** argv) {
  constexpr std::string_view architectures[] = {"sse2", "avx2", "avx512", "neon"};
  constexpr int skipped = 77;
  const char* rejected = lucid::kernels::rejected_request();
  if (rejected && std::count(std::begin(architectures), std::end(architectures), rejected)) {
    const bool emulated = rejected == std::string_view("neon");
    std::printf("skipped: this processor has no %s%s\n", rejected,
                emulated ? "; './run neon' tests it under emulation" : "");
    return skipped;
  }
  return doctest::Context(argc, argv).run();
}
