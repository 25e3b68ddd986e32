// Rows of activation.h.
#include "autograd/functions/activation.h"

#include "lucid/creation.h"
#include "tests/operations/in_place.h"

namespace lucid::test {
namespace {

using T = const Tensor&;
using V = const Tensors&;
using Unary = Tensor (*)(T);

const std::string plain = "matrix stack number empty special";

// What functions of floating-point tensors alone refuse.
std::vector<Failure> floating_only(const std::string& name, Unary f) {
  return {fails<DTypeError>(name + ": expected x to be float32 or float64, got int64",
                            [f] {
                              f(tensor({1, 2}));
                            }),
          fails<UninitializedError>(name + ": x is an undefined tensor", [f] { f({}); })};
}

// What functions that keep integers refuse.
std::vector<Failure> numbers_only(const std::string& name, Unary f) {
  return {fails<DTypeError>(name + ": expected numbers, got bool", [f] { f(tensor({true})); }),
          fails<UninitializedError>(name + ": x is an undefined tensor", [f] { f({}); })};
}

Operation smooth_row(const std::string& name, Unary f) {
  return {name, Forms(name + "(Tensor)").add("*", f), floating_only(name, f)};
}

// A function of x and a number, at its default and at another value.
struct Variant {
  std::string samples;
  Unary function;
};
Operation scaled_row(const std::string& name, const std::string& types, Unary f,
                     const std::vector<Variant>& variants) {
  Forms forms(name + "(Tensor," + types + ")");
  forms.add(plain, f);
  for (const Variant& variant : variants) forms.add(variant.samples, variant.function);
  return {name, forms, floating_only(name, f)};
}

Operation relu_row() {
  std::vector<Failure> failures = numbers_only("relu", relu);
  failures.push_back(fails<ValueError>("relu_: ", [] { ones({1}).expand({3}).relu_(); }));
  return {"relu",
          Forms("relu(Tensor)")
              .add("*", relu)
              .also("Tensor.relu()")
              .add("matrix empty integers", [](T x) { return x.relu(); })
              .also("Tensor.relu_()")
              .add("*", written([](T x) { return x.relu_(); })),
          failures};
}

Operation sigmoid_row() {
  return {"sigmoid",
          Forms("sigmoid(Tensor)")
              .add("*", sigmoid)
              .also("Tensor.sigmoid()")
              .add("matrix empty integers", [](T x) { return x.sigmoid(); })
              .also("Tensor.sigmoid_()")
              .add(plain, written([](T x) { return x.sigmoid_(); })),
          {fails<UninitializedError>("sigmoid: x is an undefined tensor", [] { sigmoid({}); }),
           fails<DTypeError>("sigmoid_: a float32 result cannot be written to a int64", [] {
             tensor({1, 2}).sigmoid_();
           })}};
}

Operation hardtanh_row() {
  std::vector<Failure> failures = numbers_only("hardtanh", [](T x) { return hardtanh(x); });
  failures.push_back(fails<ValueError>("hardtanh: expected min_val <= max_val, got 1 and -1",
                                       [] { hardtanh(ones({2}), 1, -1); }));
  failures.push_back(fails<ValueError>("hardtanh: inf does not fit int64",
                                       [] { hardtanh(tensor({1}), 0, 1.0 / 0.0); }));
  return {"hardtanh",
          Forms("hardtanh(Tensor,Scalar,Scalar)")
              .add(plain + " integers", [](T x) { return hardtanh(x); })
              .add("asymmetric*", [](T x) { return hardtanh(x, -0.5, 1.5); }),
          failures};
}

Operation threshold_row() {
  std::vector<Failure> failures = numbers_only("threshold", [](T x) { return threshold(x, 0, 1); });
  failures.push_back(fails<ValueError>("threshold: 300 does not fit uint8",
                                       [] { threshold(tensor({1}, {.dtype = uint8}), 2, 300); }));
  return {"threshold",
          Forms("threshold(Tensor,Scalar,Scalar)")
              .add(plain, [](T x) { return threshold(x, 0.5, -2.0); })
              .add("integers octets", [](T x) { return threshold(x, 0.5, 2.7); }),
          failures};
}

Operation prelu_row() {
  const Tensor x = ones({2, 3});
  return {"prelu",
          Forms("prelu(Tensor,Tensor)")
              .add("*", [](V v) { return prelu(v[0], v[1]); })
              .also("Tensor.prelu(Tensor)")
              .add("channels empty", [](V v) { return v[0].prelu(v[1]); }),
          {fails<ShapeError>("prelu: expected weight of shape [1] or [3]",
                             [x] { prelu(x, ones({2})); }),
           fails<ShapeError>("prelu: expected weight of shape",
                             [x] {
                               prelu(x, ones({1, 3}));
                             }),
           fails<DTypeError>("prelu: expected x to be", [] { prelu(tensor({1}), ones({1})); }),
           fails<UninitializedError>("prelu: x is", [] { prelu({}, ones({1})); }),
           fails<UninitializedError>("prelu: weight is", [x] { prelu(x, {}); })}};
}

using Along = Tensor (*)(T, int64_t);

Operation along_row(const std::string& name, Along f, Along method) {
  const auto at = [](Along g, int64_t dim) { return [g, dim](T x) { return g(x, dim); }; };
  Forms forms(name + "(Tensor,int64_t)");
  forms.add("first*", at(f, 0)).add("middle*", at(f, -2)).add("last*", at(f, -1));
  if (method) {
    forms.also("Tensor." + name + "(int64_t)")
        .add("first*", at(method, 0))
        .add("last*", at(method, -1));
  }
  return {name,
          forms,
          {fails<IndexError>(name + ": dim 2 is out of range",
                             [f] {
                               f(ones({2, 3}), 2);
                             }),
           fails<IndexError>(name + ": dim -3 is out of range",
                             [f] {
                               f(ones({2, 3}), -3);
                             }),
           fails<DTypeError>(name + ": expected x to be",
                             [f] {
                               f(tensor({1, 2}), 0);
                             }),
           fails<UninitializedError>(name + ": x is an undefined tensor", [f] { f({}, 0); })}};
}

Operation glu_row() {
  return {"glu",
          Forms("glu(Tensor,int64_t)")
              .add("last*", [](T x) { return glu(x); })
              .add("middle*", [](T x) { return glu(x, -2); }),
          {fails<ShapeError>("glu: expected an even size in dim -1, got 3", [] { glu(ones({3})); }),
           fails<ShapeError>("glu: ", [] { glu(tensor(1.0)); }),
           fails<IndexError>("glu: dim 1 is out of range", [] { glu(ones({2}), 1); }),
           fails<DTypeError>("glu: expected x to be",
                             [] {
                               glu(tensor({1, 2}));
                             }),
           fails<UninitializedError>("glu: x is an undefined tensor", [] { glu({}); })}};
}

Operation gelu_row() {
  const std::string types = "std::string_view";
  Operation row = scaled_row("gelu", types, [](T x) { return gelu(x); },
                             {{"tanh*", [](T x) { return gelu(x, "tanh"); }}});
  row.failures.push_back(
      fails<ValueError>("gelu: expected approximate \"none\" or \"tanh\", got \"",
                        [] { gelu(ones({2}), "sigmoid"); }));
  return row;
}

Operation celu_row() {
  Operation row = scaled_row("celu", "double", [](T x) { return celu(x); },
                             {{"scaled*", [](T x) { return celu(x, 0.5); }}});
  row.failures.push_back(
      fails<ValueError>("celu: expected alpha other than 0", [] { celu(ones({2}), 0); }));
  return row;
}

Operation whole_row(const std::string& name, Unary f) {
  return {name, Forms(name + "(Tensor)").add("*", f), numbers_only(name, f)};
}

Operations rows() {
  return {
      relu_row(),
      whole_row("relu6", relu6),
      hardtanh_row(),
      threshold_row(),
      scaled_row("leaky_relu", "double", [](T x) { return leaky_relu(x); },
                 {{"steep*", [](T x) { return leaky_relu(x, 0.3); }},
                  {"negative*", [](T x) { return leaky_relu(x, -0.4); }}}),
      prelu_row(),
      scaled_row("elu", "double", [](T x) { return elu(x); },
                 {{"scaled*", [](T x) { return elu(x, 0.7); }}}),
      smooth_row("selu", selu),
      celu_row(),
      gelu_row(),
      smooth_row("silu", silu),
      smooth_row("mish", mish),
      sigmoid_row(),
      smooth_row("logsigmoid", logsigmoid),
      scaled_row("softplus", "double,double", [](T x) { return softplus(x); },
                 {{"sharp*", [](T x) { return softplus(x, 2, 0.8); }}}),
      whole_row("softsign", softsign),
      smooth_row("hardsigmoid", hardsigmoid),
      smooth_row("hardswish", hardswish),
      along_row("softmax", softmax, [](T x, int64_t dim) { return x.softmax(dim); }),
      along_row("log_softmax", log_softmax, [](T x, int64_t dim) { return x.log_softmax(dim); }),
      along_row("softmin", softmin, nullptr),
      glu_row()};
}

const Family activation("activation", rows);

TEST_CASE("operations: activation") {
  activation.check();
}

}  // namespace
}  // namespace lucid::test
