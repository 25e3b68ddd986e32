// The table of operations: what every public operation is called, computes and refuses.
//
// A family of operations is three files with one name: the rows of the table (pairwise.cpp), what
// PyTorch computes for the same names (pairwise.py), and its results (pairwise.safetensors, made by
// make_golden.py). check.cpp puts every row through the same checks.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lucid/tensor.h"
#include "tests/support/check.h"

namespace lucid::test {

using Tensors = std::vector<Tensor>;

/// What an operation returns: one tensor or several.
class Outputs {
 public:
  Outputs(Tensor tensor) : tensors_{std::move(tensor)} {}     // NOLINT
  Outputs(Tensors tensors) : tensors_(std::move(tensors)) {}  // NOLINT
  Outputs(ValuesAndIndices pair)
      : tensors_{std::move(pair.values), std::move(pair.indices)} {}  // NOLINT

  const Tensors& tensors() const { return tensors_; }

 private:
  Tensors tensors_;
};

using Operator = std::function<Outputs(const Tensors&)>;

/// One way to call an operation, and the samples of the golden file it must agree with.
struct Form {
  /// As declarations.h spells it: "sub(Scalar,Tensor)"; methods are "Tensor.sub(Tensor)", functions
  /// of nn::functional "F.pad(...)".
  std::string declaration;
  /// The names of samples, with spaces between them; "row*" is all that start with "row".
  std::string samples;
  Operator function;
  /// Why a shape alone is not enough for this form: then DeviceError is expected.
  std::string never_meta = "";
};

/// A call that must fail: what is wrong with its error, or "".
struct Failure {
  std::string what;
  std::function<std::string()> wrong;
};

/// A call that must throw an E whose message contains the text.
template <class E>
Failure fails(const std::string& text, std::function<void()> call) {
  return {text, [text, call = std::move(call)] { return wrong_error<E>(call, {text.c_str()}); }};
}

/// One row: an operation with all its overloads, operators and methods.
struct Operation {
  std::string name;
  std::vector<Form> forms;
  std::vector<Failure> failures;
  /// Exceptions from what all operations are checked for, each with its reason.
  std::string never_empty = "";  ///< why there is no sample without elements
  std::string never_meta = "";   ///< why a shape alone is not enough: then DeviceError is expected
};

using Operations = std::vector<Operation>;

/// A family with its rows, known to the test of completeness once it is made.
class Family {
 public:
  Family(const char* name, Operations (*rows)());

  const char* name() const { return name_; }
  Operations rows() const { return rows_(); }
  /// Puts every row through all checks.
  void check() const;

  static const std::vector<const Family*>& all();

 private:
  static std::vector<const Family*>& registered();

  const char* name_;
  Operations (*rows_)();
};

}  // namespace lucid::test
