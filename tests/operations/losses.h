// What the rows of losses share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/operations/operations.h"

namespace lucid::test {

using Loss = std::function<Tensor(const Tensors&, nn::functional::Reduction)>;

/// A form for every reduction: its samples start with the reduction's name and that of the case.
inline std::vector<Form> reduced(const std::string& declaration,
                                 const std::vector<std::pair<std::string, Loss>>& cases) {
  using nn::functional::Reduction;
  const std::pair<const char*, Reduction> reductions[] = {
      {"none_", Reduction::none}, {"mean_", Reduction::mean}, {"sum_", Reduction::sum}};
  std::vector<Form> forms;
  for (const auto& [prefix, reduction] : reductions) {
    for (const auto& [what, loss] : cases) {
      forms.push_back(
          {declaration, prefix + what + "_*",
           [loss = loss, reduction = reduction](const Tensors& v) { return loss(v, reduction); }});
    }
  }
  return forms;
}

using PairLoss = std::function<void(const Tensor&, const Tensor&)>;

/// One list of failures and another.
inline std::vector<Failure> with(std::vector<Failure> failures, const std::vector<Failure>& more) {
  failures.insert(failures.end(), more.begin(), more.end());
  return failures;
}

/// What all losses of two tensors refuse.
inline std::vector<Failure> pair_failures(const std::string& name, const PairLoss& loss) {
  const auto bad = [=](const Tensor& x, const Tensor& y) { return [=] { loss(x, y); }; };
  const Tensor integers = zeros({2, 3}, {.dtype = int64});
  return {fails<DTypeError>(name + ": expected input to be float32 or float64, got int64",
                            bad(integers, integers)),
          fails<UninitializedError>("undefined tensor", bad(Tensor(), ones({2, 3}))),
          fails<UninitializedError>("undefined tensor", bad(ones({2, 3}), Tensor()))};
}

/// The same, and shapes that do not broadcast.
inline std::vector<Failure> broadcast_failures(const std::string& name, const PairLoss& loss) {
  const auto bad = [=](const Shape& x, const Shape& y) { return [=] { loss(ones(x), ones(y)); }; };
  return with(pair_failures(name, loss),
              {fails<ShapeError>(name + ": shapes [2, 3] and [2]", bad({2, 3}, {2})),
               fails<ShapeError>(name + ": shapes [0, 3] and [2, 3]", bad({0, 3}, {2, 3}))});
}

}  // namespace lucid::test
