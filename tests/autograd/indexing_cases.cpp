// Gradient cases of indexing.h, sorting.h and subscript.h.
#include "autograd/functions/indexing.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "autograd/functions/sorting.h"
#include "autograd/functions/subscript.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

using namespace lucid::indexing;

struct Adder {
  GradientCases& cases;
  template <class F>
  void operator()(const char* covers, const char* what, const Shape& shape, F f) const {
    cases.push_back({covers, what, {normal(shape)}, [f](const Tensors& v) { return f(v[0]); }});
  }
  template <class F>
  void operator()(const char* covers, const char* what, const Shape& x, const Shape& y, F f) const {
    cases.push_back(
        {covers, what, {normal(x), normal(y, 2)}, [f](const Tensors& v) { return f(v[0], v[1]); }});
  }
};

void add_written(const Adder& add) {
  const Tensor table = tensor({{2, 0, 2}, {1, 1, 0}});
  const char* added = "scatter_add(Tensor,int64_t,Tensor,Tensor)";
  add(added, "repeated", {3, 4}, {2, 3},
      [=](const Tensor& x, const Tensor& y) { return scatter_add(x, 0, table, y); });
  add(added, "larger source", {2, 3}, {4, 3},
      [=](const Tensor& x, const Tensor& y) { return scatter_add(x, -1, table, y); });
  const char* scattered = "scatter(Tensor,int64_t,Tensor,Tensor)";
  add(scattered, "some overwritten", {2, 3}, {2, 3},
      [=](const Tensor& x, const Tensor& y) { return scatter(x, 1, table, y); });
  add(scattered, "transposed, larger source", {4, 3}, {3, 5},
      [=](const Tensor& x, const Tensor& y) { return scatter(transpose(x, 0, 1), 0, table, y); });
  add("scatter(Tensor,int64_t,Tensor,Scalar)", "", {2, 4},
      [=](const Tensor& x) { return scatter(x, 1, table, 3); });
  const char* copied = "index_copy(Tensor,int64_t,Tensor,Tensor)";
  add(copied, "some overwritten", {2, 4}, {2, 3}, [](const Tensor& x, const Tensor& y) {
    return index_copy(x, 1, tensor({2, 0, 2}), y);
  });
  add(copied, "transposed", {3, 2}, {2, 2}, [](const Tensor& x, const Tensor& y) {
    return index_copy(x, 0, tensor({2, 0}), transpose(y, 0, 1));
  });
}

void add_read(const Adder& add) {
  const Tensor table = tensor({{2, 0, 2}, {1, 1, 0}});
  const Tensor mask = tensor({{true, false, true}, {false, true, false}});
  const char* along = "take_along_dim(Tensor,Tensor,std::optional<int64_t>)";
  add(along, "flat", {3, 2}, [=](const Tensor& x) { return take_along_dim(x, table); });
  add(along, "broadcast index", {3, 4}, [=](const Tensor& x) {
    return take_along_dim(x, tensor({{3, 3, 0}}), 1);
  });
  add(along, "broadcast x", {1, 3}, [=](const Tensor& x) { return take_along_dim(x, table, -1); });
  const char* masked = "masked_select(Tensor,Tensor)";
  add(masked, "", {2, 3}, [=](const Tensor& x) { return masked_select(x, mask); });
  add(masked, "broadcast x", {3}, [=](const Tensor& x) { return masked_select(x, mask); });
  add(masked, "broadcast mask", {3, 2},
      [=](const Tensor& x) { return masked_select(transpose(x, 0, 1), mask[0]); });
  const char* embedded = "embedding(Tensor,Tensor,std::optional<int64_t>)";
  add(embedded, "repeated", {4, 3}, [=](const Tensor& x) { return embedding(table, x); });
  add(embedded, "zero-dim", {4, 3}, [=](const Tensor& x) { return embedding(tensor(2), x); });
  const char* sorted = "sort(Tensor,int64_t,bool)";
  const auto ranked = [&](const char* covers, const char* what, auto f) {
    add.cases.push_back(
        {covers, what, {distinct({3, 5})}, [f](const Tensors& v) { return f(v[0]).values; }});
  };
  ranked(sorted, "last", [](const Tensor& x) { return sort(x); });
  ranked(sorted, "first, descending", [](const Tensor& x) { return sort(x, 0, true); });
  ranked(sorted, "transposed", [](const Tensor& x) { return sort(transpose(x, 0, 1), 0); });
  ranked(sorted, "zero-dim", [](const Tensor& x) { return sort(select(select(x, 0, 1), 0, 1)); });
  const char* topmost = "topk(Tensor,int64_t,int64_t,bool,bool)";
  ranked(topmost, "last", [](const Tensor& x) { return topk(x, 2); });
  ranked(topmost, "least", [](const Tensor& x) { return topk(transpose(x, 0, 1), 3, 0, false); });
}

void add_subscripts(const Adder& add) {
  const Tensor rows = tensor({2, 0, -2});
  const Tensor ends = tensor({true, false, true});
  const char* read = "index(Tensor,std::vector<indexing::TensorIndex>)";
  add(read, "view", {3, 7}, [](const Tensor& x) {
    return index(x, {Slice(-2), None, Slice(None, 6, 2)});
  });
  add(read, "neighbours", {2, 3, 4}, [=](const Tensor& x) {
    return index(x, {Slice(), rows, rows.unsqueeze(1)});
  });
  add(read, "apart, transposed", {2, 3, 4}, [=](const Tensor& x) {
    return index(transpose(x, 0, 2), {rows, Slice(1), tensor({1, 0, 1})});
  });
  add(read, "mask and integer", {3, 2, 3}, [=](const Tensor& x) {
    return index(x, {ends, 1, Ellipsis});
  });
  const char* written = "index_put(Tensor,std::vector<indexing::TensorIndex>,Tensor,bool)";
  add(written, "slice, broadcast", {3, 5}, {2}, [](const Tensor& x, const Tensor& y) {
    return index_put(x, {Slice(1), Slice(0, 4, 3)}, y);
  });
  add(written, "some overwritten", {3, 2}, {3, 2}, [=](const Tensor& x, const Tensor& y) {
    return index_put(x, {tensor({2, 0, 2})}, y);
  });
  add(written, "mask, transposed", {2, 3}, {1, 1, 2},
      [=](const Tensor& x, const Tensor& y) { return index_put(transpose(x, 0, 1), {ends}, y); });
  add(written, "added", {3, 4}, {3, 1}, [=](const Tensor& x, const Tensor& y) {
    return index_put(x, {Slice(), tensor({1, 3, 1})}, y, true);
  });
}

}  // namespace

GradientCases indexing_cases() {
  GradientCases cases;
  const Adder add{cases};
  // Repeated indices, so that gradients must add up; index 1 is never read.
  const Tensor rows = tensor({2, 0, 2, 3});
  const Tensor table = tensor({{2, 0, 2}, {1, 1, 0}});
  add("index_select(Tensor,int64_t,Tensor)", "repeated", {4, 3},
      [=](const Tensor& x) { return index_select(x, 0, rows); });
  add("index_select(Tensor,int64_t,Tensor)", "transposed", {4, 3},
      [=](const Tensor& x) { return index_select(transpose(x, 0, 1), -1, rows); });
  add("index_add(Shape,int64_t,Tensor,Tensor)", "repeated", {3, 4}, [=](const Tensor& x) {
    return index_add({3, 5}, 1, rows, x);
  });
  const char* added = "index_add(Tensor,int64_t,Tensor,Tensor,Scalar)";
  add(added, "repeated", {3, 5}, {3, 4},
      [=](const Tensor& x, const Tensor& y) { return index_add(x, -1, rows, y); });
  add(added, "alpha, transposed", {3, 4}, {4, 3}, [=](const Tensor& x, const Tensor& y) {
    return index_add(transpose(x, 0, 1), 0, rows, y, -0.7);
  });
  add("gather(Tensor,int64_t,Tensor)", "dim 0, larger x", {3, 4},
      [=](const Tensor& x) { return gather(x, 0, table); });
  add("gather(Tensor,int64_t,Tensor)", "dim 1", {2, 3},
      [=](const Tensor& x) { return gather(x, -1, table); });
  add("scatter_add(Shape,int64_t,Tensor,Tensor)", "dim 0", {2, 3}, [=](const Tensor& x) {
    return scatter_add({3, 4}, 0, table, x);
  });
  add("scatter_add(Shape,int64_t,Tensor,Tensor)", "transposed", {3, 2}, [=](const Tensor& x) {
    return scatter_add({2, 3}, 1, table, transpose(x, 0, 1));
  });
  add("embed(Tensor,Shape,int64_t,int64_t,int64_t)", "", {2, 3}, [](const Tensor& x) {
    return embed(x, {2, 8}, 1, 1, 3);
  });
  add_written(add);
  add_read(add);
  add_subscripts(add);
  return cases;
}

}  // namespace lucid::test
