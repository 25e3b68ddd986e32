// Gradient cases of reduction.h, shape.h and linear_algebra.h.
#include <cmath>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

using Reduction = Tensor (*)(const Tensor&, const Dims&, bool);

void add_reduction(GradientCases& cases, const std::string& covers, Reduction f) {
  const auto over = [f](const Dims& dims, bool keepdim) {
    return [f, dims, keepdim](const Tensors& v) { return f(v[0], dims, keepdim); };
  };
  const Tensor x = normal({2, 3, 5});
  cases.push_back({covers, "everything", {x}, over({}, false)});
  cases.push_back({covers, "everything, kept", {x}, over({}, true)});
  cases.push_back({covers, "first", {x}, over(0, false)});
  cases.push_back({covers, "middle, kept", {x}, over(1, true)});
  cases.push_back({covers, "last", {x}, over(-1, false)});
  cases.push_back({covers, "two apart, out of order", {x}, over({2, 0}, false)});
  cases.push_back({covers, "permuted", {x}, [f](const Tensors& v) {
                     return f(permute(v[0], {2, 0, 1}), {0, -1}, false);
                   }});
}

using Extreme = ValuesAndIndices (*)(const Tensor&, int64_t, bool);

void add_extreme(GradientCases& cases, const std::string& name, Extreme f,
                 Tensor (*of_all)(const Tensor&)) {
  const Tensor x = distinct({2, 3, 5});
  const std::string covers = name + "(Tensor,int64_t,bool)";
  for (const int64_t dim : {0, 1, -1}) {
    for (const bool keepdim : {false, true}) {
      cases.push_back(
          {covers,
           "dim " + std::to_string(dim) + (keepdim ? " kept" : ""),
           {x},
           [f, dim, keepdim](const Tensors& v) { return f(v[0], dim, keepdim).values; }});
    }
  }
  cases.push_back({covers, "transposed", {x}, [f](const Tensors& v) {
                     return f(transpose(v[0], 0, 2), 1, false).values;
                   }});
  cases.push_back({covers, "zero-dim", {distinct({})}, [f](const Tensors& v) {
                     return f(v[0], 0, false).values;
                   }});
  const std::string covers_all = name + "(Tensor)";
  cases.push_back({covers_all, "", {x}, [of_all](const Tensors& v) { return of_all(v[0]); }});
  cases.push_back({covers_all, "transposed", {x}, [of_all](const Tensors& v) {
                     return of_all(transpose(v[0], 0, 2));
                   }});
  cases.push_back({covers_all, "zero-dim", {distinct({})}, [of_all](const Tensors& v) {
                     return of_all(v[0]);
                   }});
}

// Shorthand for the many cases that differ in one call.
struct Adder {
  GradientCases& cases;
  template <class F>
  void operator()(const char* covers, const char* what, const Shape& shape, F f) const {
    cases.push_back({covers, what, {normal(shape)}, [f](const Tensors& v) { return f(v[0]); }});
  }
};

void add_views(const Adder& add) {
  const char* covers = "reshape(Tensor,Shape)";
  add(covers, "view", {3, 4}, [](const Tensor& x) { return reshape(x, {2, -1}); });
  add(covers, "copy", {3, 4}, [](const Tensor& x) { return reshape(transpose(x, 0, 1), {2, 6}); });
  add(covers, "zero-dim", {}, [](const Tensor& x) { return reshape(x, {1, 1}); });
  add("view(Tensor,Shape)", "", {3, 4}, [](const Tensor& x) { return view(x, {4, 3}); });
  add("flatten(Tensor,int64_t,int64_t)", "inner", {2, 3, 5},
      [](const Tensor& x) { return flatten(x, 1); });
  add("flatten(Tensor,int64_t,int64_t)", "zero-dim", {},
      [](const Tensor& x) { return flatten(x); });
  add("permute(Tensor,Shape)", "cycle", {2, 3, 5}, [](const Tensor& x) {
    return permute(x, {2, 0, 1});
  });
  add("permute(Tensor,Shape)", "negative", {2, 3, 5}, [](const Tensor& x) {
    return permute(x, {-1, 0, -2});
  });
  add("transpose(Tensor,int64_t,int64_t)", "", {2, 3, 5},
      [](const Tensor& x) { return transpose(x, 0, -1); });
  add("squeeze(Tensor)", "", {1, 3, 1}, [](const Tensor& x) { return squeeze(x); });
  add("squeeze(Tensor,int64_t)", "", {1, 3, 1}, [](const Tensor& x) { return squeeze(x, -1); });
  add("squeeze(Tensor,int64_t)", "nothing to do", {1, 3},
      [](const Tensor& x) { return squeeze(x, 1); });
  add("unsqueeze(Tensor,int64_t)", "", {3, 5}, [](const Tensor& x) { return unsqueeze(x, -1); });
  add("expand(Tensor,Shape)", "", {3, 1}, [](const Tensor& x) { return expand(x, {2, -1, 4}); });
  add("expand(Tensor,Shape)", "zero-dim", {}, [](const Tensor& x) { return expand(x, {2, 3}); });
}

void add_parts(const Adder& add) {
  const char* narrowed = "narrow(Tensor,int64_t,int64_t,int64_t)";
  add(narrowed, "", {4, 5}, [](const Tensor& x) { return narrow(x, 1, 1, 3); });
  add(narrowed, "from the end", {4, 5}, [](const Tensor& x) { return narrow(x, -2, -3, 2); });
  add("select(Tensor,int64_t,int64_t)", "", {4, 5},
      [](const Tensor& x) { return select(x, 1, 2); });
  add("select(Tensor,int64_t,int64_t)", "from the end", {4, 5},
      [](const Tensor& x) { return select(x, -1, -1); });
  const char* sliced =
      "slice(Tensor,int64_t,std::optional<int64_t>,std::optional<int64_t>,int64_t)";
  add(sliced, "step", {4, 7}, [](const Tensor& x) { return slice(x, 1, 1, std::nullopt, 3); });
  add(sliced, "negative bounds", {4, 7}, [](const Tensor& x) { return slice(x, -1, -5, -1, 2); });
  add(sliced, "clipped bounds", {4, 7}, [](const Tensor& x) { return slice(x, 0, -9, 9, 2); });
  add(sliced, "of a transpose", {4, 7},
      [](const Tensor& x) { return slice(transpose(x, 0, 1), 0, 2, 6, 3); });
}

void add_copies(GradientCases& cases) {
  const Adder add{cases};
  add("contiguous(Tensor)", "already", {3, 5}, [](const Tensor& x) { return contiguous(x); });
  add("contiguous(Tensor)", "transposed", {3, 5},
      [](const Tensor& x) { return contiguous(transpose(x, 0, 1)); });
  add("clone(Tensor)", "", {3, 5}, [](const Tensor& x) { return clone(transpose(x, 0, 1)); });
  add("to(Tensor,DType)", "same type", {3, 5}, [](const Tensor& x) { return to(x, float64); });
  const char* joined = "cat(std::vector<Tensor>,int64_t)";
  const Tensors parts{normal({2, 3}), normal({2, 1}, 2), normal({2, 4}, 3)};
  cases.push_back({joined, "last dim", parts, [](const Tensors& v) { return cat(v, -1); }});
  cases.push_back({joined, "transposed", parts, [](const Tensors& v) {
                     return cat({transpose(v[0], 0, 1), transpose(v[2], 0, 1)}, 0);
                   }});
  cases.push_back({joined, "one part twice", parts, [](const Tensors& v) {
                     return cat({v[0], v[1], v[0]}, 1);
                   }});
  cases.push_back({"stack(std::vector<Tensor>,int64_t)",
                   "",
                   {normal({2, 3}), normal({2, 3}, 2)},
                   [](const Tensors& v) { return stack(v, -1); }});
  cases.push_back({"stack(std::vector<Tensor>,int64_t)",
                   "zero-dim",
                   {normal({}), normal({}, 2)},
                   [](const Tensors& v) { return stack(v, 0); }});
}

using Reduce = std::function<Tensor(const Tensor&)>;

void add_statistics(GradientCases& cases) {
  add_reduction(
      cases, "std(Tensor,Dims,int64_t,bool)",
      [](const Tensor& x, const Dims& dims, bool keepdim) { return std(x, dims, 1, keepdim); });
  add_reduction(cases, "logsumexp(Tensor,Dims,bool)", logsumexp);
  add_reduction(
      cases, "norm(Tensor,double,Dims,bool)",
      [](const Tensor& x, const Dims& dims, bool keepdim) { return norm(x, 2, dims, keepdim); });
  const Tensor x = distinct({3, 4});
  const auto add_case = [&](const char* covers, const std::string& what, const Reduce& f) {
    cases.push_back({covers, what, {x}, [f](const Tensors& v) { return f(v[0]); }});
  };
  // Sizes that are all different, too.
  const Tensor sizes = normal({3, 4}, 5);
  for (const double p : {1.0, 1.5, 3.0, 0.5, -1.0, double(INFINITY), -double(INFINITY)}) {
    cases.push_back(
        {"norm(Tensor,double,Dims,bool)", "p " + std::to_string(p), {sizes}, [p](const Tensors& v) {
           return norm(v[0], p, 1);
         }});
  }
  for (const auto& [covers, f] : {std::pair{"amax(Tensor,Dims,bool)", Reduction(amax)},
                                  std::pair{"amin(Tensor,Dims,bool)", Reduction(amin)}}) {
    add_case(covers, "everything", [f = f](const Tensor& x) { return f(x, {}, false); });
    add_case(covers, "kept", [f = f](const Tensor& x) { return f(x, 0, true); });
    add_case(covers, "two of three", [f = f](const Tensor& x) {
      return f(permute(reshape(x, {3, 2, 2}), {1, 0, 2}), {0, -1}, false);
    });
  }
}

void add_products(GradientCases& cases) {
  const auto add = [&](const char* covers, const char* what, const std::vector<Shape>& shapes,
                       const autograd::Function& f) {
    Tensors inputs;
    for (size_t i = 0; i < shapes.size(); ++i) inputs.push_back(normal(shapes[i], i + 1));
    cases.push_back({covers, what, std::move(inputs), f});
  };
  add("mm(Tensor,Tensor)", "transposed", {{5, 3}, {5, 2}},
      [](const Tensors& v) { return mm(transpose(v[0], 0, 1), v[1]); });
  add("bmm(Tensor,Tensor)", "", {{2, 3, 4}, {2, 4, 2}},
      [](const Tensors& v) { return bmm(v[0], v[1]); });
  const char* added = "addmm(Tensor,Tensor,Tensor,Scalar,Scalar)";
  add(added, "", {{3, 2}, {3, 5}, {5, 2}},
      [](const Tensors& v) { return addmm(v[0], v[1], v[2]); });
  add(added, "scaled, broadcast", {{3, 1}, {3, 5}, {5, 2}},
      [](const Tensors& v) { return addmm(v[0], v[1], v[2], -0.5, 3); });
  add(added, "beta 0", {{3, 5}, {5, 2}},
      [](const Tensors& v) { return addmm(ones({2}, {.dtype = float64}), v[0], v[1], 0, 2); });
  add("outer(Tensor,Tensor)", "", {{3}, {4}}, [](const Tensors& v) { return outer(v[0], v[1]); });
  add("dot(Tensor,Tensor)", "", {{5}, {5}}, [](const Tensors& v) { return dot(v[0], v[1]); });
  const auto sums = [&](const char* equation, const std::vector<Shape>& shapes) {
    add("einsum(std::string_view,std::vector<Tensor>)", equation, shapes,
        [=](const Tensors& v) { return einsum(equation, v); });
  };
  sums("bij,bjk->bki", {{2, 3, 4}, {2, 4, 2}});
  sums("iji->j", {{3, 2, 3}});
  sums("...ij,jk", {{2, 2, 3}, {3, 2}});
  sums("ij,jk,ik->i", {{2, 3}, {3, 2}, {2, 2}});
  sums("ij,ij->ij", {{1, 3}, {2, 3}});
  sums("ij,k->k", {{2, 3}, {2}});
}

}  // namespace

GradientCases reduction_cases() {
  GradientCases cases;
  add_reduction(cases, "sum(Tensor,Dims,bool)", sum);
  add_reduction(cases, "mean(Tensor,Dims,bool)", mean);
  add_reduction(
      cases, "var(Tensor,Dims,int64_t,bool)",
      [](const Tensor& x, const Dims& dims, bool keepdim) { return var(x, dims, 1, keepdim); });
  const Adder add{cases};
  add("sum(Tensor,Dims,bool)", "zero-dim", {}, [](const Tensor& x) { return sum(x); });
  add("mean(Tensor,Dims,bool)", "zero-dim", {}, [](const Tensor& x) { return mean(x); });
  add("var(Tensor,Dims,int64_t,bool)", "biased", {3, 5},
      [](const Tensor& x) { return var(x, 1, 0); });
  add_statistics(cases);
  add_extreme(cases, "max", max, max);
  add_extreme(cases, "min", min, min);
  return cases;
}

GradientCases shape_cases() {
  GradientCases cases;
  add_views(Adder{cases});
  add_parts(Adder{cases});
  add_copies(cases);
  return cases;
}

GradientCases matrix_cases() {
  GradientCases cases;
  const auto product = [&](const char* what, const Shape& a, const Shape& b) {
    cases.push_back(
        {"matmul(Tensor,Tensor)", what, {normal(a), normal(b, 2)}, [](const Tensors& v) {
           return matmul(v[0], v[1]);
         }});
  };
  product("matrices", {3, 5}, {5, 2});
  product("vectors", {5}, {5});
  product("matrix and vector", {3, 5}, {5});
  product("vector and matrix", {5}, {5, 3});
  product("stacks", {2, 3, 4}, {2, 4, 2});
  product("broadcast stacks", {2, 1, 3, 4}, {3, 4, 2});
  product("stack and matrix", {2, 3, 4}, {4, 2});
  product("matrix and stack", {3, 4}, {2, 4, 2});
  product("stack and vector", {2, 3, 4}, {4});
  product("vector and stack", {3}, {2, 3, 4});
  cases.push_back(
      {"matmul(Tensor,Tensor)",
       "transposed",
       {normal({5, 3}), normal({2, 5}, 2)},
       [](const Tensors& v) { return matmul(transpose(v[0], 0, 1), transpose(v[1], 0, 1)); }});
  cases.push_back(
      {"matmul(Tensor,Tensor)", "a matrix with itself", {normal({3, 3})}, [](const Tensors& v) {
         return matmul(v[0], v[0]);
       }});
  const auto affine = [&](const char* what, const Shape& x, bool bias) {
    Tensors inputs{normal(x), normal({3, 4}, 2)};
    if (bias) inputs.push_back(normal({3}, 3));
    cases.push_back({"linear(Tensor,Tensor,Tensor)", what, std::move(inputs), [](const Tensors& v) {
                       return linear(v[0], v[1], v.size() > 2 ? v[2] : Tensor());
                     }});
  };
  affine("rows", {5, 4}, true);
  affine("no bias", {5, 4}, false);
  affine("one vector", {4}, true);
  affine("stack", {2, 3, 4}, true);
  cases.push_back({"linear(Tensor,Tensor,Tensor)",
                   "transposed",
                   {normal({4, 5}), normal({4, 3}, 2), normal({3}, 3)},
                   [](const Tensors& v) {
                     return linear(transpose(v[0], 0, 1), transpose(v[1], 0, 1), v[2]);
                   }});
  add_products(cases);
  return cases;
}

}  // namespace lucid::test
