#include "autograd/node.h"

#include <atomic>
#include <vector>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::autograd {
namespace {

std::atomic<uint64_t> next_sequence{0};
thread_local const Node* running = nullptr;

// Nodes waiting to be deleted by the outermost destroy() on this thread.
thread_local std::vector<Node*>* doomed = nullptr;

}  // namespace

GradientRecord* record_of(const Tensor& tensor) noexcept {
  return tensor.defined() ? static_cast<GradientRecord*>(tensor.impl()->autograd.get()) : nullptr;
}

GradientRecord& ensure_record(const Tensor& tensor) {
  TensorImpl& impl = *tensor.impl();
  if (!impl.autograd) impl.autograd = IntrusivePtr<AutogradRecord>(new GradientRecord);
  return static_cast<GradientRecord&>(*impl.autograd);
}

void check_current(const char* operation, const Tensor& tensor) {
  const TensorImpl& impl = *tensor.impl();
  if (!impl.storage || impl.first_version >= impl.storage->recorded_write()) return;
  throw AutogradError(detail::message(
      operation, ": a tensor of shape ", impl.shape,
      " shares memory with one that a recorded operation has overwritten since; the tape does not "
      "know its gradient any more. Use the tensor that was written to, or views taken from it "
      "after "
      "the write, or write to a clone()"));
}

Node::Node(const char* name) noexcept
    : name_(name), sequence_(next_sequence.fetch_add(1, std::memory_order_relaxed)) {}

void Node::destroy() noexcept {
  if (doomed) {
    doomed->push_back(this);
    return;
  }
  std::vector<Node*> queue;
  doomed = &queue;
  delete this;
  while (!queue.empty()) {
    Node* next = queue.back();
    queue.pop_back();
    delete next;
  }
  doomed = nullptr;
}

const Node* running_node() noexcept {
  return running;
}

RunningNodeGuard::RunningNodeGuard(const Node* node) noexcept : previous_(running) {
  running = node;
}

RunningNodeGuard::~RunningNodeGuard() {
  running = previous_;
}

const Tensor& Saved::operator*() const {
  if (tensor_.defined() && tensor_.version() != version_) {
    throw AutogradError(detail::message(
        running ? running->name() : "backward", ": a tensor of shape ", tensor_.shape(),
        " that was saved for the backward pass has been modified in place since (version ",
        tensor_.version(), ", expected ", version_, "); write to a clone() instead"));
  }
  return tensor_;
}

}  // namespace lucid::autograd
