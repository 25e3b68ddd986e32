// Internal: random numbers that one thread draws a second time, whatever others draw meanwhile.
#pragma once

#include <cstddef>
#include <vector>

#include "lucid/random.h"

namespace lucid::detail {

/// What was drawn from any generator, in order.
struct Draws {
  RandomStream start;  ///< the default generator's state before
  std::vector<RandomStream> streams;
};

/// Stands for its lifetime between this thread and the generators: writes down what is drawn, or
/// hands out again what was written down, and then does not touch them. The state of the default
/// generator looks as it did in the first run, too.
class DrawScope {
 public:
  /// Writes down.
  explicit DrawScope(Draws& written) noexcept;
  /// Repeats; further draws go on from there.
  explicit DrawScope(const Draws& repeated) noexcept;
  DrawScope(const DrawScope&) = delete;
  DrawScope& operator=(const DrawScope&) = delete;
  ~DrawScope();

  /// The innermost one that the state of the generator is hidden behind on this thread, or null.
  static DrawScope* of(const Generator& generator) noexcept;

  RandomStream draw(Generator& generator);
  RandomStream state() const noexcept;
  void set_state(RandomStream state) noexcept;

 private:
  DrawScope* outer_;
  Draws* written_ = nullptr;         // null if it repeats
  const Draws* repeated_ = nullptr;  // null if it writes down
  size_t next_ = 0;                  // of those repeated
  RandomStream state_;               // that the generator seems to have, if it repeats
};

}  // namespace lucid::detail
