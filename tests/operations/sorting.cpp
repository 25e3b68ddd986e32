// Rows of sorting.h.
#include "autograd/functions/sorting.h"

#include "lucid/creation.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

const Tensor matrix = ones({2, 3});

Operation sort_row() {
  const auto along = [](const char* samples, int64_t dim, bool descending) {
    return Form{"sort(Tensor,int64_t,bool)", samples,
                [=](const Tensors& v) { return sort(v[0], dim, descending); }};
  };
  return {
      "sort",
      {{"Tensor.sort(int64_t,bool)", "middle_descending*",
        [](const Tensors& v) { return v[0].sort(-2, true); }},
       {"sort(Tensor,int64_t,bool)", "last_matrix", [](const Tensors& v) { return sort(v[0]); }},
       along("last_matrix last_number last_empty last_no_columns last_special* last_integers "
             "last_extremes last_bytes last_small last_bools",
             -1, false),
       along("last_descending*", -1, true),
       along("first*", 0, false),
       along("middle_descending*", -2, true)},
      {fails<IndexError>("sort: dim 2", [] { sort(matrix, 2); }),
       fails<IndexError>("sort: dim -2 is out of range for a tensor of rank 0",
                         [] { sort(tensor(1.0), -2); }),
       fails<UninitializedError>("undefined tensor", [] { sort(Tensor()); })}};
}

Operation argsort_row() {
  const auto along = [](const char* samples, int64_t dim, bool descending) {
    return Form{"argsort(Tensor,int64_t,bool)", samples,
                [=](const Tensors& v) { return argsort(v[0], dim, descending); }};
  };
  return {"argsort",
          {{"Tensor.argsort(int64_t,bool)", "middle_descending*",
            [](const Tensors& v) { return v[0].argsort(-2, true); }},
           {"argsort(Tensor,int64_t,bool)", "last_matrix",
            [](const Tensors& v) { return argsort(v[0]); }},
           along("last_matrix last_number last_empty last_no_columns last_special* last_integers "
                 "last_extremes last_bytes last_small last_bools",
                 -1, false),
           along("last_descending*", -1, true),
           along("first*", 0, false),
           along("middle_descending*", -2, true)},
          {fails<IndexError>("argsort: dim 2", [] { argsort(matrix, 2); }),
           fails<UninitializedError>("undefined tensor", [] { argsort(Tensor()); })}};
}

Operation topk_row() {
  const auto greatest = [](const char* samples, int64_t k, int64_t dim = -1, bool largest = true,
                           bool sorted = true) {
    return Form{"topk(Tensor,int64_t,int64_t,bool,bool)", samples,
                [=](const Tensors& v) { return topk(v[0], k, dim, largest, sorted); }};
  };
  const auto bad = [](int64_t k, int64_t dim, const Tensor& x = matrix) {
    return [=] { topk(x, k, dim); };
  };
  return {
      "topk",
      {greatest("two*", 2),
       greatest("least*", 3, -1, false),
       greatest("least*", 3, -1, false, false),
       greatest("first*", 3, 0),
       greatest("one*", 1),
       greatest("none*", 0),
       {"Tensor.topk(int64_t,int64_t,bool,bool)", "two*",
        [](const Tensors& v) { return v[0].topk(2); }},
       {"Tensor.topk(int64_t,int64_t,bool,bool)", "least*",
        [](const Tensors& v) { return v[0].topk(3, -1, false, false); }}},
      {fails<ValueError>("topk: k = 4", bad(4, -1)), fails<ValueError>("topk: k = -1", bad(-1, 0)),
       fails<ValueError>("topk: k = 2", bad(2, 0, tensor(1.0))),
       fails<IndexError>("topk: dim 2", bad(1, 2)),
       fails<UninitializedError>("undefined tensor", bad(1, 0, Tensor()))}};
}

Operations rows() {
  return {sort_row(), argsort_row(), topk_row()};
}

const Family sorting("sorting", rows);

TEST_CASE("operations: sorting") {
  sorting.check();
}

}  // namespace
}  // namespace lucid::test
