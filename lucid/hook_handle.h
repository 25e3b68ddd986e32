// Hooks: functions that run when something happens, for as long as their handles live.
#pragma once

#include <memory>
#include <utility>

namespace lucid {

/// Takes a hook away again when it goes out of scope, or with remove(). What another thread has
/// begun to run by then still ends.
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

}  // namespace lucid
