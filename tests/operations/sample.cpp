#include "tests/operations/sample.h"

#include <set>
#include <utility>

#include "autograd/engine.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "tests/golden/close.h"

namespace lucid::test {
namespace {

// The same values with the first dimension the one that varies fastest, at every second place.
Tensor strided(const Tensor& x) {
  Shape places;
  Shape reversed;
  for (int64_t dim = x.dim() - 1; dim >= 0; --dim) {
    places.push_back(x.shape(dim));
    reversed.push_back(dim);
  }
  places.push_back(2);
  const Tensor result = zeros(places, {.dtype = x.dtype()}).select(-1, 1).permute(reversed);
  result.copy_(x);
  return result;
}

}  // namespace

Sample::Sample(std::string name, const StateDict& file) : name_(std::move(name)) {
  const auto find = [&](const std::string& key, size_t i) {
    const Tensor* found = file.find(name_ + "." + key + std::to_string(i));
    return found ? *found : Tensor();
  };
  for (size_t i = 0;; ++i) {
    const Tensor leaf = find("leaf", i);
    const Tensor stored = leaf.defined() ? leaf : find("fixed", i);
    if (!stored.defined()) break;
    inputs_.push_back({stored, leaf.defined(), find("grad", i)});
  }
  for (size_t i = 0; find("y", i).defined(); ++i)
    outputs_.push_back({find("y", i), find("weight", i)});
}

bool Sample::has_empty_input() const {
  for (const Input& input : inputs_) {
    if (input.stored.numel() == 0) return true;
  }
  return false;
}

bool Sample::has_floats() const {
  for (const Input& input : inputs_) {
    if (input.stored.is_floating_point()) return true;
  }
  return false;
}

bool Sample::has_gradients() const {
  for (const Input& input : inputs_) {
    if (!input.gradient.defined()) continue;
    for (const double value : input.gradient.to_vector<double>()) {
      if (value != 0) return true;
    }
  }
  return false;
}

Tensors Sample::inputs(DType dtype, Layout layout) const {
  const NoGradGuard guard;
  Tensors result;
  for (const Input& input : inputs_) {
    Tensor x = input.stored.is_floating_point() ? input.stored.to(dtype) : input.stored;
    x = layout == Layout::strided ? strided(x) : x.clone();
    if (input.leaf) x = x.detach().requires_grad_();
    result.push_back(x);
  }
  return result;
}

Tensors Sample::meta_inputs(DType dtype) const {
  Tensors result;
  for (const Input& input : inputs_) {
    const DType type = input.stored.is_floating_point() ? dtype : input.stored.dtype();
    result.push_back(empty(input.stored.shape(), {.dtype = type, .device = meta}));
  }
  return result;
}

void Sample::check(const Tensors& outputs, const Tensors& inputs, DType dtype,
                   Layout layout) const {
  REQUIRE_EQ(outputs.size(), outputs_.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    CAPTURE(i);
    const Tensor& stored = outputs_[i].stored;
    // What integers give is float32 in PyTorch, too.
    const bool follows = stored.is_floating_point() && has_floats();
    check_close(outputs[i], stored, follows ? dtype : stored.dtype());
    CHECK_EQ(outputs[i].requires_grad(), outputs_[i].weight.defined());
  }
  check_gradients(outputs, inputs, dtype, layout);
}

void Sample::check_gradients(const Tensors& outputs, const Tensors& inputs, DType dtype,
                             Layout layout) const {
  Tensors roots;
  Tensors weights;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs_[i].weight.defined() || !outputs[i].requires_grad()) continue;
    roots.push_back(outputs[i]);
    const Tensor weight = outputs_[i].weight.to(outputs[i].dtype());
    weights.push_back(layout == Layout::strided ? strided(weight) : weight);
  }
  if (roots.empty()) return;
  autograd::backward(roots, weights);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].leaf) continue;
    INFO("gradient of input ", i);
    const Tensor& stored = inputs_[i].gradient;
    const Tensor grad = inputs[i].grad();
    // A gradient that PyTorch leaves out may be zeros here.
    if (stored.defined()) {
      check_close(grad, stored, dtype);
    } else if (grad.defined()) {
      check_close(grad, zeros_like(inputs[i].detach()), dtype);
    }
  }
}

std::map<std::string, std::vector<Sample>> load_samples(const std::string& family) {
  const StateDict file = load(std::string(LUCID_OPERATIONS_DIR) + "/" + family + ".safetensors");
  std::set<std::string> names;
  for (const auto& [key, value] : file) names.insert(key.substr(0, key.rfind('.')));
  std::map<std::string, std::vector<Sample>> samples;
  for (const std::string& name : names)
    samples[name.substr(0, name.find('.'))].emplace_back(name, file);
  return samples;
}

}  // namespace lucid::test
