// Rows of subscript.h, and of the methods that read and write by subscripts.
#include "autograd/functions/subscript.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "lucid/creation.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

using namespace lucid::indexing;
using Subscripts = std::vector<TensorIndex>;

const Tensor rows = tensor({2, 0, 2, 3});
const Tensor back = tensor({{-1}, {1}, {0}});
const Tensor mask =
    tensor({{true, false, true, true}, {false, false, true, false}, {true, false, false, false}});
const Tensor ends = tensor({true, false, true});
const Tensor no_rows = zeros({0}, {.dtype = int64});
const Slice all;

// As subscript.py has them.
std::vector<std::pair<std::string, Subscripts>> places() {
  return {{"all", {Ellipsis}},
          {"number", {1, -1}},
          {"numbers_and_rest", {-1, Ellipsis, 0}},
          {"slices", {Slice(-3, 9, 2), None, Ellipsis, 1}},
          {"clipped", {Slice(-99, 99, 3), Slice(3, 1)}},
          {"open", {Slice(None, -1), Slice(1, None, 2)}},
          {"new", {None, 0, None, Ellipsis, None}},
          {"new_of_scalar", {None, Ellipsis}},
          {"zero_dim_index", {tensor(-1), tensor(1)}},
          {"rows", {rows}},
          {"inner", {all, rows}},
          {"pairs", {back, rows}},
          {"apart", {back, all, rows}},
          {"apart_by_new", {back, None, rows}},
          {"number_and_rows", {1, all, rows}},
          {"behind", {Ellipsis, back, rows}},
          {"no_rows", {no_rows}},
          {"mask", {mask}},
          {"mask_of_nothing", {zeros({3, 4}, {.dtype = bool_})}},
          {"mask_inner", {all, ends, 1}},
          {"mask_and_rows", {ends, Slice(1), rows.narrow(0, 0, 2)}},
          {"mask_behind", {Ellipsis, ends}},
          {"whole", {true, 1}},
          {"nothing", {false}},
          {"whole_as_tensor", {tensor(true)}},
          {"empty", {all, tensor({1, 0})}},
          {"empty_mask", {zeros({0, 2}, {.dtype = bool_})}}};
}

Subscripts place(const std::string& name) {
  for (const auto& [known, subscripts] : places()) {
    if (known == name) return subscripts;
  }
  throw ValueError("no place is called " + name);
}

std::vector<Failure> read_failures() {
  const auto bad = [](const Subscripts& subscripts) {
    return [=] { index(ones({3, 4}), subscripts); };
  };
  return {fails<IndexError>("index: index 4 is out of range for dim 1", bad({0, 4})),
          fails<IndexError>("index: index -4 is out of range for dim 0", bad({-4})),
          fails<IndexError>("index: index -5", bad({all, tensor({0, -5})})),
          fails<IndexError>("index: index 3", bad({tensor(3)})),
          fails<IndexError>("index: 3 subscripts", bad({0, Ellipsis, 0, all})),
          fails<IndexError>("index: expected at most one Ellipsis", bad({Ellipsis, 0, Ellipsis})),
          fails<IndexError>("index: a mask of shape [1]", bad({tensor({true})})),
          fails<IndexError>("index: 3 subscripts", bad({0, mask})),
          fails<ShapeError>("index: a result of 9 dimensions", bad(Subscripts(7, None))),
          fails<ShapeError>("index: a result of 9 dimensions",
                            bad({zeros({1, 1, 1, 1, 1, 1, 1, 1}, {.dtype = int64})})),
          fails<ValueError>("index: expected a Slice with step >= 1, got -1",
                            bad({Slice(None, None, -1)})),
          fails<ValueError>("index: expected a Slice with step >= 1, got 0", bad({Slice(0, 2, 0)})),
          fails<DTypeError>("index: expected int64 or bool tensors", bad({tensor({0.0})})),
          fails<DTypeError>("index: expected int64 or bool tensors",
                            bad({tensor({0}, {.dtype = int32})})),
          fails<ShapeError>("index: shapes [2] and [3]", bad({tensor({0, 1}), tensor({0, 1, 2})})),
          fails<DeviceError>("index: a mask on the meta device",
                             bad({zeros({3}, {.dtype = bool_, .device = meta})})),
          fails<UninitializedError>("undefined tensor", bad({Tensor()})),
          fails<UninitializedError>("undefined tensor", [] { index(Tensor(), {0}); })};
}

Operation index_row() {
  Operation row{"index", {}, read_failures()};
  const char* function = "index(Tensor,std::vector<indexing::TensorIndex>)";
  const char* method = "Tensor.index(std::vector<indexing::TensorIndex>)";
  for (const auto& [name, subscripts] : places()) {
    std::string samples = name;
    if (name == "slices" || name == "apart" || name == "mask")
      samples += " " + name + "_integers " + name + "_bools";
    row.forms.push_back(
        {function, samples, [at = subscripts](const Tensors& v) { return index(v[0], at); }});
    row.forms.push_back(
        {method, samples, [at = subscripts](const Tensors& v) { return v[0].index(at); }});
  }
  row.forms.push_back({method, "by*", [](const Tensors& v) { return v[0].index({v[1]}); }});
  return row;
}

// Writes to what was computed, whose values matter before and after.
Form overwritten(const char* declaration, const char* sample,
                 std::function<void(const Tensor& y, const Tensor& x)> write) {
  return {declaration, sample, [=](const Tensors& v) {
            const Tensor y = v[0] * 1.5;
            const Tensor before = y.add(v[0]);  // saves nothing, so y may change
            write(y, v[0]);
            return y * y + before;
          }};
}

const char* put = "index_put(Tensor,std::vector<indexing::TensorIndex>,Tensor,bool)";
const char* put_in_place = "Tensor.index_put_(std::vector<indexing::TensorIndex>,Tensor,bool)";
const char* fill_in_place = "Tensor.index_put_(std::vector<indexing::TensorIndex>,Scalar)";

std::vector<Failure> write_failures() {
  const auto bad = [](const Subscripts& subscripts, const Tensor& values) {
    return [=] { index_put(ones({3, 4}), subscripts, values); };
  };
  const auto bad_in_place = [](const Subscripts& subscripts, const Tensor& values) {
    return [=] { ones({3, 4}).index_put_(subscripts, values); };
  };
  return {fails<ShapeError>("index_put: shapes [3] and [2, 4]", bad({Slice(1)}, ones({3}))),
          fails<ShapeError>("index_put: values of shape [2, 4]", bad({tensor({1})}, ones({2, 4}))),
          fails<ShapeError>("index_put: shapes [2] and [3]",
                            bad({tensor({0, 1}), tensor({0, 1, 2})}, tensor(1.0))),
          fails<IndexError>("index_put: index 3", bad({tensor({3})}, tensor(1.0))),
          fails<IndexError>("index_put: 3 subscripts", bad({0, 0, 0}, tensor(1.0))),
          fails<DTypeError>("index_put: expected int64 or bool", bad({tensor({0.0})}, tensor(1.0))),
          fails<UninitializedError>("undefined tensor", bad({0}, Tensor())),
          fails<IndexError>("index_put_: index 3", bad_in_place({3}, tensor(1.0))),
          fails<ShapeError>("index_put", bad_in_place({0}, ones({3}))),
          fails<ShapeError>("index_put", bad_in_place({tensor({0})}, ones({3}))),
          fails<DeviceError>("index_put_: an operand on the meta device",
                             bad_in_place({rows.narrow(0, 0, 2)}, zeros({}, {.device = meta}))),
          fails<IndexError>("index_put_: index -4",
                            [] {
                              ones({3, 4}).index_put_({-4}, 1);
                            }),
          fails<UninitializedError>("undefined tensor", [] { Tensor().index_put_({0}, 1); }),
          fails<UninitializedError>("undefined tensor", bad_in_place({0}, Tensor()))};
}

void add_overwritten(std::vector<Form>& forms) {
  using T = const Tensor&;
  forms.push_back(overwritten(put_in_place, "over_columns", [](T y, T x) {
    y.index_put_({all, tensor({0, 2})}, (x * x).slice(1, 0, 2));
  }));
  forms.push_back(
      overwritten(put_in_place, "over_itself", [](T y, T) { y.index_put_({0}, y[1]); }));
  forms.push_back(overwritten(put_in_place, "over_added", [](T y, T x) {
    y.index_put_({tensor({1, 1})}, x.slice(0, 1), true);
  }));
  forms.push_back(overwritten(fill_in_place, "over_number", [](T y, T) {
    y.index_put_({1, Slice(0, 3, 2)}, 3.5);
  }));
}

Operation index_put_row() {
  Operation row{"index_put", {}, write_failures()};
  std::vector<Form>& forms = row.forms;
  for (const auto& [name, subscripts] : places()) {
    std::string samples = "put_" + name;
    for (const char* broadcast : {"slices", "rows", "pairs", "apart", "mask", "open", "empty"})
      if (name == broadcast) samples += " put_" + name + "_wide";
    if (name == "slices") samples += " put_slices_integers put_slices_bools put_slices_mixed";
    forms.push_back(
        {put, samples, [at = subscripts](const Tensors& v) { return index_put(v[0], at, v[1]); }});
    forms.push_back({put_in_place, samples, [at = subscripts](const Tensors& v) {
                       return v[0].clone().index_put_(at, v[1]);
                     }});
  }
  for (const char* name :
       {"all", "number", "numbers_and_rest", "slices", "new", "zero_dim_index", "rows", "apart",
        "no_rows", "mask", "mask_and_rows", "whole", "nothing", "empty", "slices_integers"}) {
    const Subscripts at = place(name == std::string("slices_integers") ? "slices" : name);
    forms.push_back({fill_in_place, std::string("fill_") + name,
                     [=](const Tensors& v) { return v[0].clone().index_put_(at, 2.5); }});
  }
  for (const char* name :
       {"slices", "rows", "inner", "pairs", "mask_and_rows", "nothing", "empty"}) {
    const Subscripts at = place(name);
    std::string samples = std::string("add_") + name;
    if (name == std::string("rows")) samples += " add_rows_*";
    forms.push_back({"Tensor.index_put(std::vector<indexing::TensorIndex>,Tensor,bool)", samples,
                     [=](const Tensors& v) { return v[0].index_put(at, v[1], true); }});
    forms.push_back(
        {put, samples, [=](const Tensors& v) { return index_put(v[0], at, v[1], true); }});
    forms.push_back({put_in_place, samples,
                     [=](const Tensors& v) { return v[0].clone().index_put_(at, v[1], true); }});
  }
  add_overwritten(forms);
  return row;
}

Operation set_row() {
  const char* declaration = "Tensor.set(Shape,Scalar)";
  const auto set = [=](const char* samples, const Shape& at) {
    return Form{declaration, samples, [=](const Tensors& v) {
                  const Tensor x = v[0].clone();
                  x.set(at, 3);
                  return x;
                }};
  };
  const auto bad = [](const Shape& at) { return [=] { ones({3, 4}).set(at, 1); }; };
  return {.name = "set",
          .forms = {set("matrix integers bools", {1, -1}), set("number", {}),
                    overwritten(declaration, "over",
                                [](const Tensor& y, const Tensor&) {
                                  y.set({1, -1}, 3.5);
                                })},
          .failures = {fails<IndexError>("set: index [0, 4]", bad({0, 4})),
                       fails<IndexError>("set: index [-4, 0]", bad({-4, 0})),
                       fails<IndexError>("set: expected 2 indices", bad({1})),
                       fails<UninitializedError>("undefined tensor", [] { Tensor().set({}, 1); })},
          .never_empty = "no element to write to"};
}

Operations family_rows() {
  return {index_row(), index_put_row(), set_row()};
}

const Family subscript("subscript", family_rows);

TEST_CASE("operations: subscript") {
  subscript.check();
}

}  // namespace
}  // namespace lucid::test
