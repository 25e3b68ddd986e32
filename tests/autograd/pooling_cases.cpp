// Gradient cases of pooling.h.
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/pooling.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

struct PoolingCase {
  const char* what;
  Shape x;
  Pool2dGeometry geometry;
};

const PoolingCase poolings[] = {
    {"tiles", {2, 2, 4, 6}, {.kernel = {2, 3}, .stride = {2, 3}}},
    {"overlapping", {1, 2, 5, 6}, {.kernel = {3, 2}, .stride = {1, 1}}},
    {"gaps", {1, 2, 5, 7}, {.kernel = {2, 1}, .stride = {3, 2}}},
    {"padded", {1, 2, 5, 4}, {.kernel = {3, 2}, .stride = {2, 2}, .padding = {1, 1}}},
    {"ceil_mode", {1, 2, 6, 5}, {.kernel = {3, 2}, .stride = {2, 2}, .ceil_mode = true}},
    {"padded ceil_mode",
     {1, 1, 6, 5},
     {.kernel = {3, 3}, .stride = {2, 3}, .padding = {1, 1}, .ceil_mode = true}},
};

void add_pooling(GradientCases& cases, const PoolingCase& c) {
  const Pool2dGeometry geometry = c.geometry;
  cases.push_back(
      {"max_pool2d(Tensor,Pool2dGeometry)", c.what, {distinct(c.x)}, [=](const Tensors& v) {
         return max_pool2d(v[0], geometry);
       }});
  Pool2dGeometry without_padding = geometry;
  without_padding.count_include_pad = false;
  for (const Pool2dGeometry& g : {geometry, without_padding}) {
    cases.push_back(
        {"avg_pool2d(Tensor,Pool2dGeometry)", c.what, {normal(c.x)}, [g](const Tensors& v) {
           return avg_pool2d(v[0], g);
         }});
  }
}

// Values and positions of one declaration, as its values.
template <class Function>
void add_maxima(GradientCases& cases, const char* covers, const char* what, const Shape& x,
                const Function& function) {
  cases.push_back(
      {covers, what, {distinct(x)}, [=](const Tensors& v) { return function(v[0]).values; }});
}

void add_rows(GradientCases& cases) {
  for (const Pool1dGeometry& g :
       {Pool1dGeometry{.kernel = {2}, .stride = {2}},
        Pool1dGeometry{.kernel = {3}, .stride = {2}, .padding = {1}, .ceil_mode = true}}) {
    cases.push_back(
        {"max_pool1d(Tensor,Pool1dGeometry)", "", {distinct({2, 2, 6})}, [=](const Tensors& v) {
           return max_pool1d(v[0], g);
         }});
    cases.push_back({"avg_pool1d(Tensor,Pool1dGeometry)",
                     "permuted",
                     {normal({6, 2, 2})},
                     [=](const Tensors& v) {
                       return avg_pool1d(permute(v[0], {1, 2, 0}), g);
                     }});
  }
  add_maxima(
      cases, "max_pool1d_with_indices(Tensor,Pool1dGeometry)", "dilated", {1, 2, 7},
      [](const Tensor& x) { return max_pool1d_with_indices(x, {.kernel = {3}, .dilation = {2}}); });
  for (const int64_t size : {3, 7}) {
    cases.push_back(
        {"adaptive_avg_pool1d(Tensor,int64_t)", "", {normal({2, 2, 5})}, [=](const Tensors& v) {
           return adaptive_avg_pool1d(v[0], size);
         }});
    add_maxima(cases, "adaptive_max_pool1d_with_indices(Tensor,int64_t)", "", {2, 2, 5},
               [=](const Tensor& x) { return adaptive_max_pool1d_with_indices(x, size); });
  }
}

const Pool3dGeometry volumes[] = {
    {.kernel = {2, 1, 2}, .stride = {2, 1, 2}},
    {.kernel = {2, 3, 2}, .stride = {1, 2, 2}, .padding = {1, 1, 0}, .ceil_mode = true},
    {.kernel = {2, 2, 3}, .stride = {1, 1, 2}, .padding = {0, 1, 1}, .count_include_pad = false},
    {.kernel = {2, 2, 2}, .stride = {2, 1, 1}, .divisor_override = 3}};

void add_volumes(GradientCases& cases) {
  for (const Pool3dGeometry& g : volumes) {
    cases.push_back({"max_pool3d(Tensor,Pool3dGeometry)",
                     "",
                     {distinct({1, 2, 3, 4, 3})},
                     [=](const Tensors& v) { return max_pool3d(v[0], g); }});
    cases.push_back({"avg_pool3d(Tensor,Pool3dGeometry)",
                     "permuted",
                     {normal({3, 4, 3, 1, 2})},
                     [=](const Tensors& v) {
                       return avg_pool3d(permute(v[0], {3, 4, 0, 1, 2}), g);
                     }});
  }
  add_maxima(cases, "max_pool3d_with_indices(Tensor,Pool3dGeometry)", "dilated", {1, 1, 4, 3, 4},
             [](const Tensor& x) {
               return max_pool3d_with_indices(x, {.kernel = {2, 2, 2}, .dilation = {2, 1, 3}});
             });
  cases.push_back({"adaptive_avg_pool3d(Tensor,int64_t,int64_t,int64_t)",
                   "",
                   {normal({1, 2, 3, 4, 2})},
                   [](const Tensors& v) { return adaptive_avg_pool3d(v[0], 2, 3, 3); }});
  add_maxima(cases, "adaptive_max_pool3d_with_indices(Tensor,int64_t,int64_t,int64_t)", "",
             {1, 2, 3, 4, 2},
             [](const Tensor& x) { return adaptive_max_pool3d_with_indices(x, 2, 3, 3); });
}

}  // namespace

GradientCases pooling_cases() {
  GradientCases cases;
  add_rows(cases);
  add_volumes(cases);
  add_maxima(cases, "adaptive_max_pool2d_with_indices(Tensor,int64_t,int64_t)", "", {2, 2, 5, 3},
             [](const Tensor& x) { return adaptive_max_pool2d_with_indices(x, 3, 4); });
  cases.push_back(
      {"avg_pool2d(Tensor,Pool2dGeometry)",
       "divisor",
       {normal({1, 2, 4, 5})},
       [](const Tensors& v) {
         return avg_pool2d(
             v[0], {.kernel = {2, 3}, .stride = {2, 2}, .padding = {1, 1}, .divisor_override = -5});
       }});
  for (const PoolingCase& c : poolings) add_pooling(cases, c);
  const Pool2dGeometry dilated{
      .kernel = {2, 3}, .stride = {1, 2}, .padding = {1, 0}, .dilation = {3, 2}};
  cases.push_back({"max_pool2d(Tensor,Pool2dGeometry)",
                   "dilated",
                   {distinct({1, 2, 6, 7})},
                   [=](const Tensors& v) { return max_pool2d(v[0], dilated); }});
  cases.push_back(
      {"max_pool2d(Tensor,Pool2dGeometry)",
       "permuted",
       {distinct({2, 4, 6, 1})},
       [](const Tensors& v) {
         return max_pool2d(permute(v[0], {3, 0, 2, 1}), {.kernel = {2, 2}, .stride = {1, 1}});
       }});
  cases.push_back(
      {"max_pool2d_with_indices(Tensor,Pool2dGeometry)",
       "",
       {distinct({1, 2, 4, 5})},
       [](const Tensors& v) {
         return max_pool2d_with_indices(v[0], {.kernel = {2, 2}, .stride = {2, 1}}).values;
       }});
  const auto adaptive = [&](const char* what, const Shape& x, int64_t height, int64_t width) {
    cases.push_back(
        {"adaptive_avg_pool2d(Tensor,int64_t,int64_t)", what, {normal(x)}, [=](const Tensors& v) {
           return adaptive_avg_pool2d(v[0], height, width);
         }});
  };
  adaptive("to one", {2, 2, 3, 5}, 1, 1);
  adaptive("overlapping windows", {1, 2, 5, 7}, 3, 4);
  adaptive("larger than x", {1, 2, 2, 3}, 3, 5);
  return cases;
}

}  // namespace lucid::test
