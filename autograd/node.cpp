#include "autograd/node.h"

#include <atomic>
#include <utility>

#include "autograd/grad_mode.h"
#include "autograd/observer.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::autograd {
namespace {

std::atomic<uint64_t> next_sequence{0};
thread_local const Node* running = nullptr;
thread_local uint64_t wanted_of_running = UINT64_MAX;
thread_local SavedTensorHook* saved_hook = nullptr;

// Nodes waiting to be deleted by the outermost destroy() on this thread, linked: to free memory
// none may be needed.
thread_local Node** doomed = nullptr;

}  // namespace

GradientRecord& ensure_record(const Tensor& tensor) {
  TensorImpl& impl = *tensor.impl();
  if (!impl.autograd) {
    auto record = make_intrusive<GradientRecord>();
    record->describe(impl);
    impl.autograd = std::move(record);
  }
  return static_cast<GradientRecord&>(*impl.autograd);
}

void GradientRecord::describe(const TensorImpl& impl) noexcept {
  if (impl.uninitialized) return;
  described = true;
  dtype = impl.dtype;
  shape = impl.shape;
}

RecordExtras& GradientRecord::ensure_extras() {
  if (!extras) extras = std::make_unique<RecordExtras>();
  return *extras;
}

NodeNotes::Output& NodeNotes::output(uint32_t index) {
  for (Output& output : outputs) {
    if (output.index == index) return output;
  }
  return outputs.emplace_back(Output{index, {}, {}});
}

NodeNotes& Node::ensure_notes() {
  if (!notes_) notes_ = std::make_unique<NodeNotes>();
  return *notes_;
}

void check_current(const char* operation, const Tensor& tensor) {
  const TensorImpl& impl = *tensor.impl();
  if (!impl.storage || impl.first_version >= impl.storage->recorded_write()) return;
  throw AutogradError(lucid::detail::message(
      operation, ": a tensor of shape ", impl.shape,
      " shares memory with one that a recorded operation has overwritten since; the tape does not "
      "know its gradient any more. Use the tensor that was written to, or views taken from it "
      "after "
      "the write, or write to a clone()"));
}

Node::Node(const char* name) noexcept
    : name_(name), sequence_(next_sequence.fetch_add(1, std::memory_order_relaxed)) {
  if (detail::anybody_observes()) detail::observe_node(*this);
}

void Node::destroy() noexcept {
  if (doomed) {
    next_doomed_ = std::exchange(*doomed, this);
    return;
  }
  Node* first = nullptr;
  doomed = &first;
  delete this;
  while (first) {
    Node* const next = first;
    first = next->next_doomed_;
    delete next;
  }
  doomed = nullptr;
}

const Node* running_node() noexcept {
  return running;
}

uint64_t wanted_inputs() noexcept {
  return wanted_of_running;
}

RunningNodeGuard::RunningNodeGuard(const Node* node, uint64_t wanted_inputs) noexcept
    : previous_(std::exchange(running, node)),
      previous_wanted_(std::exchange(wanted_of_running, wanted_inputs)) {}

RunningNodeGuard::~RunningNodeGuard() {
  running = previous_;
  wanted_of_running = previous_wanted_;
}

SavedTensorHookGuard::SavedTensorHookGuard(SavedTensorHook* hook) noexcept
    : previous_(std::exchange(saved_hook, hook)) {}

SavedTensorHookGuard::~SavedTensorHookGuard() {
  saved_hook = previous_;
}

bool saved_tensors_are_hooked() noexcept {
  return saved_hook != nullptr;
}

void fail_modified(const Shape& shape, const char* writer, uint64_t version, uint64_t expected) {
  const char* const operation = running ? running->name() : "backward";
  throw AutogradError(
      lucid::detail::message(operation, ": a tensor of shape ", shape, " that ", operation,
                             " saved for the backward pass has been modified in place since",
                             writer ? " by " : "", writer ? writer : "", " (version ", version,
                             ", expected ", expected, "); write to a clone() instead"));
}

Saved::Saved(const Tensor& tensor) {
  // Nothing that is not recorded is ever asked for what it saved.
  if (!tensor.defined() || !grad_enabled()) return;
  if (saved_hook) packed_ = saved_hook->pack(tensor);
  if (packed_) return;
  tensor_ = tensor;
  version_ = tensor.version();
}

Saved::Saved(const Saved&) = default;
Saved::Saved(Saved&&) noexcept = default;
Saved::~Saved() = default;

Saved& Saved::operator=(Saved other) noexcept {
  std::swap(tensor_, other.tensor_);
  std::swap(packed_, other.packed_);
  version_ = other.version_;
  with_graph_ = other.with_graph_;
  return *this;
}

void Saved::unpack() const {
  tensor_ = packed_->unpack();
  version_ = tensor_.version();
  with_graph_ = grad_enabled();
}

const Tensor& Saved::operator*() const {
  if (packed_ && (!tensor_.defined() || (grad_enabled() && !with_graph_))) unpack();
  if (tensor_.defined() && tensor_.version() != version_) {
    fail_modified(tensor_.shape(), tensor_.impl()->storage->last_writer(), tensor_.version(),
                  version_);
  }
  return tensor_;
}

}  // namespace lucid::autograd
