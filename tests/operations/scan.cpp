// Rows of scan.h.
#include "autograd/functions/scan.h"

#include "lucid/creation.h"
#include "tests/operations/forms.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using Running = Tensor (*)(T, int64_t);

Operation running_row(const std::string& name, Running f, Running method, Running in_place,
                      const char* out_of_range, const char* below) {
  return {name,
          Forms(name + "(Tensor,int64_t)")
              .add("first*", [f](T x) { return f(x, 0); })
              .add("middle*", [f](T x) { return f(x, -2); })
              .add("last*", [f](T x) { return f(x, -1); })
              .method()
              .add("middle*", [method](T x) { return method(x, -2); })
              .add("last*", [method](T x) { return method(x, -1); })
              .also("Tensor." + name + "_(int64_t)")
              .add("first first_n*", [in_place](T x) { return in_place(x.clone(), 0); })
              .add("last last_one last_empty last_special last_integers",
                   [in_place](T x) { return in_place(x.clone(), -1); }),
          {fails<IndexError>(out_of_range,
                             [f] {
                               f(ones({2, 3}), 2);
                             }),
           fails<IndexError>(below,
                             [f] {
                               f(ones({2, 3}), -3);
                             }),
           fails<IndexError>("out of range", [f] { f(tensor(1.0), 1); }),
           fails<UninitializedError>("undefined tensor", [f] { f(Tensor(), 0); })}};
}

Operation prod_row() {
  return {"prod",
          Forms("prod(Tensor,Dims,bool)")
              .add("all*", [](T x) { return prod(x); })
              .add("kept_all*", [](T x) { return prod(x, {}, true); })
              .add("first*", [](T x) { return prod(x, 0); })
              .add("middle_kept*", [](T x) { return prod(x, 1, true); })
              .add("last*", [](T x) { return prod(x, -1); })
              .add("two*",
                   [](T x) {
                     return prod(x, {2, 0});
                   })
              .method()
              .add("all*", [](T x) { return x.prod(); })
              .add("middle_kept*", [](T x) { return x.prod(1, true); })
              .add("two*",
                   [](T x) {
                     return x.prod({2, 0});
                   }),
          {fails<IndexError>("prod: dim 2",
                             [] {
                               prod(ones({2, 3}), 2);
                             }),
           // A size of 0 allows others whose product does not fit 63 bits.
           fails<ShapeError>("more elements than fit 63 bits",
                             [] {
                               const int64_t large = int64_t{1} << 40;
                               prod(zeros({0, 1, 1}).expand({0, large, large}), {1, 2});
                             }),
           fails<ValueError>("prod: dim -1 is named twice",
                             [] {
                               prod(ones({2, 3}), {1, -1});
                             }),
           fails<UninitializedError>("undefined tensor", [] { prod(Tensor()); })}};
}

Operation linear_recurrence_row() {
  using V = const Tensors&;
  const Tensor x = ones({2, 3});
  return {
      "linear_recurrence",
      Forms("linear_recurrence(Tensor,Tensor,int64_t,bool)")
          .add("forward_middle", [](V v) { return linear_recurrence(v[0], v[1], 1); })
          .add("forward_last*", [](V v) { return linear_recurrence(v[0], v[1], -1); })
          .add("reverse_middle", [](V v) { return linear_recurrence(v[0], v[1], 1, true); })
          .add("reverse_last*", [](V v) { return linear_recurrence(v[0], v[1], -1, true); }),
      {fails<ShapeError>("linear_recurrence: expected factors of shape [2, 3], got [3]",
                         [x] { linear_recurrence(ones({3}), x, 0); }),
       fails<DTypeError>("linear_recurrence: expected factors and terms of one dtype",
                         [x] { linear_recurrence(x.to(float64), x, 0); }),
       fails<DTypeError>("linear_recurrence: expected terms to be float",
                         [x] { linear_recurrence(x.to(int64), x.to(int64), 0); }),
       fails<IndexError>("linear_recurrence: dim 2", [x] { linear_recurrence(x, x, 2); }),
       fails<UninitializedError>("undefined tensor", [x] { linear_recurrence(x, Tensor(), 0); }),
       fails<UninitializedError>("undefined tensor", [x] { linear_recurrence(Tensor(), x, 0); })}};
}

Operations rows() {
  return {
      running_row(
          "cumsum", cumsum, [](T x, int64_t dim) { return x.cumsum(dim); },
          [](T x, int64_t dim) { return x.cumsum_(dim); }, "cumsum: dim 2", "cumsum: dim -3"),
      running_row(
          "cumprod", cumprod, [](T x, int64_t dim) { return x.cumprod(dim); },
          [](T x, int64_t dim) { return x.cumprod_(dim); }, "cumprod: dim 2", "cumprod: dim -3"),
      prod_row(), linear_recurrence_row()};
}

const Family scan("scan", rows);

TEST_CASE("operations: scan") {
  scan.check();
}

}  // namespace
}  // namespace lucid::test
