// Rows of indexing.h.
#include "autograd/functions/indexing.h"

#include "autograd/functions/arithmetic.h"
#include "lucid/creation.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

const Tensor matrix = ones({2, 3});
const Tensor rows = tensor({1, 0});
const Tensor table = tensor({{1, 0, 1}});
const Tensor floats = ones({2});
const Tensor float_table = ones({1, 3});

using Reading = Tensor (*)(const Tensor&, int64_t, const Tensor&);
using Writing = Tensor (*)(const Tensor&, int64_t, const Tensor&, const Tensor&);

Operator read(Reading f, int64_t dim) {
  return [=](const Tensors& v) { return f(v[0], dim, v[1]); };
}

Operator write(Writing f, int64_t dim) {
  return [=](const Tensors& v) { return f(v[0], dim, v[1], v[2]); };
}

const auto wrong = [](Reading f, const Tensor& x, int64_t dim, const Tensor& index) {
  return [=] { f(x, dim, index); };
};

const auto wrong_write = [](Writing f, const Tensor& x, int64_t dim, const Tensor& index,
                            const Tensor& source) { return [=] { f(x, dim, index, source); }; };

Operation index_select_row() {
  return {
      "index_select",
      {{"index_select(Tensor,int64_t,Tensor)", "first*", read(index_select, 0)},
       {"index_select(Tensor,int64_t,Tensor)", "last*", read(index_select, -1)},
       {"Tensor.index_select(int64_t,Tensor)", "last*",
        [](const Tensors& v) { return v[0].index_select(-1, v[1]); }}},
      {fails<IndexError>("index_select: index 3", wrong(index_select, matrix, 1, tensor({0, 3}))),
       fails<IndexError>("index_select: index -1", wrong(index_select, matrix, 1, tensor({-1}))),
       fails<IndexError>("index_select: index 0",
                         wrong(index_select, zeros({0, 2}), 0, tensor({0}))),
       fails<IndexError>("index_select: dim 2", wrong(index_select, matrix, 2, rows)),
       fails<DTypeError>("index_select: expected an int64 index, got float32",
                         wrong(index_select, matrix, 0, floats)),
       fails<ShapeError>("index_select: expected index of shape (K)",
                         wrong(index_select, matrix, 0, table)),
       fails<ShapeError>("one slice, got 2", wrong(index_select, tensor(1.0), 0, tensor({0, 0}))),
       fails<UninitializedError>("undefined tensor", wrong(index_select, Tensor(), 0, rows)),
       fails<UninitializedError>("undefined tensor", wrong(index_select, matrix, 0, Tensor()))}};
}

Operation index_add_row() {
  const auto to_zeros = [](const char* samples, const Shape& shape, int64_t dim) {
    return Form{"index_add(Shape,int64_t,Tensor,Tensor)", samples,
                [=](const Tensors& v) { return index_add(shape, dim, v[0], v[1]); }};
  };
  const auto to_tensor = [](const char* samples, int64_t dim, Scalar alpha) {
    return Form{"index_add(Tensor,int64_t,Tensor,Tensor,Scalar)", samples,
                [=](const Tensors& v) { return index_add(v[0], dim, v[1], v[2], alpha); }};
  };
  const char* method = "Tensor.index_add(int64_t,Tensor,Tensor,Scalar)";
  const char* in_place = "Tensor.index_add_(int64_t,Tensor,Tensor,Scalar)";
  const auto bad = [](int64_t dim, const Tensor& index, const Tensor& source, Scalar alpha = 1) {
    return [=] { index_add(matrix, dim, index, source, alpha); };
  };
  return {
      "index_add",
      {to_zeros("rows*", {5, 3}, 0),
       to_zeros("columns*", {2, 5}, -1),
       to_zeros("scalar*", {}, 0),
       to_tensor("to*", 0, 1),
       to_tensor("scaled*", 1, -0.7),
       to_tensor("doubled*", 1, 2),
       {method, "to*", [](const Tensors& v) { return v[0].index_add(0, v[1], v[2]); }},
       {in_place, "to*", [](const Tensors& v) { return v[0].clone().index_add_(0, v[1], v[2]); }},
       {in_place, "scaled*",
        [](const Tensors& v) { return v[0].clone().index_add_(1, v[1], v[2], -0.7); }},
       {in_place, "doubled*",
        [](const Tensors& v) { return v[0].clone().index_add_(1, v[1], v[2], 2); }}},
      {fails<IndexError>("index_add: index 2", bad(0, tensor({0, 2}), matrix)),
       fails<IndexError>("index_add: dim -3", bad(-3, rows, matrix)),
       fails<ShapeError>("index_add: expected source of shape [2, 3]", bad(0, rows, table * 1.0)),
       fails<DTypeError>("index_add: expected an int64 index", bad(0, floats, matrix)),
       fails<DTypeError>("index_add", bad(0, rows, matrix.to(float64))),
       fails<DTypeError>("index_add: expected an integer alpha",
                         [] { index_add(rows, 0, rows, rows, 2.5); }),
       fails<UninitializedError>("undefined tensor", bad(0, rows, Tensor())),
       fails<ShapeError>("index_add: expected source", [] {
         index_add({4, 3}, 0, rows, floats);
       })}};
}

Operation index_copy_row() {
  const char* name = "index_copy(Tensor,int64_t,Tensor,Tensor)";
  return {
      "index_copy",
      {{name, "rows number one empty no_rows integers bools", write(index_copy, 0)},
       {name, "columns*", write(index_copy, -1)},
       {"Tensor.index_copy(int64_t,Tensor,Tensor)", "columns*",
        [](const Tensors& v) { return v[0].index_copy(-1, v[1], v[2]); }},
       {"Tensor.index_copy_(int64_t,Tensor,Tensor)", "rows number one empty no_rows integers bools",
        [](const Tensors& v) { return v[0].clone().index_copy_(0, v[1], v[2]); }},
       {"Tensor.index_copy_(int64_t,Tensor,Tensor)", "columns*",
        [](const Tensors& v) { return v[0].clone().index_copy_(-1, v[1], v[2]); }}},
      {fails<IndexError>("index_copy: index 2",
                         wrong_write(index_copy, matrix, 0, tensor({0, 2}), matrix)),
       fails<IndexError>("index_copy: dim 2", wrong_write(index_copy, matrix, 2, rows, matrix)),
       fails<ShapeError>("index_copy: expected source of shape [2, 3]",
                         wrong_write(index_copy, matrix, 0, rows, floats)),
       fails<DTypeError>("index_copy: expected an int64 index",
                         wrong_write(index_copy, matrix, 0, floats, matrix)),
       fails<DTypeError>("index_copy",
                         wrong_write(index_copy, matrix, 0, rows, matrix.to(float64))),
       fails<UninitializedError>("undefined tensor",
                                 wrong_write(index_copy, matrix, 0, rows, Tensor()))}};
}

Operation gather_row() {
  return {
      "gather",
      {{"gather(Tensor,int64_t,Tensor)", "first*", read(gather, 0)},
       {"gather(Tensor,int64_t,Tensor)", "last*", read(gather, -1)},
       {"Tensor.gather(int64_t,Tensor)", "last*",
        [](const Tensors& v) { return v[0].gather(-1, v[1]); }}},
      {fails<IndexError>("gather: index 3", wrong(gather, matrix, 1, tensor({{0, 3}}))),
       fails<IndexError>("gather: index -1", wrong(gather, matrix, 0, tensor({{-1}}))),
       fails<IndexError>("gather: index 1", wrong(gather, tensor(2.0), 0, tensor(1))),
       fails<IndexError>("gather: dim 2", wrong(gather, matrix, 2, table)),
       fails<ShapeError>("gather: index of shape [2]", wrong(gather, matrix, 0, rows)),
       fails<ShapeError>("no larger outside of dim 0",
                         wrong(gather, matrix, 0, zeros({1, 4}, {.dtype = int64}))),
       fails<DTypeError>("gather: expected an int64 index", wrong(gather, matrix, 0, float_table)),
       fails<UninitializedError>("undefined tensor", wrong(gather, Tensor(), 0, table))}};
}

Operation scatter_add_row() {
  const auto to_zeros = [](const char* samples, const Shape& shape, int64_t dim) {
    return Form{"scatter_add(Shape,int64_t,Tensor,Tensor)", samples,
                [=](const Tensors& v) { return scatter_add(shape, dim, v[0], v[1]); }};
  };
  const char* to_tensor = "scatter_add(Tensor,int64_t,Tensor,Tensor)";
  const auto bad = [](int64_t dim, const Tensor& index, const Tensor& source) {
    return wrong_write(scatter_add, matrix, dim, index, source);
  };
  return {
      "scatter_add",
      {to_zeros("rows*", {4, 3}, 0),
       to_zeros("columns*", {3, 4}, -1),
       to_zeros("scalar*", {}, 0),
       {to_tensor, "to*", write(scatter_add, 0)},
       {to_tensor, "along*", write(scatter_add, -1)},
       {"Tensor.scatter_add(int64_t,Tensor,Tensor)", "along*",
        [](const Tensors& v) { return v[0].scatter_add(-1, v[1], v[2]); }},
       {"Tensor.scatter_add_(int64_t,Tensor,Tensor)", "to*",
        [](const Tensors& v) { return v[0].clone().scatter_add_(0, v[1], v[2]); }}},
      {fails<IndexError>("scatter_add: index 2", bad(0, table * 2, float_table)),
       fails<IndexError>("scatter_add: dim 2", bad(2, table, float_table)),
       fails<ShapeError>("scatter_add: a source of shape [2]", bad(0, table, floats)),
       fails<ShapeError>("scatter_add: index of shape [2]", bad(0, rows, floats)),
       fails<DTypeError>("scatter_add: expected an int64 index", bad(0, float_table, float_table)),
       fails<DTypeError>("scatter_add", bad(0, table, table)),
       fails<UninitializedError>("undefined tensor", bad(0, Tensor(), float_table)),
       fails<ShapeError>("scatter_add: expected source of shape [1, 3]", [] {
         scatter_add({2, 3}, 0, table, matrix);
       })}};
}

Operation scatter_row() {
  const auto bad = [](int64_t dim, const Tensor& index, const Tensor& source) {
    return wrong_write(scatter, matrix, dim, index, source);
  };
  return {"scatter",
          {{"scatter(Tensor,int64_t,Tensor,Tensor)", "matrix number empty bools integers",
            write(scatter, 0)},
           {"scatter(Tensor,int64_t,Tensor,Tensor)", "last*", write(scatter, -1)},
           {"scatter(Tensor,int64_t,Tensor,Scalar)", "value*",
            [](const Tensors& v) { return scatter(v[0], -1, v[1], 2.5); }},
           {"Tensor.scatter(int64_t,Tensor,Tensor)", "last*",
            [](const Tensors& v) { return v[0].scatter(-1, v[1], v[2]); }},
           {"Tensor.scatter_(int64_t,Tensor,Tensor)", "matrix number empty bools integers",
            [](const Tensors& v) { return v[0].clone().scatter_(0, v[1], v[2]); }},
           {"Tensor.scatter_(int64_t,Tensor,Tensor)", "last*",
            [](const Tensors& v) { return v[0].clone().scatter_(-1, v[1], v[2]); }},
           {"Tensor.scatter(int64_t,Tensor,Scalar)", "value*",
            [](const Tensors& v) { return v[0].scatter(-1, v[1], 2.5); }},
           {"Tensor.scatter_(int64_t,Tensor,Scalar)", "value*",
            [](const Tensors& v) { return v[0].clone().scatter_(-1, v[1], 2.5); }}},
          {fails<IndexError>("scatter: index 2", bad(0, table * 2, float_table)),
           fails<IndexError>("scatter: dim -3", bad(-3, table, float_table)),
           fails<ShapeError>("scatter: a source of shape [1, 2]", bad(0, table, ones({1, 2}))),
           fails<ShapeError>("scatter: index of shape [2]", bad(0, rows, floats)),
           fails<DTypeError>("scatter: expected an int64 index", bad(0, float_table, float_table)),
           fails<DTypeError>("scatter", bad(0, table, table)),
           fails<UninitializedError>("undefined tensor", bad(0, table, Tensor())),
           fails<DeviceError>(
               "scatter_: an operand on the meta device",
               [] {
                 matrix.clone().scatter_(0, zeros({1, 3}, {.dtype = int64, .device = meta}), 2);
               }),
           fails<IndexError>("scatter: index -1", [] { scatter(matrix, 0, table - 1, 2); })}};
}

Operation take_along_dim_row() {
  const auto along = [](const char* samples, std::optional<int64_t> dim) {
    return Form{"take_along_dim(Tensor,Tensor,std::optional<int64_t>)", samples,
                [=](const Tensors& v) { return take_along_dim(v[0], v[1], dim); }};
  };
  const auto bad = [](const Tensor& x, const Tensor& index, std::optional<int64_t> dim) {
    return [=] { take_along_dim(x, index, dim); };
  };
  return {
      "take_along_dim",
      {along("flat*", std::nullopt),
       along("second*", 1),
       along("last*", -1),
       {"Tensor.take_along_dim(Tensor,std::optional<int64_t>)", "flat*",
        [](const Tensors& v) { return v[0].take_along_dim(v[1]); }},
       {"Tensor.take_along_dim(Tensor,std::optional<int64_t>)", "last*",
        [](const Tensors& v) { return v[0].take_along_dim(v[1], -1); }}},
      {fails<IndexError>("take_along_dim: index 2", bad(matrix, table * 2, 0)),
       fails<IndexError>("take_along_dim: index 7", bad(matrix, rows + 6, {})),
       fails<IndexError>("take_along_dim: dim 2", bad(matrix, table, 2)),
       fails<ShapeError>("take_along_dim: expected x and index of one rank", bad(matrix, rows, 0)),
       fails<ShapeError>("take_along_dim: shapes [3, 1] and [2, 1]",
                         bad(ones({3, 4}), zeros({2, 1}, {.dtype = int64}), 1)),
       fails<DTypeError>("take_along_dim: expected an int64 index", bad(matrix, float_table, 0)),
       fails<UninitializedError>("undefined tensor", bad(Tensor(), rows, {}))}};
}

Operation masked_select_row() {
  return {.name = "masked_select",
          .forms = {{"masked_select(Tensor,Tensor)", "*",
                     [](const Tensors& v) { return masked_select(v[0], v[1]); }},
                    {"Tensor.masked_select(Tensor)", "*",
                     [](const Tensors& v) { return v[0].masked_select(v[1]); }}},
          .failures = {fails<ShapeError>("masked_select: shapes [2, 3] and [2]",
                                         [] {
                                           masked_select(matrix, tensor({true, false}));
                                         }),
                       fails<DTypeError>("masked_select: expected a bool mask, got int64",
                                         [] { masked_select(matrix, table); }),
                       fails<UninitializedError>("undefined tensor",
                                                 [] { masked_select(Tensor(), tensor(true)); })},
          .never_meta = "the mask's values decide the shape"};
}

Operation nonzero_row() {
  return {.name = "nonzero",
          .forms = {{"nonzero(Tensor)", "*", [](const Tensors& v) { return nonzero(v[0]); }},
                    {"Tensor.nonzero()", "*", [](const Tensors& v) { return v[0].nonzero(); }}},
          .failures = {fails<UninitializedError>("undefined tensor", [] { nonzero(Tensor()); })},
          .never_meta = "values decide the shape"};
}

Operation embedding_row() {
  const auto padded = [](const char* samples, std::optional<int64_t> padding_idx) {
    return Form{"embedding(Tensor,Tensor,std::optional<int64_t>)", samples,
                [=](const Tensors& v) { return embedding(v[0], v[1], padding_idx); }};
  };
  const auto bad = [](const Tensor& index, const Tensor& weight,
                      std::optional<int64_t> padding_idx = {}) {
    return [=] { embedding(index, weight, padding_idx); };
  };
  return {
      "embedding",
      {padded("all*", std::nullopt), padded("padded_table*", -1), padded("padded_first*", 0)},
      {fails<IndexError>("embedding: index 2", bad(tensor({0, 2}), matrix)),
       fails<IndexError>("embedding: index -1", bad(tensor(-1), matrix)),
       fails<ValueError>("embedding: padding_idx 2", bad(rows, matrix, 2)),
       fails<ValueError>("embedding: padding_idx -3", bad(rows, matrix, -3)),
       fails<ShapeError>("embedding: a result of 9 dimensions",
                         bad(zeros({1, 1, 1, 1, 1, 1, 1, 1}, {.dtype = int64}), matrix)),
       fails<DTypeError>("embedding: expected an int64 index", bad(floats, matrix)),
       fails<ShapeError>("embedding: expected weight of shape (V, ...)", bad(rows, tensor(1.0))),
       fails<UninitializedError>("undefined tensor", bad(rows, Tensor()))}};
}

Operation one_hot_row() {
  return {"one_hot",
          {{"one_hot(Tensor,std::optional<int64_t>)", "*",
            [](const Tensors& v) { return one_hot(v[0], 5); }}},
          {fails<IndexError>("one_hot: index 1", [] { one_hot(rows, 1); }),
           fails<ShapeError>("one_hot: a result of 9 dimensions",
                             [] {
                               one_hot(zeros({1, 1, 1, 1, 1, 1, 1, 1}, {.dtype = int64}), 2);
                             }),
           fails<ValueError>("one_hot: expected num_classes >= 1", [] { one_hot(rows, 0); }),
           fails<DTypeError>("one_hot: expected an int64 index", [] { one_hot(floats, 3); }),
           fails<UninitializedError>("undefined tensor", [] { one_hot(Tensor(), 3); })}};
}

Operation one_hot_counted_row() {
  return {.name = "one_hot_counted",
          .forms = {{"one_hot(Tensor,std::optional<int64_t>)", "*",
                     [](const Tensors& v) { return one_hot(v[0]); }}},
          .failures = {fails<IndexError>("one_hot: index -1", [] { one_hot(rows - 1); }),
                       fails<ValueError>("one_hot: without values",
                                         [] { one_hot(zeros({0}, {.dtype = int64})); })},
          .never_empty = "there is no class to count",
          .never_meta = "values decide the shape"};
}

Operation embed_row() {
  const auto bad = [](int64_t dim, int64_t start, int64_t step, const Tensor& x = matrix) {
    return [=] { embed(x, {2, 8}, dim, start, step); };
  };
  return {"embed",
          {{"embed(Tensor,Shape,int64_t,int64_t,int64_t)", "matrix integers bools",
            [](const Tensors& v) {
              return embed(v[0], {2, 8}, 1, 1, 3);
            }},
           {"embed(Tensor,Shape,int64_t,int64_t,int64_t)", "nothing*",
            [](const Tensors& v) {
              return embed(v[0], {5, 3}, -2, 4, 1);
            }}},
          {fails<IndexError>("embed: 3 positions from 4", bad(1, 4, 2)),
           fails<IndexError>("embed: 3 positions from -1", bad(1, -1, 1)),
           fails<IndexError>("with step 0", bad(1, 0, 0)),
           fails<IndexError>("embed", bad(1, 1, INT64_MAX)),
           fails<IndexError>("embed: dim 2", bad(2, 0, 1)),
           fails<ShapeError>("embed: x of shape [3, 3] does not fit", bad(1, 0, 1, ones({3, 3}))),
           fails<ShapeError>("embed: x of shape [3] does not fit", bad(1, 0, 1, ones({3}))),
           fails<UninitializedError>("undefined tensor", bad(1, 0, 1, Tensor()))}};
}

Operations all_rows() {
  return {index_select_row(), index_add_row(), index_copy_row(),     gather_row(),
          scatter_add_row(),  scatter_row(),   take_along_dim_row(), masked_select_row(),
          nonzero_row(),      embedding_row(), one_hot_row(),        one_hot_counted_row(),
          embed_row()};
}

const Family indexing("indexing", all_rows);

TEST_CASE("operations: indexing") {
  indexing.check();
}

}  // namespace
}  // namespace lucid::test
