// Rows of shape.h: parts of tensors, and tensors joined.
#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "tests/operations/forms.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using V = const Tensors&;

const Tensor matrix = ones({2, 3});

Operation narrow_row() {
  const auto wrong = [](const char* text, int64_t dim, int64_t start, int64_t length) {
    return fails<IndexError>(text, [=] { narrow(matrix, dim, start, length); });
  };
  return {
      "narrow",
      Forms("narrow(Tensor,int64_t,int64_t,int64_t)")
          .add(
              "inner*", [](T x) { return narrow(x, 1, 1, 3); },
              [](T x) { return x.narrow(1, 1, 3); })
          .add(
              "from_end", [](T x) { return narrow(x, -2, -3, 2); },
              [](T x) { return x.narrow(-2, -3, 2); })
          .add("nothing", [](T x) { return narrow(x, 0, 2, 0); })
          .add("whole", [](T x) { return narrow(x, 1, 0, 3); }),
      {wrong("narrow: start 2 and length 2 leave dim 1 of shape [2, 3]", 1, 2, 2),
       wrong("narrow: start 0 and length -1", 0, 0, -1), wrong("narrow: start -3", 0, -3, 1),
       wrong("narrow: start 3", 0, 3, 0), wrong("narrow: start 1", 0, 1, INT64_MAX),
       wrong("narrow: start -9223372036854775808", 0, INT64_MIN, 1),
       wrong("narrow: dim 2 is out of range", 2, 0, 1),
       fails<IndexError>("narrow: a scalar has no dimension", [] { narrow(tensor(1), 0, 0, 1); }),
       undefined([](T x) { narrow(x, 0, 0, 1); })}};
}

Operation select_row() {
  const auto wrong = [](const char* text, int64_t dim, int64_t index) {
    return fails<IndexError>(text, [=] { select(matrix, dim, index); });
  };
  return {
      "select",
      Forms("select(Tensor,int64_t,int64_t)")
          .add(
              "inner*", [](T x) { return select(x, 1, 2); }, [](T x) { return x.select(1, 2); })
          .add(
              "last*", [](T x) { return select(x, -1, -2); }, [](T x) { return x.select(-1, -2); }),
      {wrong("select: index 2 is out of range for dim 0 of shape [2, 3]", 0, 2),
       wrong("select: index -4 is out of range for dim 1", 1, -4),
       wrong("select: dim 2 is out of range", 2, 0),
       fails<IndexError>("select: a scalar has no dimension", [] { select(tensor(1), 0, 0); }),
       fails<IndexError>("select: index 0", [] { select(zeros({0}), 0, 0); }),
       undefined([](T x) { select(x, 0, 0); })}};
}

Operation subscript_row() {
  return {"operator[]",
          Forms("Tensor.operator[](int64_t)")
              .add("row*", [](T x) { return x[1]; })
              .add("last", [](T x) { return x[-1]; }),
          {fails<IndexError>("index 2 is out of range for dim 0", [] { matrix[2]; }),
           fails<IndexError>("index -3 is out of range", [] { matrix[-3]; }),
           fails<IndexError>("a scalar has no dimension to index", [] { tensor(1)[0]; }),
           undefined([](T x) { x[0]; })}};
}

Operation slice_row() {
  return {
      "slice",
      Forms("slice(Tensor,int64_t,std::optional<int64_t>,std::optional<int64_t>,int64_t)")
          .add(
              "step*", [](T x) { return slice(x, 1, 1, std::nullopt, 3); },
              [](T x) { return x.slice(1, 1, std::nullopt, 3); })
          .add(
              "negative", [](T x) { return slice(x, -1, -5, -1, 2); },
              [](T x) { return x.slice(-1, -5, -1, 2); })
          .add("clipped*", [](T x) { return slice(x, 0, -9, 9, 2); })
          .add("none", [](T x) { return slice(x, 0, 3, 1); })
          .add("whole", [](T x) { return slice(x, 0); })
          .add("far", [](T x) { return slice(x, 0, 0, 4, INT64_MAX); }),
      {fails<ValueError>("slice: expected step >= 1, got 0", [] { slice(matrix, 0, 0, 2, 0); }),
       fails<ValueError>("slice: expected step >= 1, got -1", [] { slice(matrix, 0, 0, 2, -1); }),
       fails<IndexError>("slice: dim 2 is out of range", [] { slice(matrix, 2); }),
       fails<IndexError>("slice: a scalar has no dimension", [] { slice(tensor(1), 0); }),
       undefined([](T x) { slice(x, 0); })}};
}

Operation cat_row() {
  const auto wide = [] { return tensor(1.0).expand({INT64_MAX}); };
  return {
      "cat",
      Forms("cat(std::vector<Tensor>,int64_t)")
          .add("last*", [](V v) { return cat(v, -1); })
          .add("first*", [](V v) { return cat(v); })
          .add("twice",
               [](V v) {
                 return cat({v[0], v[1], v[0]}, 1);
               }),
      {fails<ValueError>("cat: expected at least one tensor", [] { cat({}); }),
       fails<ShapeError>("cat: scalars cannot be joined, use stack", [] { cat({tensor(1.0)}); }),
       fails<ShapeError>("cat: tensor 1 has shape [3, 2], the first [2, 3]",
                         [] {
                           cat({matrix, matrix.t()});
                         }),
       fails<ShapeError>("cat: tensor 1 has shape [3], the first [2, 3]",
                         [] {
                           cat({matrix, ones({3})});
                         }),
       fails<ShapeError>("cat: tensor 2 has shape [2]",
                         [] {
                           cat({zeros({0}), matrix, ones({2})});
                         }),
       fails<ShapeError>("cat: tensor 1 has shape [], the first [3]",
                         [] {
                           cat({ones({3}), tensor(1.0)});
                         }),
       fails<ShapeError>("cat: the sizes of dim 0 add up to more than fits 63 bits",
                         [=] {
                           cat({wide(), wide()});
                         }),
       fails<IndexError>("cat: dim 2 is out of range", [] { cat({matrix}, 2); }),
       undefined([](T x) { cat({x}); }), undefined([](T x) {
         cat({matrix, x});
       })}};
}

Operation stack_row() {
  return {"stack",
          Forms("stack(std::vector<Tensor>,int64_t)")
              .add("last*", [](V v) { return stack(v, -1); })
              .add("first*", [](V v) { return stack(v); })
              .add("middle", [](V v) { return stack(v, 1); }),
          {fails<ValueError>("stack: expected at least one tensor", [] { stack({}); }),
           fails<ShapeError>("stack: tensors of shapes [2, 3] and [3, 2]",
                             [] {
                               stack({matrix, matrix.t()});
                             }),
           fails<IndexError>("stack: dim 3 is out of range", [] { stack({matrix}, 3); }),
           fails<ShapeError>("at most 8 dimensions", [] { stack({zeros(Shape::filled(8, 1))}); }),
           undefined([](T x) { stack({x}); }), undefined([](T x) {
             stack({matrix, x});
           })}};
}

Operations rows() {
  return {narrow_row(), select_row(), subscript_row(), slice_row(), cat_row(), stack_row()};
}

const Family slicing("slicing", rows);

TEST_CASE("operations: slicing") {
  slicing.check();
}

}  // namespace
}  // namespace lucid::test
