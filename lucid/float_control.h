// How the floating-point unit of a thread rounds, and what it does with denormal numbers.
#pragma once

#include <cstdint>

// In every function here: what the kernels call must not be emitted, since the linker would take
// the copy of one instruction set for all.
#define LUCID_FLOAT_CONTROL_INLINE inline __attribute__((always_inline))

namespace lucid::detail {

#if defined(__SSE__)
/// MXCSR without its exception flags; results and operands that are denormal become zero.
struct FloatControl {
  using Word = uint32_t;
  static constexpr Word settings = ~Word{0x3F};
  static constexpr Word flush = 0x8040;

  static LUCID_FLOAT_CONTROL_INLINE Word read() noexcept { return __builtin_ia32_stmxcsr(); }
  static LUCID_FLOAT_CONTROL_INLINE void write(Word word) noexcept { __builtin_ia32_ldmxcsr(word); }
};
#elif defined(__aarch64__)
/// FPCR, which has no exception flags.
struct FloatControl {
  using Word = uint64_t;
  static constexpr Word settings = ~Word{0};
  static constexpr Word flush = Word{1} << 24;

  static LUCID_FLOAT_CONTROL_INLINE Word read() noexcept {
    Word word;
    __asm__ volatile("mrs %0, fpcr" : "=r"(word));
    return word;
  }
  static LUCID_FLOAT_CONTROL_INLINE void write(Word word) noexcept {
    __asm__ volatile("msr fpcr, %0" : : "r"(word) : "memory");
  }
};
#else
/// Unknown: nothing is ever changed.
struct FloatControl {
  using Word = uint32_t;
  static constexpr Word settings = 0;
  static constexpr Word flush = 0;

  static LUCID_FLOAT_CONTROL_INLINE Word read() noexcept { return 0; }
  static LUCID_FLOAT_CONTROL_INLINE void write(Word) noexcept {}
};
#endif

/// Gives the thread other settings for its lifetime, and then everything back as it was, exception
/// flags included. Costs a read where the settings are the same, since writing takes longer.
class FloatControlScope {
 public:
  explicit LUCID_FLOAT_CONTROL_INLINE FloatControlScope(FloatControl::Word wanted) noexcept
      : FloatControlScope(FloatControl::read(), wanted) {}
  FloatControlScope(const FloatControlScope&) = delete;
  FloatControlScope& operator=(const FloatControlScope&) = delete;
  LUCID_FLOAT_CONTROL_INLINE ~FloatControlScope() {
    if (changed_) FloatControl::write(before_);
  }

 protected:
  LUCID_FLOAT_CONTROL_INLINE FloatControlScope(FloatControl::Word before,
                                               FloatControl::Word wanted) noexcept
      : before_(before), changed_(((before ^ wanted) & FloatControl::settings) != 0) {
    if (changed_) {
      FloatControl::write((wanted & FloatControl::settings) | (before & ~FloatControl::settings));
    }
  }
  LUCID_FLOAT_CONTROL_INLINE bool changed() const noexcept { return changed_; }

 private:
  FloatControl::Word before_;
  bool changed_;
};

/// The settings that a FlushDenormals has changed on this thread, or 0.
extern constinit thread_local FloatControl::Word flush_added;

/// Denormal numbers count as zero, as operands and as results, while it lives: on this thread, and
/// on those that help it in parallel_for. Processors may take a hundred times as long for them.
class FlushDenormals : public FloatControlScope {
 public:
  LUCID_FLOAT_CONTROL_INLINE FlushDenormals() noexcept : FlushDenormals(FloatControl::read()) {}
  LUCID_FLOAT_CONTROL_INLINE ~FlushDenormals() {
    if (changed()) flush_added = 0;
  }

 private:
  explicit LUCID_FLOAT_CONTROL_INLINE FlushDenormals(FloatControl::Word before) noexcept
      : FloatControlScope(before, before | FloatControl::flush) {
    if (changed()) flush_added = FloatControl::flush & ~before;
  }
};

}  // namespace lucid::detail
