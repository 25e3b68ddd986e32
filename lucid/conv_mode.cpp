#include "lucid/conv_mode.h"

#include <atomic>
#include <utility>

namespace lucid {
namespace {

std::atomic<ConvMode> on_all_threads{ConvMode::fast};
constexpr int unset = -1;
thread_local int on_this_thread = unset;

}  // namespace

void set_conv_mode(ConvMode mode) noexcept {
  on_all_threads.store(mode, std::memory_order_relaxed);
}

ConvMode conv_mode() noexcept {
  return on_this_thread == unset ? on_all_threads.load(std::memory_order_relaxed)
                                 : static_cast<ConvMode>(on_this_thread);
}

ConvModeGuard::ConvModeGuard(ConvMode mode) noexcept
    : previous_(std::exchange(on_this_thread, static_cast<int>(mode))) {}

ConvModeGuard::~ConvModeGuard() {
  on_this_thread = previous_;
}

}  // namespace lucid
