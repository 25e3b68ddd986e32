// Gradient cases of normalization.h and dropout.h.
#include "autograd/functions/normalization.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/dropout.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

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

// Weight and bias of these shapes, or neither, as the last two inputs.
Tensors affine_inputs(const Shape& x, const Shape& values, bool affine) {
  Tensors inputs{normal(x)};
  if (affine) inputs.insert(inputs.end(), {positive(values, 2), normal(values, 3)});
  return inputs;
}

void add_layer_norm(GradientCases& cases, const char* what, const Shape& x, const Shape& normalized,
                    bool affine) {
  cases.push_back({"layer_norm(Tensor,Shape,Tensor,Tensor,double)", what,
                   affine_inputs(x, normalized, affine), [=](const Tensors& v) {
                     return layer_norm(v[0], normalized, undefined_or(v, 1), undefined_or(v, 2),
                                       1e-3);
                   }});
}

void add_group_norm(GradientCases& cases, const char* what, const Shape& x, int64_t groups,
                    bool affine) {
  cases.push_back({"group_norm(Tensor,int64_t,Tensor,Tensor,double)", what,
                   affine_inputs(x, {x[1]}, affine), [=](const Tensors& v) {
                     return group_norm(v[0], groups, undefined_or(v, 1), undefined_or(v, 2), 1e-3);
                   }});
}

void add_instance_norm(GradientCases& cases, const char* what, const Shape& x, bool affine,
                       bool input_stats, bool running) {
  const Shape channels{x[1]};
  cases.push_back({"instance_norm(Tensor,Tensor,Tensor,Tensor,Tensor,InstanceNormOptions)", what,
                   affine_inputs(x, channels, affine), [=](const Tensors& v) {
                     const Tensor mean = running ? normal(channels, 4).detach() : Tensor();
                     const Tensor variance = running ? positive(channels, 5).detach() : Tensor();
                     return instance_norm(v[0], mean, variance, undefined_or(v, 1),
                                          undefined_or(v, 2),
                                          {.use_input_stats = input_stats, .eps = 1e-3});
                   }});
}

void add_row_norms(GradientCases& cases) {
  add_layer_norm(cases, "last dimension", {3, 5}, {5}, true);
  add_layer_norm(cases, "two dimensions", {2, 3, 2, 3}, {2, 3}, true);
  add_layer_norm(cases, "everything", {2, 4}, {2, 4}, true);
  add_layer_norm(cases, "not affine", {3, 5}, {5}, false);
  cases.push_back(
      {"layer_norm(Tensor,Shape,Tensor,Tensor,double)",
       "permuted, bias alone",
       {normal({5, 3}), normal({5}, 2)},
       [](const Tensors& v) { return layer_norm(transpose(v[0], 0, 1), {5}, {}, v[1]); }});
  add_group_norm(cases, "images", {2, 4, 2, 3}, 2, true);
  add_group_norm(cases, "vectors", {2, 6}, 2, true);
  add_group_norm(cases, "one group, not affine", {2, 3, 2}, 1, false);
  add_group_norm(cases, "a group for each channel", {2, 2, 4}, 2, true);
  add_instance_norm(cases, "images", {2, 3, 2, 3}, true, true, true);
  add_instance_norm(cases, "no statistics kept", {2, 3, 4}, true, true, false);
  add_instance_norm(cases, "not affine", {2, 2, 3, 2}, false, true, true);
  add_instance_norm(cases, "running statistics", {2, 3, 2, 2}, true, false, true);
  add_instance_norm(cases, "running statistics, not affine", {2, 3, 1}, false, false, true);
}

void add_rms_norms(GradientCases& cases) {
  const char* const covers = "rms_norm(Tensor,Shape,Tensor,std::optional<double>)";
  cases.push_back(
      {covers, "weight", {normal({3, 2, 4}), positive({2, 4}, 2)}, [](const Tensors& v) {
         return rms_norm(v[0], {2, 4}, v[1], 1e-3);
       }});
  cases.push_back({covers, "permuted, default eps", {normal({4, 3})}, [](const Tensors& v) {
                     return rms_norm(transpose(v[0], 0, 1), {4});
                   }});
  const char* const response = "local_response_norm(Tensor,int64_t,double,double,double)";
  for (const int64_t size : {1, 2, 3, 7}) {
    cases.push_back({response, "", {normal({2, 4, 3})}, [=](const Tensors& v) {
                       return local_response_norm(v[0], size, 0.5, 0.75, 1.5);
                     }});
  }
  cases.push_back({response, "permuted", {normal({2, 3, 1, 4})}, [](const Tensors& v) {
                     return local_response_norm(permute(v[0], {2, 3, 0, 1}), 3, 1);
                   }});
}

}  // namespace

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
  add_row_norms(cases);
  add_rms_norms(cases);
  return cases;
}

GradientCases dropout_cases() {
  GradientCases cases;
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
  const auto drop_channels = [&](const char* covers, const Shape& x, auto&& function) {
    for (const bool training : {true, false}) {
      cases.push_back({covers, "", {normal(x)}, [=](const Tensors& v) {
                         Generator generator(7);
                         return function(v[0], 0.4, training, generator);
                       }});
    }
  };
  drop_channels("dropout1d(Tensor,double,bool,Generator)", {2, 4, 3}, dropout1d);
  drop_channels("dropout2d(Tensor,double,bool,Generator)", {2, 4, 2, 1}, dropout2d);
  drop_channels("dropout3d(Tensor,double,bool,Generator)", {4, 1, 2, 3}, dropout3d);
  drop_channels("alpha_dropout(Tensor,double,bool,Generator)", {4, 5}, alpha_dropout);
  return cases;
}

}  // namespace lucid::test
