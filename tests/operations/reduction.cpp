// Rows of reduction.h.
#include "autograd/functions/reduction.h"

#include <limits>

#include "autograd/functions/arithmetic.h"
#include "lucid/creation.h"
#include "tests/operations/forms.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using Reduction = std::function<Outputs(T, const Dims&, bool)>;
using Along = std::function<Outputs(T, int64_t, bool)>;

constexpr double infinity = std::numeric_limits<double>::infinity();

// The dims that the samples of reduction.py are named after.
void add_dims(Forms& forms, const std::string& prefix, const Reduction& f, bool few = false) {
  const auto over = [&](const char* samples, const Dims& dims, bool keepdim) {
    forms.add(prefix + samples, [=](T x) { return f(x, dims, keepdim); });
  };
  over("all*", {}, false);
  over("middle_kept*", 1, true);
  over("last*", -1, false);
  over("two*", {2, 0}, false);
  if (few) return;
  over("first*", 0, false);
  over("kept_all*", {}, true);
}

void add_dim(Forms& forms, const Along& f) {
  forms.add("first*", [f](T x) { return f(x, 0, false); });
  forms.add("middle_kept*", [f](T x) { return f(x, 1, true); });
  forms.add("last*", [f](T x) { return f(x, -1, false); });
}

Forms over_dims(const char* declaration, const Reduction& f, const Reduction& method) {
  Forms forms(declaration);
  add_dims(forms, "", f);
  add_dims(forms.method(), "", method);
  return forms;
}

// What every reduction over dims refuses.
std::vector<Failure> bad_dims(const char* out_of_range, const char* twice, const Reduction& f) {
  return {fails<IndexError>(out_of_range,
                            [f] {
                              f(ones({2, 3}), {0, 2}, false);
                            }),
          fails<ValueError>(twice,
                            [f] {
                              f(ones({2, 3}), {1, -1}, true);
                            }),
          fails<UninitializedError>("undefined tensor", [f] { f(Tensor(), {}, false); })};
}

using Failures = std::vector<Failure>;

Failures operator+(Failures a, const Failures& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Operation sum_row() {
  Forms forms = over_dims("sum(Tensor,Dims,bool)", sum,
                          [](T x, const Dims& d, bool keep) { return x.sum(d, keep); });
  forms.also("Tensor.sum()").add("all*", [](T x) { return x.sum(); });
  return {"sum", forms, bad_dims("sum: dim 2", "sum: dim -1 is named twice", sum)};
}

Operation mean_row() {
  Forms forms = over_dims("mean(Tensor,Dims,bool)", mean,
                          [](T x, const Dims& d, bool keep) { return x.mean(d, keep); });
  forms.also("Tensor.mean()").add("all*", [](T x) { return x.mean(); });
  return {"mean", forms,
          bad_dims("mean: dim 2", "mean: dim -1 is named twice", mean) +
              Failures{fails<DTypeError>("mean: expected x to be float",
                                         [] { mean(ones({2}, {.dtype = int64})); }),
                       fails<DTypeError>("got bool", [] { mean(tensor({true})); })}};
}

using Deviation = Tensor (*)(T, const Dims&, int64_t, bool);

Operation deviation_row(const std::string& name, Deviation f, Deviation method,
                        const char* integers) {
  const auto corrected = [](Deviation g, int64_t correction) {
    return [=](T x, const Dims& dims, bool keepdim) { return g(x, dims, correction, keepdim); };
  };
  Forms forms(name + "(Tensor,Dims,int64_t,bool)");
  add_dims(forms, "", corrected(f, 1));
  add_dims(forms, "biased_", corrected(f, 0), true);
  forms.add("corrected_special", [f](T x) { return f(x, 1, 4, false); });
  forms.add("corrected_special", [f](T x) { return f(x, 1, INT64_MAX, false); });
  forms.add("immense_correction", [f](T x) { return f(x, 1, INT64_MIN, false); });
  add_dims(forms.method(), "biased_", corrected(method, 0), true);
  return {name, forms, Failures{fails<DTypeError>(integers, [f] {
            f(tensor({1, 2}), {}, 1, false);
          })}};
}

Operation var_row() {
  Operation row = deviation_row(
      "var", var, [](T x, const Dims& d, int64_t c, bool keep) { return x.var(d, c, keep); },
      "var: expected x to be float");
  row.failures = row.failures +
                 bad_dims("var: dim 2", "var: dim -1 is named twice",
                          [](T x, const Dims& d, bool keepdim) { return var(x, d, 1, keepdim); });
  return row;
}

Operation std_row() {
  Operation row = deviation_row(
      "std", lucid::std, [](T x, const Dims& d, int64_t c, bool keep) { return x.std(d, c, keep); },
      "std: expected x to be float");
  row.failures = row.failures +
                 bad_dims("std: dim 2", "std: dim -1 is named twice",
                          [](T x, const Dims& d, bool keep) { return lucid::std(x, d, 1, keep); });
  return row;
}

Operation norm_row() {
  const auto power = [](double p) {
    return [p](T x, const Dims& dims, bool keepdim) { return norm(x, p, dims, keepdim); };
  };
  Forms forms("norm(Tensor,double,Dims,bool)");
  add_dims(forms, "p_2_", power(2));
  const std::pair<const char*, double> others[] = {{"p_1_", 1},
                                                   {"p_3_", 3},
                                                   {"p_1_5_", 1.5},
                                                   {"p_0_5_", 0.5},
                                                   {"p_minus_1_", -1},
                                                   {"p_inf_", infinity},
                                                   {"p_minus_inf_", -infinity},
                                                   {"p_0_", 0}};
  for (const auto& [prefix, p] : others) add_dims(forms, prefix, power(p), true);
  add_dims(
      forms.method(), "p_3_",
      [](T x, const Dims& dims, bool keepdim) { return x.norm(3, dims, keepdim); }, true);
  Failures failures{
      fails<DTypeError>("norm: expected x to be float",
                        [] {
                          norm(tensor({3, 4}));
                        }),
      fails<ShapeError>("norm: dim 1 of shape [2, 0] has size 0",
                        [] {
                          norm(ones({2, 0}), infinity, 1);
                        }),
      fails<ShapeError>("norm: dim 0 of shape [0]", [] { norm(ones({0}), -infinity); })};
  for (const double p : {2.0, 1.0, 0.5, 0.0, infinity})
    failures = failures + bad_dims("norm: dim 2", "norm: dim -1 is named twice", power(p));
  return {"norm", forms, failures};
}

Operation logsumexp_row() {
  return {"logsumexp",
          over_dims("logsumexp(Tensor,Dims,bool)", logsumexp,
                    [](T x, const Dims& d, bool keep) { return x.logsumexp(d, keep); }),
          bad_dims("logsumexp: dim 2", "logsumexp: dim -1 is named twice", logsumexp)};
}

Operation amax_row() {
  return {"amax",
          over_dims("amax(Tensor,Dims,bool)", amax,
                    [](T x, const Dims& d, bool keep) { return x.amax(d, keep); }),
          bad_dims("amax: dim 2", "amax: dim -1 is named twice", amax) +
              Failures{fails<ShapeError>("amax: dim 1 of shape [2, 0] has size 0",
                                         [] {
                                           amax(ones({2, 0}), 1);
                                         }),
                       fails<ShapeError>("shape [0, 3]",
                                         [] {
                                           amax(ones({0, 3}));
                                         }),
                       fails<ShapeError>("shape [0, 0, 2]", [] {
                         amax(ones({0, 0, 2}), {0, 2});
                       })}};
}

Operation amin_row() {
  return {"amin",
          over_dims("amin(Tensor,Dims,bool)", amin,
                    [](T x, const Dims& d, bool keep) { return x.amin(d, keep); }),
          bad_dims("amin: dim 2", "amin: dim -1 is named twice", amin) +
              Failures{fails<ShapeError>("amin: dim 1 of shape [2, 0] has size 0",
                                         [] {
                                           amin(ones({2, 0}), 1);
                                         }),
                       fails<ShapeError>("shape [0, 3]", [] {
                         amin(ones({0, 3}));
                       })}};
}

// Of all elements, and along one dimension.
struct Choice {
  const char* name;
  std::function<Outputs(T)> of_all, of_all_method;
  Along along, along_method;
  const char* out_of_range;
  const char* nothing;
};

Operation choice_row(const Choice& choice) {
  const std::string name = choice.name;
  Forms forms(name + "(Tensor)");
  forms.add("whole*", choice.of_all, choice.of_all_method);
  add_dim(forms.also(name + "(Tensor,int64_t,bool)"), choice.along);
  add_dim(forms.also("Tensor." + name + "(int64_t,bool)"), choice.along_method);
  const auto [of_all, along] = std::pair(choice.of_all, choice.along);
  return {name,
          forms,
          {fails<IndexError>(choice.out_of_range,
                             [along = along] {
                               along(ones({2, 3}), 2, false);
                             }),
           fails<ShapeError>(choice.nothing,
                             [of_all = of_all] {
                               of_all(ones({2, 0}));
                             }),
           fails<ShapeError>(choice.nothing,
                             [along = along] {
                               along(ones({2, 0}), 1, true);
                             }),
           fails<UninitializedError>("undefined tensor", [of_all = of_all] { of_all(Tensor()); }),
           fails<UninitializedError>("undefined tensor",
                                     [along = along] { along(Tensor(), 0, false); })}};
}

Operation max_row() {
  return choice_row({"max", [](T x) { return max(x); }, [](T x) { return x.max(); },
                     [](T x, int64_t dim, bool keepdim) { return max(x, dim, keepdim); },
                     [](T x, int64_t dim, bool keepdim) { return x.max(dim, keepdim); },
                     "max: dim 2 is out of range", "max: dim 1 of shape [2, 0] has size 0"});
}

Operation min_row() {
  return choice_row({"min", [](T x) { return min(x); }, [](T x) { return x.min(); },
                     [](T x, int64_t dim, bool keepdim) { return min(x, dim, keepdim); },
                     [](T x, int64_t dim, bool keepdim) { return x.min(dim, keepdim); },
                     "min: dim 2 is out of range", "min: dim 1 of shape [2, 0] has size 0"});
}

Operation argmax_row() {
  return choice_row({"argmax", [](T x) { return argmax(x); }, [](T x) { return x.argmax(); },
                     [](T x, int64_t dim, bool keepdim) { return argmax(x, dim, keepdim); },
                     [](T x, int64_t dim, bool keepdim) { return x.argmax(dim, keepdim); },
                     "argmax: dim 2 is out of range", "argmax: dim 1 of shape [2, 0] has size 0"});
}

Operation argmin_row() {
  return choice_row({"argmin", [](T x) { return argmin(x); }, [](T x) { return x.argmin(); },
                     [](T x, int64_t dim, bool keepdim) { return argmin(x, dim, keepdim); },
                     [](T x, int64_t dim, bool keepdim) { return x.argmin(dim, keepdim); },
                     "argmin: dim 2 is out of range", "argmin: dim 1 of shape [2, 0] has size 0"});
}

Operation all_row() {
  const Reduction f = [](T x, const Dims& dims, bool keepdim) { return all(x, dims, keepdim); };
  Forms forms = over_dims("all(Tensor,Dims,bool)", f,
                          [](T x, const Dims& d, bool keep) { return x.all(d, keep); });
  const char* reason = "a bool needs values";
  forms.also("all(Tensor)").add_never_meta(reason, "all*", [](T x) { return tensor(all(x)); });
  forms.add_never_meta(reason, "all*", [](T x) { return tensor(x.all()); });
  return {"all", forms,
          bad_dims("all: dim 2", "all: dim -1 is named twice", f) +
              Failures{undefined([](T x) { all(x); })}};
}

Operation any_row() {
  const Reduction f = [](T x, const Dims& dims, bool keepdim) { return any(x, dims, keepdim); };
  Forms forms = over_dims("any(Tensor,Dims,bool)", f,
                          [](T x, const Dims& d, bool keep) { return x.any(d, keep); });
  const char* reason = "a bool needs values";
  forms.also("any(Tensor)").add_never_meta(reason, "all*", [](T x) { return tensor(any(x)); });
  forms.add_never_meta(reason, "all*", [](T x) { return tensor(x.any()); });
  return {"any", forms,
          bad_dims("any: dim 2", "any: dim -1 is named twice", f) +
              Failures{undefined([](T x) { any(x); })}};
}

Operations rows() {
  return {sum_row(),       mean_row(),   var_row(),  std_row(), norm_row(),
          logsumexp_row(), amax_row(),   amin_row(), max_row(), min_row(),
          argmax_row(),    argmin_row(), all_row(),  any_row()};
}

const Family reduction("reduction", rows);

TEST_CASE("operations: reduction") {
  reduction.check();
}

}  // namespace
}  // namespace lucid::test
