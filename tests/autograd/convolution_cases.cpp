// Gradient cases of convolution.h.
#include "autograd/functions/convolution.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

struct ConvolutionCase {
  const char* what;
  Shape x, weight;
  ConvGeometry geometry;
};

// Odd and non-square throughout, so that no mix-up of two sizes goes unnoticed.
const ConvolutionCase convolutions[] = {
    {"plain", {2, 2, 5, 4}, {3, 2, 3, 2}, {}},
    {"1x1", {2, 3, 3, 4}, {2, 3, 1, 1}, {}},
    {"1x1 strided", {1, 2, 5, 4}, {3, 2, 1, 1}, {.stride = {2, 3}}},
    {"strided", {1, 2, 6, 7}, {2, 2, 3, 2}, {.stride = {2, 3}}},
    {"padded", {1, 2, 4, 3}, {2, 2, 3, 3}, {.pad_low = {1, 1}, .pad_high = {1, 1}}},
    {"asymmetric padding", {1, 2, 4, 3}, {2, 2, 2, 4}, {.pad_low = {0, 1}, .pad_high = {1, 2}}},
    {"dilated", {1, 2, 7, 6}, {2, 2, 3, 2}, {.dilation = {2, 3}}},
    {"grouped", {1, 4, 4, 3}, {6, 2, 2, 3}, {.pad_low = {0, 1}, .pad_high = {0, 1}, .groups = 2}},
    {"depthwise", {1, 3, 5, 4}, {3, 1, 3, 3}, {.pad_low = {1, 1}, .pad_high = {1, 1}, .groups = 3}},
    {"depthwise, two filters each", {1, 2, 4, 5}, {4, 1, 2, 3}, {.stride = {1, 2}, .groups = 2}},
    {"everything", {2, 2, 7, 6}, {2, 1, 3, 2}, {{2, 1}, {2, 0}, {1, 1}, {2, 3}, 2}},
    {"kernel as large as x", {2, 2, 3, 4}, {3, 2, 3, 4}, {}},
    {"unseen rows and columns",
     {1, 2, 7, 6},
     {3, 2, 2, 3},
     {.pad_low = {1, 0}, .pad_high = {-3, -2}}},
    {"1d", {2, 3, 7}, {2, 3, 3}, {}},
    {"1d strided, asymmetric padding",
     {2, 2, 8},
     {3, 2, 3},
     {.stride = {3}, .pad_low = {2}, .pad_high = {1}}},
    {"1d dilated, unseen elements",
     {1, 2, 11},
     {3, 2, 2},
     {.pad_low = {1}, .pad_high = {-3}, .dilation = {3}}},
    {"1d grouped", {2, 4, 5}, {6, 2, 2}, {.groups = 2}},
    {"1d depthwise",
     {1, 3, 7},
     {6, 1, 3},
     {.stride = {2}, .pad_low = {1}, .pad_high = {1}, .groups = 3}},
    {"3d", {2, 2, 3, 4, 3}, {3, 2, 2, 3, 2}, {}},
    {"3d strided", {1, 2, 5, 3, 4}, {2, 2, 2, 2, 3}, {.stride = {3, 1, 2}}},
    {"3d asymmetric padding",
     {1, 2, 3, 2, 2},
     {2, 2, 3, 2, 2},
     {.pad_low = {2, 1, 0}, .pad_high = {1, 0, 2}}},
    {"3d unseen planes",
     {1, 2, 5, 4, 4},
     {2, 2, 2, 2, 1},
     {.pad_low = {1, 0, 0}, .pad_high = {-3, -1, -2}}},
    {"3d dilated", {1, 1, 5, 4, 6}, {2, 1, 3, 2, 2}, {.dilation = {2, 1, 3}}},
    {"3d grouped",
     {1, 4, 3, 2, 3},
     {2, 2, 2, 1, 2},
     {.pad_low = {1, 0, 0}, .pad_high = {1, 0, 0}, .groups = 2}},
    {"3d depthwise",
     {2, 2, 3, 3, 2},
     {4, 1, 2, 2, 1},
     {.stride = {2, 1, 1}, .pad_low = {0, 1, 0}, .groups = 2}},
    {"3d, depths without input",
     {1, 2, 2, 2, 3},
     {2, 2, 3, 1, 2},
     {.pad_low = {4, 0, 0}, .pad_high = {4, 0, 0}, .dilation = {3, 1, 1}}},
};

void add_convolution(GradientCases& cases, const ConvolutionCase& c) {
  const Tensor x = normal(c.x);
  const Tensor weight = normal(c.weight, 2);
  const Tensor bias = normal({c.weight[0]}, 3);
  const ConvGeometry geometry = c.geometry;
  const Shape x_shape = c.x;
  const Shape weight_shape = c.weight;
  const std::string convolved = "conv(Tensor,Tensor,Tensor,ConvGeometry)";
  cases.push_back({convolved, c.what, {x, weight, bias}, [=](const Tensors& v) {
                     return conv(v[0], v[1], v[2], geometry);
                   }});
  const Tensor grad = normal(conv(x, weight, bias, geometry).shape(), 4);
  cases.push_back(
      {"conv_input_gradient(Tensor,Tensor,Shape,ConvGeometry)",
       c.what,
       {grad, weight},
       [=](const Tensors& v) { return conv_input_gradient(v[0], v[1], x_shape, geometry); }});
  cases.push_back(
      {"conv_weight_gradient(Tensor,Tensor,Shape,ConvGeometry)",
       c.what,
       {grad, x},
       [=](const Tensors& v) { return conv_weight_gradient(v[0], v[1], weight_shape, geometry); }});
}

}  // namespace

GradientCases convolution_cases() {
  GradientCases cases;
  for (const ConvolutionCase& c : convolutions) add_convolution(cases, c);
  const std::string covers = "conv(Tensor,Tensor,Tensor,ConvGeometry)";
  cases.push_back(
      {covers, "no bias", {normal({1, 2, 4, 3}), normal({2, 2, 2, 2}, 2)}, [](const Tensors& v) {
         return conv(v[0], v[1], {}, {});
       }});
  cases.push_back(
      {covers,
       "permuted operands",
       {normal({1, 4, 3, 2}), normal({2, 2, 2, 3}, 2), normal({3}, 3)},
       [](const Tensors& v) {
         return conv(permute(v[0], {0, 3, 1, 2}), permute(v[1], {3, 0, 1, 2}), v[2], {});
       }});
  cases.push_back({covers,
                   "every other row, expanded batch",
                   {normal({1, 2, 7, 3}), normal({2, 2, 2, 2}, 2), normal({2}, 3)},
                   [](const Tensors& v) {
                     const Tensor rows = slice(v[0], 2, 0, std::nullopt, 2);
                     return conv(expand(rows, {2, 2, 4, 3}), v[1], v[2], {});
                   }});
  return cases;
}

}  // namespace lucid::test
