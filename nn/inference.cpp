#include "nn/inference.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <ostream>
#include <utility>
#include <vector>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/reduction.h"
#include "autograd/fused.h"
#include "autograd/grad_mode.h"
#include "autograd/observer.h"
#include "lucid/arena.h"
#include "lucid/creation.h"
#include "lucid/message.h"
#include "nn/inference_planner.h"
#include "nn/layer_plan.h"
#include "nn/lazy.h"
#include "nn/module_internal.h"

namespace lucid::nn {
namespace {

using lucid::detail::Arena;
using lucid::detail::message;

// Arenas of one model: one for each shape of inputs, and for each thread that calls it.
class Arenas {
 public:
  struct Entry {
    Shape shape;
    Arena::Owner arena;
  };

  /// @param kept the shape whose arenas go last
  explicit Arenas(const Shape& kept) : kept_(kept) { entries_.reserve(most); }

  Entry lend(const Shape& shape) {
    {
      const std::scoped_lock lock(mutex_);
      // The one that came back last is in the caches.
      const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [&](const Entry& entry) {
        return entry.shape == shape && entry.arena->idle();
      });
      if (found != entries_.rend()) {
        Entry entry = std::move(*found);
        entries_.erase(std::next(found).base());
        return entry;
      }
    }
    return {shape, Arena::make()};
  }

  void give_back(Entry entry) noexcept {
    const std::scoped_lock lock(mutex_);
    if (entries_.size() == most) {
      const auto other = std::find_if(entries_.begin(), entries_.end(),
                                      [this](const Entry& e) { return e.shape != kept_; });
      entries_.erase(other == entries_.end() ? entries_.begin() : other);
    }
    entries_.push_back(std::move(entry));
  }

  int64_t bytes(const Shape& shape) {
    const std::scoped_lock lock(mutex_);
    int64_t result = 0;
    for (const Entry& entry : entries_) {
      if (entry.shape == shape) result = std::max(result, entry.arena->bytes());
    }
    return result;
  }

 private:
  static constexpr size_t most = 16;
  const Shape kept_;
  std::mutex mutex_;
  std::vector<Entry> entries_;
};

// Lends an arena for the time of a call.
class Loan {
 public:
  Loan(Arenas& arenas, const Shape& shape) : arenas_(arenas), entry_(arenas.lend(shape)) {}
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() { arenas_.give_back(std::move(entry_)); }

  Arena* get() const noexcept { return entry_.arena.get(); }

 private:
  Arenas& arenas_;
  Arenas::Entry entry_;
};

}  // namespace

struct InferenceModel::State {
  explicit State(const Shape& shape) : input_shape(shape), arenas(shape) {}

  std::shared_ptr<Module> model;
  Shape input_shape;
  bool relu_may_reuse = false;
  std::vector<std::string> layers;
  int64_t arena_bytes = 0;
  Arenas arenas;
};

Tensor InferenceModel::operator()(const Tensor& x) const {
  State& state = *state_;
  const InferenceMode mode;
  const autograd::ReluReuseGuard reuse(state.relu_may_reuse);
  const Tensor input = x;  // another handle, so that nothing is written over it
  // Who observes wants to see every block that an operation takes.
  if (autograd::detail::anybody_observes() || !x.defined()) return (*state.model)(input);
  const Loan loan(state.arenas, x.shape());
  const Arena::Run run(loan.get());
  return (*state.model)(input);
}

const Shape& InferenceModel::input_shape() const noexcept {
  return state_->input_shape;
}

int64_t InferenceModel::arena_bytes() const {
  return state_->arena_bytes;
}

std::string InferenceModel::str() const {
  std::string text =
      message("InferenceModel(", state_->model->type_name(), ", input_shape=", state_->input_shape,
              ", arena=", arena_bytes(), " bytes)");
  for (const std::string& layer : state_->layers) text += "\n  " + layer;
  return text;
}

std::ostream& operator<<(std::ostream& out, const InferenceModel& model) {
  return out << model.str();
}

namespace {

// Something to compare results by, which no forward() can tell from other inputs.
Tensor probe_like(const Tensor& x) {
  if (!x.is_floating_point()) return x;
  Generator generator(1);
  return randn(x.shape(), generator).to(x.dtype());
}

// Whether two results differ by no more than rounding, a thousandth of their root mean square being
// far more than that. Results that are no numbers cannot be compared.
bool agree(const Tensor& expected, const Tensor& y) {
  if (expected.shape() != y.shape() || expected.dtype() != y.dtype()) return false;
  if (expected.numel() == 0) return true;
  if (!y.is_floating_point()) return equal(expected, y);
  const double size = expected.square().mean().item<double>();
  if (!std::isfinite(size)) return true;
  return (expected - y).square().mean().item<double>() <= 1e-6 * size + 1e-30;
}

}  // namespace

InferenceModel detail::optimized(std::shared_ptr<Module> model, const Shape& input_shape,
                                 const InferenceOptions& options) {
  const InferenceMode mode;
  model->eval();
  const Tensor x =
      zeros(input_shape, {.dtype = options.dtype.value_or(detail::input_dtype(*model))});
  const auto state = std::make_shared<InferenceModel::State>(input_shape);
  const Tensor probe = probe_like(x);
  const Tensor expected = (*model)(probe).clone();
  state->relu_may_reuse = detail::InferencePlanner(*model, x).relu_may_reuse();
  const bool right = [&] {
    const autograd::ReluReuseGuard reuse(state->relu_may_reuse);
    return agree(expected, (*model)(Tensor(probe)));
  }();
  // A forward() that reads values where nobody sees it, say.
  if (!right) {
    detail::InferencePlanner::drop_plans(*model);
    state->relu_may_reuse = false;
  }
  for (const auto& [path, module] : model->named_modules()) {
    if (!module->named_children().empty()) continue;
    state->layers.push_back((path.empty() ? "" : path + ": ") + module->str() +
                            detail::InferencePlanner::note(*module));
  }
  state->model = std::move(model);
  InferenceModel result(state);
  // The first call is watched, the second one finds its memory.
  result(x);
  result(x);
  state->arena_bytes = state->arenas.bytes(input_shape);
  return result;
}

}  // namespace lucid::nn
