#include "autograd/anomaly.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "autograd/node.h"
#include "autograd/observer.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/copy.h"

namespace lucid::autograd {

using lucid::detail::message;

namespace {

struct Mode {
  bool enabled = false;
  bool infinities = true;
};
thread_local Mode mode;
thread_local std::string origin;

enum class Finding { finite, infinity, nan };

template <class T>
Finding find_in(const T* values, int64_t count) {
  Finding found = Finding::finite;
  for (int64_t i = 0; i < count; ++i) {
    if (std::isnan(values[i])) return Finding::nan;
    if (std::isinf(values[i])) found = Finding::infinity;
  }
  return found;
}

// The worst that is in a tensor, as far as this mode cares.
Finding find_in(const Tensor& tensor) {
  if (!tensor.defined() || tensor.is_meta() || !tensor.is_floating_point()) return Finding::finite;
  const Tensor values = tensor.is_contiguous() ? tensor : ops::clone(tensor);
  const Finding found = values.dtype() == float32 ? find_in(values.data<float>(), values.numel())
                                                  : find_in(values.data<double>(), values.numel());
  return found == Finding::infinity && !mode.infinities ? Finding::finite : found;
}

const char* describe(Finding finding) {
  return finding == Finding::nan ? "NaN" : "an infinity";
}

std::string in_module(const std::string& where) {
  return where.empty() ? "" : " in module " + where;
}

// "[2, 3], [3] (with NaN)"
std::string shapes_of(std::span<const Tensor> tensors) {
  std::string result;
  for (const Tensor& tensor : tensors) {
    if (!result.empty()) result += ", ";
    result += tensor.defined() ? tensor.shape().str() : "none";
    const Finding found = find_in(tensor);
    if (found != Finding::finite) result += message(" (has ", describe(found), " already)");
  }
  return result;
}

// "[2, 3], [3]" of the inputs that get gradients.
std::string shapes_of(const Node& node) {
  std::string result;
  for (const Node::Input& input : node.inputs()) {
    if (!result.empty()) result += ", ";
    result += input ? input->shape.str() : "constant";
  }
  return result;
}

}  // namespace

AnomalyGuard::AnomalyGuard(bool check_infinities) noexcept
    : previous_enabled_(std::exchange(mode.enabled, true)),
      previous_infinities_(std::exchange(mode.infinities, check_infinities)) {
  detail::observers.fetch_add(1, std::memory_order_relaxed);
}

AnomalyGuard::~AnomalyGuard() {
  mode = {previous_enabled_, previous_infinities_};
  detail::observers.fetch_sub(1, std::memory_order_relaxed);
}

bool anomaly_enabled() noexcept {
  return mode.enabled;
}

OriginGuard::OriginGuard(std::string where) : previous_(std::exchange(origin, std::move(where))) {}

OriginGuard::~OriginGuard() {
  origin = std::move(previous_);
}

const std::string& current_origin() noexcept {
  return origin;
}

namespace detail {

void check_forward_anomaly(const char* name, std::span<const Tensor> inputs, const Tensor& output) {
  if (!mode.enabled) return;
  const Finding found = find_in(output);
  if (found == Finding::finite) return;
  const Node* node = running_node();
  const std::string context = node ? message(" in the backward pass of ", node->name(),
                                             in_module(node->notes() ? node->notes()->origin : ""))
                                   : in_module(origin);
  throw AutogradError(message("anomaly: ", name, context, " gave ", describe(found),
                              " in its result of shape ", output.shape(), " from inputs of shape ",
                              shapes_of(inputs)));
}

void check_backward_anomaly(const Node& node, std::span<const Tensor> input_grads) {
  if (!mode.enabled) return;
  for (size_t i = 0; i < input_grads.size(); ++i) {
    const Finding found = find_in(input_grads[i]);
    if (found == Finding::finite) continue;
    throw AutogradError(message("anomaly: the backward pass of ", node.name(),
                                in_module(node.notes() ? node.notes()->origin : ""), " gave ",
                                describe(found), " in the gradient of shape ",
                                input_grads[i].shape(), " of input ", i, "; its inputs had shapes ",
                                shapes_of(node)));
  }
}

}  // namespace detail
}  // namespace lucid::autograd
