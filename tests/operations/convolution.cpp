// Rows of convolution.h.
#include "autograd/functions/convolution.h"

#include "lucid/creation.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

struct Case {
  const char* samples;
  ConvGeometry geometry;
};

// As in convolution.py.
const Case cases[] = {
    {"1d 2d 2d_pointwise 2d_empty 3d", {}},
    {"1d_asymmetric", {.stride = {3}, .pad_low = {2}, .pad_high = {1}}},
    {"1d_unseen", {.pad_low = {1}, .pad_high = {-3}, .dilation = {3}}},
    {"1d_depthwise", {.stride = {2}, .pad_low = {1}, .pad_high = {1}, .groups = 3}},
    {"2d_asymmetric", {.pad_low = {0, 1}, .pad_high = {1, 2}}},
    {"2d_unseen", {.pad_low = {1, 0}, .pad_high = {-3, -2}}},
    {"2d_grouped", {.pad_low = {0, 1}, .pad_high = {0, 1}, .groups = 2}},
    {"2d_depthwise", {.stride = {1, 2}, .pad_low = {1, 1}, .pad_high = {0, 1}, .groups = 2}},
    {"2d_everything",
     {.stride = {2, 1}, .pad_low = {2, 0}, .pad_high = {1, 1}, .dilation = {2, 3}, .groups = 2}},
    {"3d_asymmetric", {.pad_low = {2, 1, 0}, .pad_high = {1, 0, 2}}},
    {"3d_unseen", {.stride = {3, 1, 2}, .pad_low = {1, 0, 0}, .pad_high = {-3, -1, -2}}},
    {"3d_grouped",
     {.pad_low = {1, 0, 0}, .pad_high = {1, 0, 0}, .dilation = {1, 2, 1}, .groups = 2}},
    {"3d_depths_without_input",
     {.pad_low = {4, 0, 0}, .pad_high = {4, 0, 0}, .dilation = {3, 1, 1}}}};

// One form of all cases.
template <class MakeOperator>
std::vector<Form> forms(const char* declaration, const MakeOperator& make) {
  std::vector<Form> result;
  for (const Case& c : cases) result.push_back({declaration, c.samples, make(c.geometry)});
  return result;
}

Operation conv_row() {
  const char* const declaration = "conv(Tensor,Tensor,Tensor,ConvGeometry)";
  auto all = forms(declaration, [](const ConvGeometry& g) -> Operator {
    return [g](const Tensors& v) { return conv(v[0], v[1], v[2], g); };
  });
  all.push_back(
      {declaration, "no_bias", [](const Tensors& v) { return conv(v[0], v[1], {}, {}); }});
  const Tensor x = ones({1, 2, 5, 4}), weight = ones({4, 2, 3, 2});
  return {
      "conv",
      std::move(all),
      {fails<ShapeError>("conv: expected x of shape", [=] { conv(ones({5}), weight, {}, {}); }),
       fails<ShapeError>("conv2d: expected weight of shape", [=] { conv(x, ones({5}), {}, {}); }),
       fails<ValueError>("conv2d: expected padding >= 0",
                         [=] { conv(x, weight, {}, {.pad_low = {-1}}); }),
       fails<DTypeError>("conv2d", [=] { conv(x.to(int64), weight.to(int64), {}, {}); }),
       fails<UninitializedError>("conv2d: weight is an undefined", [=] { conv(x, {}, {}, {}); }),
       fails<UninitializedError>("conv: x is an undefined", [=] { conv({}, weight, {}, {}); })}};
}

Operation input_gradient_row() {
  const Tensor grad = ones({1, 4, 3, 3}), weight = ones({4, 2, 3, 2});
  return {"conv_input_gradient",
          forms("conv_input_gradient(Tensor,Tensor,Shape,ConvGeometry)",
                [](const ConvGeometry& g) -> Operator {
                  return [g](const Tensors& v) {
                    return conv_input_gradient(v[0], v[1], v[2].shape(), g);
                  };
                }),
          {fails<ShapeError>("conv2d_input_gradient: expected grad",
                             [=] {
                               conv_input_gradient(grad, weight, {1, 2, 6, 4}, {});
                             }),
           fails<ShapeError>("conv: expected x of shape",
                             [=] { conv_input_gradient(grad, weight, {5}, {}); }),
           fails<DTypeError>("conv2d_input_gradient", [=] {
             conv_input_gradient(grad.to(float64), weight, {1, 2, 5, 4}, {});
           })}};
}

Operation weight_gradient_row() {
  const Tensor grad = ones({1, 4, 3, 3}), x = ones({1, 2, 5, 4});
  return {"conv_weight_gradient",
          forms("conv_weight_gradient(Tensor,Tensor,Shape,ConvGeometry)",
                [](const ConvGeometry& g) -> Operator {
                  return [g](const Tensors& v) {
                    return conv_weight_gradient(v[0], v[1], v[2].shape(), g);
                  };
                }),
          {fails<ShapeError>("conv2d_weight_gradient: expected grad",
                             [=] {
                               conv_weight_gradient(grad, x, {4, 2, 2, 2}, {});
                             }),
           fails<ShapeError>("conv2d: expected weight of shape",
                             [=] { conv_weight_gradient(grad, x, {5}, {}); }),
           fails<DTypeError>("conv2d_weight_gradient", [=] {
             conv_weight_gradient(grad.to(float64), x, {4, 2, 3, 2}, {});
           })}};
}

Operations rows() {
  return {conv_row(), input_gradient_row(), weight_gradient_row()};
}

const Family convolution("convolution", rows);

TEST_CASE("operations: convolution") {
  convolution.check();
}

}  // namespace
}  // namespace lucid::test
