// Rows of pooling.h over windows that divide the input, and of their namesakes in nn::functional.
#include "autograd/functions/pooling.h"

#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;
using nn::Size;

template <size_t Rank>
struct Case {
  const char* samples;
  Size<Rank> output;
};

// As in adaptive_pooling.py; what has a batch goes to both functions.
const std::vector<Case<1>> lines{{"fewer same", 3}, {"larger", 5}, {"empty", 2}, {"unbatched", 2}};
const std::vector<Case<2>> planes{{"one", 1},         {"divides", {3, 2}}, {"overlap", {3, 4}},
                                  {"larger", {3, 5}}, {"wide", {2, 1}},    {"empty", 2},
                                  {"unbatched", 2}};
const std::vector<Case<3>> volumes{
    {"overlap", {3, 2, 4}}, {"larger", {3, 2, 5}}, {"empty", 2}, {"unbatched", 2}};

// How declarations.h spells them.
std::string declared_here(const std::string& name, size_t rank) {
  std::string sizes;
  for (size_t i = 0; i < rank; ++i) sizes += ",int64_t";
  return name + "(Tensor" + sizes + ")";
}

std::string declared_functional(const std::string& name, size_t rank) {
  return "F." + name + "(Tensor,Size" + std::to_string(rank) + "d)";
}

template <class Result, size_t Rank>
using Pool = std::function<Result(const Tensor&, Size<Rank>)>;

template <size_t Rank>
Operation avg_row(const Pool<Tensor, Rank>& here, const Pool<Tensor, Rank>& functional,
                  const std::vector<Case<Rank>>& cases, std::vector<Failure> failures) {
  const std::string name = "adaptive_avg_pool" + std::to_string(Rank) + "d";
  Operation row{name, {}, std::move(failures)};
  for (const Case<Rank>& c : cases) {
    row.forms.push_back({declared_functional(name, Rank), c.samples,
                         [=](const Tensors& v) { return functional(v[0], c.output); }});
    if (c.samples == std::string("unbatched")) continue;
    row.forms.push_back({declared_here(name, Rank), c.samples,
                         [=](const Tensors& v) { return here(v[0], c.output); }});
  }
  return row;
}

// The function that leaves out the indices is checked with those of the one that does not.
template <size_t Rank>
Operation max_row(const Pool<ValuesAndIndices, Rank>& here,
                  const Pool<ValuesAndIndices, Rank>& functional, const Pool<Tensor, Rank>& values,
                  const std::vector<Case<Rank>>& cases, std::vector<Failure> failures) {
  const std::string name = "adaptive_max_pool" + std::to_string(Rank) + "d";
  Operation row{name, {}, std::move(failures)};
  for (const Case<Rank>& c : cases) {
    row.forms.push_back({declared_functional(name + "_with_indices", Rank), c.samples,
                         [=](const Tensors& v) { return functional(v[0], c.output); }});
    row.forms.push_back(
        {declared_functional(name, Rank), c.samples, [=](const Tensors& v) {
           return Tensors{values(v[0], c.output), functional(v[0], c.output).indices};
         }});
    if (c.samples == std::string("unbatched")) continue;
    row.forms.push_back({declared_here(name + "_with_indices", Rank), c.samples,
                         [=](const Tensors& v) { return here(v[0], c.output); }});
  }
  return row;
}

Tensor line() {
  return ones({1, 2, 5});
}

Tensor plane() {
  return ones({1, 2, 5, 4});
}

Tensor volume() {
  return ones({1, 2, 3, 3, 3});
}

Operations avg_rows() {
  return {
      avg_row<1>([](const Tensor& x, Size<1> s) { return adaptive_avg_pool1d(x, s[0]); },
                 F::adaptive_avg_pool1d, lines,
                 {fails<ShapeError>("adaptive_avg_pool1d: expected x of shape (N, C, L) or (C, L)",
                                    [] { F::adaptive_avg_pool1d(ones({5}), 2); }),
                  fails<DTypeError>("adaptive_avg_pool1d",
                                    [] { F::adaptive_avg_pool1d(line().to(int64), 2); })}),
      avg_row<2>([](const Tensor& x, Size<2> s) { return adaptive_avg_pool2d(x, s[0], s[1]); },
                 F::adaptive_avg_pool2d, planes,
                 {fails<ShapeError>("adaptive_avg_pool2d: expected x of shape (N, C, H, W)",
                                    [] { F::adaptive_avg_pool2d(ones({5}), 2); }),
                  fails<ShapeError>("adaptive_avg_pool2d: x of shape [1, 2, 0, 4] has no pixels",
                                    [] {
                                      F::adaptive_avg_pool2d(ones({1, 2, 0, 4}), 2);
                                    }),
                  fails<ValueError>("adaptive_avg_pool2d: expected output_size >= 1, got (2, 0)",
                                    [] {
                                      F::adaptive_avg_pool2d(plane(), {2, 0});
                                    }),
                  fails<UninitializedError>("adaptive_avg_pool2d: x is an undefined",
                                            [] { F::adaptive_avg_pool2d({}, 2); }),
                  fails<DTypeError>("adaptive_avg_pool2d",
                                    [] { F::adaptive_avg_pool2d(plane().to(int64), 2); })}),
      avg_row<3>(
          [](const Tensor& x, Size<3> s) { return adaptive_avg_pool3d(x, s[0], s[1], s[2]); },
          F::adaptive_avg_pool3d, volumes,
          {fails<ShapeError>("adaptive_avg_pool3d: expected x of shape (N, C, D, H, W)",
                             [] { F::adaptive_avg_pool3d(ones({5}), 2); }),
           fails<ValueError>("adaptive_avg_pool3d: expected output_size >= 1, got (-1, -1, -1)",
                             [] { F::adaptive_avg_pool3d(volume(), -1); })})};
}

Operations max_rows() {
  auto planes_and_special = planes;
  planes_and_special.push_back({"special", {1, 4}});
  return {
      max_row<1>(
          [](const Tensor& x, Size<1> s) { return adaptive_max_pool1d_with_indices(x, s[0]); },
          F::adaptive_max_pool1d_with_indices, F::adaptive_max_pool1d, lines,
          {fails<ShapeError>("adaptive_max_pool1d: expected x of shape (N, C, L) or (C, L)",
                             [] { F::adaptive_max_pool1d(ones({5}), 2); }),
           fails<DTypeError>("adaptive_max_pool1d",
                             [] { F::adaptive_max_pool1d(line().to(int64), 2); })}),
      max_row<2>([](const Tensor& x,
                    Size<2> s) { return adaptive_max_pool2d_with_indices(x, s[0], s[1]); },
                 F::adaptive_max_pool2d_with_indices, F::adaptive_max_pool2d, planes_and_special,
                 {fails<ShapeError>("adaptive_max_pool2d: expected x of shape (N, C, H, W)",
                                    [] { F::adaptive_max_pool2d(ones({5}), 2); }),
                  fails<ValueError>("adaptive_max_pool2d: expected output_size >= 1, got (0, 0)",
                                    [] { F::adaptive_max_pool2d(plane(), 0); }),
                  fails<UninitializedError>("adaptive_max_pool2d: x is an undefined",
                                            [] { F::adaptive_max_pool2d({}, 2); })}),
      max_row<3>(
          [](const Tensor& x, Size<3> s) {
            return adaptive_max_pool3d_with_indices(x, s[0], s[1], s[2]);
          },
          F::adaptive_max_pool3d_with_indices, F::adaptive_max_pool3d, volumes,
          {fails<ShapeError>("adaptive_max_pool3d: expected x of shape (N, C, D, H, W)",
                             [] { F::adaptive_max_pool3d(ones({5}), 2); }),
           fails<ShapeError>("adaptive_max_pool3d: x of shape [1, 2, 3, 0, 3] has no pixels", [] {
             F::adaptive_max_pool3d(ones({1, 2, 3, 0, 3}), 2);
           })})};
}

Operations rows() {
  Operations result = avg_rows();
  for (Operation& row : max_rows()) result.push_back(std::move(row));
  return result;
}

const Family adaptive_pooling("adaptive_pooling", rows);

TEST_CASE("operations: adaptive pooling") {
  adaptive_pooling.check();
}

}  // namespace
}  // namespace lucid::test
