// Indexing against PyTorch's; golden_structure.py has the same functions under the same names.
#include <functional>
#include <map>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/shape.h"
#include "autograd/functions/sorting.h"
#include "autograd/functions/subscript.h"
#include "lucid/creation.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;

namespace {

using Tensors = std::vector<Tensor>;
using Functions = std::map<std::string, std::function<Tensor(const Tensors&)>>;

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

using namespace lucid::indexing;
using Subscripts = std::vector<TensorIndex>;

std::function<Tensor(const Tensors&)> at(const Subscripts& subscripts) {
  return [=](const Tensors& v) { return v[0].index(subscripts); };
}

// In place, on a copy; adding as a function.
std::function<Tensor(const Tensors&)> put(const Subscripts& subscripts, bool accumulate = false) {
  return [=](const Tensors& v) {
    if (accumulate) return index_put(v[0], subscripts, v[1], true);
    return v[0].clone().index_put_(subscripts, v[1]);
  };
}

}  // namespace

TEST_CASE("indexing as PyTorch computes it") {
  const Tensor rows = tensor({2, 0, 2, 3});
  const Tensor table = tensor({{2, 0, 2}, {1, 1, 0}});
  const Tensor unique = tensor({{3, 0, 2}, {1, 2, 0}});
  const Tensor back = tensor({{-1}, {1}, {0}});
  const Tensor mask =
      tensor({{true, false, true, true}, {false, false, true, false}, {true, false, false, false}});
  const Tensor ends = tensor({true, false, true});
  const Slice all;
  check_file("indexing",
             {{"gather", [=](const Tensors& v) { return gather(v[0], 0, table); }},
              {"scatter_add", [=](const Tensors& v) { return scatter_add(v[0], 0, table, v[1]); }},
              {"scatter", [=](const Tensors& v) { return scatter(v[0], 0, unique, v[1]); }},
              {"scatter_value", [=](const Tensors& v) { return scatter(v[0], 0, unique, 2.5); }},
              {"index_copy",
               [](const Tensors& v) {
                 return index_copy(v[0], 1, tensor({3, 1}), v[1]);
               }},
              {"take_along_dim",
               [](const Tensors& v) {
                 return take_along_dim(v[0], tensor({{3, 1}}), 1);
               }},
              {"take_along_flat", [=](const Tensors& v) { return take_along_dim(v[0], table); }},
              {"masked_select", [=](const Tensors& v) { return masked_select(v[0], mask); }},
              {"masked_select_wide", [=](const Tensors& v) { return masked_select(v[0], mask); }},
              {"embedding", [=](const Tensors& v) { return embedding(table, v[0]); }},
              {"embedding_padding", [=](const Tensors& v) { return embedding(table, v[0], -1); }},
              {"sort", [](const Tensors& v) { return sort(v[0], 0).values; }},
              {"sort_descending", [](const Tensors& v) { return sort(v[0], -1, true).values; }},
              {"topk", [](const Tensors& v) { return topk(v[0], 2).values; }},
              {"topk_least", [](const Tensors& v) { return topk(v[0], 3, 0, false).values; }},
              {"index_slices", at({Slice(-3, 9, 2), None, Ellipsis, 1})},
              {"index_rows", at({rows})},
              {"index_inner", at({all, rows})},
              {"index_pairs", at({back, rows})},
              {"index_apart", at({back, all, rows})},
              {"index_behind", at({Ellipsis, back, rows})},
              {"index_mask", at({mask})},
              {"index_mask_inner", at({all, ends, 1})},
              {"index_mask_and_rows", at({ends, Slice(1), rows.narrow(0, 0, 2)})},
              {"index_whole", at({true, 1})},
              {"put_slice", put({Slice(1), Slice(None, None, 3)})},
              {"put_rows", put({tensor({2, 0})})},
              {"put_pairs", put({back, tensor({3, 0})})},
              {"put_mask", put({mask})},
              {"put_inner_mask", put({all, ends})},
              {"put_apart", put({tensor({2, 1, 0, 1}), all, arange(4)})},
              {"add_rows", put({rows}, true)},
              {"add_pairs", put({back, rows}, true)}});
}
