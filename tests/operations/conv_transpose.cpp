// Rows of F.conv_transpose1d, F.conv_transpose2d and F.conv_transpose3d.
#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/operations/convolve.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;

Operation conv_transpose1d_row() {
  const auto form = [](const char* samples, const F::ConvTranspose1dFunctionOptions& options) {
    return Form{"F.conv_transpose1d(Tensor,Tensor,Tensor,ConvTranspose1dFunctionOptions)", samples,
                with(F::conv_transpose1d, options)};
  };
  const Tensor x = ones({1, 2, 5}), weight = ones({2, 4, 3});
  return {"conv_transpose1d",
          {form("plain wide empty", {}), form("unbatched", {.stride = 2}),
           form("strided", {.stride = 3, .padding = 2, .output_padding = 1, .groups = 2}),
           form("dilated", {.padding = 1, .output_padding = 3, .dilation = 4})},
          {fails<ShapeError>("conv_transpose1d: expected x of shape (N, C, L) or (C, L), got [5]",
                             [=] { F::conv_transpose1d(ones({5}), weight); }),
           fails<ShapeError>(
               "conv_transpose1d: expected weight of shape (in_channels, out_channels / groups, L)",
               [=] {
                 F::conv_transpose1d(x, ones({2, 2}));
               }),
           fails<ShapeError>("conv_transpose1d",
                             [=] {
                               F::conv_transpose1d(ones({1, 3, 5}), weight);
                             }),
           fails<ShapeError>("conv_transpose1d",
                             [=] { F::conv_transpose1d(x, weight, {}, {.padding = 4}); }),
           fails<ShapeError>("conv_transpose1d: expected bias",
                             [=] { F::conv_transpose1d(x, weight, ones({3})); }),
           fails<DTypeError>("conv_transpose1d",
                             [=] { F::conv_transpose1d(x.to(int64), weight.to(int64)); })}};
}

Operation conv_transpose2d_row() {
  const auto form = [](const char* samples, const F::ConvTranspose2dFunctionOptions& options) {
    return Form{"F.conv_transpose2d(Tensor,Tensor,Tensor,ConvTranspose2dFunctionOptions)", samples,
                with(F::conv_transpose2d, options)};
  };
  const Tensor x = ones({1, 2, 5, 4}), weight = ones({2, 4, 3, 2});
  return {
      "conv_transpose2d",
      {form("plain empty", {}), form("wide", {.stride = 2, .padding = 1}),
       form("unbatched", {.padding = 1}),
       form("strided", {.stride = {2, 3}, .padding = {1, 2}, .output_padding = {1, 0}}),
       form("unseen", {.stride = {3, 2}, .output_padding = {2, 1}}),
       form("everything", {.stride = {2, 1},
                           .padding = {1, 2},
                           .output_padding = {1, 2},
                           .groups = 4,
                           .dilation = {2, 3}})},
      {fails<ShapeError>("conv_transpose2d: expected x of shape (N, C, H, W) or (C, H, W)",
                         [=] { F::conv_transpose2d(ones({5}), weight); }),
       fails<ShapeError>("conv_transpose2d: expected weight of shape",
                         [=] {
                           F::conv_transpose2d(x, ones({2, 4, 3}));
                         }),
       fails<ShapeError>("conv_transpose2d: groups 3 does not divide",
                         [=] { F::conv_transpose2d(x, weight, {}, {.groups = 3}); }),
       fails<ValueError>("conv_transpose2d: expected output_padding",
                         [=] { F::conv_transpose2d(x, weight, {}, {.output_padding = 1}); }),
       fails<ValueError>("conv_transpose2d: expected groups >= 1",
                         [=] { F::conv_transpose2d(x, weight, {}, {.groups = 0}); }),
       fails<ValueError>("conv_transpose2d: expected stride >= 1, got (0, 0)",
                         [=] { F::conv_transpose2d(x, weight, {}, {.stride = 0}); }),
       fails<ValueError>("conv_transpose2d: expected padding",
                         [=] { F::conv_transpose2d(x, weight, {}, {.padding = -1}); }),
       fails<DTypeError>("conv_transpose2d", [=] { F::conv_transpose2d(x, weight.to(float64)); }),
       fails<UninitializedError>("conv_transpose2d: weight is an undefined",
                                 [=] { F::conv_transpose2d(x, {}); }),
       fails<UninitializedError>("conv_transpose2d: x is an undefined",
                                 [=] { F::conv_transpose2d({}, weight); })}};
}

Operation conv_transpose3d_row() {
  const auto form = [](const char* samples, const F::ConvTranspose3dFunctionOptions& options) {
    return Form{"F.conv_transpose3d(Tensor,Tensor,Tensor,ConvTranspose3dFunctionOptions)", samples,
                with(F::conv_transpose3d, options)};
  };
  const Tensor x = ones({1, 2, 3, 3, 3}), weight = ones({2, 4, 2, 2, 2});
  return {
      "conv_transpose3d",
      {form("plain unbatched empty", {}),
       form("strided", {.stride = {2, 2, 3}, .padding = {1, 0, 1}, .output_padding = {1, 0, 2}}),
       form("everything", {.stride = {3, 1, 2},
                           .padding = {1, 0, 2},
                           .output_padding = {2, 1, 1},
                           .groups = 2,
                           .dilation = {1, 2, 2}})},
      {fails<ShapeError>("conv_transpose3d: expected x of shape (N, C, D, H, W) or (C, D, H, W)",
                         [=] { F::conv_transpose3d(ones({5}), weight); }),
       fails<ShapeError>("conv_transpose3d: expected weight of shape",
                         [=] {
                           F::conv_transpose3d(x, ones({2, 4, 3, 3}));
                         }),
       fails<ShapeError>("conv_transpose3d", [=] {
         F::conv_transpose3d(ones({1, 3, 2, 2, 2}), weight);
       })}};
}

Operations rows() {
  return {conv_transpose1d_row(), conv_transpose2d_row(), conv_transpose3d_row()};
}

const Family conv_transpose("conv_transpose", rows);

TEST_CASE("operations: conv_transpose") {
  conv_transpose.check();
}

}  // namespace
}  // namespace lucid::test
