// The forms of one declaration, written as a list of calls.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/operations/operations.h"

namespace lucid::test {

/// A function of all inputs, or of the first, as an operator.
template <class F>
Operator operator_of(F f) {
  return [f = std::move(f)](const Tensors& v) -> Outputs {
    if constexpr (std::is_invocable_v<F, const Tensors&>) {
      return f(v);
    } else {
      return f(v[0]);
    }
  };
}

/// An operation of an undefined tensor must say so; it is all that some can refuse.
template <class F>
Failure undefined(F f) {
  return fails<UninitializedError>("undefined tensor", [f = std::move(f)] { f(Tensor()); });
}

/// Forms("flip(Tensor,Dims)").add("two*", [](const Tensor& x) { return flip(x, {0, -1}); })...
class Forms {
 public:
  explicit Forms(std::string declaration) : declaration_(std::move(declaration)) {}

  template <class F>
  Forms& add(const std::string& samples, F function) {
    forms_.push_back({declaration_, samples, operator_of(std::move(function))});
    return *this;
  }
  /// The method of the same name, too, which takes what the function takes behind the tensor.
  template <class F, class M>
  Forms& add(const std::string& samples, F function, M method) {
    add(samples, std::move(function));
    forms_.push_back({method_declaration(), samples, operator_of(std::move(method))});
    return *this;
  }
  /// A function whose result is no tensor of the device it is given, for this reason.
  template <class F>
  Forms& add_never_meta(const char* reason, const std::string& samples, F function) {
    add(samples, std::move(function));
    forms_.back().never_meta = reason;
    return *this;
  }
  /// What follows is of the method of the same name.
  Forms& method() { return also(method_declaration()); }
  /// What follows is of another declaration.
  Forms& also(std::string declaration) {
    declaration_ = std::move(declaration);
    return *this;
  }

  operator std::vector<Form>() const { return forms_; }  // NOLINT

 private:
  // "flip(Tensor,Dims)" -> "Tensor.flip(Dims)"
  std::string method_declaration() const {
    const size_t open = declaration_.find('(') + 1;
    const size_t others = declaration_.find_first_of(",)", open);
    return "Tensor." + declaration_.substr(0, open) +
           declaration_.substr(others + (declaration_[others] == ',' ? 1 : 0));
  }

  std::string declaration_;
  std::vector<Form> forms_;
};

}  // namespace lucid::test
