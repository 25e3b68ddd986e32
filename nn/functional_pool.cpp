// Pooling.
#include "autograd/functions/pooling.h"

#include <algorithm>

#include "nn/batched.h"
#include "nn/functional_pool.h"

namespace lucid::nn::functional {
namespace {

template <size_t Rank>
std::array<int64_t, Rank> sizes_of(const Size<Rank>& size) {
  std::array<int64_t, Rank> result{};
  std::copy(size.begin(), size.end(), result.begin());
  return result;
}

template <size_t Rank, class Options>
PoolGeometry<Rank> windows(Size<Rank> kernel, const Options& options) {
  PoolGeometry<Rank> geometry;
  geometry.kernel = sizes_of(kernel);
  geometry.stride = sizes_of(options.stride.value_or(kernel));
  geometry.padding = sizes_of(options.padding);
  geometry.ceil_mode = options.ceil_mode;
  return geometry;
}

template <size_t Rank>
PoolGeometry<Rank> max_geometry(Size<Rank> kernel, const MaxPoolFunctionOptions<Rank>& options) {
  PoolGeometry<Rank> geometry = windows(kernel, options);
  geometry.dilation = sizes_of(options.dilation);
  return geometry;
}

template <size_t Rank>
PoolGeometry<Rank> avg_geometry(Size<Rank> kernel, const AvgPoolFunctionOptions<Rank>& options) {
  PoolGeometry<Rank> geometry = windows(kernel, options);
  geometry.count_include_pad = options.count_include_pad;
  geometry.divisor_override = options.divisor_override;
  return geometry;
}

// As batched(), for functions that give indices too.
template <size_t Rank, class Function>
ValuesAndIndices batched_maxima(const char* operation, const Tensor& x, const Function& function) {
  Tensor indices;
  Tensor values = batched<Rank>(operation, x, [&](const Tensor& images) {
    ValuesAndIndices both = function(images);
    indices = std::move(both.indices);
    return std::move(both.values);
  });
  if (indices.dim() > values.dim()) indices = squeeze(indices, 0);
  return {std::move(values), std::move(indices)};
}

}  // namespace

ValuesAndIndices max_pool1d_with_indices(const Tensor& x, Size1d kernel_size,
                                         const MaxPool1dFunctionOptions& options) {
  return batched_maxima<1>("max_pool1d", x, [&](const Tensor& images) {
    return lucid::max_pool1d_with_indices(images, max_geometry(kernel_size, options));
  });
}

Tensor max_pool1d(const Tensor& x, Size1d kernel_size, const MaxPool1dFunctionOptions& options) {
  return max_pool1d_with_indices(x, kernel_size, options).values;
}

Tensor avg_pool1d(const Tensor& x, Size1d kernel_size, const AvgPool1dFunctionOptions& options) {
  return batched<1>("avg_pool1d", x, [&](const Tensor& images) {
    return lucid::avg_pool1d(images, avg_geometry(kernel_size, options));
  });
}

ValuesAndIndices max_pool2d_with_indices(const Tensor& x, Size2d kernel_size,
                                         const MaxPool2dFunctionOptions& options) {
  return batched_maxima<2>("max_pool2d", x, [&](const Tensor& images) {
    return lucid::max_pool2d_with_indices(images, max_geometry(kernel_size, options));
  });
}

Tensor max_pool2d(const Tensor& x, Size2d kernel_size, const MaxPool2dFunctionOptions& options) {
  return batched<2>("max_pool2d", x, [&](const Tensor& images) {
    return lucid::max_pool2d(images, max_geometry(kernel_size, options));
  });
}

Tensor avg_pool2d(const Tensor& x, Size2d kernel_size, const AvgPool2dFunctionOptions& options) {
  return batched<2>("avg_pool2d", x, [&](const Tensor& images) {
    return lucid::avg_pool2d(images, avg_geometry(kernel_size, options));
  });
}

ValuesAndIndices max_pool3d_with_indices(const Tensor& x, Size3d kernel_size,
                                         const MaxPool3dFunctionOptions& options) {
  return batched_maxima<3>("max_pool3d", x, [&](const Tensor& images) {
    return lucid::max_pool3d_with_indices(images, max_geometry(kernel_size, options));
  });
}

Tensor max_pool3d(const Tensor& x, Size3d kernel_size, const MaxPool3dFunctionOptions& options) {
  return max_pool3d_with_indices(x, kernel_size, options).values;
}

Tensor avg_pool3d(const Tensor& x, Size3d kernel_size, const AvgPool3dFunctionOptions& options) {
  return batched<3>("avg_pool3d", x, [&](const Tensor& images) {
    return lucid::avg_pool3d(images, avg_geometry(kernel_size, options));
  });
}

Tensor adaptive_avg_pool1d(const Tensor& x, Size1d output_size) {
  return batched<1>("adaptive_avg_pool1d", x, [&](const Tensor& images) {
    return lucid::adaptive_avg_pool1d(images, output_size[0]);
  });
}

ValuesAndIndices adaptive_max_pool1d_with_indices(const Tensor& x, Size1d output_size) {
  return batched_maxima<1>("adaptive_max_pool1d", x, [&](const Tensor& images) {
    return lucid::adaptive_max_pool1d_with_indices(images, output_size[0]);
  });
}

Tensor adaptive_max_pool1d(const Tensor& x, Size1d output_size) {
  return adaptive_max_pool1d_with_indices(x, output_size).values;
}

Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size) {
  return batched<2>("adaptive_avg_pool2d", x, [&](const Tensor& images) {
    return lucid::adaptive_avg_pool2d(images, output_size[0], output_size[1]);
  });
}

ValuesAndIndices adaptive_max_pool2d_with_indices(const Tensor& x, Size2d output_size) {
  return batched_maxima<2>("adaptive_max_pool2d", x, [&](const Tensor& images) {
    return lucid::adaptive_max_pool2d_with_indices(images, output_size[0], output_size[1]);
  });
}

Tensor adaptive_max_pool2d(const Tensor& x, Size2d output_size) {
  return adaptive_max_pool2d_with_indices(x, output_size).values;
}

Tensor adaptive_avg_pool3d(const Tensor& x, Size3d output_size) {
  return batched<3>("adaptive_avg_pool3d", x, [&](const Tensor& images) {
    return lucid::adaptive_avg_pool3d(images, output_size[0], output_size[1], output_size[2]);
  });
}

ValuesAndIndices adaptive_max_pool3d_with_indices(const Tensor& x, Size3d output_size) {
  return batched_maxima<3>("adaptive_max_pool3d", x, [&](const Tensor& images) {
    return lucid::adaptive_max_pool3d_with_indices(images, output_size[0], output_size[1],
                                                   output_size[2]);
  });
}

Tensor adaptive_max_pool3d(const Tensor& x, Size3d output_size) {
  return adaptive_max_pool3d_with_indices(x, output_size).values;
}

}  // namespace lucid::nn::functional
