// Shapes and matrix products against PyTorch's; golden_structure.py has the same
// functions under the same names.
#include <functional>
#include <map>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/rearrangement.h"
#include "autograd/functions/shape.h"
#include "autograd/functions/splitting.h"
#include "lucid/creation.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;

namespace {

using Tensors = std::vector<Tensor>;
using Functions = std::map<std::string, std::function<Tensor(const Tensors&)>>;

Tensor joined(const Tensors& parts) {
  Tensors flat;
  for (const Tensor& part : parts) flat.push_back(ravel(part));
  return cat(flat);
}

void check_file(const std::string& file, const Functions& functions) {
  size_t count = 0;
  for_each_case(file, "", [&](const GoldenCase& c) {
    ++count;
    CAPTURE(c.name());
    REQUIRE(functions.contains(c.name()));
    Tensors inputs;
    std::vector<std::pair<std::string, Tensor>> leaves;
    for (const char* key : {"a", "b", "c"}) {
      if (!c.has(key)) continue;
      inputs.push_back(c.leaf(key));
      leaves.emplace_back(key, inputs.back());
    }
    c.check(functions.at(c.name())(inputs), leaves);
  });
  // In both dtypes.
  CHECK_EQ(count, 2 * functions.size());
}

}  // namespace

TEST_CASE("shapes as PyTorch computes them") {
  const std::vector<int64_t> sizes{4, 0, 3};
  check_file("shapes",
             {{"split", [](const Tensors& v) { return joined(split(v[0], 3)); }},
              {"split_sizes", [=](const Tensors& v) { return joined(split(v[0], sizes, -1)); }},
              {"split_one_used", [](const Tensors& v) { return split(v[0], 3)[1]; }},
              {"chunk", [](const Tensors& v) { return joined(chunk(v[0], 3, 1)); }},
              {"unbind", [](const Tensors& v) { return joined(unbind(v[0], 1)); }},
              {"unfold", [](const Tensors& v) { return unfold(v[0], 1, 3, 2); }},
              {"unfold_first", [](const Tensors& v) { return unfold(v[0], 0, 2, 3); }},
              {"diagonal", [](const Tensors& v) { return diagonal(v[0]); }},
              {"diagonal_of_stack", [](const Tensors& v) { return diagonal(v[0], -1, -1, 0); }},
              {"diagonal_outside",
               [](const Tensors& v) {
                 return joined({diagonal(v[0], 4), diagonal(v[0], -2)});
               }},
              {"movedim", [](const Tensors& v) { return movedim(v[0], 0, -1); }},
              {"movedim_two",
               [](const Tensors& v) {
                 return movedim(v[0], {1, -1}, {0, 1});
               }},
              {"broadcast_to",
               [](const Tensors& v) {
                 return broadcast_to(v[0], {2, 3, 4});
               }},
              {"meshgrid", [](const Tensors& v) { return joined(meshgrid(v)); }},
              {"meshgrid_xy", [](const Tensors& v) { return joined(meshgrid(v, "xy")); }},
              {"ravel", [](const Tensors& v) { return ravel(v[0].t()); }},
              {"unflatten",
               [](const Tensors& v) {
                 return unflatten(v[0], 1, {3, -1});
               }},
              {"repeat",
               [](const Tensors& v) {
                 return repeat(v[0], {2, 1, 3});
               }},
              {"tile",
               [](const Tensors& v) {
                 return tile(v[0], {3, 2});
               }},
              {"flip",
               [](const Tensors& v) {
                 return flip(v[0], {0, -1});
               }},
              {"roll",
               [](const Tensors& v) {
                 return roll(v[0], {1, -6}, {0, 1});
               }},
              {"roll_flat", [](const Tensors& v) { return roll(v[0], 5); }},
              {"tril", [](const Tensors& v) { return tril(v[0], -1); }},
              {"tril_above", [](const Tensors& v) { return tril(v[0], 1); }},
              {"triu", [](const Tensors& v) { return triu(v[0].t()); }},
              {"triu_below", [](const Tensors& v) { return triu(v[0], -1); }}});
}

TEST_CASE("matrix products and einsum as PyTorch computes them") {
  check_file("linear_algebra",
             {{"matmul", [](const Tensors& v) { return matmul(v[0], v[1]); }},
              {"matmul_vector", [](const Tensors& v) { return matmul(v[0], v[1]); }},
              {"mm", [](const Tensors& v) { return mm(v[0], v[1]); }},
              {"bmm", [](const Tensors& v) { return bmm(v[0], v[1]); }},
              {"addmm", [](const Tensors& v) { return addmm(v[0], v[1], v[2]); }},
              {"addmm_scaled", [](const Tensors& v) { return addmm(v[0], v[1], v[2], 0.5, -2); }},
              {"outer", [](const Tensors& v) { return outer(v[0], v[1]); }},
              {"dot", [](const Tensors& v) { return dot(v[0], v[1]); }},
              {"einsum_0", [](const Tensors& v) { return einsum("ij,jk->ik", v); }},
              {"einsum_1", [](const Tensors& v) { return einsum("ij,jk", v); }},
              {"einsum_2", [](const Tensors& v) { return einsum("bij,bjk->bki", v); }},
              {"einsum_3", [](const Tensors& v) { return einsum("ii->i", v); }},
              {"einsum_4", [](const Tensors& v) { return einsum("ii", v); }},
              {"einsum_5", [](const Tensors& v) { return einsum("iji->j", v); }},
              {"einsum_6", [](const Tensors& v) { return einsum("ij->ji", v); }},
              {"einsum_7", [](const Tensors& v) { return einsum("ba", v); }},
              {"einsum_8", [](const Tensors& v) { return einsum("ij->", v); }},
              {"einsum_9", [](const Tensors& v) { return einsum("i,j->ij", v); }},
              {"einsum_10", [](const Tensors& v) { return einsum("i,i->", v); }},
              {"einsum_11", [](const Tensors& v) { return einsum("ij,ij->j", v); }},
              {"einsum_12", [](const Tensors& v) { return einsum("ij,kl->il", v); }},
              {"einsum_13", [](const Tensors& v) { return einsum("...ij,...jk->...ik", v); }},
              {"einsum_14", [](const Tensors& v) { return einsum("...i,i->...", v); }},
              {"einsum_15", [](const Tensors& v) { return einsum("...ii->...", v); }},
              {"einsum_16", [](const Tensors& v) { return einsum("i...,j->...ij", v); }},
              {"einsum_17", [](const Tensors& v) { return einsum("b...->...", v); }},
              {"einsum_18", [](const Tensors& v) { return einsum("ij,jk,kl->il", v); }},
              {"einsum_19", [](const Tensors& v) { return einsum("bn,anm,bm->ba", v); }},
              {"einsum_20", [](const Tensors& v) { return einsum("ij,j->ij", v); }},
              {"einsum_21", [](const Tensors& v) { return einsum("ij,jk->ik", v); }},
              {"einsum_22", [](const Tensors& v) { return einsum("aab,bc->ac", v); }},
              {"einsum_23", [](const Tensors& v) { return einsum("...ij->ij", v); }},
              {"einsum_24", [](const Tensors& v) { return einsum("i,,j->ji", v); }}});
}
