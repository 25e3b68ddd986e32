// Internal: the hooks that handles stand for.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "lucid/hook_handle.h"

namespace lucid::detail {

/// The hooks on one thing, in the order they were added. Threads may share it: each runs the hooks
/// that were there when it came.
template <class Hook>
class HookList {
 public:
  HookList() = default;
  HookList(const HookList& other) : hooks_(other.present()), empty_(hooks_.empty()) {}
  HookList& operator=(const HookList&) = delete;

  [[nodiscard]] HookHandle add(Hook hook) {
    auto owner = std::make_shared<Hook>(std::move(hook));
    const std::lock_guard lock(mutex_);
    if (hooks_.size() == hooks_.capacity()) {
      std::erase_if(hooks_, [](const auto& entry) { return entry.expired(); });
    }
    hooks_.push_back(owner);
    empty_.store(false, std::memory_order_relaxed);
    return HookHandle(std::move(owner));
  }

  /// Costs next to nothing, as it is asked at every call. Hooks that were removed may still count.
  bool empty() const noexcept { return empty_.load(std::memory_order_relaxed); }

  /// Whether a hook is left; asks each, where any was ever added.
  bool has_hooks() {
    if (!empty()) drop_removed();
    return !empty();
  }

  void drop_removed() {
    const std::lock_guard lock(mutex_);
    std::erase_if(hooks_, [](const auto& entry) { return entry.expired(); });
    empty_.store(hooks_.empty(), std::memory_order_relaxed);
  }

  /// Calls visit(hook) for each, on a copy of the list, since a hook may add or remove hooks.
  template <class Visit>
  void for_each(const Visit& visit) {
    if (empty()) return;
    for (const auto& entry : present()) {
      if (const auto hook = entry.lock()) visit(*hook);
    }
    drop_removed();
  }

 private:
  std::vector<std::weak_ptr<Hook>> present() const {
    const std::lock_guard lock(mutex_);
    return hooks_;
  }

  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Hook>> hooks_;
  std::atomic<bool> empty_{true};
};

}  // namespace lucid::detail
