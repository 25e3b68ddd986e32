// Rows of dropout.h.
#include "autograd/functions/dropout.h"

#include "lucid/creation.h"
#include "tests/operations/operations.h"

namespace lucid::test {
namespace {

using Dropout = Tensor (*)(const Tensor&, double, bool, Generator&);

Operation row(const char* name, Dropout f, std::vector<Failure> failures) {
  const auto form = [&](const char* samples, double p, bool training) {
    return Form{std::string(name) + "(Tensor,double,bool,Generator)", samples,
                [=](const Tensors& v) {
                  Generator generator(7);  // a new one, so that every call drops the same
                  return f(v[0], p, training, generator);
                }};
  };
  const auto refused = [&](const Tensor& x, double p) {
    return [=] {
      Generator generator(7);
      f(x, p, true, generator);
    };
  };
  const std::string start = name;
  const Tensor batch = ones({2, 3, 4}), integers = batch.to(int64);
  failures.push_back(fails<ValueError>("expected p in [0, 1], got 1.5", refused(batch, 1.5)));
  failures.push_back(fails<ValueError>("expected p in [0, 1], got -0.5", refused(batch, -0.5)));
  failures.push_back(
      fails<DTypeError>("to be float32 or float64, got int64",
                        refused(start == "dropout3d" ? integers.unsqueeze(0) : integers, 0.5)));
  failures.push_back(fails<UninitializedError>("x is an undefined tensor", refused({}, 0.5)));
  return {name,
          {form("evaluation*", 0.4, false), form("nothing*", 0, true), form("all*", 1, true),
           form("some*", 0.4, true)},
          std::move(failures)};
}

Operations rows() {
  return {row("dropout", dropout, {}), row("alpha_dropout", alpha_dropout, {}),
          row("dropout1d", dropout1d,
              {fails<ShapeError>("dropout1d: expected x of 3 dimensions, or 2, got [4]",
                                 [] { dropout1d(ones({4})); })}),
          row("dropout2d", dropout2d,
              {fails<ShapeError>("dropout2d: expected x of 4 dimensions, or 3, got [4, 4]",
                                 [] {
                                   dropout2d(ones({4, 4}));
                                 })}),
          row("dropout3d", dropout3d,
              {fails<ShapeError>("dropout3d: expected x of 5 dimensions, or 4, got [4, 4, 4]", [] {
                dropout3d(ones({4, 4, 4}));
              })})};
}

const Family family("dropout", rows);

TEST_CASE("operations: dropout") {
  family.check();
}

}  // namespace
}  // namespace lucid::test
