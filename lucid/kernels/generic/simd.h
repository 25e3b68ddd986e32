// The little that the kernels need beyond xsimd: partial vectors and loops over arrays.
//
// Everything in this folder is a template on the arch, and uses no function templates of the
// standard library: a copy of those compiled with AVX flags could be linked into the baseline.
#pragma once

#include <cstdint>
#include <type_traits>
#include <xsimd/xsimd.hpp>

#include "lucid/parallel.h"

#define LUCID_INLINE inline __attribute__((always_inline))
/// What prepares a kernel, once a call: better short than fast.
#define LUCID_SETUP __attribute__((noinline, cold))

namespace lucid::kernels::generic {

/// What one vector register can do, in terms that every instruction set has.
template <class Arch, class T>
struct PlainLanes {
  using Vec = xsimd::batch<T, Arch>;
  static constexpr int count = static_cast<int>(Vec::size);
  /// Partial vectors are as fast as whole ones, and need no code of their own.
  static constexpr bool has_masks = false;

  static LUCID_INLINE Vec fma(const Vec& a, const Vec& b, const Vec& c) {
    return xsimd::fma(a, b, c);
  }
  static LUCID_INLINE Vec divide(const Vec& a, const Vec& b) { return a / b; }
  static LUCID_INLINE Vec sqrt(const Vec& a) { return xsimd::sqrt(a); }

  /// The first n lanes from memory, the others `fill`.
  static LUCID_INLINE Vec load_first(const T* p, int64_t n, T fill) {
    alignas(64) T lanes[count];
    for (int i = 0; i < count; ++i) lanes[i] = i < n ? p[i] : fill;
    return Vec::load_aligned(lanes);
  }

  /// Writes lanes [begin, end) to p[begin...end).
  static LUCID_INLINE void store_range(T* p, const Vec& v, int64_t begin, int64_t end) {
    alignas(64) T lanes[count];
    v.store_aligned(lanes);
    for (int64_t i = begin; i < end; ++i) p[i] = lanes[i];
  }

  /// rows[i] lane j becomes rows[j] lane i. Each round moves one bit of the row's number into the
  /// lane's; xsimd's zip is the whole interleaving only where a register has 128 bits.
  static LUCID_INLINE void transpose(Vec (&rows)[count]) {
    static_assert(sizeof(Vec) == 16, "wider registers need a transpose of their own");
    for (int round = 1; round < count; round *= 2) {
      Vec mixed[count];
      for (int i = 0; i < count / 2; ++i) {
        mixed[2 * i] = xsimd::zip_lo(rows[i], rows[i + count / 2]);
        mixed[2 * i + 1] = xsimd::zip_hi(rows[i], rows[i + count / 2]);
      }
      for (int i = 0; i < count; ++i) rows[i] = mixed[i];
    }
  }

  /// a0 b0 a1 b1 ...: the first vector of it, and the second.
  static LUCID_INLINE void interleave(const Vec& a, const Vec& b, Vec& first, Vec& second) {
    static_assert(sizeof(Vec) == 16, "wider registers need an interleaving of their own");
    first = xsimd::zip_lo(a, b);
    second = xsimd::zip_hi(a, b);
  }

  /// The other way round: a becomes every second number of the two, b those between them.
  static LUCID_INLINE void separate(Vec& a, Vec& b) {
    for (int round = 1; round < count; round *= 2) interleave(Vec(a), Vec(b), a, b);
  }

  static LUCID_INLINE T sum(const Vec& v) {
    alignas(64) T lanes[count];
    v.store_aligned(lanes);
    for (int width = count / 2; width > 0; width /= 2) {
      for (int i = 0; i < width; ++i) lanes[i] += lanes[i + width];
    }
    return lanes[0];
  }
};

/// The same, specialised in arch/ where the instruction set has something better.
template <class Arch, class T>
struct Lanes : PlainLanes<Arch, T> {};

template <class Arch, class T>
using Vec = xsimd::batch<T, Arch>;

template <class Arch, class T>
inline constexpr int kLanes = Lanes<Arch, T>::count;

template <class Arch, class T>
LUCID_INLINE Vec<Arch, T> load(const T* p) {
  return Vec<Arch, T>::load_unaligned(p);
}

/// a * b + c
template <class Arch, class T>
LUCID_INLINE Vec<Arch, T> multiply_add(const Vec<Arch, T>& a, const Vec<Arch, T>& b,
                                       const Vec<Arch, T>& c) {
  return Lanes<Arch, T>::fma(a, b, c);
}

/// a / b and the square root, correctly rounded
template <class Arch, class T>
LUCID_INLINE Vec<Arch, T> divide(const Vec<Arch, T>& a, const Vec<Arch, T>& b) {
  return Lanes<Arch, T>::divide(a, b);
}
template <class Arch, class T>
LUCID_INLINE Vec<Arch, T> square_root(const Vec<Arch, T>& a) {
  return Lanes<Arch, T>::sqrt(a);
}

/// Lanes that are NaN. (In xsimd 8 `v != v` is false for a NaN under AVX.)
template <class Arch, class T>
LUCID_INLINE auto is_nan(const Vec<Arch, T>& v) {
  return !(v == v);
}

/// x, or `least` where x is less: with 0 the relu, with minus infinity x itself. A NaN stays.
template <class Arch, class T>
LUCID_INLINE Vec<Arch, T> at_least(const Vec<Arch, T>& least, const Vec<Arch, T>& x) {
  return xsimd::select(x < least, least, x);
}
template <class Arch, class T>
LUCID_INLINE Vec<Arch, T> least_output(bool relu) {
  return Vec<Arch, T>(relu ? T(0) : -static_cast<T>(__builtin_inff()));
}

/// What of a gradient gets through a relu, whose output this is.
template <class Arch, class T>
LUCID_INLINE Vec<Arch, T> relu_gate(const Vec<Arch, T>& grad, const Vec<Arch, T>& output) {
  const Vec<Arch, T> zero(T(0));
  return xsimd::select(output > zero, grad, zero);
}

/// Work that is worth waking a thread, in elements of cheap pointwise arithmetic.
inline constexpr int64_t kCheapGrain = 32768;
inline constexpr int64_t kCostlyGrain = 8192;

/// y[i] = f(x[i]...) for vectors f; an element's result does not depend on where it stands, as the
/// last few go through the same vector code.
template <class Arch, class T, class F, class... X>
LUCID_INLINE void map_range(int64_t begin, int64_t end, T* y, F f, const X*... x) {
  constexpr int lanes = kLanes<Arch, T>;
  int64_t i = begin;
  for (; i + lanes <= end; i += lanes) f(load<Arch, T>(x + i)...).store_unaligned(y + i);
  if (i < end) {
    Lanes<Arch, T>::store_range(y + i, f(Lanes<Arch, T>::load_first(x + i, end - i, T(1))...), 0,
                                end - i);
  }
}

/// The same over [0, n), on several threads.
template <class Arch, class T, class F, class... X>
LUCID_INLINE void map(int64_t n, int64_t grain, T* y, F f, const X*... x) {
  parallel_for(n, grain,
               [&](int64_t begin, int64_t end) { map_range<Arch, T>(begin, end, y, f, x...); });
}

/// f(task, worker) for tasks [0, count): a contiguous range for each worker, who has scratch memory
/// of its own, which prepare(worker) makes ready. Where one worker does all, what it calls may use
/// all threads.
template <class Arch, class Prepare, class F>
LUCID_INLINE void for_workers(int64_t workers, int64_t count, Prepare prepare, F f) {
  parallel_for(workers, 1, [&](int64_t begin, int64_t end) {
    for (int64_t worker = begin; worker < end; ++worker) {
      prepare(worker);
      const int64_t last = (worker + 1) * count / workers;
      for (int64_t task = worker * count / workers; task < last; ++task) f(task, worker);
    }
  });
}
template <class Arch, class F>
LUCID_INLINE void for_workers(int64_t workers, int64_t count, F f) {
  for_workers<Arch>(
      workers, count, [](int64_t) {}, f);
}

/// The least and the greatest of two sizes, under a name that the arch is part of.
template <class Arch>
LUCID_INLINE constexpr int64_t lesser(int64_t a, int64_t b) {
  return a < b ? a : b;
}
template <class Arch>
LUCID_INLINE constexpr int64_t greater(int64_t a, int64_t b) {
  return a > b ? a : b;
}
template <class Arch>
LUCID_INLINE constexpr int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}
template <class Arch>
LUCID_INLINE constexpr int64_t round_up(int64_t a, int64_t b) {
  return (a + b - 1) / b * b;
}

template <class Arch, class T>
LUCID_INLINE void fill_zero(T* p, int64_t n) {
  constexpr int lanes = kLanes<Arch, T>;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) Vec<Arch, T>(T(0)).store_unaligned(p + i);
  for (; i < n; ++i) p[i] = 0;
}

/// Copies n elements that do not overlap; short runs are common, so no call to memcpy.
template <class Arch, class T>
LUCID_INLINE void copy_run(T* to, const T* from, int64_t n) {
  constexpr int lanes = kLanes<Arch, T>;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) load<Arch, T>(from + i).store_unaligned(to + i);
  if (i == n) return;
  if (n >= lanes) {  // end with a vector that overlaps the one before
    load<Arch, T>(from + n - lanes).store_unaligned(to + n - lanes);
  } else {
    Lanes<Arch, T>::store_range(to, Lanes<Arch, T>::load_first(from, n, T(0)), 0, n);
  }
}

/// Writes `left` zeros, n elements and zeros up to `pitch`. What stands behind the row, up to
/// `room` elements from its beginning, may be overwritten: rows are put in order.
template <class Arch, class T>
LUCID_INLINE void put_row(T* row, int64_t left, const T* from, int64_t n, int64_t pitch,
                          int64_t room) {
  constexpr int lanes = kLanes<Arch, T>;
  if (room < pitch + lanes || left > lanes) {  // the last rows
    fill_zero<Arch, T>(row, left);
    copy_run<Arch, T>(row + left, from, n);
    fill_zero<Arch, T>(row + left + n, pitch - left - n);
    return;
  }
  if (left > 0) Vec<Arch, T>(T(0)).store_unaligned(row);
  int64_t i = left;
  for (; n >= lanes; i += lanes, n -= lanes, from += lanes) {
    load<Arch, T>(from).store_unaligned(row + i);
  }
  if (n > 0) {
    Lanes<Arch, T>::load_first(from, n, T(0)).store_unaligned(row + i);
    i += lanes;
  }
  for (; i < pitch; i += lanes) Vec<Arch, T>(T(0)).store_unaligned(row + i);
}

}  // namespace lucid::kernels::generic
