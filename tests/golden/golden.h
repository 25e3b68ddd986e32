// Reading what PyTorch computed, and comparing with it. The files are made by make_golden.py.
#pragma once

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "autograd/engine.h"
#include "lucid/serialize.h"
#include "lucid/tensor.h"
#include "tests/golden/close.h"

namespace lucid::test {

/// One case of a golden file, with its inputs in one type.
class GoldenCase {
 public:
  GoldenCase(const StateDict& file, std::string name, DType dtype)
      : file_(file), name_(std::move(name)), dtype_(dtype) {}

  const std::string& name() const { return name_; }
  DType dtype() const { return dtype_; }
  bool has(const std::string& key) const { return file_.contains(name_ + "." + key); }
  /// As it is stored.
  const Tensor& stored(const std::string& key) const { return file_.at(name_ + "." + key); }
  /// In the type of the case; undefined if there is none.
  Tensor constant(const std::string& key) const {
    return has(key) ? stored(key).to(dtype_).clone() : Tensor();
  }
  /// The same as a leaf.
  Tensor leaf(const std::string& key) const {
    return has(key) ? constant(key).requires_grad_() : Tensor();
  }
  std::vector<int64_t> options() const { return stored("options").to_vector<int64_t>(); }

  /// Compares y, and the gradients of the leaves named, with what is stored.
  void check(const Tensor& y, const std::vector<std::pair<std::string, Tensor>>& leaves) const {
    CAPTURE(name_);
    CAPTURE(dtype_);
    check_close(y, stored("y"), dtype_);
    y.backward(constant("grad_y"));
    size_t gradients = 0;
    for (const auto& entry : leaves) {
      const std::string& key = entry.first;
      const Tensor& leaf = entry.second;
      CAPTURE(key);
      CHECK(leaf.defined() == has("grad_" + key));
      if (!leaf.defined()) continue;
      check_close(leaf.grad(), stored("grad_" + key), dtype_);
      ++gradients;
    }
    CHECK(gradients > 0);
  }

 private:
  const StateDict& file_;
  std::string name_;
  DType dtype_;
};

/// Calls function on every case of a file whose name starts with prefix, in float64 and in float32.
template <class Function>
void for_each_case(const std::string& file, const std::string& prefix, const Function& function) {
  const StateDict state = load(std::string(LUCID_GOLDEN_DIR) + "/" + file + ".safetensors");
  std::set<std::string> names;
  for (const auto& [key, value] : state) {
    if (key.starts_with(prefix)) names.insert(key.substr(0, key.find('.')));
  }
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    for (const DType dtype : {float64, float32}) function(GoldenCase(state, name, dtype));
  }
}

}  // namespace lucid::test
