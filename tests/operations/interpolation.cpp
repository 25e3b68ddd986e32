// Rows of F.interpolate and the weighted sums it is made of.
#include "autograd/functions/image.h"
#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;
using Mode = F::InterpolationMode;
using Options = F::InterpolateFunctionOptions;

Form form(const std::string& samples, const Options& options) {
  return {"F.interpolate(Tensor,InterpolateFunctionOptions)", samples,
          [=](const Tensors& v) { return F::interpolate(v[0], options); }};
}

struct ModeCase {
  const char* name;
  Mode mode;
  std::vector<int64_t> sizes;
  bool aligns = false;
};

// As in interpolation.py.
void add_mode(std::vector<Form>& forms, const ModeCase& c) {
  const std::string start = std::string(c.name) + "_";
  std::vector<int64_t> larger, smaller;
  std::vector<double> factors{1.7, 0.6, 2.3};
  factors.resize(c.sizes.size());
  for (size_t i = 0; i < c.sizes.size(); ++i) {
    const auto extra = static_cast<int64_t>(i);
    larger.push_back(2 * c.sizes[i] + extra);
    smaller.push_back(std::max<int64_t>(c.sizes[i] - 2 + extra, 1));
  }
  forms.push_back(form(start + "larger", {.size = larger, .mode = c.mode}));
  forms.push_back(form(start + "smaller", {.size = smaller, .mode = c.mode}));
  forms.push_back(form(start + "one", {.size = {1}, .mode = c.mode}));
  forms.push_back(form(start + "factors", {.scale_factor = factors, .mode = c.mode}));
  forms.push_back(form(start + "recomputed",
                       {.scale_factor = factors, .mode = c.mode, .recompute_scale_factor = true}));
  forms.push_back(form(start + "empty", {.size = {3}, .mode = c.mode}));
  if (!c.aligns) return;
  forms.push_back(
      form(start + "larger_aligned", {.size = larger, .mode = c.mode, .align_corners = true}));
  forms.push_back(form(start + "factors_aligned",
                       {.scale_factor = factors, .mode = c.mode, .align_corners = true}));
  forms.push_back(
      form(start + "one_aligned", {.size = {1}, .mode = c.mode, .align_corners = true}));
}

std::vector<Form> forms() {
  std::vector<Form> result;
  for (const ModeCase& c :
       {ModeCase{"nearest", Mode::nearest, {5, 4}},
        ModeCase{"nearest_exact", Mode::nearest_exact, {5, 4}},
        ModeCase{"linear", Mode::linear, {5}, true},
        ModeCase{"bilinear", Mode::bilinear, {5, 4}, true},
        ModeCase{"trilinear", Mode::trilinear, {3, 4, 2}, true},
        ModeCase{"bicubic", Mode::bicubic, {5, 4}, true}, ModeCase{"area", Mode::area, {5, 4}}})
    add_mode(result, c);
  // The mode that takes any number of dimensions does what the others do.
  result.push_back(form("bilinear_factors", {.scale_factor = {1.7, 0.6}, .mode = Mode::linear}));
  result.push_back(
      form("trilinear_factors", {.scale_factor = {1.7, 0.6, 2.3}, .mode = Mode::linear}));
  const auto scaled = [&](const std::string& samples, Mode mode) {
    result.push_back(form(samples, {.scale_factor = {1.6}, .mode = mode}));
  };
  scaled("nearest_line nearest_volume", Mode::nearest);
  scaled("nearest_exact_line nearest_exact_volume", Mode::nearest_exact);
  scaled("area_line area_volume", Mode::area);
  result.push_back(form("nearest_bytes", {.scale_factor = {1.5, 2}}));
  result.push_back(
      form("nearest_exact_bytes", {.scale_factor = {1.5, 2}, .mode = Mode::nearest_exact}));
  return result;
}

Operation interpolate_row() {
  const Tensor image = ones({1, 2, 3, 4});
  const auto refused = [=](const Options& options) {
    return [=] { F::interpolate(image, options); };
  };
  return {"interpolate",
          forms(),
          {fails<ShapeError>("interpolate: expected x of shape (N, C, L), (N, C, H, W)",
                             [] {
                               F::interpolate(ones({3, 4}), {.size = {2}});
                             }),
           fails<ShapeError>("interpolate: expected sizes of at least 1, got 3 to become 0",
                             refused({.size = {0, 1}})),
           fails<ShapeError>("interpolate: expected sizes of at least 1, got 0 to become 2",
                             [] {
                               F::interpolate(ones({1, 2, 0}), {.size = {2}});
                             }),
           fails<ValueError>("interpolate: expected either size or scale_factor", refused({})),
           fails<ValueError>("interpolate: expected either size or scale_factor",
                             refused({.size = {2}, .scale_factor = {2}})),
           fails<ValueError>("interpolate: expected 1 or 2 values as size, got 3",
                             refused({.size = {2, 2, 2}})),
           fails<ValueError>("interpolate: expected a positive scale_factor",
                             refused({.scale_factor = {-1}})),
           fails<ValueError>("interpolate: bilinear and bicubic need x of shape (N, C, H, W)",
                             refused({.size = {2}, .mode = Mode::trilinear})),
           fails<ValueError>("interpolate: align_corners has no meaning for nearest modes and area",
                             refused({.size = {2}, .align_corners = true})),
           fails<DTypeError>(
               "interpolate",
               [=] { F::interpolate(image.to(int64), {.size = {2}, .mode = Mode::bilinear}); }),
           fails<UninitializedError>("interpolate: x is an undefined",
                                     [] { F::interpolate({}, {.size = {2}}); })}};
}

// As the matrix in interpolation.py: one input is read twice by an output, one by none.
const SamplingTaps taps{.input = 4,
                        .output = 3,
                        .count = 2,
                        .positions = {1, 1, 0, 3, 3, 1},
                        .weights = {0.5, 1.5, -2, 1, 0, 3}};

Operation resample_row(const std::string& name,
                       Tensor (*f)(const Tensor&, int64_t, const SamplingTaps&), int64_t size) {
  const auto form = [&](const char* samples, int64_t dim) {
    return Form{name + "(Tensor,int64_t,SamplingTaps)", samples,
                [=](const Tensors& v) { return f(v[0], dim, taps); }};
  };
  SamplingTaps outside = taps;
  outside.positions[0] = 4;
  return {name,
          {form("first", 0), form("middle empty", 1), form("last", -1)},
          {fails<ShapeError>("resample: expected x of size", [=] { f(ones({5}), 0, taps); }),
           fails<IndexError>("resample", [=] { f(ones({size}), 1, taps); }),
           fails<ValueError>("resample", [=] { f(ones({size}), 0, outside); }),
           fails<DTypeError>("resample", [=] { f(ones({size}).to(int64), 0, taps); }),
           fails<UninitializedError>("resample: x is an undefined", [=] { f({}, 0, taps); })}};
}

Operations rows() {
  return {interpolate_row(), resample_row("resample", resample, 4),
          resample_row("resample_adjoint", resample_adjoint, 3)};
}

const Family interpolation("interpolation", rows);

TEST_CASE("operations: interpolation") {
  interpolation.check();
}

}  // namespace
}  // namespace lucid::test
