// Gradient cases of splitting.h and rearrangement.h.
#include "autograd/functions/rearrangement.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "autograd/functions/splitting.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

// Shorthand for the many cases that differ in one call.
struct Adder {
  GradientCases& cases;
  template <class F>
  void operator()(const char* covers, const char* what, const Shape& shape, F f) const {
    cases.push_back({covers, what, {normal(shape)}, [f](const Tensors& v) { return f(v[0]); }});
  }
};

// All parts as one tensor, each squared so that second derivatives count.
Tensor joined(const Tensors& parts) {
  Tensors flat;
  for (const Tensor& part : parts) flat.push_back(flatten(part * part));
  return cat(flat);
}

void add_repeated(const Adder& add) {
  add("repeat(Tensor,Shape)", "more dims", {2, 3}, [](const Tensor& x) {
    return repeat(x, {2, 1, 3});
  });
  add("repeat(Tensor,Shape)", "transposed", {2, 3}, [](const Tensor& x) {
    return repeat(transpose(x, 0, 1), {3, 2});
  });
  add("repeat(Tensor,Shape)", "zero-dim", {}, [](const Tensor& x) { return repeat(x, {4}); });
  add("tile(Tensor,Shape)", "fewer numbers", {2, 1, 3}, [](const Tensor& x) {
    return tile(x, {2, 2});
  });
  add("flip(Tensor,Dims)", "two", {2, 3, 5}, [](const Tensor& x) { return flip(x, {0, -1}); });
  add("flip(Tensor,Dims)", "transposed", {3, 5},
      [](const Tensor& x) { return flip(transpose(x, 0, 1), 0); });
  add("roll(Tensor,Shape,Dims)", "two", {3, 5}, [](const Tensor& x) {
    return roll(x, {-1, 7}, {0, 1});
  });
  add("roll(Tensor,int64_t)", "all", {3, 5}, [](const Tensor& x) { return roll(x, 4); });
  add("roll(Tensor,int64_t,int64_t)", "transposed", {3, 5},
      [](const Tensor& x) { return roll(transpose(x, 0, 1), 2, -1); });
  add("tril(Tensor,int64_t)", "stack", {2, 3, 4}, [](const Tensor& x) { return tril(x, 1); });
  add("tril(Tensor,int64_t)", "transposed", {4, 3},
      [](const Tensor& x) { return tril(transpose(x, 0, 1)); });
  add("triu(Tensor,int64_t)", "stack", {2, 4, 3}, [](const Tensor& x) { return triu(x, -1); });
}

}  // namespace

GradientCases splitting_cases() {
  GradientCases cases;
  const Adder add{cases};
  const char* sized = "split(Tensor,int64_t,int64_t)";
  add(sized, "uneven", {7, 2}, [](const Tensor& x) { return joined(split(x, 3)); });
  add(sized, "transposed", {2, 5},
      [](const Tensor& x) { return joined(split(transpose(x, 0, 1), 2, 0)); });
  add(sized, "one part unused", {5, 2}, [](const Tensor& x) {
    const Tensors parts = split(x, 2);
    return parts[0] * parts[1];
  });
  add("split(Tensor,std::vector<int64_t>,int64_t)", "an empty one", {2, 5}, [](const Tensor& x) {
    return joined(split(x, std::vector<int64_t>{3, 0, 2}, -1));
  });
  add("chunk(Tensor,int64_t,int64_t)", "uneven", {2, 7},
      [](const Tensor& x) { return joined(chunk(x, 3, 1)); });
  add("unbind(Tensor,int64_t)", "middle", {2, 3, 2},
      [](const Tensor& x) { return joined(unbind(x, 1)); });
  add("unfold(Tensor,int64_t,int64_t,int64_t)", "overlapping", {2, 7},
      [](const Tensor& x) { return unfold(x, 1, 3, 2); });
  add("unfold(Tensor,int64_t,int64_t,int64_t)", "gaps, of a transpose", {2, 7},
      [](const Tensor& x) { return unfold(transpose(x, 0, 1), 0, 2, 3); });
  add("unfold(Tensor,int64_t,int64_t,int64_t)", "twice", {4, 5},
      [](const Tensor& x) { return unfold(unfold(x, 0, 2, 1), 1, 3, 2); });
  add("unfold(Tensor,int64_t,int64_t,int64_t)", "zero-dim", {},
      [](const Tensor& x) { return unfold(x, 0, 1, 1); });
  add("diagonal(Tensor,int64_t,int64_t,int64_t)", "wide", {3, 5},
      [](const Tensor& x) { return diagonal(x, 1); });
  add("diagonal(Tensor,int64_t,int64_t,int64_t)", "of a stack", {3, 2, 4},
      [](const Tensor& x) { return diagonal(x, -1, -1, 0); });
  return cases;
}

GradientCases rearrangement_cases() {
  GradientCases cases;
  const Adder add{cases};
  add("movedim(Tensor,Dims,Dims)", "one", {2, 3, 5},
      [](const Tensor& x) { return movedim(x, 0, -1); });
  add("movedim(Tensor,Dims,Dims)", "two", {2, 3, 5}, [](const Tensor& x) {
    return movedim(x, {2, 0}, {0, 1});
  });
  add("broadcast_to(Tensor,Shape)", "", {3, 1}, [](const Tensor& x) {
    return broadcast_to(x, {2, 3, 4});
  });
  add("ravel(Tensor)", "transposed", {3, 4},
      [](const Tensor& x) { return ravel(transpose(x, 0, 1)); });
  add("unflatten(Tensor,int64_t,Shape)", "", {2, 6}, [](const Tensor& x) {
    return unflatten(x, -1, {3, -1});
  });
  cases.push_back({"meshgrid(std::vector<Tensor>,std::string_view)",
                   "xy",
                   {normal({2}), normal({3}, 2), normal({}, 3)},
                   [](const Tensors& v) { return joined(meshgrid(v, "xy")); }});
  add_repeated(add);
  return cases;
}

}  // namespace lucid::test
