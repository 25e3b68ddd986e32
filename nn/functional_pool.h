// Pooling with PyTorch's arguments
// (https://pytorch.org/docs/stable/nn.functional.html#pooling-functions) of x (N, C, L),
// (N, C, H, W) or (N, C, D, H, W), or one example without N. Included by nn/functional.h.
//
// All raise ShapeError, ValueError, DTypeError for arguments that do not fit.
#pragma once

#include <optional>

#include "lucid/tensor.h"
#include "nn/geometry.h"

namespace lucid::nn::functional {

template <size_t Rank>
struct MaxPoolFunctionOptions {
  OptionalSize<Rank> stride = std::nullopt;  ///< the kernel size unless given
  Size<Rank> padding = 0;                    ///< at most half of the kernel size
  Size<Rank> dilation = 1;
  bool ceil_mode = false;  ///< also take a last window that leaves the input
};
using MaxPool1dFunctionOptions = MaxPoolFunctionOptions<1>;
using MaxPool2dFunctionOptions = MaxPoolFunctionOptions<2>;
using MaxPool3dFunctionOptions = MaxPoolFunctionOptions<3>;

/// Maxima over windows; padding is minus infinity. The indices are positions in the flattened
/// spatial dimensions of x.
Tensor max_pool1d(const Tensor& x, Size1d kernel_size,
                  const MaxPool1dFunctionOptions& options = {});
Tensor max_pool2d(const Tensor& x, Size2d kernel_size,
                  const MaxPool2dFunctionOptions& options = {});
Tensor max_pool3d(const Tensor& x, Size3d kernel_size,
                  const MaxPool3dFunctionOptions& options = {});
ValuesAndIndices max_pool1d_with_indices(const Tensor& x, Size1d kernel_size,
                                         const MaxPool1dFunctionOptions& options = {});
ValuesAndIndices max_pool2d_with_indices(const Tensor& x, Size2d kernel_size,
                                         const MaxPool2dFunctionOptions& options = {});
ValuesAndIndices max_pool3d_with_indices(const Tensor& x, Size3d kernel_size,
                                         const MaxPool3dFunctionOptions& options = {});

template <size_t Rank>
struct AvgPoolFunctionOptions {
  OptionalSize<Rank> stride = std::nullopt;  ///< the kernel size unless given
  Size<Rank> padding = 0;                    ///< at most half of the kernel size
  bool ceil_mode = false;                    ///< also take a last window that leaves the input
  bool count_include_pad = true;             ///< padding counts in the divisor
  std::optional<int64_t> divisor_override = std::nullopt;  ///< divides the sums instead; not 0
};
using AvgPool1dFunctionOptions = AvgPoolFunctionOptions<1>;
using AvgPool2dFunctionOptions = AvgPoolFunctionOptions<2>;
using AvgPool3dFunctionOptions = AvgPoolFunctionOptions<3>;

/// Means over windows.
Tensor avg_pool1d(const Tensor& x, Size1d kernel_size,
                  const AvgPool1dFunctionOptions& options = {});
Tensor avg_pool2d(const Tensor& x, Size2d kernel_size,
                  const AvgPool2dFunctionOptions& options = {});
Tensor avg_pool3d(const Tensor& x, Size3d kernel_size,
                  const AvgPool3dFunctionOptions& options = {});

/// Means over windows that divide the input into output_size.
Tensor adaptive_avg_pool1d(const Tensor& x, Size1d output_size);
Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size);
Tensor adaptive_avg_pool3d(const Tensor& x, Size3d output_size);

/// Maxima over the same windows.
Tensor adaptive_max_pool1d(const Tensor& x, Size1d output_size);
Tensor adaptive_max_pool2d(const Tensor& x, Size2d output_size);
Tensor adaptive_max_pool3d(const Tensor& x, Size3d output_size);
ValuesAndIndices adaptive_max_pool1d_with_indices(const Tensor& x, Size1d output_size);
ValuesAndIndices adaptive_max_pool2d_with_indices(const Tensor& x, Size2d output_size);
ValuesAndIndices adaptive_max_pool3d_with_indices(const Tensor& x, Size3d output_size);

}  // namespace lucid::nn::functional
