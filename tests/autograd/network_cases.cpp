// Gradient cases of pooling.h and normalization.h.
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/normalization.h"
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

Tensor undefined_or(const Tensors& v, size_t i) {
  return i < v.size() ? v[i] : Tensor();
}

void add_batch_norm(GradientCases& cases, const char* what, const Shape& shape, bool affine,
                    bool training, bool running) {
  const Shape channels{shape[1]};
  Tensors inputs{normal(shape)};
  if (affine) inputs.insert(inputs.end(), {positive(channels, 2), normal(channels, 3)});
  cases.push_back({"batch_norm(Tensor,Tensor,Tensor,Tensor,Tensor,BatchNormOptions)", what,
                   std::move(inputs), [=](const Tensors& v) {
                     // Fresh statistics, since training writes to them.
                     const Tensor mean = running ? normal(channels, 4).detach() : Tensor();
                     const Tensor variance = running ? positive(channels, 5).detach() : Tensor();
                     return batch_norm(v[0], mean, variance, undefined_or(v, 1), undefined_or(v, 2),
                                       {.training = training, .eps = 1e-3});
                   }});
}

}  // namespace

GradientCases pooling_cases() {
  GradientCases cases;
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

GradientCases normalization_cases() {
  GradientCases cases;
  add_batch_norm(cases, "training", {3, 2, 2, 3}, true, true, true);
  add_batch_norm(cases, "training, no statistics kept", {3, 2, 2, 3}, true, true, false);
  add_batch_norm(cases, "training, not affine", {3, 2, 2, 3}, false, true, true);
  add_batch_norm(cases, "training, vectors", {5, 3}, true, true, true);
  add_batch_norm(cases, "evaluation", {3, 2, 2, 3}, true, false, true);
  add_batch_norm(cases, "evaluation, not affine", {3, 2, 2, 3}, false, false, true);
  add_batch_norm(cases, "evaluation by the batch", {3, 2, 2, 3}, true, false, false);
  const std::string normalized = "batch_norm(Tensor,Tensor,Tensor,Tensor,Tensor,BatchNormOptions)";
  cases.push_back(
      {normalized,
       "permuted, weight alone",
       {normal({2, 3, 3, 2}), positive({2}, 2)},
       [](const Tensors& v) {
         return batch_norm(permute(v[0], {1, 3, 2, 0}), {}, {}, v[1], {}, {.training = true});
       }});
  cases.push_back(
      {normalized, "bias alone", {normal({3, 2, 3}), normal({2}, 2)}, [](const Tensors& v) {
         return batch_norm(v[0], {}, {}, {}, v[1], {.training = true});
       }});
  const std::string dropped = "dropout(Tensor,double,bool,Generator)";
  const auto drop = [&](const char* what, double p, bool training) {
    cases.push_back({dropped, what, {normal({4, 5})}, [=](const Tensors& v) {
                       Generator generator(7);  // a new one, so that every call drops the same
                       return dropout(transpose(v[0], 0, 1), p, training, generator);
                     }});
  };
  drop("training", 0.4, true);
  drop("evaluation", 0.4, false);
  drop("nothing dropped", 0.0, true);
  return cases;
}

}  // namespace lucid::test
