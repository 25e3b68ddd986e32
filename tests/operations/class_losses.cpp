// Rows of the losses of classes in nn/functional_loss.h.
#include "lucid/creation.h"
#include "tests/operations/losses.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;
using F::Reduction;

const Tensor scores = zeros({2, 3});
const Tensor classes = tensor({0, 2});

// What both losses refuse.
template <class Options>
std::vector<Failure> class_failures(Tensor (*loss)(const Tensor&, const Tensor&, const Options&),
                                    const std::string& name) {
  const auto bad = [=](const Tensor& x, const Tensor& target, const Tensor& weight = {}) {
    return [=] { loss(x, target, {.weight = weight}); };
  };
  const Tensor integers = zeros({2, 3}, {.dtype = int64});
  return {
      fails<IndexError>(name + ": target class 3 is out of range", bad(scores, tensor({0, 3}))),
      fails<IndexError>(name + ": target class -1", bad(scores, tensor({-1, 0}))),
      fails<IndexError>(name + ": target class -5", bad(zeros({3}), tensor(-5))),
      fails<DTypeError>(name + ": expected int64 or uint8 classes", bad(scores, zeros({2}))),
      fails<DTypeError>(name + ": expected input to be float32 or float64", bad(integers, classes)),
      fails<ShapeError>(name + ": expected target of shape [2]", bad(scores, tensor({0, 1, 2}))),
      fails<ShapeError>(name + ": expected target of shape []", bad(zeros({3}), tensor({0}))),
      fails<ShapeError>(name + ": expected input of shape (N, C, ...)", bad(zeros({}), tensor(0))),
      fails<ShapeError>(name + ": expected weight of shape [3]", bad(scores, classes, ones({2}))),
      fails<UninitializedError>("undefined tensor", bad(Tensor(), classes)),
      fails<UninitializedError>("undefined tensor", bad(scores, Tensor()))};
}

Operation nll_loss_row() {
  return {"nll_loss",
          reduced("F.nll_loss(Tensor,Tensor,NllLossFunctionOptions)",
                  {{"plain", [](const Tensors& v,
                                Reduction r) { return F::nll_loss(v[0], v[1], {.reduction = r}); }},
                   {"weighted",
                    [](const Tensors& v, Reduction r) {
                      return F::nll_loss(v[0], v[1],
                                         {.weight = v[2], .ignore_index = -7, .reduction = r});
                    }},
                   {"ignored",
                    [](const Tensors& v, Reduction r) {
                      return F::nll_loss(v[0], v[1], {.ignore_index = 1, .reduction = r});
                    }}}),
          class_failures(F::nll_loss, "nll_loss")};
}

// Scores, a target, and a weight if there is one.
Loss cross_entropy(int64_t ignore_index, double label_smoothing) {
  return [=](const Tensors& v, Reduction r) {
    return F::cross_entropy(v[0], v[1],
                            {.weight = v.size() > 2 ? v[2] : Tensor(),
                             .ignore_index = ignore_index,
                             .reduction = r,
                             .label_smoothing = label_smoothing});
  };
}

Operation cross_entropy_row() {
  std::vector<Failure> failures = class_failures(F::cross_entropy, "cross_entropy");
  const auto bad = [](const Tensor& target, const F::CrossEntropyFunctionOptions& options) {
    return [=] { F::cross_entropy(scores, target, options); };
  };
  failures.push_back(fails<ValueError>("cross_entropy: expected label_smoothing in [0, 1], got 1.5",
                                       bad(classes, {.label_smoothing = 1.5})));
  failures.push_back(fails<ValueError>("cross_entropy: expected label_smoothing in [0, 1], got nan",
                                       bad(classes, {.label_smoothing = NAN})));
  failures.push_back(fails<ValueError>("cross_entropy: ignore_index 1 has no meaning",
                                       bad(scores, {.ignore_index = 1})));
  failures.push_back(fails<ShapeError>("cross_entropy: expected weight of shape [3]",
                                       bad(scores, {.weight = ones({1})})));
  return {"cross_entropy",
          reduced("F.cross_entropy(Tensor,Tensor,CrossEntropyFunctionOptions)",
                  {{"plain", cross_entropy(-100, 0)},
                   {"weighted", cross_entropy(-7, 0)},
                   {"ignored", cross_entropy(1, 0)},
                   {"smooth", cross_entropy(-7, 0.3)},
                   {"all_smooth", cross_entropy(-100, 1)},
                   {"evenly_weighted", cross_entropy(-7, 0.2)},
                   {"probable_plain", cross_entropy(-100, 0)},
                   {"probable_smooth", cross_entropy(-100, 0.2)}}),
          failures};
}

Operations rows() {
  return {nll_loss_row(), cross_entropy_row()};
}

const Family class_losses("class_losses", rows);

TEST_CASE("operations: class_losses") {
  class_losses.check();
}

}  // namespace
}  // namespace lucid::test
