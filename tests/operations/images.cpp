// Rows of patches of images and of functions that rearrange pixels.
#include "autograd/functions/image.h"
#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;
using nn::Size2d;

struct Patches {
  const char* samples;
  Size2d image, kernel;
  F::UnfoldFunctionOptions options;

  PatchGeometry geometry() const {
    const auto pair = [](const Size2d& size) { return std::array<int64_t, 2>{size[0], size[1]}; };
    return {.kernel = pair(kernel),
            .dilation = pair(options.dilation),
            .padding = pair(options.padding),
            .stride = pair(options.stride)};
  }
};

// As in images.py; what has a batch goes to both functions.
const Patches cases[] = {
    {"plain", {3, 4}, {2, 3}, {}},
    {"everything", {7, 6}, {3, 2}, {.dilation = {2, 1}, .padding = {1, 2}, .stride = {2, 3}}},
    {"unseen", {5, 5}, {2, 1}, {.stride = {3, 2}}},
    {"wide", {2, 3}, {1, 2}, {}},
    {"empty", {3, 4}, 2, {}},
    {"unbatched", {3, 3}, 2, {}}};

Tensor image() {
  return ones({1, 2, 3, 4});
}

Tensor columns() {
  return ones({1, 4, 6});
}

Operation im2col_row() {
  Operation row{
      "im2col",
      {},
      {fails<ShapeError>("unfold: expected x of shape (N, C, H, W) or (C, H, W), got [3, 4]",
                         [] {
                           F::unfold(ones({3, 4}), 2);
                         }),
       fails<ShapeError>("unfold: expected x of shape (N, C, H, W)",
                         [] {
                           im2col(ones({3, 4}), {});
                         }),
       fails<ShapeError>("unfold: no patch of kernel_size 4, dilation 1 and padding 0 fits",
                         [] { F::unfold(image(), 4); }),
       fails<ValueError>("unfold: expected kernel_size, dilation and stride from 1",
                         [] {
                           F::unfold(image(), {0, 1});
                         }),
       fails<ValueError>("unfold: expected kernel_size, dilation and stride from 1",
                         [] { F::unfold(image(), 2, {.stride = 0}); }),
       fails<DTypeError>("unfold", [] { F::unfold(image().to(int64), 2); }),
       fails<UninitializedError>("unfold: x is an undefined", [] { im2col({}, {}); }),
       fails<UninitializedError>("unfold: x is an undefined", [] { F::unfold({}, 2); })}};
  for (const Patches& c : cases) {
    row.forms.push_back({"F.unfold(Tensor,Size2d,UnfoldFunctionOptions)", c.samples,
                         [=](const Tensors& v) { return F::unfold(v[0], c.kernel, c.options); }});
    if (c.samples == std::string("unbatched")) continue;
    row.forms.push_back({"im2col(Tensor,PatchGeometry)", c.samples,
                         [=](const Tensors& v) { return im2col(v[0], c.geometry()); }});
  }
  return row;
}

Operation col2im_row() {
  Operation row{"col2im",
                {},
                {fails<ShapeError>("fold: expected x of shape (N, C * kernel sizes, patches)",
                                   [] {
                                     F::fold(ones({4}), {3, 4}, 2);
                                   }),
                 fails<ShapeError>("fold: expected",
                                   [] {
                                     F::fold(columns(), {3, 3}, 2);
                                   }),
                 fails<ShapeError>("fold: expected",
                                   [] {
                                     F::fold(ones({1, 5, 6}), {3, 4}, 2);
                                   }),
                 fails<ShapeError>("fold: no patch of kernel_size 2",
                                   [] {
                                     F::fold(columns(), {1, 4}, 2);
                                   }),
                 fails<ValueError>("fold: expected kernel_size, dilation and stride from 1",
                                   [] {
                                     F::fold(columns(), {3, 4}, 2, {.padding = -1});
                                   }),
                 fails<DTypeError>("fold",
                                   [] {
                                     F::fold(columns().to(int64), {3, 4}, 2);
                                   }),
                 fails<UninitializedError>("fold: x is an undefined", [] { col2im({}, 3, 4, {}); }),
                 fails<UninitializedError>("fold: x is an undefined", [] {
                   F::fold({}, {3, 4}, 2);
                 })}};
  for (const Patches& c : cases) {
    row.forms.push_back(
        {"F.fold(Tensor,Size2d,Size2d,UnfoldFunctionOptions)", c.samples,
         [=](const Tensors& v) { return F::fold(v[0], c.image, c.kernel, c.options); }});
    if (c.samples == std::string("unbatched")) continue;
    row.forms.push_back(
        {"col2im(Tensor,int64_t,int64_t,PatchGeometry)", c.samples,
         [=](const Tensors& v) { return col2im(v[0], c.image[0], c.image[1], c.geometry()); }});
  }
  return row;
}

Operation shuffle_row(const std::string& name, Tensor (*f)(const Tensor&, int64_t)) {
  const auto form = [&](const char* samples, int64_t factor) {
    return Form{"F." + name + "(Tensor,int64_t)", samples,
                [=](const Tensors& v) { return f(v[0], factor); }};
  };
  Operation row{name,
                {form("two*", 2), form("three", 3)},
                {fails<ShapeError>("expected x of shape (..., C, H, W), got [4, 4]",
                                   [=] {
                                     f(ones({4, 4}), 2);
                                   }),
                 fails<ShapeError>("divides, got x of shape [3, 3, 3]",
                                   [=] {
                                     f(ones({3, 3, 3}), 2);
                                   }),
                 fails<ValueError>("expected a factor from 1 to 32768, got 0",
                                   [=] {
                                     f(ones({4, 4, 4}), 0);
                                   }),
                 fails<UninitializedError>("x is an undefined tensor", [=] { f({}, 2); })}};
  if (name == "pixel_shuffle") row.forms.push_back(form("one", 1));
  return row;
}

Operations rows() {
  return {im2col_row(), col2im_row(), shuffle_row("pixel_shuffle", F::pixel_shuffle),
          shuffle_row("pixel_unshuffle", F::pixel_unshuffle)};
}

const Family images("images", rows);

TEST_CASE("operations: images") {
  images.check();
}

}  // namespace
}  // namespace lucid::test
