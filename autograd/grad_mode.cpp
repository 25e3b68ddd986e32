#include "autograd/grad_mode.h"

#include <utility>

namespace lucid {
namespace {

struct Modes {
  bool enabled = true;
  bool inference = false;
};
thread_local Modes on_this_thread;

}  // namespace

bool grad_enabled() noexcept {
  const Modes& modes = on_this_thread;
  return modes.enabled && !modes.inference;
}

bool inference_mode_enabled() noexcept {
  return on_this_thread.inference;
}

GradModeGuard::GradModeGuard(bool enabled) noexcept
    : previous_(std::exchange(on_this_thread.enabled, enabled)) {}

GradModeGuard::~GradModeGuard() {
  on_this_thread.enabled = previous_;
}

InferenceMode::InferenceMode(bool enabled) noexcept
    : previous_(std::exchange(on_this_thread.inference, enabled)) {}

InferenceMode::~InferenceMode() {
  on_this_thread.inference = previous_;
}

}  // namespace lucid
