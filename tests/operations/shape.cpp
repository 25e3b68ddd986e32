// Rows of shape.h.
#include "autograd/functions/shape.h"

#include "lucid/creation.h"
#include "tests/operations/forms.h"

namespace lucid::test {
namespace {

using T = const Tensor&;

const Tensor matrix = ones({2, 3});

Operation reshape_row() {
  const auto call = [](const Shape& a) { return [a](T x) { return reshape(x, a); }; };
  const auto method = [](const Shape& a) { return [a](T x) { return x.reshape(a); }; };
  const auto to = [](const char* text, const Shape& from, const Shape& shape) {
    return fails<ShapeError>(text, [=] { reshape(zeros(from), shape); });
  };
  return {"reshape",
          Forms("reshape(Tensor,Shape)")
              .add("pairs*", call({2, -1}), method({2, -1}))
              .add("split", call({2, 3, 2}))
              .add("ones", call({1, 3, 2, 1}))
              .add("number", call({1, 1}))
              .add("to_number", call({}), method({}))
              .add("empty", call({3, 0, 7}))
              .add("flat_empty", call({-1}))
              .add("transposed",
                   [](T x) {
                     return reshape(transpose(x, 0, 1), {2, 6});
                   }),
          {to("reshape: a tensor of 6 elements does not fit shape [4]", {2, 3}, {4}),
           to("reshape: a tensor of 6 elements does not fit shape [-1, 4]", {2, 3}, {-1, 4}),
           to("reshape: only one size of [-1, -1] can be -1", {2, 3}, {-1, -1}),
           to("reshape: a tensor of 0 elements does not fit shape [0, -1]", {0, 2}, {0, -1}),
           to("[-2, -3] has a negative size", {2, 3}, {-2, -3}),
           to("more elements than fit 63 bits", {2, 3}, {INT64_MAX, 2}),
           undefined([](T x) { reshape(x, {1}); })}};
}

Operation view_row() {
  const auto call = [](const Shape& a) { return [a](T x) { return view(x, a); }; };
  const auto method = [](const Shape& a) { return [a](T x) { return x.view(a); }; };
  return {
      "view",
      Forms("view(Tensor,Shape)")
          .add(
              "pairs*",
              [](T x) {
                return view(contiguous(x), {2, -1});
              },
              [](T x) {
                return x.contiguous().view({2, -1});
              })
          .add("split", call({2, 3, 2}), method({2, 3, 2}))
          .add("ones", call({1, 3, 2, 1}))
          .add("number", call({1, 1}))
          .add("to_number", call({}))
          .add("empty", call({3, 0, 7}))
          .add("flat_empty", call({-1}))
          .add("ones_transposed",
               [](T x) {
                 return view(transpose(x, 0, 1), {3, 1, 2});
               }),
      {fails<ShapeError>("view: a tensor of 6 elements does not fit shape [5]",
                         [] { view(matrix, {5}); }),
       fails<ShapeError>("view: only one size",
                         [] {
                           view(matrix, {-1, -1});
                         }),
       fails<ShapeError>("view: a tensor of shape [3, 2] and strides [1, 3] cannot be seen as [6]",
                         [] { view(matrix.t(), {6}); }),
       undefined([](T x) { view(x, {1}); })}};
}

Operation flatten_row() {
  // A size of 0 allows others whose product does not fit 63 bits.
  const auto nothing = [] { return zeros({0}).expand({INT64_MAX, 4, 0}); };
  return {
      "flatten",
      Forms("flatten(Tensor,int64_t,int64_t)")
          .add(
              "all*", [](T x) { return flatten(x); }, [](T x) { return x.flatten(); })
          .add(
              "inner*", [](T x) { return flatten(x, 1); }, [](T x) { return x.flatten(1); })
          .add(
              "outer", [](T x) { return flatten(x, -3, 1); }, [](T x) { return x.flatten(-3, 1); })
          .add("one", [](T x) { return flatten(x, 1, 1); }),
      {fails<ValueError>("flatten: start_dim 1 lies behind end_dim 0",
                         [] { flatten(matrix, 1, 0); }),
       fails<IndexError>("flatten: dim 2 is out of range", [] { flatten(matrix, 2); }),
       fails<IndexError>("flatten: dim -3 is out of range", [] { flatten(matrix, 0, -3); }),
       fails<ShapeError>("more elements than fit 63 bits", [=] { flatten(nothing(), 0, 1); }),
       undefined([](T x) { flatten(x); })}};
}

Operation permute_row() {
  const auto call = [](const Shape& a) { return [a](T x) { return permute(x, a); }; };
  const auto method = [](const Shape& a) { return [a](T x) { return x.permute(a); }; };
  return {"permute",
          Forms("permute(Tensor,Shape)")
              .add("cycle*", call({2, 0, 1}), method({2, 0, 1}))
              .add("negative", call({-1, 0, -2}))
              .add("number", call({})),
          {fails<ShapeError>("permute: expected an order of 2 dimensions for shape [2, 3], got [0]",
                             [] { permute(matrix, {0}); }),
           fails<ValueError>("permute: dim -1 is named twice in [1, -1]",
                             [] {
                               permute(matrix, {1, -1});
                             }),
           fails<IndexError>("permute: dim 2 is out of range",
                             [] {
                               permute(matrix, {0, 2});
                             }),
           undefined([](T x) { permute(x, {}); })}};
}

Operation transpose_row() {
  return {"transpose",
          Forms("transpose(Tensor,int64_t,int64_t)")
              .add(
                  "outer*", [](T x) { return transpose(x, 0, -1); },
                  [](T x) { return x.transpose(0, -1); })
              .add("itself", [](T x) { return transpose(x, 1, 1); }),
          {fails<IndexError>("transpose: dim 2 is out of range", [] { transpose(matrix, 0, 2); }),
           fails<IndexError>("transpose: dim -3 is out of range", [] { transpose(matrix, -3, 0); }),
           undefined([](T x) { transpose(x, 0, 0); })}};
}

Operation t_row() {
  return {"t",
          Forms("Tensor.t()").add("*", [](T x) { return x.t(); }),
          {fails<ShapeError>("t: expected a matrix, got shape [2, 3, 4]",
                             [] {
                               ones({2, 3, 4}).t();
                             }),
           undefined([](T x) { x.t(); })}};
}

Operation squeeze_row() {
  return {"squeeze",
          Forms("squeeze(Tensor)")
              .add(
                  "all*", [](T x) { return squeeze(x); }, [](T x) { return x.squeeze(); })
              .also("squeeze(Tensor,int64_t)")
              .add(
                  "last*", [](T x) { return squeeze(x, -1); }, [](T x) { return x.squeeze(-1); })
              .add("first", [](T x) { return squeeze(x, 0); }),
          {fails<IndexError>("squeeze: dim 2 is out of range", [] { squeeze(matrix, 2); }),
           undefined([](T x) { squeeze(x); }), undefined([](T x) { squeeze(x, 0); })}};
}

Operation unsqueeze_row() {
  return {
      "unsqueeze",
      Forms("unsqueeze(Tensor,int64_t)")
          .add(
              "last*", [](T x) { return unsqueeze(x, -1); }, [](T x) { return x.unsqueeze(-1); })
          .add("middle", [](T x) { return unsqueeze(x, 1); })
          .add("first", [](T x) { return unsqueeze(x, -3); }),
      {fails<IndexError>("unsqueeze: dim 3 is out of range", [] { unsqueeze(matrix, 3); }),
       fails<IndexError>("unsqueeze: dim -4 is out of range", [] { unsqueeze(matrix, -4); }),
       fails<ShapeError>("at most 8 dimensions", [] { unsqueeze(zeros(Shape::filled(8, 1)), 0); }),
       undefined([](T x) { unsqueeze(x, 0); })}};
}

Operation expand_row() {
  const auto call = [](const Shape& a) { return [a](T x) { return expand(x, a); }; };
  const auto method = [](const Shape& a) { return [a](T x) { return x.expand(a); }; };
  return {"expand",
          Forms("expand(Tensor,Shape)")
              .add("kept*", call({2, -1, 4}), method({2, -1, 4}))
              .add("number row same", call({2, 3}), method({2, 3}))
              .add("none*", call({2, 0}))
              .add("nothing", call({0, 3})),
          {fails<ShapeError>("expand: shape [2, 3] does not expand to [2, 4]",
                             [] {
                               expand(matrix, {2, 4});
                             }),
           fails<ShapeError>("expand: shape [3] has fewer dimensions", [] { expand(matrix, {3}); }),
           fails<ShapeError>("expand: shape [2, 3] does not expand to [-1, 2, 3]",
                             [] {
                               expand(matrix, {-1, 2, 3});
                             }),
           fails<ShapeError>("expand: shape [2, 3] does not expand to [0, 3]",
                             [] {
                               expand(matrix, {0, 3});
                             }),
           fails<ShapeError>("more elements than fit 63 bits",
                             [] {
                               expand(matrix, {INT64_MAX, 2, 3});
                             }),
           undefined([](T x) { expand(x, {1}); })}};
}

Operation contiguous_row() {
  return {"contiguous",
          Forms("contiguous(Tensor)")
              .add(
                  "m* n* e* i* b* s*", [](T x) { return contiguous(x); },
                  [](T x) { return x.contiguous(); })
              .add("transposed", [](T x) { return contiguous(transpose(x, -1, -2)); }),
          {undefined([](T x) { contiguous(x); })}};
}

Operation clone_row() {
  return {"clone",
          Forms("clone(Tensor)")
              .add(
                  "m* n* e* i* b* s*", [](T x) { return clone(x); }, [](T x) { return x.clone(); })
              .add("transposed", [](T x) { return clone(transpose(x, -1, -2)); }),
          {undefined([](T x) { clone(x); })}};
}

Operation to_row() {
  Forms forms("to(Tensor,DType)");
  for (const auto& [name, dtype] :
       {std::pair{"long_*", int64}, std::pair{"int_*", int32}, std::pair{"byte_*", uint8},
        std::pair{"bool_*", bool_}, std::pair{"float_*", float32},
        std::pair{"double_*", float64}}) {
    forms.add(
        name, [type = dtype](T x) { return to(x, type); },
        [type = dtype](T x) { return x.to(type); });
  }
  return {"to", forms, {undefined([](T x) { to(x, int64); })}};
}

Operations rows() {
  return {reshape_row(),   view_row(),       flatten_row(), permute_row(),
          transpose_row(), t_row(),          squeeze_row(), unsqueeze_row(),
          expand_row(),    contiguous_row(), clone_row(),   to_row()};
}

const Family shape("shape", rows);

TEST_CASE("operations: shape") {
  shape.check();
}

}  // namespace
}  // namespace lucid::test
