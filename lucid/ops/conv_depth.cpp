#include "lucid/ops/conv_depth.h"

#include <algorithm>
#include <cstring>

#include "lucid/float_control.h"
#include "lucid/ops/common.h"
#include "lucid/ops/conv_planes.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/pointwise.h"
#include "lucid/ops/view.h"
#include "lucid/parallel.h"

namespace lucid::ops {
namespace {

constexpr int64_t unfolded_elements = 1 << 22;  // at a time, or those of one output depth
constexpr int64_t grain_elements = 16384;

// Kernel depths [first, first + count).
struct Taps {
  int64_t first, count;
  friend bool operator==(const Taps&, const Taps&) = default;
};

// Some images and output depths, all of which see the input through the same kernel depths.
struct Part {
  int64_t first_image, images, first_out, outs;
  Taps taps;
};

// The input depth that output depth `out` reads through kernel depth 0; maybe outside.
int64_t start_of(const ConvSizes& s, int64_t out) {
  return out * s.geometry.stride[0] - s.geometry.pad_low[0];
}

Taps taps_inside(const ConvSizes& s, int64_t out) {
  const int64_t start = start_of(s, out);
  const int64_t dilation = s.geometry.dilation[0];
  if (start >= s.in[0]) return {0, 0};
  const int64_t before = std::max<int64_t>(0, -start);
  const int64_t first = before / dilation + (before % dilation != 0);
  const int64_t end = std::min(s.kernel[0], (s.in[0] - 1 - start) / dilation + 1);
  return first < end ? Taps{first, end - first} : Taps{0, 0};
}

// The cut depends on the sizes alone, so that results do not depend on the number of threads.
template <class Body>
void for_each_part(const ConvSizes& s, const Body& body) {
  for (int64_t out = 0, outs = 0; out < s.out[0]; out += outs) {
    const Taps taps = taps_inside(s, out);
    const int64_t unfolded = s.in_channels * taps.count * s.in[1] * s.in[2];
    const int64_t output = s.out_channels * s.out[1] * s.out[2];
    const int64_t most =
        std::max<int64_t>(1, unfolded_elements / std::max<int64_t>(1, std::max(unfolded, output)));
    outs = 1;
    while (outs < most && out + outs < s.out[0] && taps_inside(s, out + outs) == taps) ++outs;
    const int64_t images = std::max<int64_t>(1, most / outs);
    for (int64_t image = 0; image < s.batch; image += images) {
      body(Part{image, std::min(images, s.batch - image), out, outs, taps});
    }
  }
}

kernels::Conv2dShape planes_of(const ConvSizes& s, const Part& part) {
  kernels::Conv2dShape shape = s.planes();
  shape.batch = part.images * part.outs;
  shape.in_channels = s.in_channels * part.taps.count;
  return shape;
}

Shape unfolded_shape(const ConvSizes& s, const Part& part) {
  return {part.images, part.outs, s.in_channels, part.taps.count, s.in[1], s.in[2]};
}

int64_t grain(int64_t elements) {
  return 1 + grain_elements / std::max<int64_t>(1, elements);
}

// Of x (N, C, D, H, W), what a part reads, as (images, outs, C, taps, H, W).
Tensor unfold(const ConvSizes& s, const Part& part, const Tensor& x) {
  const Tensor result = allocate(unfolded_shape(s, part), x.dtype());
  if (result.numel() == 0) return result;
  const int64_t plane = s.in[1] * s.in[2];
  const auto bytes = static_cast<int64_t>(element_size(x.dtype())) * plane;
  const int64_t dilation = s.geometry.dilation[0];
  const int64_t run = dilation == 1 ? part.taps.count : 1;  // planes that lie one behind the other
  const std::byte* from = x.bytes();
  std::byte* to = result.bytes();
  parallel_for(part.images * part.outs * s.in_channels, grain(part.taps.count * plane),
               [=, &s, &part](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   const int64_t row = i / s.in_channels;
                   const int64_t image = part.first_image + row / part.outs;
                   const int64_t start = start_of(s, part.first_out + row % part.outs);
                   const int64_t channel = image * s.in_channels + i % s.in_channels;
                   for (int64_t tap = 0; tap < part.taps.count; tap += run) {
                     const int64_t depth = start + (part.taps.first + tap) * dilation;
                     std::memcpy(to + (i * part.taps.count + tap) * bytes,
                                 from + (channel * s.in[0] + depth) * bytes,
                                 static_cast<size_t>(run * bytes));
                   }
                 }
               });
  return result;
}

// The adjoint: adds to result (N, C, D, H, W), each channel in the order of the output depths.
template <class T>
void fold(const ConvSizes& s, const Part& part, const T* unfolded, T* result) {
  const int64_t plane = s.in[1] * s.in[2];
  const int64_t work = part.outs * part.taps.count * plane;
  const detail::FlushDenormals scope;
  parallel_for(
      part.images * s.in_channels, grain(work), [=, &s, &part](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t image = i / s.in_channels, channel = i % s.in_channels;
          T* volume =
              result + ((part.first_image + image) * s.in_channels + channel) * s.in[0] * plane;
          for (int64_t out = 0; out < part.outs; ++out) {
            const int64_t row = (image * part.outs + out) * s.in_channels + channel;
            for (int64_t tap = 0; tap < part.taps.count; ++tap) {
              const int64_t depth = start_of(s, part.first_out + out) +
                                    (part.taps.first + tap) * s.geometry.dilation[0];
              const T* from = unfolded + (row * part.taps.count + tap) * plane;
              T* to = volume + depth * plane;
              for (int64_t p = 0; p < plane; ++p) to[p] += from[p];
            }
          }
        }
      });
}

// The view of y (N, K, OD, P, Q) that belongs to a part.
Tensor outputs_of(const Part& part, const Tensor& y) {
  return narrow(narrow(y, 0, part.first_image, part.images), 2, part.first_out, part.outs);
}

// The same as images: (images, outs, K, P, Q).
Tensor as_images(const Tensor& outputs) {
  return permute(outputs, {0, 2, 1, 3, 4});
}

Tensor taps_of(const Part& part, const Tensor& weight) {
  return narrow(weight, 2, part.taps.first, part.taps.count);
}

}  // namespace

void conv_depth(const ConvSizes& s, const Tensor& x, const Tensor& weight, const Tensor& bias,
                bool relu, const Tensor& result) {
  for_each_part(s, [&](const Part& part) {
    const Tensor outputs = outputs_of(part, result);
    if (part.taps.count == 0) {
      fill(outputs, 0);
      if (bias.defined()) {
        const Tensor values = relu ? unary(Unary::relu, bias) : bias;
        copy_into(view_of(values, {s.out_channels, 1, 1, 1}, {1, 1, 1, 1}, values.storage_offset()),
                  outputs);
      }
      return;
    }
    const Tensor images = as_images(outputs);
    const Tensor y = allocate(images.shape(), x.dtype());
    kernels::Conv2dShape shape = planes_of(s, part);
    shape.relu = relu;
    conv_planes(shape, s.geometry.effective_mode(), unfold(s, part, x),
                contiguous(taps_of(part, weight)), bias, y);
    copy_into(y, images);
  });
}

void conv_depth_input_gradient(const ConvSizes& s, const Tensor& grad, const Tensor& weight,
                               const Tensor& result) {
  fill(result, 0);
  for_each_part(s, [&](const Part& part) {
    if (part.taps.count == 0) return;
    const Tensor unfolded = allocate(unfolded_shape(s, part), grad.dtype());
    conv_planes_input_gradient(planes_of(s, part), s.geometry.effective_mode(),
                               contiguous(as_images(outputs_of(part, grad))),
                               contiguous(taps_of(part, weight)), unfolded);
    visit_floating(grad.dtype(),
                   [&]<class T>(Tag<T>) { fold(s, part, unfolded.data<T>(), result.data<T>()); });
  });
}

void conv_depth_weight_gradient(const ConvSizes& s, const Tensor& grad, const Tensor& x,
                                const Tensor& result) {
  fill(result, 0);
  for_each_part(s, [&](const Part& part) {
    if (part.taps.count == 0) return;
    const Tensor taps = taps_of(part, result);
    const Tensor sum = allocate(taps.shape(), grad.dtype());
    conv_planes_weight_gradient(planes_of(s, part), s.geometry.effective_mode(),
                                contiguous(as_images(outputs_of(part, grad))), unfold(s, part, x),
                                sum);
    copy_into(binary(Binary::add, taps, sum), taps);
  });
}

}  // namespace lucid::ops
