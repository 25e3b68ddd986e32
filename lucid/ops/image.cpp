#include "lucid/ops/image.h"

#include <algorithm>
#include <limits>

#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

// So many elements are worth a thread.
constexpr int64_t busy = 16384;

struct Patches {
  int64_t height, width;  // of the image
  int64_t rows, columns;  // how many patches fit
  PatchGeometry geometry;

  int64_t pixels() const { return geometry.kernel[0] * geometry.kernel[1]; }
  int64_t count() const { return rows * columns; }
};

int64_t patches_along(const char* operation, int64_t size, const PatchGeometry& g, size_t i) {
  constexpr int64_t limit = std::numeric_limits<int32_t>::max();
  const bool positive = g.kernel[i] >= 1 && g.dilation[i] >= 1 && g.stride[i] >= 1;
  if (!positive || g.padding[i] < 0 ||
      std::max({g.kernel[i], g.dilation[i], g.stride[i], g.padding[i]}) > limit) {
    throw ValueError(message(operation, ": expected kernel_size, dilation and stride from 1 and ",
                             "padding from 0 to ", limit, ", got ", g.kernel[i], ", ",
                             g.dilation[i], ", ", g.stride[i], " and ", g.padding[i]));
  }
  const int64_t span = (g.kernel[i] - 1) * g.dilation[i];
  int64_t room = 0;
  if (size < 1 || __builtin_add_overflow(size, 2 * g.padding[i] - span - 1, &room) || room < 0) {
    throw ShapeError(message(operation, ": no patch of kernel_size ", g.kernel[i], ", dilation ",
                             g.dilation[i], " and padding ", g.padding[i], " fits a size of ",
                             size));
  }
  return room / g.stride[i] + 1;
}

// For `channels` planes in all.
Patches patches_of(const char* operation, int64_t height, int64_t width, int64_t channels,
                   const PatchGeometry& geometry) {
  const Patches result{height, width, patches_along(operation, height, geometry, 0),
                       patches_along(operation, width, geometry, 1), geometry};
  // Throws if what is computed with these sizes does not fit 63 bits.
  Shape{channels, geometry.kernel[0], geometry.kernel[1], result.rows, result.columns}.numel();
  return result;
}

// function(row of the columns, column, pixel of the image) for every pixel of every patch that lies
// inside of the image.
template <class Function>
void for_pixels(const Patches& p, const Function& function) {
  const PatchGeometry& g = p.geometry;
  for (int64_t pixel = 0; pixel < p.pixels(); ++pixel) {
    const int64_t down = pixel / g.kernel[1] * g.dilation[0] - g.padding[0];
    const int64_t right = pixel % g.kernel[1] * g.dilation[1] - g.padding[1];
    for (int64_t row = 0; row < p.rows; ++row) {
      const int64_t h = row * g.stride[0] + down;
      if (h < 0 || h >= p.height) continue;
      for (int64_t column = 0; column < p.columns; ++column) {
        const int64_t w = column * g.stride[1] + right;
        if (w < 0 || w >= p.width) continue;
        function(pixel * p.count() + row * p.columns + column, h * p.width + w);
      }
    }
  }
}

// Zeros of `shape`, to which body(plane of from, plane of into) adds for each plane of an image.
template <class Body>
Tensor by_planes(const Tensor& from, const Shape& shape, int64_t planes, int64_t from_size,
                 int64_t into_size, const Body& body) {
  Tensor result = allocate(shape, from.dtype(), from.device());
  if (result.is_meta() || result.numel() == 0) return result;
  fill(result, 0);
  const Tensor input = contiguous(from);
  visit_floating(from.dtype(), [&]<class T>(Tag<T>) {
    const T* const x = input.data<T>();
    T* const y = result.data<T>();
    parallel_for(planes, 1 + busy / std::max(from_size, into_size),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) body(x + i * from_size, y + i * into_size);
                 });
  });
  return result;
}

// A row-major tensor around one dimension.
struct Around {
  int64_t outer = 1, inner = 1;

  Around(const Shape& shape, size_t dim) {
    for (size_t i = 0; i < shape.size(); ++i) (i < dim ? outer : inner) *= i == dim ? 1 : shape[i];
  }
};

// Zeros with another size at dim, to which body(from, into, inner) adds for each outer index.
template <class Body>
Tensor along(const Tensor& from, size_t dim, int64_t size, const Body& body) {
  Shape shape = from.shape();
  const int64_t old_size = shape[dim];
  shape[dim] = size;
  const Around around(shape, dim);
  return by_planes(from, shape, around.outer, old_size * around.inner, size * around.inner,
                   [&](const auto* x, auto* y) { body(x, y, around.inner); });
}

// The size of the dimension, checked.
size_t sampled_dim(const Tensor& x, int64_t dim, int64_t expected) {
  require_floating("resample", "x", x);
  const size_t d = normalize_dim("resample", dim, x.shape().size());
  if (x.dim() == 0 || x.shape()[d] != expected) {
    throw ShapeError(message("resample: expected x of size ", expected, " in dim ", dim,
                             ", got shape ", x.shape()));
  }
  return d;
}

void check_taps(const SamplingTaps& taps) {
  const auto entries = static_cast<size_t>(taps.output * taps.count);
  const auto inside = [&](int64_t p) { return p >= 0 && p < taps.input; };
  if (taps.output < 0 || taps.positions.size() != entries || taps.weights.size() != entries ||
      !std::all_of(taps.positions.begin(), taps.positions.end(), inside)) {
    throw ValueError(message("resample: expected ", taps.count, " positions below ", taps.input,
                             " and as many weights for each of ", taps.output, " outputs"));
  }
}

}  // namespace

Tensor im2col(const char* operation, const Tensor& x, const PatchGeometry& geometry) {
  require_floating(operation, "x", x);
  require_rank(operation, "x", x, 4, "(N, C, H, W)");
  const int64_t n = x.shape(0), channels = x.shape(1);
  const Patches p =
      patches_of(operation, x.shape(2), x.shape(3), std::max<int64_t>(n * channels, 1), geometry);
  return by_planes(x, {n, channels * p.pixels(), p.count()}, n * channels, p.height * p.width,
                   p.pixels() * p.count(), [&](const auto* image, auto* columns) {
                     for_pixels(p, [=](int64_t at, int64_t from) { columns[at] = image[from]; });
                   });
}

Tensor col2im(const char* operation, const Tensor& columns, int64_t height, int64_t width,
              const PatchGeometry& geometry) {
  require_floating(operation, "x", columns);
  require_rank(operation, "x", columns, 3, "(N, C * kernel_size, patches)");
  const Patches p = patches_of(operation, height, width, 1, geometry);
  const int64_t n = columns.shape(0), rows = columns.shape(1);
  if (rows % p.pixels() != 0 || columns.shape(2) != p.count()) {
    throw ShapeError(message(operation, ": expected x of shape (N, C * ", p.pixels(), ", ",
                             p.count(), ") for an output of ", height, " x ", width, ", got ",
                             columns.shape()));
  }
  const int64_t channels = rows / p.pixels();
  return by_planes(columns, {n, channels, height, width}, n * channels, p.pixels() * p.count(),
                   height * width, [&](const auto* from, auto* image) {
                     for_pixels(p, [=](int64_t at, int64_t into) { image[into] += from[at]; });
                   });
}

Tensor resample(const Tensor& x, int64_t dim, const SamplingTaps& taps) {
  check_taps(taps);
  const size_t d = sampled_dim(x, dim, taps.input);
  return along(x, d, taps.output, [&]<class T>(const T* from, T* into, int64_t inner) {
    for (int64_t i = 0; i < taps.output * taps.count; ++i) {
      const auto entry = static_cast<size_t>(i);
      const T weight = static_cast<T>(taps.weights[entry]);
      const T* const source = from + taps.positions[entry] * inner;
      T* const target = into + i / taps.count * inner;
      for (int64_t j = 0; j < inner; ++j) target[j] += weight * source[j];
    }
  });
}

Tensor resample_backward(const Tensor& grad, int64_t dim, const SamplingTaps& taps) {
  check_taps(taps);
  const size_t d = sampled_dim(grad, dim, taps.output);
  return along(grad, d, taps.input, [&]<class T>(const T* from, T* into, int64_t inner) {
    for (int64_t i = 0; i < taps.output * taps.count; ++i) {
      const auto entry = static_cast<size_t>(i);
      const T weight = static_cast<T>(taps.weights[entry]);
      const T* const source = from + i / taps.count * inner;
      T* const target = into + taps.positions[entry] * inner;
      for (int64_t j = 0; j < inner; ++j) target[j] += weight * source[j];
    }
  });
}

}  // namespace lucid::ops
