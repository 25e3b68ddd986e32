// Rows of the losses in nn/functional_loss.h that are made of distances and margins.
#include <limits>

#include "lucid/creation.h"
#include "tests/operations/losses.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;
using F::Reduction;

const Tensor matrix = ones({2, 3});
const Tensor signs = tensor({1, -1});
const Tensor integers = zeros({2, 3}, {.dtype = int64});

Operation hinge_embedding_loss_row() {
  const auto loss = [](double margin) {
    return [=](const Tensors& v, Reduction r) {
      return F::hinge_embedding_loss(v[0], v[1], {.margin = margin, .reduction = r});
    };
  };
  return {"hinge_embedding_loss",
          reduced("F.hinge_embedding_loss(Tensor,Tensor,HingeEmbeddingLossFunctionOptions)",
                  {{"plain", loss(1)}, {"wide", loss(1.43)}}),
          broadcast_failures("hinge_embedding_loss",
                             [](auto& x, auto& y) { F::hinge_embedding_loss(x, y); })};
}

// What is refused by both losses of two inputs and a sign.
using MarginLoss = Tensor (*)(const Tensor&, const Tensor&, const Tensor&,
                              const F::MarginLossFunctionOptions&);

std::vector<Failure> margin_failures(const std::string& name, MarginLoss loss) {
  const auto bad = [=](const Tensor& a, const Tensor& b, const Tensor& target) {
    return [=] { loss(a, b, target, {}); };
  };
  return {fails<DTypeError>(name + ": expected input to be float32", bad(integers, matrix, signs)),
          fails<ShapeError>(name + ": expected input", bad(matrix, ones({3}), signs)),
          fails<ShapeError>(name + ": expected input", bad(matrix, matrix, tensor({{{1}}}))),
          fails<UninitializedError>("undefined tensor", bad(Tensor(), matrix, signs)),
          fails<UninitializedError>("undefined tensor", bad(matrix, Tensor(), signs)),
          fails<UninitializedError>("undefined tensor", bad(matrix, matrix, Tensor()))};
}

std::pair<std::string, Loss> margin_case(const char* what, MarginLoss loss, double margin) {
  return {what, [=](const Tensors& v, Reduction r) {
            return loss(v[0], v[1], v[2], {.margin = margin, .reduction = r});
          }};
}

Operation margin_ranking_loss_row() {
  const auto bad = [](const Tensor& a, const Tensor& b, const Tensor& target) {
    return [=] { F::margin_ranking_loss(a, b, target); };
  };
  return {"margin_ranking_loss",
          reduced("F.margin_ranking_loss(Tensor,Tensor,Tensor,MarginLossFunctionOptions)",
                  {margin_case("plain", F::margin_ranking_loss, 0),
                   margin_case("margin", F::margin_ranking_loss, 0.44)}),
          with(margin_failures("margin_ranking_loss", F::margin_ranking_loss),
               {fails<ShapeError>("margin_ranking_loss: shapes [2, 3] and [3, 2]",
                                  bad(matrix, ones({3, 2}), matrix)),
                fails<ShapeError>("margin_ranking_loss: shapes [2, 3] and [1, 2]",
                                  bad(matrix, matrix, ones({1, 2}))),
                fails<ShapeError>("margin_ranking_loss: shapes [2, 3] and [4, 3]",
                                  bad(ones({1, 3}), matrix, ones({4, 3})))})};
}

Operation cosine_embedding_loss_row() {
  return {"cosine_embedding_loss",
          reduced("F.cosine_embedding_loss(Tensor,Tensor,Tensor,MarginLossFunctionOptions)",
                  {margin_case("plain", F::cosine_embedding_loss, 0),
                   margin_case("margin", F::cosine_embedding_loss, 0.4)}),
          with(margin_failures("cosine_embedding_loss", F::cosine_embedding_loss),
               {fails<ShapeError>("cosine_embedding_loss: expected inputs of shape (N, D)",
                                  [] { F::cosine_embedding_loss(matrix, matrix, ones({3})); }),
                fails<ShapeError>("cosine_embedding_loss: expected inputs of shape (N, D)", [] {
                  F::cosine_embedding_loss(ones({}), ones({}), ones({}));
                })})};
}

Operation triplet_margin_loss_row() {
  const auto loss = [](const F::TripletMarginLossFunctionOptions& options) {
    return [=](const Tensors& v, Reduction r) {
      F::TripletMarginLossFunctionOptions all = options;
      all.reduction = r;
      return F::triplet_margin_loss(v[0], v[1], v[2], all);
    };
  };
  const auto bad = [](const Tensor& anchor, const Tensor& positive, const Tensor& negative) {
    return [=] { F::triplet_margin_loss(anchor, positive, negative); };
  };
  const double infinity = std::numeric_limits<double>::infinity();
  return {"triplet_margin_loss",
          reduced("F.triplet_margin_loss(Tensor,Tensor,Tensor,TripletMarginLossFunctionOptions)",
                  {{"plain", loss({})},
                   {"swap", loss({.margin = 2, .swap = true})},
                   {"three", loss({.margin = 0.7, .p = 3})},
                   {"one", loss({.margin = 3, .p = 1, .swap = true})},
                   {"greatest", loss({.p = infinity, .eps = 0.1})}}),
          {fails<ShapeError>("triplet_margin_loss: expected anchor, positive and negative",
                             bad(matrix, matrix, ones({3}))),
           fails<ShapeError>("triplet_margin_loss: expected anchor, positive and negative",
                             bad(ones({}), ones({}), ones({}))),
           fails<ShapeError>("triplet_margin_loss: shapes [2, 3] and [3, 2]",
                             bad(matrix, ones({3, 2}), matrix)),
           fails<ShapeError>("triplet_margin_loss: shapes [2, 3] and [2, 2]",
                             bad(matrix, matrix, ones({2, 2}))),
           fails<DTypeError>("triplet_margin_loss: expected input", bad(integers, matrix, matrix)),
           fails<UninitializedError>("undefined tensor", bad(Tensor(), matrix, matrix)),
           fails<UninitializedError>("undefined tensor", bad(matrix, matrix, Tensor()))}};
}

Operations rows() {
  return {hinge_embedding_loss_row(), margin_ranking_loss_row(), cosine_embedding_loss_row(),
          triplet_margin_loss_row()};
}

const Family embedding_losses("embedding_losses", rows);

TEST_CASE("operations: embedding_losses") {
  embedding_losses.check();
}

}  // namespace
}  // namespace lucid::test
