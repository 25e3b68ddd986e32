// Rows of normalization.h.
#include "autograd/functions/normalization.h"

#include "autograd/functions/arithmetic.h"
#include "lucid/creation.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

// Weights, biases and statistics may be missing at the end of the inputs.
Tensor at(const Tensors& v, size_t i) {
  return i < v.size() ? v[i] : Tensor();
}

Tensor image() {
  return ones({2, 4, 3});
}

Operation batch_norm_row() {
  const auto form = [](const char* samples, Operator function) {
    return Form{"batch_norm(Tensor,Tensor,Tensor,Tensor,Tensor,BatchNormOptions)", samples,
                std::move(function)};
  };
  const BatchNormOptions train{.training = true, .momentum = 0.3, .eps = 1e-3};
  const BatchNormOptions evaluate{.momentum = 0.3, .eps = 1e-3};
  const auto refused = [](const Tensor& x, const Tensor& mean, const Tensor& variance,
                          const Tensor& weight = {}, const Tensor& bias = {}) {
    return [=] { batch_norm(x, mean, variance, weight, bias, {.training = true}); };
  };
  return {
      "batch_norm",
      {form("train*",
            [=](const Tensors& v) {
              return batch_norm(v[0], v[1], v[2], at(v, 3), at(v, 4), train);
            }),
       form("special*",
            [=](const Tensors& v) {
              return Tensors{batch_norm(v[0], v[1], v[2], v[3], v[4], train), v[1], v[2]};
            }),
       form("eval_images eval_plain eval_vector eval_wide eval_empty",
            [=](const Tensors& v) {
              return batch_norm(v[0], v[1], v[2], at(v, 3), at(v, 4), evaluate);
            }),
       form("batch*",
            [=](const Tensors& v) { return batch_norm(v[0], {}, {}, at(v, 1), at(v, 2), train); }),
       form("bias*", [=](const Tensors& v) { return batch_norm(v[0], {}, {}, {}, v[1], train); }),
       form("eval_by_the_batch",
            [=](const Tensors& v) { return batch_norm(v[0], {}, {}, v[1], v[2], evaluate); })},
      {fails<ShapeError>("batch_norm: expected x of shape (N, C) or (N, C, ...), got [4]",
                         refused(ones({4}), {}, {})),
       fails<ShapeError>("batch_norm: expected running_mean",
                         refused(image(), ones({3}), ones({4}))),
       fails<ShapeError>("batch_norm: expected running_var",
                         refused(image(), ones({4}), ones({3}))),
       fails<ShapeError>("batch_norm: expected weight", refused(image(), {}, {}, ones({3}))),
       fails<ShapeError>("batch_norm: expected bias", refused(image(), {}, {}, {}, ones({4, 1}))),
       fails<ValueError>("batch_norm: expected both running statistics, or neither",
                         refused(image(), ones({4}), {})),
       fails<ValueError>("batch_norm: expected more than one value per channel in training",
                         refused(ones({1, 4}), {}, {})),
       fails<ValueError>("batch_norm: expected eps > 0, got 0",
                         [] { batch_norm(image(), {}, {}, {}, {}, {.eps = 0}); }),
       fails<DTypeError>("batch_norm", refused(image().to(int64), {}, {})),
       fails<DTypeError>("batch_norm", refused(image(), {}, {}, ones({4}).to(float64))),
       fails<UninitializedError>("batch_norm: x is an undefined", refused({}, {}, {}))}};
}

Operation layer_norm_row() {
  const auto form = [](const char* samples, Operator function) {
    return Form{"layer_norm(Tensor,Shape,Tensor,Tensor,double)", samples, std::move(function)};
  };
  return {
      "layer_norm",
      {form("last*",
            [](const Tensors& v) {
              return layer_norm(v[0], {v[0].shape(-1)}, at(v, 1), at(v, 2), 1e-3);
            }),
       form("planes all",
            [](const Tensors& v) { return layer_norm(v[0], v[1].shape(), v[1], v[2], 1e-3); }),
       form("bias", [](const Tensors& v) { return layer_norm(v[0], {4}, {}, v[1], 1e-3); })},
      {fails<ShapeError>("layer_norm: expected x whose last dimensions are normalized_shape [4]",
                         [] { layer_norm(image(), {4}); }),
       fails<ShapeError>("layer_norm: expected x whose last dimensions are normalized_shape",
                         [] {
                           layer_norm(image(), {1, 2, 4, 3});
                         }),
       fails<ShapeError>("layer_norm: expected normalized_shape of at least one dimension",
                         [] { layer_norm(image(), {}); }),
       fails<ShapeError>("layer_norm: expected weight",
                         [] {
                           layer_norm(image(), {4, 3}, ones({3}));
                         }),
       fails<ValueError>("layer_norm: expected eps > 0, got -1",
                         [] { layer_norm(image(), {3}, {}, {}, -1); }),
       fails<DTypeError>("layer_norm", [] { layer_norm(image().to(int64), {3}); }),
       fails<UninitializedError>("layer_norm: x is an undefined", [] { layer_norm({}, {3}); })}};
}

Operation group_norm_row() {
  const auto form = [](const char* samples, int64_t groups) {
    return Form{"group_norm(Tensor,int64_t,Tensor,Tensor,double)", samples, [=](const Tensors& v) {
                  return group_norm(v[0], groups, at(v, 1), at(v, 2), 1e-3);
                }};
  };
  return {"group_norm",
          {form("one*", 1), form("two*", 2), form("three*", 3), form("four*", 4)},
          {fails<ShapeError>("group_norm: expected x of shape (N, C, ...), got [4]",
                             [] { group_norm(ones({4}), 2); }),
           fails<ValueError>("group_norm: expected num_groups to divide the 4 channels",
                             [] { group_norm(image(), 3); }),
           fails<ValueError>("group_norm: expected num_groups to divide",
                             [] { group_norm(image(), 0); }),
           fails<ValueError>("group_norm: expected more than one value per group",
                             [] {
                               group_norm(ones({1, 2}), 2);
                             }),
           fails<ShapeError>("group_norm: expected bias",
                             [] { group_norm(image(), 2, ones({4}), ones({2})); }),
           fails<DTypeError>("group_norm", [] { group_norm(image().to(int64), 2); }),
           fails<UninitializedError>("group_norm: x is an undefined", [] { group_norm({}, 2); })}};
}

Operation rms_norm_row() {
  const auto form = [](const char* samples, Operator function) {
    return Form{"rms_norm(Tensor,Shape,Tensor,std::optional<double>)", samples,
                std::move(function)};
  };
  return {
      "rms_norm",
      {form("last*",
            [](const Tensors& v) { return rms_norm(v[0], {v[0].shape(-1)}, at(v, 1), 1e-3); }),
       form("planes",
            [](const Tensors& v) {
              return rms_norm(v[0], {2, 4}, v[1], 0.1);
            }),
       form("default_eps", [](const Tensors& v) { return rms_norm(v[0], {4}, v[1]); })},
      {fails<ShapeError>("rms_norm: expected x whose last dimensions are normalized_shape [4]",
                         [] { rms_norm(image(), {4}); }),
       fails<ShapeError>("rms_norm: expected normalized_shape of at least one dimension",
                         [] { rms_norm(image(), {}); }),
       fails<ShapeError>("rms_norm: expected weight", [] { rms_norm(image(), {3}, ones({4})); }),
       fails<ValueError>("rms_norm: expected eps > 0, got 0",
                         [] { rms_norm(image(), {3}, {}, 0.0); }),
       fails<DTypeError>("rms_norm", [] { rms_norm(image().to(int64), {3}); }),
       fails<UninitializedError>("rms_norm: x is an undefined", [] { rms_norm({}, {3}); })}};
}

Operation local_response_norm_row() {
  const auto form = [](const char* samples, int64_t size, double alpha, double beta, double k) {
    return Form{"local_response_norm(Tensor,int64_t,double,double,double)", samples,
                [=](const Tensors& v) { return local_response_norm(v[0], size, alpha, beta, k); }};
  };
  return {
      "local_response_norm",
      {form("one_sounds", 1, 0.5, 0.75, 1.5), form("two_sounds", 2, 0.5, 0.6, 2.0),
       form("three_sounds", 3, 0.5, 0.75, 1.5), form("seven_sounds", 7, 1.0, 1.5, 0.5),
       form("default*", 5, 1e-4, 0.75, 1)},
      {fails<ShapeError>("local_response_norm: expected x of shape (N, C, ...) with at least",
                         [] {
                           local_response_norm(ones({2, 3}), 2);
                         }),
       fails<ValueError>("local_response_norm: expected size from 1 to 2147483647, got 0",
                         [] { local_response_norm(image(), 0); }),
       fails<DTypeError>("local_response_norm", [] { local_response_norm(image().to(int64), 2); }),
       fails<UninitializedError>("local_response_norm: x is an undefined",
                                 [] { local_response_norm({}, 2); })}};
}

Operation instance_norm_row() {
  const auto form = [](const char* samples, Operator function) {
    return Form{"instance_norm(Tensor,Tensor,Tensor,Tensor,Tensor,InstanceNormOptions)", samples,
                std::move(function)};
  };
  const InstanceNormOptions input{.momentum = 0.3, .eps = 1e-3};
  const InstanceNormOptions evaluate{.use_input_stats = false, .momentum = 0.3, .eps = 1e-3};
  return {
      "instance_norm",
      {form("tracked*",
            [=](const Tensors& v) {
              return instance_norm(v[0], v[1], v[2], at(v, 3), at(v, 4), input);
            }),
       form("special*",
            [=](const Tensors& v) {
              return Tensors{instance_norm(v[0], v[1], v[2], v[3], v[4], input), v[1], v[2]};
            }),
       form("eval*",
            [=](const Tensors& v) {
              return instance_norm(v[0], v[1], v[2], at(v, 3), at(v, 4), evaluate);
            }),
       form("untracked*",
            [=](const Tensors& v) {
              return instance_norm(v[0], {}, {}, at(v, 1), at(v, 2), input);
            })},
      {fails<ShapeError>("instance_norm: expected x of shape (N, C, ...), got [4]",
                         [] { instance_norm(ones({4})); }),
       fails<ShapeError>("instance_norm: expected running_var",
                         [] { instance_norm(image(), ones({4}), ones({3})); }),
       fails<ShapeError>("instance_norm: expected weight",
                         [] { instance_norm(image(), {}, {}, ones({3})); }),
       fails<ValueError>("instance_norm: expected both running statistics, or neither",
                         [] { instance_norm(image(), ones({4})); }),
       fails<ValueError>("instance_norm: expected more than one spatial element",
                         [] {
                           instance_norm(ones({2, 4, 1}));
                         }),
       fails<ValueError>(
           "instance_norm: expected running statistics without use_input_stats",
           [] { instance_norm(image(), {}, {}, {}, {}, {.use_input_stats = false}); }),
       fails<DTypeError>("instance_norm", [] { instance_norm(image().to(int64)); }),
       fails<UninitializedError>("instance_norm: x is an undefined", [] { instance_norm({}); })}};
}

Operations rows() {
  return {batch_norm_row(), layer_norm_row(),          group_norm_row(),
          rms_norm_row(),   local_response_norm_row(), instance_norm_row()};
}

const Family normalization("normalization", rows);

TEST_CASE("operations: normalization") {
  normalization.check();
}

}  // namespace
}  // namespace lucid::test
