// Hooks: functions that run when something happens, for as long as their handles live.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace lucid {

/// Takes a hook away again when it goes out of scope, or with remove().
class HookHandle {
 public:
  HookHandle() noexcept = default;
  explicit HookHandle(std::shared_ptr<void> hook) noexcept : hook_(std::move(hook)) {}
  HookHandle(HookHandle&&) noexcept = default;
  HookHandle& operator=(HookHandle&&) noexcept = default;

  void remove() noexcept { hook_.reset(); }

 private:
  std::shared_ptr<void> hook_;
};

namespace detail {

/// The hooks on one thing, in the order they were added.
template <class Hook>
class HookList {
 public:
  [[nodiscard]] HookHandle add(Hook hook) {
    auto owner = std::make_shared<Hook>(std::move(hook));
    hooks_.push_back(owner);
    return HookHandle(std::move(owner));
  }

  bool empty() const noexcept { return hooks_.empty(); }
  void drop_removed() {
    std::erase_if(hooks_, [](const auto& entry) { return entry.expired(); });
  }

  /// Calls visit(hook) for each, on a copy of the list, since a hook may add or remove hooks.
  template <class Visit>
  void for_each(const Visit& visit) {
    const std::vector<std::weak_ptr<Hook>> present = hooks_;
    for (const auto& entry : present) {
      if (const auto hook = entry.lock()) visit(*hook);
    }
    drop_removed();
  }

 private:
  std::vector<std::weak_ptr<Hook>> hooks_;
};

}  // namespace detail
}  // namespace lucid
