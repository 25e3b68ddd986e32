// Gradient cases of scan.h.
#include "autograd/functions/scan.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

// Rows with no zero, one, two in a row, two apart, and nothing else.
Tensor with_zeros() {
  return tensor({{1.5, -0.5, 2.0, 0.7},
                 {1.5, 0.0, 2.0, 0.7},
                 {1.5, 0.0, 0.0, 0.7},
                 {0.0, -0.5, 2.0, 0.0},
                 {0.0, 0.0, 0.0, 0.0}},
                {.dtype = float64, .requires_grad = true});
}

using Running = Tensor (*)(const Tensor&, int64_t);

void add_running(GradientCases& cases, const std::string& name, Running f) {
  const std::string covers = name + "(Tensor,int64_t)";
  const auto along = [f](int64_t dim) {
    return [f, dim](const Tensors& v) { return f(v[0], dim); };
  };
  cases.push_back({covers, "first", {normal({3, 5})}, along(0)});
  cases.push_back({covers, "middle", {normal({2, 3, 5})}, along(-2)});
  cases.push_back({covers, "zeros", {with_zeros()}, along(1)});
  cases.push_back({covers, "one element", {normal({3, 1})}, along(1)});
  cases.push_back({covers, "zero-dim", {normal({})}, along(0)});
  cases.push_back({covers, "transposed", {normal({3, 5})}, [f](const Tensors& v) {
                     return f(transpose(v[0], 0, 1), 0);
                   }});
}

void add_prod(GradientCases& cases) {
  const char* covers = "prod(Tensor,Dims,bool)";
  const auto over = [](const Dims& dims, bool keepdim) {
    return [dims, keepdim](const Tensors& v) { return prod(v[0], dims, keepdim); };
  };
  const Tensor x = normal({2, 3, 4});
  cases.push_back({covers, "everything", {normal({3, 3})}, over({}, false)});
  cases.push_back({covers, "kept", {x}, over(1, true)});
  cases.push_back({covers, "two apart", {x}, over({2, 0}, false)});
  cases.push_back({covers, "zeros", {with_zeros()}, over(1, false)});
  cases.push_back({covers, "zero-dim", {normal({})}, over({}, false)});
}

void add_recurrence(GradientCases& cases) {
  const char* covers = "linear_recurrence(Tensor,Tensor,int64_t,bool)";
  for (const bool reverse : {false, true}) {
    const auto along = [reverse](int64_t dim) {
      return
          [reverse, dim](const Tensors& v) { return linear_recurrence(v[0], v[1], dim, reverse); };
    };
    const std::string what = reverse ? "reverse " : "";
    cases.push_back({covers, what + "last", {with_zeros(), normal({5, 4})}, along(-1)});
    cases.push_back({covers, what + "middle", {normal({2, 3, 2}), normal({2, 3, 2}, 2)}, along(1)});
    cases.push_back(
        {covers, what + "one element", {normal({3, 1}), normal({3, 1}, 2)}, [=](const Tensors& v) {
           // The only factor has nothing before it.
           return linear_recurrence(v[0], v[1], 1, reverse) * v[0];
         }});
  }
}

}  // namespace

GradientCases scan_cases() {
  GradientCases cases;
  add_running(cases, "cumsum", cumsum);
  add_running(cases, "cumprod", cumprod);
  add_prod(cases);
  add_recurrence(cases);
  return cases;
}

}  // namespace lucid::test
