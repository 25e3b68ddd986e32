// The row of F.pad.
#include <limits>

#include "lucid/creation.h"
#include "nn/functional.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

namespace F = nn::functional;
using nn::PaddingMode;

Form form(const std::string& samples, const std::vector<int64_t>& sizes, PaddingMode mode,
          Scalar value = 0) {
  return {"F.pad(Tensor,std::vector<int64_t>,PaddingMode,Scalar)", samples,
          [=](const Tensors& v) { return F::pad(v[0], sizes, mode, value); }};
}

std::vector<Form> forms() {
  std::vector<Form> result;
  const std::pair<const char*, PaddingMode> modes[] = {{"constant", PaddingMode::zeros},
                                                       {"reflect", PaddingMode::reflect},
                                                       {"replicate", PaddingMode::replicate},
                                                       {"circular", PaddingMode::circular}};
  for (const auto& [name, mode] : modes) {
    const auto add = [&, mode = mode, start = std::string(name) + "_"](
                         const char* sample, const std::vector<int64_t>& sizes) {
      result.push_back(form(start + sample, sizes, mode));
    };
    add("line", {2, 1});
    add("plane", {1, 2, 0, 3});
    add("volume", {1, 0, 2, 1, 1, 2});
    add("line_cut", {1, -2});
    add("plane_cut", {-1, 2, 1, -2});
    add("line_empty", {2, 1});
    if (mode == PaddingMode::reflect || mode == PaddingMode::replicate) {
      add("unbatched", {1, 2, 0, 2});
    } else {
      for (const char* sample : {"line_integers", "line_bytes", "line_bools"}) add(sample, {2, 1});
    }
  }
  result.push_back(form("reflect_mostly_cut", {2, -4}, PaddingMode::reflect));
  const std::vector<int64_t> mixed{1, -1, -1, 2};
  result.push_back(form("value_stack value_cut_away value_integers", mixed, PaddingMode::zeros, 3));
  result.push_back(form("value_empty", {1, 2, 0, 1}, PaddingMode::zeros, 3));
  const double infinity = std::numeric_limits<double>::infinity();
  result.push_back(form("infinite_special", {1, 0}, PaddingMode::zeros, -infinity));
  result.push_back(form("none_at_all", {0, 0}, PaddingMode::zeros));
  return result;
}

Operation pad_row() {
  const auto refused = [](const std::vector<int64_t>& sizes, PaddingMode mode) {
    return [=] { F::pad(ones({1, 2, 3}), sizes, mode); };
  };
  return {"pad",
          forms(),
          {fails<ValueError>("pad: expected sizes in pairs", refused({1}, PaddingMode::zeros)),
           fails<ShapeError>("pad: 4 pairs of sizes for x of shape [1, 2, 3]",
                             refused({1, 1, 1, 1, 1, 1, 1, 1}, PaddingMode::zeros)),
           fails<ValueError>("pad: -2 and -2 cut off more than a size of 3",
                             refused({-2, -2}, PaddingMode::zeros)),
           fails<ValueError>("pad: -2 and -2 cut off more than a size of 3",
                             refused({-2, -2}, PaddingMode::replicate)),
           fails<ValueError>("reflect does not fit a size of 3: it must be smaller",
                             refused({3, 0}, PaddingMode::reflect)),
           fails<ValueError>("circular does not fit a size of 3: it must not be larger",
                             refused({0, 4}, PaddingMode::circular)),
           fails<ValueError>("circular does not fit a size of 1: it must not be larger",
                             refused({-2, 2}, PaddingMode::circular)),
           fails<ValueError>("replicate does not fit a size of 0: there is nothing to repeat",
                             [] {
                               F::pad(ones({1, 2, 0}), {1, 1}, PaddingMode::replicate);
                             }),
           fails<ShapeError>("pad: 9223372036854775807 and 1 added to a size of 3 do not fit",
                             refused({std::numeric_limits<int64_t>::max(), 1}, PaddingMode::zeros)),
           fails<UninitializedError>("pad: x is an undefined", [] { F::pad({}, {}); })}};
}

Operations rows() {
  return {pad_row()};
}

const Family padding("padding", rows);

TEST_CASE("operations: padding") {
  padding.check();
}

}  // namespace
}  // namespace lucid::test
