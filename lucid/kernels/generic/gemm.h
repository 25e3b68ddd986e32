// Matrix product after BLIS: both operands packed into panels, blocks sized for the caches, one
// micro-kernel. All of a slab is packed at once, so that threads meet only twice per slab.
#pragma once

#include "lucid/kernels/generic/gemm_dot.h"
#include "lucid/kernels/generic/gemm_small.h"

namespace lucid::kernels::generic {

/// offsets[p] = p * width of a tile: where the rows of a packed panel stand.
template <class Arch, class T>
struct PackedOffsets {
  int64_t values[Blocks<Arch, T>::kc];

  constexpr PackedOffsets() : values{} {
    for (int64_t p = 0; p < Blocks<Arch, T>::kc; ++p) values[p] = p * kTileWidth<Arch, T>;
  }
  static const PackedOffsets table;
};
template <class Arch, class T>
constexpr PackedOffsets<Arch, T> PackedOffsets<Arch, T>::table{};

/// The part of a product that is packed at one time, and how its panels are laid out.
template <class Arch, class T>
struct GemmSlab {
  static constexpr int64_t kc = Blocks<Arch, T>::kc;
  static constexpr int64_t width = kTileWidth<Arch, T>;

  int64_t m, n, k;  ///< greatest extent of a slab

  static GemmSlab of(int64_t m, int64_t n, int64_t k) {
    constexpr int64_t side = 4096;
    constexpr int64_t budget = 1 << 21;  // elements
    const int64_t slab_m = lesser<Arch>(m, side);
    const int64_t slab_n = lesser<Arch>(round_up<Arch>(n, width), side / width * width);
    const int64_t fitting = budget / (slab_m + slab_n) / kc * kc;
    return {slab_m, slab_n, lesser<Arch>(k, greater<Arch>(kc, fitting))};
  }
  int64_t scratch() const { return (m + n) * k + 32; }
};

/// A long sum of a small result leaves nothing to divide among threads but the sum. It is cut into
/// parts whose length depends on the shape alone, and these are added in their order.
template <class Arch, class T>
struct LongSum {
  static constexpr int64_t together = 16;  ///< parts that are kept at one time

  int64_t length;

  static LongSum of(int64_t m, int64_t n) {
    constexpr int64_t shortest = 4096, worthwhile = 1 << 18;  // multiplications
    return {greater<Arch>(shortest, round_up<Arch>(worthwhile / (m * n), shortest))};
  }
  /// Only for layouts of which a part needs no scratch of its own.
  static bool suits(int64_t m, int64_t n, int64_t k, MatrixStrides a, MatrixStrides b) {
    if (m > 1024 || n > 1024 || m * n > 1024 || k < 2 * of(m, n).length) return false;
    return suits_dot_products<Arch, T>(m, n, k, a, b) ||
           (std::is_same_v<T, float> && b.column == 1);
  }
};

template <class Arch, class T>
int64_t gemm_scratch(int64_t m, int64_t n, int64_t k, MatrixStrides a, MatrixStrides b) {
  if (m <= 0 || n <= 0 || k <= 0) return 0;
  if (LongSum<Arch, T>::suits(m, n, k, a, b)) return LongSum<Arch, T>::together * m * n;
  if constexpr (std::is_same_v<T, float>) {
    if (suits_small_product<Arch>(m, n, k, b)) return small_product_scratch<Arch>(n, k, b);
  }
  if (suits_dot_products<Arch, T>(m, n, k, a, b)) return 0;
  return GemmSlab<Arch, T>::of(m, n, k).scratch();
}

template <class Arch, class T>
class Gemm {
 public:
  using Slab = GemmSlab<Arch, T>;
  static constexpr int64_t kc = Slab::kc;
  static constexpr int64_t width = Slab::width;

  Gemm(const T* a, MatrixStrides a_strides, const T* b, MatrixStrides b_strides, T* c, int64_t ldc,
       const T* bias)
      : a_(a), b_(b), a_strides_(a_strides), b_strides_(b_strides), c_(c), ldc_(ldc), bias_(bias) {}

  /// The block that ends the sums, at this k, writes their relu.
  void relu_at(int64_t k) { relu_at_ = k; }

  /// One slab: a (m x k) and b (k x n) start at the given places. Its panels are packed, then
  /// multiplied; `add` to c, or overwrite it.
  void run_slab(int64_t i0, int64_t m, int64_t j0, int64_t n, int64_t p0, int64_t k, bool pack_a,
                bool add, T* scratch) {
    i0_ = i0, j0_ = j0, p0_ = p0, m_ = m, n_ = n, k_ = k, add_ = add;
    panels_ = EvenParts<Arch>::of(m, Blocks<Arch, T>::mr);
    columns_ = ceil_div<Arch>(n, width);
    packed_a_ = scratch;
    packed_b_ = scratch + round_up<Arch>(m * k, 16);
    pack(pack_a);
    const int64_t work = 1 + kGemmGrain / greater<Arch>(1, k * Blocks<Arch, T>::mr * width);
    // Threads share out the side that has more panels.
    if (columns_ >= panels_.count) {
      parallel_for(columns_, 1 + work / panels_.count,
                   [this](int64_t begin, int64_t end) { multiply(0, panels_.count, begin, end); });
    } else {
      parallel_for(panels_.count, 1 + work / columns_,
                   [this](int64_t begin, int64_t end) { multiply(begin, end, 0, columns_); });
    }
  }

 private:
  static constexpr int64_t kGemmGrain = 1 << 19;  // multiplications

  void pack(bool with_a) {
    const int64_t blocks = ceil_div<Arch>(k_, kc);
    const int64_t a_tasks = with_a ? panels_.count * blocks : 0;
    const int64_t b_tasks = columns_ * blocks;
    const int64_t grain = 1 + kCostlyGrain / (lesser<Arch>(k_, kc) * width);
    parallel_for(a_tasks + b_tasks, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (i < a_tasks) {
          pack_a(i % panels_.count, i / panels_.count * kc);
        } else {
          pack_b((i - a_tasks) % columns_, (i - a_tasks) / columns_ * kc);
        }
      }
    });
  }

  T* a_panel(int64_t panel, int64_t p, int64_t depth) const {
    return packed_a_ + p * m_ + panels_.first(panel) * depth;
  }
  T* b_panel(int64_t column, int64_t p, int64_t depth) const {
    return packed_b_ + (p * columns_ + column * depth) * width;
  }

  void pack_a(int64_t panel, int64_t p) {
    const int64_t depth = lesser<Arch>(kc, k_ - p);
    const int64_t height = panels_.size_of(panel);
    const T* from =
        a_ + (i0_ + panels_.first(panel)) * a_strides_.row + (p0_ + p) * a_strides_.column;
    T* to = a_panel(panel, p, depth);
    for (int64_t q = 0; q < depth; ++q, from += a_strides_.column) {
      for (int64_t i = 0; i < height; ++i) *to++ = from[i * a_strides_.row];
    }
  }

  void pack_b(int64_t column, int64_t p) {
    const int64_t depth = lesser<Arch>(kc, k_ - p);
    const int64_t columns = lesser<Arch>(width, n_ - column * width);
    const T* from = b_ + (p0_ + p) * b_strides_.row + (j0_ + column * width) * b_strides_.column;
    T* to = b_panel(column, p, depth);
    if (b_strides_.column == 1) {
      for (int64_t q = 0; q < depth; ++q, to += width, from += b_strides_.row) {
        copy_run<Arch, T>(to, from, columns);
        fill_zero<Arch, T>(to + columns, width - columns);
      }
      return;
    }
    // Eight columns at a time, so that their cache lines do not evict one another.
    for (int64_t j = 0; j < columns; j += 8) {
      const int64_t some = lesser<Arch>(8, columns - j);
      for (int64_t q = 0; q < depth; ++q) {
        const T* row = from + q * b_strides_.row + j * b_strides_.column;
        for (int64_t l = 0; l < some; ++l) to[q * width + j + l] = row[l * b_strides_.column];
      }
    }
    for (int64_t q = 0; q < depth && columns < width; ++q) {
      fill_zero<Arch, T>(to + q * width + columns, width - columns);
    }
  }

  void multiply(int64_t panel_begin, int64_t panel_end, int64_t column_begin, int64_t column_end) {
    const int64_t some = greater<Arch>(1, Blocks<Arch, T>::mc / panels_.size);
    for (int64_t p = 0; p < k_; p += kc) {
      for (int64_t first = panel_begin; first < panel_end; first += some) {
        const int64_t last = lesser<Arch>(panel_end, first + some);
        for (int64_t column = column_begin; column < column_end; ++column) {
          for (int64_t panel = first; panel < last; ++panel) tile(panel, column, p);
        }
      }
    }
  }

  void tile(int64_t panel, int64_t column, int64_t p) {
    const int64_t depth = lesser<Arch>(kc, k_ - p);
    const int64_t height = panels_.size_of(panel);
    const int64_t columns = lesser<Arch>(width, n_ - column * width);
    T* c = c_ + (i0_ + panels_.first(panel)) * ldc_ + j0_ + column * width;
    const bool add = add_ || p > 0;
    const T* bias = bias_ != nullptr && p0_ + p == 0 ? bias_ + j0_ + column * width : nullptr;
    const bool relu = p0_ + p + depth == relu_at_;
    const auto kernel = MicroKernels<Arch, T>::at(height);
    const T* left = a_panel(panel, p, depth);
    const T* right = b_panel(column, p, depth);
    const int64_t* offsets = PackedOffsets<Arch, T>::table.values;
    if (columns == width && !(add && bias != nullptr)) {
      const Finish finish = add               ? Finish::add_to_output
                            : bias != nullptr ? Finish::add_column_bias
                                              : Finish::store;
      kernel(depth, left, right, offsets, c, ldc_, with_relu<Arch>(finish, relu), bias);
      return;
    }
    alignas(64) T buffer[Blocks<Arch, T>::mr * width];
    kernel(depth, left, right, offsets, buffer, width, Finish::store, nullptr);
    for (int64_t i = 0; i < height; ++i) {
      T* out = c + i * ldc_;
      T* sums = buffer + i * width;
      for (int64_t j = 0; j < columns && add; ++j) sums[j] += out[j];
      for (int64_t j = 0; j < columns && bias != nullptr; ++j) sums[j] += bias[j];
      for (int64_t j = 0; j < columns && relu; ++j) sums[j] = sums[j] < T(0) ? T(0) : sums[j];
      copy_run<Arch, T>(out, sums, columns);
    }
  }

  const T* a_;
  const T* b_;
  MatrixStrides a_strides_, b_strides_;
  T* c_;
  int64_t ldc_;
  const T* bias_;
  int64_t i0_ = 0, j0_ = 0, p0_ = 0, m_ = 0, n_ = 0, k_ = 0, columns_ = 0;
  bool add_ = false;
  int64_t relu_at_ = -1;
  EvenParts<Arch> panels_{};
  T* packed_a_ = nullptr;
  T* packed_b_ = nullptr;
};

/// k == 0: a product of nothing.
template <class Arch, class T>
void gemm_of_nothing(int64_t m, int64_t n, T* c, int64_t ldc, bool accumulate, const T* bias,
                     bool relu) {
  for (int64_t i = 0; i < m; ++i, c += ldc) {
    if (!accumulate) fill_zero<Arch, T>(c, n);
    for (int64_t j = 0; j < n && bias != nullptr; ++j) c[j] += bias[j];
    for (int64_t j = 0; j < n && relu; ++j) c[j] = c[j] < T(0) ? T(0) : c[j];
  }
}

/// One part of a long sum.
template <class Arch, class T>
void gemm_part(int64_t m, int64_t n, int64_t k, const T* a, MatrixStrides a_strides, const T* b,
               MatrixStrides b_strides, T* sums) {
  if constexpr (std::is_same_v<T, float>) {
    if (b_strides.column == 1) {
      return gemm_small<Arch>(m, n, k, a, a_strides, b, b_strides, sums, n, {false, nullptr, false},
                              nullptr);
    }
  }
  gemm_dot<Arch, T>(m, n, k, a, a_strides.row, b, b_strides.column, sums, n, false, nullptr, false);
}

template <class Arch, class T>
void gemm_long(int64_t m, int64_t n, int64_t k, const T* a, MatrixStrides a_strides, const T* b,
               MatrixStrides b_strides, T* c, int64_t ldc, bool accumulate, T* parts) {
  using Sum = LongSum<Arch, T>;
  const int64_t length = Sum::of(m, n).length;
  for (int64_t first = 0; first < k; first += Sum::together * length) {
    const int64_t count = lesser<Arch>(Sum::together, ceil_div<Arch>(k - first, length));
    parallel_for(count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) {
        const int64_t p = first + part * length;
        gemm_part<Arch, T>(m, n, lesser<Arch>(length, k - p), a + p * a_strides.column, a_strides,
                           b + p * b_strides.row, b_strides, parts + part * m * n);
      }
    });
    for (int64_t part = 0; part < count; ++part) {
      const bool add = accumulate || first > 0 || part > 0;
      for (int64_t i = 0; i < m; ++i) {
        T* row = c + i * ldc;
        const T* sums = parts + (part * m + i) * n;
        if (!add) {
          copy_run<Arch, T>(row, sums, n);
          continue;
        }
        map_range<Arch, T>(
            0, n, row, [](const auto& u, const auto& v) { return u + v; },
            static_cast<const T*>(row), sums);
      }
    }
  }
}

template <class Arch, class T>
void gemm(int64_t m, int64_t n, int64_t k, const T* a, MatrixStrides a_strides, const T* b,
          MatrixStrides b_strides, T* c, int64_t ldc, bool accumulate, const T* bias_row,
          T* scratch, bool relu) {
  if (m <= 0 || n <= 0) return;
  if (k <= 0) return gemm_of_nothing<Arch, T>(m, n, c, ldc, accumulate, bias_row, relu);
  if (LongSum<Arch, T>::suits(m, n, k, a_strides, b_strides)) {
    gemm_long<Arch, T>(m, n, k, a, a_strides, b, b_strides, c, ldc, accumulate, scratch);
    return finish_rows<Arch, T>(m, n, c, ldc, bias_row, relu);
  }
  if constexpr (std::is_same_v<T, float>) {
    if (suits_small_product<Arch>(m, n, k, b_strides)) {
      return gemm_small<Arch>(m, n, k, a, a_strides, b, b_strides, c, ldc,
                              {accumulate, bias_row, relu}, scratch);
    }
  }
  if (suits_dot_products<Arch, T>(m, n, k, a_strides, b_strides)) {
    return gemm_dot<Arch, T>(m, n, k, a, a_strides.row, b, b_strides.column, c, ldc, accumulate,
                             bias_row, relu);
  }
  const auto slab = GemmSlab<Arch, T>::of(m, n, k);
  Gemm<Arch, T> product(a, a_strides, b, b_strides, c, ldc, bias_row);
  if (relu) product.relu_at(k);
  for (int64_t p = 0; p < k; p += slab.k) {
    const int64_t depth = lesser<Arch>(slab.k, k - p);
    for (int64_t i = 0; i < m; i += slab.m) {
      for (int64_t j = 0; j < n; j += slab.n) {
        product.run_slab(i, lesser<Arch>(slab.m, m - i), j, lesser<Arch>(slab.n, n - j), p, depth,
                         j == 0, accumulate || p > 0, scratch);
      }
    }
  }
}

}  // namespace lucid::kernels::generic
