#include "autograd/grad_mode.h"

namespace lucid {
namespace {
thread_local bool enabled_on_this_thread = true;
}

bool grad_enabled() noexcept {
  return enabled_on_this_thread;
}

GradModeGuard::GradModeGuard(bool enabled) noexcept : previous_(enabled_on_this_thread) {
  enabled_on_this_thread = enabled;
}

GradModeGuard::~GradModeGuard() {
  enabled_on_this_thread = previous_;
}

}  // namespace lucid
