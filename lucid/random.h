// Random numbers: counter-based, so that any value can be computed on its own, in any order and by
// any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace lucid {

namespace detail {
class DrawScope;
}

/// Philox4x32-10: 128 random bits for a key (seed) and a counter (stream, position)
/// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
std::array<uint32_t, 4> philox(uint64_t seed, uint64_t stream, uint64_t position) noexcept;

class Generator;

/// One stream of a generator, set aside: its numbers are the same however late they are asked for.
struct RandomStream {
  uint64_t seed = 0;
  uint64_t position = 0;

  /// Takes the next stream.
  static RandomStream from(Generator& generator);
  /// A generator whose next stream is this one.
  Generator generator() const noexcept;
};

/// Hands out streams of random numbers. Every random operation takes one stream; element i of its
/// result is a function of (seed, stream, i) alone. Threads that share a generator get different
/// streams; which of them gets which is chance.
class Generator {
 public:
  explicit Generator(uint64_t seed = 0) noexcept : seed_(seed) {}
  Generator(const Generator& other) noexcept : seed_(other.seed()), next_(other.position()) {}
  Generator& operator=(const Generator& other) noexcept {
    set_state(other.seed(), other.position());
    return *this;
  }

  uint64_t seed() const noexcept { return state().seed; }
  /// The number of streams handed out so far: with the seed, the whole state.
  uint64_t position() const noexcept { return state().position; }
  /// Starts again from the first stream of `seed`, or from `position`.
  void set_state(uint64_t seed, uint64_t position = 0) noexcept;
  uint64_t next_stream() { return RandomStream::from(*this).position; }

 private:
  friend struct RandomStream;
  friend class detail::DrawScope;
  RandomStream state() const noexcept;

  std::atomic<uint64_t> seed_;
  std::atomic<uint64_t> next_{0};
};

/// The generator behind every random operation that is given none. Where threads are to draw the
/// same numbers in every run, give each a generator of its own.
Generator& default_generator() noexcept;

/// Seeds the default generator: equal seeds give equal results at any number of threads.
void manual_seed(uint64_t seed) noexcept;

/// Uniform in [0, 1) with 24 bits for float, 53 for double.
/// `index` counts the values of one stream.
double uniform_at(uint64_t seed, uint64_t stream, uint64_t index) noexcept;

/// Fill contiguous memory. uniform: [low, high); normal: mean 0, standard deviation 1 scaled and
/// shifted; integers: [low, high).
template <class T>
void fill_uniform(T* data, int64_t count, uint64_t seed, uint64_t stream, double low, double high);
template <class T>
void fill_normal(T* data, int64_t count, uint64_t seed, uint64_t stream, double mean,
                 double stddev);
void fill_integers(int64_t* data, int64_t count, uint64_t seed, uint64_t stream, int64_t low,
                   int64_t high);

}  // namespace lucid
