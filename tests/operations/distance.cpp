// Rows of nn/functional_distance.h.
#include <limits>

#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;

constexpr double infinity = std::numeric_limits<double>::infinity();
const Tensor matrix = ones({2, 3});
const Tensor integers = zeros({2, 3}, {.dtype = int64});

Operation cosine_similarity_row() {
  const auto form = [](const char* samples, const F::CosineSimilarityFunctionOptions& options) {
    return Form{"F.cosine_similarity(Tensor,Tensor,CosineSimilarityFunctionOptions)", samples,
                [=](const Tensors& v) { return F::cosine_similarity(v[0], v[1], options); }};
  };
  const auto bad = [](const Tensor& a, const Tensor& b, int64_t dim = 1) {
    return [=] { F::cosine_similarity(a, b, {.dim = dim}); };
  };
  return {"cosine_similarity",
          {form("plain*", {}), form("middle*", {.dim = -2}), form("first*", {.dim = 0}),
           form("eps*", {.eps = 0.7})},
          {fails<IndexError>("cosine_similarity: dim 2", bad(matrix, matrix, 2)),
           fails<IndexError>("cosine_similarity: dim 1", bad(ones({3}), ones({3}))),
           fails<ShapeError>("cosine_similarity: shapes [2, 3] and [2]", bad(matrix, ones({2}))),
           fails<DTypeError>("cosine_similarity: expected input", bad(integers, matrix)),
           fails<DTypeError>("cosine_similarity: expected input", bad(matrix, integers)),
           fails<UninitializedError>("undefined tensor", bad(Tensor(), matrix)),
           fails<UninitializedError>("undefined tensor", bad(matrix, Tensor()))}};
}

Operation pairwise_distance_row() {
  const auto form = [](const char* samples, const F::PairwiseDistanceFunctionOptions& options) {
    return Form{"F.pairwise_distance(Tensor,Tensor,PairwiseDistanceFunctionOptions)", samples,
                [=](const Tensors& v) { return F::pairwise_distance(v[0], v[1], options); }};
  };
  const auto bad = [](const Tensor& a, const Tensor& b) {
    return [=] { F::pairwise_distance(a, b); };
  };
  return {"pairwise_distance",
          {form("plain*", {}), form("one*", {.p = 1}), form("three*", {.p = 3}),
           form("half*", {.p = 0.5}), form("greatest*", {.p = infinity}),
           form("kept*", {.p = 1.5, .eps = 0.2, .keepdim = true}), form("no_eps*", {.eps = 0})},
          {fails<ShapeError>("pairwise_distance: shapes [2, 3] and [2]", bad(matrix, ones({2}))),
           fails<DTypeError>("pairwise_distance: expected input", bad(integers, matrix)),
           fails<UninitializedError>("undefined tensor", bad(Tensor(), matrix)),
           fails<UninitializedError>("undefined tensor", bad(matrix, Tensor()))}};
}

Operation normalize_row() {
  const auto form = [](const char* samples, const F::NormalizeFunctionOptions& options) {
    return Form{"F.normalize(Tensor,NormalizeFunctionOptions)", samples,
                [=](const Tensors& v) { return F::normalize(v[0], options); }};
  };
  const auto bad = [](const Tensor& x, int64_t dim) {
    return [=] { F::normalize(x, {.dim = dim}); };
  };
  return {
      "normalize",
      {form("plain*", {}), form("one*", {.p = 1, .dim = -1}), form("half*", {.p = 0.5, .dim = 0}),
       form("greatest*", {.p = infinity}), form("eps*", {.eps = 3})},
      {fails<IndexError>("normalize: dim 2", bad(matrix, 2)),
       fails<IndexError>("normalize: dim 1", bad(ones({3}), 1)),
       fails<DTypeError>("normalize: expected input to be float32", bad(integers, 1)),
       fails<UninitializedError>("undefined tensor", bad(Tensor(), 1))}};
}

Operations rows() {
  return {cosine_similarity_row(), pairwise_distance_row(), normalize_row()};
}

const Family distance("distance", rows);

TEST_CASE("operations: distance") {
  distance.check();
}

}  // namespace
}  // namespace lucid::test
