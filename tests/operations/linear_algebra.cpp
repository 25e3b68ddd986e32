// Rows of linear_algebra.h.
#include "autograd/functions/linear_algebra.h"

#include "lucid/creation.h"
#include "tests/operations/forms.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using V = const Tensors&;

const Tensor matrix = ones({2, 3});
const Tensor vector = ones({3});

Operation matmul_row() {
  return {"matmul",
          Forms("matmul(Tensor,Tensor)")
              .add("*", [](V v) { return matmul(v.front(), v.back()); })
              .also("Tensor.matmul(Tensor)")
              .add("matri* vector* stack* integers*", [](V v) { return v[0].matmul(v[1]); }),
          {fails<ShapeError>("matmul: shapes [2, 3] and [2, 3] do not fit",
                             [] { matmul(matrix, matrix); }),
           fails<ShapeError>("matmul: shapes [3] and [2, 3]", [] { matmul(vector, matrix); }),
           fails<ShapeError>("matmul: shapes [2, 3] and [2]", [] { matmul(matrix, ones({2})); }),
           fails<ShapeError>("matmul: shapes [3] and [2]", [] { matmul(vector, ones({2})); }),
           fails<ShapeError>("matmul: shapes [2] and [3] do not broadcast",
                             [] {
                               matmul(ones({2, 3, 4}), ones({3, 4, 5}));
                             }),
           fails<ShapeError>("multiply by a scalar with *", [] { matmul(tensor(1.0), matrix); }),
           fails<ShapeError>("multiply by a scalar with *", [] { matmul(vector, tensor(1.0)); }),
           fails<DTypeError>("matmul: expected numbers, got bool",
                             [] { matmul(tensor({true}), tensor({true})); }),
           fails<DTypeError>("matmul: expected a and b of one dtype, got float32 and float64",
                             [] { matmul(matrix, vector.to(float64)); }),
           fails<UninitializedError>("undefined tensor", [] { matmul(Tensor(), matrix); }),
           fails<UninitializedError>("undefined tensor", [] { matmul(matrix, Tensor()); })}};
}

Operation mm_row() {
  return {
      "mm",
      Forms("mm(Tensor,Tensor)")
          .add(
              "*", [](V v) { return mm(v[0], v[1]); }, [](V v) { return v[0].mm(v[1]); }),
      {fails<ShapeError>("mm: shapes [2, 3] and [2, 3] do not fit", [] { mm(matrix, matrix); }),
       fails<ShapeError>("mm: expected a of shape (n, m), got [3]", [] { mm(vector, matrix); }),
       fails<ShapeError>("mm: expected b of shape (m, p), got [3]", [] { mm(matrix, vector); }),
       fails<DTypeError>("mm: expected numbers", [] { mm(tensor({{true}}), tensor({{true}})); }),
       fails<DTypeError>("mm: expected a and b of one dtype",
                         [] { mm(matrix, matrix.t().to(float64)); }),
       fails<UninitializedError>("undefined tensor", [] { mm(matrix, Tensor()); })}};
}

Operation bmm_row() {
  const Tensor stack = ones({2, 3, 3});
  return {"bmm",
          Forms("bmm(Tensor,Tensor)")
              .add(
                  "*", [](V v) { return bmm(v[0], v[1]); }, [](V v) { return v[0].bmm(v[1]); }),
          {fails<ShapeError>("bmm: expected a of shape (B, n, m), got [2, 3]",
                             [] { bmm(matrix, matrix); }),
           fails<ShapeError>("bmm: expected b of shape (B, m, p), got [2, 3]",
                             [=] { bmm(stack, matrix); }),
           fails<ShapeError>("bmm: expected as many matrices in a as in b",
                             [=] {
                               bmm(stack, ones({1, 3, 3}));
                             }),
           fails<ShapeError>("bmm: shapes [2, 3, 3] and [2, 2, 3] do not fit",
                             [=] {
                               bmm(stack, ones({2, 2, 3}));
                             }),
           fails<DTypeError>("bmm: expected a and b of one dtype",
                             [=] { bmm(stack, stack.to(float64)); }),
           fails<UninitializedError>("undefined tensor", [=] { bmm(Tensor(), stack); })}};
}

Operation addmm_row() {
  const auto scaled = [](Scalar beta, Scalar alpha) {
    return [=](V v) { return addmm(v[0], v[1], v[2], beta, alpha); };
  };
  const Tensor whole = ones({2, 2}, {.dtype = int64});
  return {
      "addmm",
      Forms("addmm(Tensor,Tensor,Tensor,Scalar,Scalar)")
          .add("plain row number nothing empty integers",
               [](V v) { return addmm(v[0], v[1], v[2]); })
          .add("scaled*", scaled(-0.5, 3))
          .add("times_integers", scaled(-2, 3))
          .add("without", scaled(0, 2))
          .method()
          .add("plain row integers", [](V v) { return v[0].addmm(v[1], v[2]); })
          .add("scaled*", [](V v) { return v[0].addmm(v[1], v[2], -0.5, 3); })
          .also("Tensor.addmm_(Tensor,Tensor,Scalar,Scalar)")
          .add("plain nothing", [](V v) { return v[0].clone().addmm_(v[1], v[2]); })
          .add("scaled_full", [](V v) { return v[0].clone().addmm_(v[1], v[2], -0.5, 3); }),
      {fails<ShapeError>("addmm: expected a of shape (n, m), got [3]",
                         [] { addmm(vector, vector, matrix); }),
       fails<ShapeError>("addmm: expected b of shape (m, p), got [3]",
                         [] { addmm(matrix, matrix, vector); }),
       fails<ShapeError>("addmm: shapes [2, 3] and [2, 3] do not fit",
                         [] { addmm(matrix, matrix, matrix); }),
       fails<ShapeError>("addmm: shapes [3] and [2, 2]", [] { addmm(vector, matrix, matrix.t()); }),
       fails<ShapeError>("addmm: x of shape [1, 2, 2] does not broadcast",
                         [] {
                           addmm(ones({1, 2, 2}), matrix, matrix.t());
                         }),
       fails<DTypeError>("addmm: expected x and a of one dtype, got int64 and float32",
                         [] { addmm(tensor(1), matrix, matrix.t()); }),
       fails<DTypeError>("addmm: expected a and b of one dtype",
                         [] { addmm(tensor(1.0), matrix, matrix.t().to(float64)); }),
       fails<DTypeError>("addmm: expected whole numbers as beta and alpha",
                         [=] { addmm(whole, whole, whole, 0.5); }),
       fails<DTypeError>("int64, got 1.5", [=] { addmm(whole, whole, whole, 1, 1.5); }),
       fails<DTypeError>("addmm: expected numbers, got bool",
                         [] { addmm(tensor(true), tensor({{true}}), tensor({{true}})); }),
       fails<ShapeError>("addmm_: ", [] { ones({2}).addmm_(matrix, matrix.t()); }),
       fails<UninitializedError>("undefined tensor", [] { addmm(Tensor(), matrix, matrix.t()); })}};
}

Operation outer_row() {
  return {"outer",
          Forms("outer(Tensor,Tensor)")
              .add(
                  "*", [](V v) { return outer(v[0], v[1]); }, [](V v) { return v[0].outer(v[1]); }),
          {fails<ShapeError>("outer: expected a of shape (n), got [2, 3]",
                             [] { outer(matrix, vector); }),
           fails<ShapeError>("outer: expected b of shape (m), got []",
                             [] { outer(vector, tensor(1.0)); }),
           fails<UninitializedError>("undefined tensor", [] { outer(vector, Tensor()); })}};
}

Operation dot_row() {
  return {
      "dot",
      Forms("dot(Tensor,Tensor)")
          .add(
              "*", [](V v) { return dot(v[0], v[1]); }, [](V v) { return v[0].dot(v[1]); }),
      {fails<ShapeError>("dot: expected a of shape (n), got [2, 3]", [] { dot(matrix, vector); }),
       fails<ShapeError>("dot: expected b of shape (n), got []", [] { dot(vector, tensor(1.0)); }),
       fails<ShapeError>("dot: expected b of shape [3], got [2]", [] { dot(vector, ones({2})); }),
       fails<DTypeError>("dot: expected a and b of one dtype, got float32 and int64",
                         [] {
                           dot(ones({2}), tensor({1, 2}));
                         }),
       fails<DTypeError>("dot: expected numbers, got bool",
                         [] { dot(tensor({true}), tensor({true})); }),
       fails<UninitializedError>("undefined tensor", [] { dot(Tensor(), vector); })}};
}

// The equations of linear_algebra.py.
const char* const equations[] = {
    "ij,jk->ik",    "ij,jk",         "bij,bjk->bki",  "ii->i",
    "ii",           "iji->j",        "iii->i",        "ij->ji",
    "ba",           "ij->",          "...->",         "i,j->ij",
    "i,i->",        "ij,ij->j",      "ij,kl->il",     "...ij,...jk->...ik",
    "...i,i->...",  "...ii->...",    "i...,j->...ij", "b...->...",
    "ij,jk,kl->il", "bn,anm,bm->ba", "ij,j->ij",      "aab,bc->ac",
    "...ij->ij",    "i,,j->ji",      "...ij,jk",      "ij,jk,ik->i",
    "ij,ij->ij",    "ij,k->k",       "Zz,zZ",         "ij->i"};

Operation einsum_row() {
  Forms forms("einsum(std::string_view,std::vector<Tensor>)");
  for (const std::string equation : equations) {
    const auto call = [equation](V v) { return einsum(equation, v); };
    // The colon is not taken by the longer equations that begin with this one.
    forms.add(equation + " " + equation + ":*", call);
  }
  forms.add("ij,jk->ik", [](V v) { return einsum(" ij, jk -> ik", v); });
  // Of scalars, which have no letters.
  forms.add("->", [](V v) { return einsum("", v); });
  forms.add(",->", [](V v) { return einsum(",", v); });
  const auto wrong = [](const char* equation, const Tensors& operands) {
    return [=] { einsum(equation, operands); };
  };
  const Tensor flags = tensor({{true}});
  return {
      "einsum",
      forms,
      {fails<ValueError>("einsum: expected at least one operand", wrong("ij", {})),
       fails<ValueError>("\"ij\" there are 1 terms for 2 operands", wrong("ij", {matrix, matrix})),
       fails<ValueError>("einsum: in \"i1\" expected letters", wrong("i1", {matrix})),
       fails<ValueError>("at most one ellipsis in a term, got 'i..j'", wrong("i..j", {matrix})),
       fails<ValueError>("at most one ellipsis in a term, got '...i...'",
                         wrong("...i...", {matrix})),
       fails<ValueError>("the output names 'k', which no operand has", wrong("ij->ik", {matrix})),
       fails<ValueError>("the output names 'i' twice", wrong("ij->ii", {matrix})),
       fails<ValueError>("einsum: in \"ij->i->j\" expected letters", wrong("ij->i->j", {matrix})),
       fails<ShapeError>("einsum: the term 'ijk' of \"ijk\" names 3 dimensions",
                         wrong("ijk", {matrix})),
       fails<ShapeError>("names 1 dimensions, but its operand has shape [2, 3]",
                         wrong("i", {matrix})),
       fails<ShapeError>("einsum: 'i' names two dimensions of one operand of sizes 2 and 3",
                         wrong("ii", {matrix})),
       fails<ShapeError>("einsum: 'j' has size 3 in an operand of shape [2, 3] and 2 in one",
                         wrong("ij,jk", {matrix, matrix})),
       fails<ShapeError>("einsum: '...' has size 2", wrong("...j,...", {matrix, ones({5})})),
       fails<DTypeError>("einsum: expected all operands and the first of one dtype",
                         wrong("i,i", {vector, ones({3}, {.dtype = int64})})),
       fails<DTypeError>("einsum: expected numbers where products are summed, got bool",
                         wrong("ij,jk", {flags, flags})),
       fails<UninitializedError>("undefined tensor", wrong("i", {Tensor()}))}};
}

Operation linear_row() {
  const Tensor weight = ones({5, 3});
  return {
      "linear",
      Forms("linear(Tensor,Tensor,Tensor)")
          .add("*", [](V v) { return linear(v[0], v[1], v.size() > 2 ? v[2] : Tensor()); }),
      {fails<ShapeError>("linear: expected x of shape (..., 3), got [2, 4]",
                         [=] {
                           linear(ones({2, 4}), weight);
                         }),
       fails<ShapeError>("linear: expected x of shape (..., 3), got []",
                         [=] { linear(tensor(1.0), weight); }),
       fails<ShapeError>("linear: expected x of shape (..., 2), got [2, 3]",
                         [] { linear(matrix, ones({2})); }),
       fails<ShapeError>(
           "linear: expected weight of shape (out_features, in_features), got [1, 5, 3]",
           [=] { linear(matrix, weight.unsqueeze(0)); }),
       fails<ShapeError>("linear: expected weight", [=] { linear(matrix, tensor(1.0)); }),
       fails<ShapeError>("linear: expected bias of shape [5], got [3]",
                         [=] { linear(matrix, weight, vector); }),
       fails<ShapeError>("linear: expected bias of shape [1], got [3]",
                         [] { linear(matrix, vector, vector); }),
       fails<DTypeError>("linear: expected x and weight of one dtype, got float32 and float64",
                         [=] { linear(matrix, weight.to(float64)); }),
       fails<DTypeError>("linear: expected x and bias of one dtype",
                         [=] { linear(matrix, weight, ones({5}, {.dtype = float64})); }),
       fails<DTypeError>("linear: expected numbers, got bool",
                         [] { linear(tensor({{true}}), tensor({{true}})); }),
       fails<DeviceError>("linear: x is on the cpu, but a parameter of shape [5, 3]",
                          [] {
                            linear(matrix, empty({5, 3}, {.device = meta}));
                          }),
       fails<DeviceError>("linear: x is on the cpu",
                          [] {
                            linear(tensor({{1}}), empty({5, 1}, {.dtype = int64, .device = meta}));
                          }),
       fails<UninitializedError>("undefined tensor", [=] { linear(Tensor(), weight); }),
       fails<UninitializedError>("undefined tensor", [] { linear(matrix, Tensor()); })}};
}

Operations rows() {
  return {matmul_row(), mm_row(),  bmm_row(),    addmm_row(),
          outer_row(),  dot_row(), einsum_row(), linear_row()};
}

const Family linear_algebra("linear_algebra", rows);

TEST_CASE("operations: linear_algebra") {
  linear_algebra.check();
}

}  // namespace
}  // namespace lucid::test
