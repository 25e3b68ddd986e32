// Rows of rearrangement.h.
#include "autograd/functions/rearrangement.h"

#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "tests/operations/forms.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using V = const Tensors&;

const Tensor matrix = ones({2, 3});

Operation movedim_row() {
  const auto wrong = [](const char* text, const Dims& source, const Dims& destination) {
    return fails<ValueError>(text, [=] { movedim(matrix, source, destination); });
  };
  return {
      "movedim",
      Forms("movedim(Tensor,Dims,Dims)")
          .add(
              "one*", [](T x) { return movedim(x, 0, -1); }, [](T x) { return x.movedim(0, -1); })
          .add(
              "two",
              [](T x) {
                return movedim(x, {1, -1}, {0, 1});
              },
              [](T x) {
                return x.movedim({1, -1}, {0, 1});
              })
          .add("swapped",
               [](T x) {
                 return movedim(x, {2, 0}, {0, 1});
               })
          .add("none", [](T x) { return movedim(x, {}, {}); }),
      {wrong("movedim: 2 dims [0, 1] cannot move to 1 places [0]", {0, 1}, 0),
       wrong("movedim: dim -2 is named twice", {0, -2}, {0, 1}),
       wrong("movedim: dim 1 is named twice", {0, 1}, {-1, 1}),
       fails<IndexError>("movedim: dim 2 is out of range", [] { movedim(matrix, 0, 2); }),
       fails<IndexError>("movedim: dim -3 is out of range", [] { movedim(matrix, -3, 0); }),
       fails<IndexError>("movedim: dim 1 is out of range", [] { movedim(tensor(1), 1, 0); }),
       undefined([](T x) { movedim(x, 0, 0); })}};
}

Operation broadcast_to_row() {
  const auto call = [](const Shape& a) { return [a](T x) { return broadcast_to(x, a); }; };
  const auto method = [](const Shape& a) { return [a](T x) { return x.broadcast_to(a); }; };
  return {"broadcast_to",
          Forms("broadcast_to(Tensor,Shape)")
              .add("plain number integers", call({2, 3, 4}), method({2, 3, 4}))
              .add("kept none", call({-1, 0}))
              .add("empty", call({2, 0, 3})),
          {fails<ShapeError>("broadcast_to: shape [2, 3] does not expand to [2, 4]",
                             [] {
                               broadcast_to(matrix, {2, 4});
                             }),
           fails<ShapeError>("broadcast_to: shape [3] has fewer dimensions",
                             [] { broadcast_to(matrix, {3}); }),
           undefined([](T x) { broadcast_to(x, {1}); })}};
}

Operation meshgrid_row() {
  return {"meshgrid",
          Forms("meshgrid(std::vector<Tensor>,std::string_view)")
              .add("ij*", [](V v) { return meshgrid(v); })
              .add("xy*", [](V v) { return meshgrid(v, "xy"); }),
          {fails<ValueError>("meshgrid: expected at least one tensor", [] { meshgrid({}); }),
           fails<ValueError>("meshgrid: expected indexing \"ij\" or \"xy\", got \"yx\"",
                             [] { meshgrid({ones({2})}, "yx"); }),
           fails<ShapeError>("meshgrid: expected vectors, got shape [2, 3]",
                             [] {
                               meshgrid({ones({2}), matrix});
                             }),
           fails<ShapeError>("at most 8 dimensions", [] { meshgrid(Tensors(9, ones({1}))); }),
           undefined([](T x) { meshgrid({x}); })}};
}

Operation ravel_row() {
  return {"ravel",
          Forms("ravel(Tensor)")
              .add(
                  "matrix number empty bools", [](T x) { return ravel(x); },
                  [](T x) { return x.ravel(); })
              .add("transposed", [](T x) { return ravel(transpose(x, -1, -2)); }),
          {undefined([](T x) { ravel(x); })}};
}

Operation unflatten_row() {
  const auto wrong = [](const char* text, T x, const Shape& sizes) {
    return fails<ShapeError>(text, [=] { unflatten(x, -1, sizes); });
  };
  const Tensor x = ones({2, 6});
  return {"unflatten",
          Forms("unflatten(Tensor,int64_t,Shape)")
              .add(
                  "plain empty integers",
                  [](T x) {
                    return unflatten(x, -1, {3, -1});
                  },
                  [](T x) {
                    return x.unflatten(-1, {3, -1});
                  })
              .add("first",
                   [](T x) {
                     return unflatten(x, 0, {2, 1, 2});
                   })
              .add("nothing",
                   [](T x) {
                     return unflatten(x, 1, {3, 0});
                   }),
          {wrong("unflatten: a tensor of 6 elements does not fit shape [4]", x, {4}),
           wrong("unflatten: only one size of [-1, -1] can be -1", x, {-1, -1}),
           wrong("unflatten: expected a dimension and the sizes", x, {}),
           wrong("unflatten: expected a dimension and the sizes", tensor(1), {1}),
           fails<IndexError>("unflatten: dim 2 is out of range", [=] { unflatten(x, 2, {1}); }),
           undefined([](T x) { unflatten(x, 0, {1}); })}};
}

Operation repeat_row() {
  const auto call = [](const Shape& a) { return [a](T x) { return repeat(x, a); }; };
  const auto method = [](const Shape& a) { return [a](T x) { return x.repeat(a); }; };
  return {
      "repeat",
      Forms("repeat(Tensor,Shape)")
          .add("more*", call({2, 1, 3}), method({2, 1, 3}))
          .add("same", call({3, 2}))
          .add("once*", call({1, 1}))
          .add("never", call({2, 0}))
          .add("number", call({4}))
          .add("number_once", call({})),
      {fails<ShapeError>("repeat: expected a number for each dimension of shape [2, 3], got [2]",
                         [] { repeat(matrix, {2}); }),
       fails<ValueError>("repeat: expected numbers >= 0, got [1, -1]",
                         [] {
                           repeat(matrix, {1, -1});
                         }),
       fails<ShapeError>("repeat: [1, 9223372036854775807] times shape [2, 3]",
                         [] {
                           repeat(matrix, {1, INT64_MAX});
                         }),
       undefined([](T x) { repeat(x, {1}); })}};
}

Operation tile_row() {
  const auto call = [](const Shape& a) { return [a](T x) { return tile(x, a); }; };
  const auto method = [](const Shape& a) { return [a](T x) { return x.tile(a); }; };
  return {
      "tile",
      Forms("tile(Tensor,Shape)")
          .add("fewer*", call({3, 2}), method({3, 2}))
          .add("none", call({}))
          .add("more", call({2, 1, 2})),
      {fails<ValueError>("tile: expected numbers >= 0, got [1, -1]", [] { tile(matrix, {-1}); }),
       fails<ShapeError>("tile: [1, 9223372036854775807] times shape [2, 3]",
                         [] { tile(matrix, {INT64_MAX}); }),
       undefined([](T x) { tile(x, {1}); })}};
}

Operation flip_row() {
  const auto call = [](const Dims& a) { return [a](T x) { return flip(x, a); }; };
  const auto method = [](const Dims& a) { return [a](T x) { return x.flip(a); }; };
  return {"flip",
          Forms("flip(Tensor,Dims)")
              .add("ends*", call({0, -1}), method({0, -1}))
              .add("first*", call(0), method(0))
              .add("none", call({})),
          {fails<ValueError>("flip: dim -1 is named twice in [1, -1]",
                             [] {
                               flip(matrix, {1, -1});
                             }),
           fails<IndexError>("flip: dim 2 is out of range", [] { flip(matrix, 2); }),
           undefined([](T x) { flip(x, 0); })}};
}

Operation roll_row() {
  const auto wrong = [](const char* text, const Shape& shifts, const Dims& dims) {
    return fails<ValueError>(text, [=] { roll(matrix, shifts, dims); });
  };
  const char* as_many = "roll: expected as many shifts as dims, at least one, got ";
  return {"roll",
          Forms("roll(Tensor,Shape,Dims)")
              .add(
                  "two*",
                  [](T x) {
                    return roll(x, {1, -6}, {0, 1});
                  },
                  [](T x) {
                    return x.roll({1, -6}, {0, 1});
                  })
              .add("same",
                   [](T x) {
                     return roll(x, {1, 2}, {0, 0});
                   })
              .add("flat*", [](T x) { return roll(x, Shape{5}); })
              .also("roll(Tensor,int64_t)")
              .add(
                  "flat*", [](T x) { return roll(x, 5); }, [](T x) { return x.roll(5); })
              .also("roll(Tensor,int64_t,int64_t)")
              .add(
                  "last*", [](T x) { return roll(x, -1, -1); }, [](T x) { return x.roll(-1, -1); }),
          {wrong(as_many, {1, 2}, 0), wrong(as_many, {}, {}), wrong(as_many, {1, 2}, {}),
           fails<IndexError>("roll: dim 2 is out of range", [] { roll(matrix, 1, 2); }),
           fails<IndexError>("roll: a scalar has no dimension", [] { roll(tensor(1), 1, 0); }),
           undefined([](T x) { roll(x, 1); }), undefined([](T x) { roll(x, 1, 0); })}};
}

using Triangle = Tensor (*)(T, int64_t);

Operation triangle_row(const std::string& name, int64_t inside, Triangle f, Triangle method,
                       Triangle in_place, const char* vector) {
  const auto of = [](Triangle g, int64_t diagonal) { return [=](T x) { return g(x, diagonal); }; };
  return {name,
          Forms(name + "(Tensor,int64_t)")
              .add("main*", of(f, 0), of(method, 0))
              .add("inside*", of(f, inside), of(method, inside))
              .add("outside*", of(f, -inside))
              .add("far", of(f, INT64_MAX))
              .add("far_below", of(f, INT64_MIN))
              .also("Tensor." + name + "_(int64_t)")
              .add("main*", [=](T x) { return in_place(x.clone(), 0); })
              .add("inside*", [=](T x) { return in_place(x.clone(), inside); }),
          {fails<ShapeError>(vector, [=] { f(ones({3}), 0); }),
           fails<ShapeError>("got shape []", [=] { f(tensor(1), 0); }),
           undefined([=](T x) { f(x, 0); }), undefined([=](T x) { in_place(x, 0); })}};
}

Operations rows() {
  return {movedim_row(),
          broadcast_to_row(),
          meshgrid_row(),
          ravel_row(),
          unflatten_row(),
          repeat_row(),
          tile_row(),
          flip_row(),
          roll_row(),
          triangle_row(
              "tril", -1, tril, [](T x, int64_t k) { return x.tril(k); },
              [](T x, int64_t k) { return x.tril_(k); },
              "tril: expected at least two dimensions, got shape [3]"),
          triangle_row(
              "triu", 1, triu, [](T x, int64_t k) { return x.triu(k); },
              [](T x, int64_t k) { return x.triu_(k); },
              "triu: expected at least two dimensions, got shape [3]")};
}

const Family rearrangement("rearrangement", rows);

TEST_CASE("operations: rearrangement") {
  rearrangement.check();
}

}  // namespace
}  // namespace lucid::test
