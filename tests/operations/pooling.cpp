// Rows of pooling.h over windows of one size, and of their namesakes in nn::functional.
#include "autograd/functions/pooling.h"

#include <algorithm>

#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;

template <size_t Rank>
std::array<int64_t, Rank> sizes_of(const nn::Size<Rank>& size) {
  std::array<int64_t, Rank> result{};
  std::copy(size.begin(), size.end(), result.begin());
  return result;
}

// What functions of pooling.h take, from what those of nn::functional do.
template <size_t Rank>
PoolGeometry<Rank> geometry(nn::Size<Rank> kernel, const F::MaxPoolFunctionOptions<Rank>& options) {
  return {.kernel = sizes_of(kernel),
          .stride = sizes_of(options.stride.value_or(kernel)),
          .padding = sizes_of(options.padding),
          .dilation = sizes_of(options.dilation),
          .ceil_mode = options.ceil_mode};
}

template <size_t Rank>
PoolGeometry<Rank> geometry(nn::Size<Rank> kernel, const F::AvgPoolFunctionOptions<Rank>& options) {
  return {.kernel = sizes_of(kernel),
          .stride = sizes_of(options.stride.value_or(kernel)),
          .padding = sizes_of(options.padding),
          .ceil_mode = options.ceil_mode,
          .count_include_pad = options.count_include_pad,
          .divisor_override = options.divisor_override};
}

template <size_t Rank, class Options>
struct Case {
  const char* samples;
  nn::Size<Rank> kernel;
  Options options;
};
template <size_t Rank>
using Maxima = std::vector<Case<Rank, F::MaxPoolFunctionOptions<Rank>>>;
template <size_t Rank>
using Means = std::vector<Case<Rank, F::AvgPoolFunctionOptions<Rank>>>;

// As in pooling.py; what has a batch goes to both functions.
const Maxima<1> rows{
    {"tiles empty", 2, {}},
    {"everything", 3, {.stride = 2, .padding = 1, .dilation = 2, .ceil_mode = true}},
    {"padded_ceil", 3, {.stride = 2, .padding = 1, .ceil_mode = true}},
    {"unbatched", 2, {.stride = 1}}};
const Maxima<2> planes{
    {"tiles", {2, 3}, {}},
    {"overlap", {3, 2}, {.stride = {1, 2}}},
    {"gaps", {2, 1}, {.stride = {3, 2}}},
    {"padded", 3, {.stride = 2, .padding = 1}},
    {"ceil", {3, 2}, {.stride = 2, .ceil_mode = true}},
    {"padded_ceil", {2, 3}, {.padding = 1, .ceil_mode = true}},
    {"dilated", {2, 3}, {.stride = {1, 2}, .padding = {1, 0}, .dilation = {3, 2}}},
    {"wide", 2, {.stride = 1, .padding = 1}},
    {"empty special", 2, {}},
    {"unbatched", 2, {.stride = 1}}};
const Maxima<3> volumes{
    {"tiles", {2, 1, 3}, {}},
    {"strided", {2, 2, 3}, {.stride = {2, 1, 2}}},
    {"padded_ceil", {3, 2, 3}, {.stride = {2, 2, 3}, .padding = {1, 1, 0}, .ceil_mode = true}},
    {"dilated", {2, 3, 2}, {.stride = {1, 2, 1}, .padding = 1, .dilation = {3, 2, 1}}},
    {"empty", 2, {}},
    {"unbatched", 2, {.stride = 1}}};
const Means<1> row_means{
    {"tiles empty", 2, {}},
    {"padded_ceil", 3, {.stride = 2, .padding = 1, .ceil_mode = true}},
    {"uncounted", 4, {.stride = 3, .padding = 2, .ceil_mode = true, .count_include_pad = false}},
    {"unbatched", 2, {.stride = 1}}};
const Means<2> plane_means{
    {"tiles", {2, 3}, {}},
    {"overlap", {3, 2}, {.stride = {1, 2}}},
    {"gaps", {2, 1}, {.stride = {3, 2}}},
    {"padded", 3, {.stride = 2, .padding = 1}},
    {"padded_uncounted", 3, {.stride = 2, .padding = 1, .count_include_pad = false}},
    {"ceil", {3, 2}, {.stride = 2, .ceil_mode = true}},
    {"padded_ceil", {2, 3}, {.padding = 1, .ceil_mode = true}},
    {"padded_ceil_uncounted",
     3,
     {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false}},
    {"divisor", {2, 3}, {.padding = 1, .ceil_mode = true, .divisor_override = 5}},
    {"negative_divisor", {2, 3}, {.stride = 2, .padding = 1, .divisor_override = -5}},
    {"wide", 2, {.stride = 1, .padding = 1}},
    {"empty", 2, {}},
    {"unbatched", 2, {.stride = 1}}};
const Means<3> volume_means{
    {"tiles", {2, 1, 3}, {}},
    {"padded_ceil", {2, 2, 3}, {.stride = {2, 1, 2}, .padding = {1, 0, 1}, .ceil_mode = true}},
    {"uncounted",
     {3, 2, 3},
     {.stride = {2, 2, 3}, .padding = 1, .ceil_mode = true, .count_include_pad = false}},
    {"divisor",
     {3, 2, 2},
     {.stride = {2, 2, 3},
      .padding = {1, 0, 1},
      .count_include_pad = false,
      .divisor_override = -3}},
    {"empty", 2, {}},
    {"unbatched", 2, {.stride = 1}}};

using nn::Size;

template <class Result, size_t Rank>
using Pool = Result (*)(const Tensor&, const PoolGeometry<Rank>&);
template <class Result, size_t Rank, class Options>
using FunctionalPool = Result (*)(const Tensor&, Size<Rank>, const Options&);

std::string rank_of(size_t rank) {
  return std::to_string(rank) + "d";
}

std::string declared_here(const std::string& name, size_t rank) {
  return name + "(Tensor,Pool" + rank_of(rank) + "Geometry)";
}

std::string declared_functional(const std::string& name, size_t rank, const std::string& kind) {
  return "F." + name + "(Tensor,Size" + rank_of(rank) + "," + kind + rank_of(rank) +
         "FunctionOptions)";
}

template <size_t Rank>
struct MaxPools {
  using Options = F::MaxPoolFunctionOptions<Rank>;
  Pool<ValuesAndIndices, Rank> here;
  Pool<Tensor, Rank> values_here;
  FunctionalPool<ValuesAndIndices, Rank, Options> functional;
  FunctionalPool<Tensor, Rank, Options> functional_values;
};

// Functions that leave out the indices are checked with those of the ones that do not.
template <size_t Rank>
Operation max_row(const MaxPools<Rank>& f, const Maxima<Rank>& cases,
                  std::vector<Failure> failures) {
  const std::string name = "max_pool" + rank_of(Rank);
  Operation row{name, {}, std::move(failures)};
  const auto add = [&row](const std::string& declaration, const char* samples, Operator function) {
    row.forms.push_back({declaration, samples, std::move(function)});
  };
  for (const auto& c : cases) {
    const auto with_indices = [f, c](const Tensor& x) {
      return f.functional(x, c.kernel, c.options);
    };
    add(declared_functional(name + "_with_indices", Rank, "MaxPool"), c.samples,
        [=](const Tensors& v) { return with_indices(v[0]); });
    add(declared_functional(name, Rank, "MaxPool"), c.samples, [=](const Tensors& v) {
      return Tensors{f.functional_values(v[0], c.kernel, c.options), with_indices(v[0]).indices};
    });
    if (c.samples == std::string("unbatched")) continue;
    const PoolGeometry<Rank> g = geometry(c.kernel, c.options);
    add(declared_here(name + "_with_indices", Rank), c.samples,
        [=](const Tensors& v) { return f.here(v[0], g); });
    add(declared_here(name, Rank), c.samples, [=](const Tensors& v) {
      return Tensors{f.values_here(v[0], g), with_indices(v[0]).indices};
    });
  }
  return row;
}

template <size_t Rank>
Operation avg_row(Pool<Tensor, Rank> here,
                  FunctionalPool<Tensor, Rank, F::AvgPoolFunctionOptions<Rank>> functional,
                  const Means<Rank>& cases, std::vector<Failure> failures) {
  const std::string name = "avg_pool" + rank_of(Rank);
  Operation row{name, {}, std::move(failures)};
  for (const auto& c : cases) {
    row.forms.push_back({declared_functional(name, Rank, "AvgPool"), c.samples,
                         [=](const Tensors& v) { return functional(v[0], c.kernel, c.options); }});
    if (c.samples == std::string("unbatched")) continue;
    row.forms.push_back(
        {declared_here(name, Rank), c.samples,
         [here, g = geometry(c.kernel, c.options)](const Tensors& v) { return here(v[0], g); }});
  }
  return row;
}

Operations max_rows() {
  const Tensor line = ones({1, 2, 5}), plane = ones({1, 2, 5, 4}), volume = ones({1, 2, 3, 3, 3});
  return {
      max_row<1>({max_pool1d_with_indices, max_pool1d, F::max_pool1d_with_indices, F::max_pool1d},
                 rows,
                 {fails<ShapeError>("max_pool1d: expected x of shape (N, C, L) or (C, L), got [5]",
                                    [] { F::max_pool1d(ones({5}), 2); }),
                  fails<ShapeError>("max_pool1d: expected x of shape (N, C, L), got [5]",
                                    [] { max_pool1d(ones({5}), {}); }),
                  fails<ShapeError>("max_pool1d: the padded input length 5 is smaller than",
                                    [=] { F::max_pool1d(line, 6); }),
                  fails<DTypeError>("max_pool1d", [=] { F::max_pool1d(line.to(int64), 2); })}),
      max_row<2>(
          {max_pool2d_with_indices, max_pool2d, F::max_pool2d_with_indices, F::max_pool2d}, planes,
          {fails<ShapeError>("max_pool2d: expected x of shape (N, C, H, W) or (C, H, W)",
                             [] { F::max_pool2d(ones({5}), 2); }),
           fails<ShapeError>("max_pool2d: x has no pixels, its width is 0",
                             [] {
                               F::max_pool2d(ones({1, 2, 3, 0}), 2);
                             }),
           fails<ValueError>("max_pool2d: expected kernel_size, stride and dilation >= 1",
                             [=] { F::max_pool2d(plane, 0); }),
           fails<ValueError>("max_pool2d: expected kernel_size, stride and dilation >= 1",
                             [=] { F::max_pool2d(plane, 2, {.stride = 0}); }),
           fails<ValueError>("max_pool2d: expected padding from 0 to half the kernel_size",
                             [=] { F::max_pool2d(plane, 3, {.padding = 2}); }),
           fails<UninitializedError>("max_pool2d: x is an undefined", [] { F::max_pool2d({}, 2); }),
           fails<UninitializedError>("max_pool2d: x is an undefined", [] { max_pool2d({}, {}); }),
           fails<DTypeError>("max_pool2d", [=] { F::max_pool2d(plane.to(int64), 2); })}),
      max_row<3>({max_pool3d_with_indices, max_pool3d, F::max_pool3d_with_indices, F::max_pool3d},
                 volumes,
                 {fails<ShapeError>("max_pool3d: expected x of shape (N, C, D, H, W)",
                                    [] { F::max_pool3d(ones({5}), 2); }),
                  fails<ShapeError>("max_pool3d: the padded input depth 3 is smaller than",
                                    [=] {
                                      F::max_pool3d(volume, {4, 1, 1});
                                    }),
                  fails<DTypeError>("max_pool3d", [=] { F::max_pool3d(volume.to(bool_), 2); })})};
}

Operations avg_rows() {
  const Tensor line = ones({1, 2, 5}), plane = ones({1, 2, 5, 4}), volume = ones({1, 2, 3, 3, 3});
  return {
      avg_row<1>(avg_pool1d, F::avg_pool1d, row_means,
                 {fails<ShapeError>("avg_pool1d: expected x of shape (N, C, L) or (C, L), got [5]",
                                    [] { F::avg_pool1d(ones({5}), 2); }),
                  fails<ValueError>("avg_pool1d: expected dilation 1, got (2,)",
                                    [=] { avg_pool1d(line, {.dilation = {2}}); }),
                  fails<DTypeError>("avg_pool1d", [=] { F::avg_pool1d(line.to(int64), 2); })}),
      avg_row<2>(
          avg_pool2d, F::avg_pool2d, plane_means,
          {fails<ShapeError>("avg_pool2d: expected x of shape (N, C, H, W) or (C, H, W)",
                             [] { F::avg_pool2d(ones({5}), 2); }),
           fails<ValueError>("avg_pool2d: expected divisor_override other than 0",
                             [=] { F::avg_pool2d(plane, 2, {.divisor_override = 0}); }),
           fails<ValueError>("avg_pool2d: expected padding from 0 to half the kernel_size",
                             [=] { F::avg_pool2d(plane, 3, {.padding = -1}); }),
           fails<UninitializedError>("avg_pool2d: x is an undefined", [] { F::avg_pool2d({}, 2); }),
           fails<DTypeError>("avg_pool2d", [=] { F::avg_pool2d(plane.to(int64), 2); })}),
      avg_row<3>(avg_pool3d, F::avg_pool3d, volume_means,
                 {fails<ShapeError>("avg_pool3d: expected x of shape (N, C, D, H, W)",
                                    [] { F::avg_pool3d(ones({5}), 2); }),
                  fails<ShapeError>("avg_pool3d: x has no pixels, its depth is 0",
                                    [] {
                                      F::avg_pool3d(ones({1, 2, 0, 3, 3}), 2);
                                    }),
                  fails<DTypeError>("avg_pool3d", [=] { F::avg_pool3d(volume.to(bool_), 2); })})};
}

Operations all_rows() {
  Operations result = max_rows();
  for (Operation& row : avg_rows()) result.push_back(std::move(row));
  return result;
}

const Family pooling("pooling", all_rows);

TEST_CASE("operations: pooling") {
  pooling.check();
}

}  // namespace
}  // namespace lucid::test
