#include "autograd/checkpoint.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "autograd/grad_mode.h"
#include "autograd/node.h"
#include "lucid/draws.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/ops/view.h"

namespace lucid::autograd {

using lucid::detail::DrawScope;
using lucid::detail::message;

namespace {

using Tensors = std::vector<Tensor>;
using TensorsFunction = std::function<Tensors(const Tensors&)>;

// A leaf is there anyway: keeping it costs nothing and notices when it is written to.
bool is_kept(const Tensor& tensor) {
  const GradientRecord* record = record_of(tensor);
  return record && record->requires_grad() && !record->grad_fn;
}

// One checkpointed call: what it needs to run again, and what that gave. Tensors are told apart by
// the order in which they are saved, which is the same in both runs.
class Call final : public RefCounted {
 public:
  Call(TensorsFunction function, const Tensors& inputs)
      : function_(std::move(function)), inputs_(inputs.begin(), inputs.end()) {
    for (const Tensor& input : inputs) {
      const GradientRecord* record = record_of(input);
      wanted_.push_back(record && record->requires_grad());
    }
  }

  Tensors run_first(const Tensors& inputs);
  // The tensor that was saved as number `index`; it is handed out once.
  Tensor take(size_t index);

 private:
  struct Kind {
    Shape shape;
    DType dtype;
    uint64_t version;
  };
  class Recorder;
  class Collector;

  void run_again();

  TensorsFunction function_;
  std::vector<Saved> inputs_;
  std::vector<bool> wanted_;    // which of them required a gradient
  lucid::detail::Draws draws_;  // of the function, which draws the same when it runs again
  std::vector<Kind> kinds_;
  Tensors recomputed_;
  std::vector<uint64_t> versions_;  // of the recomputed tensors when they were saved
  bool with_graph_ = false;         // recomputed_ has its place on the tape
};

class PackedTensor final : public Packed {
 public:
  PackedTensor(IntrusivePtr<Call> call, size_t index) : call_(std::move(call)), index_(index) {}
  Tensor unpack() override { return call_->take(index_); }

 private:
  IntrusivePtr<Call> call_;
  size_t index_;
};

// The first run: nothing is kept.
class Call::Recorder final : public SavedTensorHook {
 public:
  explicit Recorder(Call& call) noexcept : call_(call) {}

  IntrusivePtr<Packed> pack(const Tensor& tensor) override {
    if (is_kept(tensor)) return {};
    call_.kinds_.push_back({tensor.shape(), tensor.dtype(), tensor.version()});
    return IntrusivePtr<Packed>(
        new PackedTensor(IntrusivePtr<Call>(&call_), call_.kinds_.size() - 1));
  }

 private:
  Call& call_;
};

// The second run: what is saved is collected; the nodes keep it too, as gradients of gradients may
// go through them.
class Call::Collector final : public SavedTensorHook {
 public:
  Collector(const Call& call, bool with_graph) noexcept : call_(call), with_graph_(with_graph) {}

  IntrusivePtr<Packed> pack(const Tensor& tensor) override {
    if (is_kept(tensor) && !is_stand_in(tensor)) return {};
    const size_t index = tensors.size();
    if (index >= call_.kinds_.size()) {
      fail("saved more tensors", call_.kinds_.size(), index + 1);
    }
    const Kind& kind = call_.kinds_[index];
    if (tensor.shape() != kind.shape || tensor.dtype() != kind.dtype) {
      throw AutogradError(
          message("checkpoint: computed again, the function saved a tensor of shape ",
                  tensor.shape(), " and dtype ", tensor.dtype(), " in place of ", kind.shape,
                  " and ", kind.dtype, "; it must do the same in both runs"));
    }
    if (tensor.version() != kind.version) {
      throw AutogradError(message("checkpoint: a tensor of shape ", tensor.shape(),
                                  " that the function uses has been modified in place since "
                                  "(version ",
                                  tensor.version(), ", expected ", kind.version,
                                  "); write to a clone() instead"));
    }
    tensors.push_back(with_graph_ ? tensor : ops::alias(tensor));
    versions.push_back(tensor.version());
    return {};
  }

  void finish() const {
    if (tensors.size() != call_.kinds_.size()) {
      fail("saved fewer tensors", call_.kinds_.size(), tensors.size());
    }
  }

  Tensors tensors;
  std::vector<uint64_t> versions;
  std::vector<const GradientRecord*> stand_ins;  ///< of inputs that were no leaves

 private:
  bool is_stand_in(const Tensor& tensor) const {
    return std::find(stand_ins.begin(), stand_ins.end(), record_of(tensor)) != stand_ins.end();
  }

  [[noreturn]] static void fail(const char* what, size_t expected, size_t got) {
    throw AutogradError(message("checkpoint: computed again, the function ", what,
                                " than the first time (", got, ", expected ", expected,
                                "); it must do the same in both runs"));
  }

  const Call& call_;
  bool with_graph_;
};

Tensors Call::run_first(const Tensors& inputs) {
  Recorder recorder(*this);
  const SavedTensorHookGuard guard(&recorder);
  const DrawScope writing(draws_);
  return function_(inputs);
}

void Call::run_again() {
  Tensors inputs;
  const bool with_graph = grad_enabled();
  Collector collector(*this, with_graph);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    Tensor input = *inputs_[i];
    // An outer checkpoint brings it back without its place on the tape; what an operation saves
    // depends on whether it has one.
    const GradientRecord* record = input.defined() ? record_of(input) : nullptr;
    if (wanted_[i] && !(record && record->requires_grad())) {
      input = ops::alias(input);
      input.requires_grad_();
      collector.stand_ins.push_back(record_of(input));
    }
    inputs.push_back(std::move(input));
  }
  {
    const DrawScope repeating(std::as_const(draws_));
    // The tape is needed for the same tensors to be saved, whoever asks for them.
    const InferenceMode no_inference(false);
    const EnableGradGuard grad_guard;
    const RunningNodeGuard forward(nullptr);
    const SavedTensorHookGuard hook_guard(&collector);
    function_(inputs);
  }
  collector.finish();
  recomputed_ = std::move(collector.tensors);
  versions_ = std::move(collector.versions);
  with_graph_ = with_graph;
}

Tensor Call::take(size_t index) {
  const bool there = index < recomputed_.size() && recomputed_[index].defined();
  if (!there || (grad_enabled() && !with_graph_)) run_again();
  Tensor tensor = std::exchange(recomputed_[index], Tensor());
  if (tensor.version() != versions_[index]) {
    throw AutogradError(message("checkpoint: a tensor of shape ", tensor.shape(),
                                " that was saved for the backward pass is modified in place later "
                                "in the function; write to a clone() instead"));
  }
  return tensor;
}

}  // namespace

Tensors checkpoint(TensorsFunction function, const Tensors& inputs) {
  if (!function) throw ValueError("checkpoint: the function is empty");
  if (!grad_enabled()) return function(inputs);
  const IntrusivePtr<Call> call(new Call(std::move(function), inputs));
  return call->run_first(inputs);
}

Tensor checkpoint(std::function<Tensor(const Tensor&)> function, const Tensor& input) {
  if (!function) throw ValueError("checkpoint: the function is empty");
  const TensorsFunction all = [function = std::move(function)](const Tensors& inputs) {
    return Tensors{function(inputs[0])};
  };
  return checkpoint(all, Tensors{input})[0];
}

}  // namespace lucid::autograd
