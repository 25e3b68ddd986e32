// Rows of splitting.h.
#include "autograd/functions/splitting.h"

#include "autograd/functions/arithmetic.h"
#include "lucid/creation.h"
#include "tests/operations/forms.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using Sizes = std::vector<int64_t>;

const Tensor matrix = ones({5, 2});

Operation split_row() {
  const Sizes sizes{4, 0, 3};
  const auto wrong_size = [](const char* text, int64_t size) {
    return fails<ValueError>(text, [=] { split(matrix, size); });
  };
  const auto wrong_sizes = [](const char* text, const Sizes& parts) {
    return fails<ValueError>(text, [=] { split(matrix, parts); });
  };
  const char* sum = "do not add up to the size of dim 0 of shape [5, 2]";
  return {
      "split",
      Forms("split(Tensor,int64_t,int64_t)")
          .add(
              "threes*", [](T x) { return split(x, 3); }, [](T x) { return x.split(3); })
          .add(
              "last", [](T x) { return split(x, 2, -1); }, [](T x) { return x.split(2, -1); })
          .add("zeros_empty", [](T x) { return split(x, 0); })
          .add("one_used", [](T x) { return split(x, 3)[1]; })
          .add("product",
               [](T x) {
                 const Tensors parts = split(x, 2);
                 return parts[0] * parts[1];
               })
          .also("split(Tensor,std::vector<int64_t>,int64_t)")
          .add(
              "sizes*", [=](T x) { return split(x, sizes, -1); },
              [=](T x) { return x.split(sizes, -1); }),
      {wrong_size("split: expected parts of size >= 1, got 0", 0), wrong_size("got -2", -2),
       wrong_sizes("split: 2 sizes (2, 2) do not add up", {2, 2}), wrong_sizes(sum, {2, 2, 2}),
       wrong_sizes(sum, {}), wrong_sizes(sum, {6, -1}), wrong_sizes(sum, {INT64_MAX, INT64_MAX}),
       wrong_sizes("split: expected sizes >= 0, got -1", {-1, 6}),
       fails<IndexError>("split: dim 2 is out of range", [] { split(matrix, 2, 2); }),
       fails<IndexError>("split: dim -3 is out of range", [] { split(matrix, Sizes{5}, -3); }),
       fails<ShapeError>("split: a scalar has no dimension", [] { split(tensor(1), 1); }),
       undefined([](T x) { split(x, 1); }), undefined([](T x) { split(x, Sizes{1}); })}};
}

Operation chunk_row() {
  return {"chunk",
          Forms("chunk(Tensor,int64_t,int64_t)")
              .add(
                  "three*", [](T x) { return chunk(x, 3, 1); }, [](T x) { return x.chunk(3, 1); })
              .add(
                  "many*", [](T x) { return chunk(x, 9); }, [](T x) { return x.chunk(9); }),
          {fails<ValueError>("chunk: expected at least 1 chunk, got 0", [] { chunk(matrix, 0); }),
           fails<ValueError>("chunk: expected at least 1 chunk, got -1", [] { chunk(matrix, -1); }),
           fails<IndexError>("chunk: dim 2 is out of range", [] { chunk(matrix, 2, 2); }),
           fails<ShapeError>("chunk: a scalar has no dimension", [] { chunk(tensor(1), 1); }),
           undefined([](T x) { chunk(x, 1); })}};
}

Operation unbind_row() {
  return {"unbind",
          Forms("unbind(Tensor,int64_t)")
              .add(
                  "middle*", [](T x) { return unbind(x, 1); }, [](T x) { return x.unbind(1); })
              .add(
                  "first*", [](T x) { return unbind(x); }, [](T x) { return x.unbind(); })
              .add("last", [](T x) { return unbind(x, -1); }),
          {fails<IndexError>("unbind: dim -3 is out of range", [] { unbind(matrix, -3); }),
           fails<ShapeError>("unbind: a scalar has no dimension", [] { unbind(tensor(1)); }),
           undefined([](T x) { unbind(x); })}};
}

Operation unfold_row() {
  const auto wrong = [](const char* text, int64_t size, int64_t step) {
    return fails<ValueError>(text, [=] { unfold(matrix, 0, size, step); });
  };
  return {
      "unfold",
      Forms("unfold(Tensor,int64_t,int64_t,int64_t)")
          .add(
              "overlapping*", [](T x) { return unfold(x, 1, 3, 2); },
              [](T x) { return x.unfold(1, 3, 2); })
          .add("gaps", [](T x) { return unfold(x, 0, 2, 3); })
          .add(
              "middle", [](T x) { return unfold(x, -2, 2, 1); },
              [](T x) { return x.unfold(-2, 2, 1); })
          .add("whole", [](T x) { return unfold(x, 1, 3, INT64_MAX); })
          .add("nothing", [](T x) { return unfold(x, 1, 0, 2); })
          .add("number", [](T x) { return unfold(x, 0, 1, 1); })
          .add("twice", [](T x) { return unfold(unfold(x, 0, 2, 1), 1, 3, 1); }),
      {wrong("unfold: windows of size 6 do not fit dim 0 of shape [5, 2], which has size 5", 6, 1),
       wrong("unfold: windows of size -1", -1, 1), wrong("unfold: expected step >= 1, got 0", 2, 0),
       wrong("unfold: expected step >= 1, got -1", 2, -1),
       fails<IndexError>("unfold: dim 2 is out of range", [] { unfold(matrix, 2, 1, 1); }),
       fails<ValueError>("unfold: windows of size 2 do not fit",
                         [] { unfold(tensor(1), 0, 2, 1); }),
       undefined([](T x) { unfold(x, 0, 1, 1); })}};
}

Operation diagonal_row() {
  const auto at = [](int64_t offset) { return [offset](T x) { return diagonal(x, offset); }; };
  return {"diagonal",
          Forms("diagonal(Tensor,int64_t,int64_t,int64_t)")
              .add(
                  "main*", [](T x) { return diagonal(x); }, [](T x) { return x.diagonal(); })
              .add("above", at(1), [](T x) { return x.diagonal(1); })
              .add("below", at(-2))
              .add("corner", at(3))
              .add("outside", at(4))
              .add("outside", at(INT64_MAX))
              .add("outside*", at(INT64_MIN))
              .add(
                  "of_stack", [](T x) { return diagonal(x, -1, -1, 0); },
                  [](T x) { return x.diagonal(-1, -1, 0); })
              .add("crossed", [](T x) { return diagonal(x, 0, 0, -1); }),
          {fails<ShapeError>("diagonal: expected at least two dimensions, got [1]",
                             [] { diagonal(tensor({1})); }),
           fails<ValueError>("diagonal: dim1 1 and dim2 -1 are one dimension",
                             [] { diagonal(matrix, 0, 1, -1); }),
           fails<IndexError>("diagonal: dim 2 is out of range", [] { diagonal(matrix, 0, 0, 2); }),
           undefined([](T x) { diagonal(x); })}};
}

Operations rows() {
  return {split_row(), chunk_row(), unbind_row(), unfold_row(), diagonal_row()};
}

const Family splitting("splitting", rows);

TEST_CASE("operations: splitting") {
  splitting.check();
}

}  // namespace
}  // namespace lucid::test
