// Rows of F.conv1d, F.conv2d and F.conv3d.
#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/operations/convolve.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;

Operation conv1d_row() {
  const auto form = [](const char* samples, const F::Conv1dFunctionOptions& options) {
    return Form{"F.conv1d(Tensor,Tensor,Tensor,Conv1dFunctionOptions)", samples,
                with(F::conv1d, options)};
  };
  const Tensor x = ones({1, 2, 5}), weight = ones({4, 2, 3});
  return {
      "conv1d",
      {form("plain unbatched empty", {}), form("wide", {.padding = 1}),
       form("strided", {.stride = 3, .padding = 2}),
       form("same", {.padding = "same", .dilation = 2}),
       form("valid", {.stride = 2, .padding = "valid"}),
       form("everything", {.stride = 2, .padding = 3, .dilation = 3, .groups = 2}),
       form("depthwise", {.stride = 2, .padding = 1, .groups = 3})},
      {fails<ShapeError>("conv1d: expected x of shape (N, C, L) or (C, L), got [5]",
                         [=] { F::conv1d(ones({5}), weight); }),
       fails<ShapeError>("conv1d: expected weight of shape (out_channels, in_channels / groups, L)",
                         [=] {
                           F::conv1d(x, ones({2, 2}));
                         }),
       fails<ShapeError>("conv1d: weight [4, 2, 3] with groups 1 expects x with 2 channels, got 3",
                         [=] {
                           F::conv1d(ones({1, 3, 5}), weight);
                         }),
       fails<ShapeError>("conv1d: the padded input length 2 is smaller than the dilated kernel",
                         [=] {
                           F::conv1d(ones({1, 2, 2}), weight);
                         }),
       fails<ShapeError>("conv1d: expected bias", [=] { F::conv1d(x, weight, ones({3})); }),
       fails<ValueError>("conv1d: expected dilation >= 1, got (0,)",
                         [=] { F::conv1d(x, weight, {}, {.dilation = 0}); }),
       fails<ValueError>("conv1d: padding \"same\"",
                         [=] { F::conv1d(x, weight, {}, {.stride = 2, .padding = "same"}); }),
       fails<DTypeError>("conv1d", [=] { F::conv1d(x.to(int64), weight.to(int64)); })}};
}

Operation conv2d_row() {
  const auto form = [](const char* samples, const F::Conv2dFunctionOptions& options) {
    return Form{"F.conv2d(Tensor,Tensor,Tensor,Conv2dFunctionOptions)", samples,
                with(F::conv2d, options)};
  };
  const Tensor x = ones({1, 2, 5, 4}), weight = ones({4, 2, 3, 2});
  return {
      "conv2d",
      {form("plain pointwise kernel_as_large unbatched empty", {}), form("wide", {.padding = 1}),
       form("strided pointwise_strided", {.stride = {2, 3}}), form("padded", {.padding = {1, 2}}),
       form("padded_strided", {.stride = 2, .padding = {2, 1}}),
       form("same_odd same_even", {.padding = "same"}),
       form("same_even_dilated", {.padding = "same", .dilation = {3, 2}}),
       form("valid", {.padding = "valid"}),
       form("dilated", {.padding = {1, 0}, .dilation = {2, 3}}),
       form("grouped", {.padding = 1, .groups = 2}),
       form("depthwise", {.stride = {2, 1}, .padding = 1, .groups = 3}),
       form("depthwise_two_each", {.stride = {1, 2}, .groups = 2}),
       form("everything", {.stride = {2, 3}, .padding = {2, 1}, .dilation = 2, .groups = 2})},
      {fails<ShapeError>("conv2d: expected x of shape (N, C, H, W) or (C, H, W), got [5]",
                         [=] { F::conv2d(ones({5}), weight); }),
       fails<ShapeError>("conv2d: expected weight of shape",
                         [=] {
                           F::conv2d(x, ones({4, 2, 3}));
                         }),
       fails<ShapeError>("conv2d: groups 3 does not divide the 4 output channels",
                         [=] { F::conv2d(x, weight, {}, {.groups = 3}); }),
       fails<ValueError>("conv2d: expected kernel_size >= 1, got (3, 0)",
                         [=] {
                           F::conv2d(x, ones({4, 2, 3, 0}));
                         }),
       fails<ShapeError>("conv2d: the padded input width 4 is smaller than the dilated kernel",
                         [=] {
                           F::conv2d(x, weight, {}, {.dilation = {1, 4}});
                         }),
       fails<ValueError>("conv2d: expected groups >= 1, got 0",
                         [=] { F::conv2d(x, weight, {}, {.groups = 0}); }),
       fails<ValueError>("conv2d: expected padding >= 0",
                         [=] { F::conv2d(x, weight, {}, {.padding = -1}); }),
       fails<ValueError>("\"some\"", [=] { F::conv2d(x, weight, {}, {.padding = "some"}); }),
       fails<DTypeError>("conv2d", [=] { F::conv2d(x, weight.to(float64)); }),
       fails<DTypeError>("conv2d", [=] { F::conv2d(x, weight, ones({4}).to(float64)); }),
       fails<UninitializedError>("conv2d: weight is an undefined", [=] { F::conv2d(x, {}); }),
       fails<UninitializedError>("conv2d: x is an undefined", [=] { F::conv2d({}, weight); })}};
}

Operation conv3d_row() {
  const auto form = [](const char* samples, const F::Conv3dFunctionOptions& options) {
    return Form{"F.conv3d(Tensor,Tensor,Tensor,Conv3dFunctionOptions)", samples,
                with(F::conv3d, options)};
  };
  const Tensor x = ones({1, 2, 3, 3, 3}), weight = ones({4, 2, 2, 2, 2});
  return {"conv3d",
          {form("plain wide unbatched empty", {}),
           form("strided", {.stride = {2, 1, 3}, .padding = {1, 0, 2}}),
           form("same", {.padding = "same", .dilation = {2, 1, 1}}),
           form("valid", {.padding = "valid"}),
           form("depthwise", {.stride = {1, 2, 1}, .padding = 1, .groups = 2}),
           form("everything",
                {.stride = {2, 1, 2}, .padding = {2, 1, 1}, .dilation = {3, 1, 2}, .groups = 2})},
          {fails<ShapeError>("conv3d: expected x of shape (N, C, D, H, W) or (C, D, H, W), got [5]",
                             [=] { F::conv3d(ones({5}), weight); }),
           fails<ShapeError>("conv3d: expected weight of shape",
                             [=] {
                               F::conv3d(x, ones({4, 2, 3, 3}));
                             }),
           fails<ShapeError>("conv3d: the padded input depth 3 is smaller than the dilated kernel",
                             [=] {
                               F::conv3d(x, ones({4, 2, 4, 2, 2}));
                             }),
           fails<ValueError>("conv3d: expected stride >= 1, got (0, 0, 0)",
                             [=] { F::conv3d(x, weight, {}, {.stride = 0}); }),
           fails<DTypeError>("conv3d", [=] { F::conv3d(x.to(float64), weight); })}};
}

Operations rows() {
  return {conv1d_row(), conv2d_row(), conv3d_row()};
}

const Family conv("conv", rows);

TEST_CASE("operations: conv") {
  conv.check();
}

}  // namespace
}  // namespace lucid::test
