// Whether operations are recorded on the tape, for each thread.
#pragma once

namespace lucid {

/// True unless a NoGradGuard is alive on this thread.
bool grad_enabled() noexcept;

/// Sets grad_enabled() for its lifetime and restores what was before.
class GradModeGuard {
 public:
  explicit GradModeGuard(bool enabled) noexcept;
  GradModeGuard(const GradModeGuard&) = delete;
  GradModeGuard& operator=(const GradModeGuard&) = delete;
  ~GradModeGuard();

 private:
  bool previous_;
};

/// Nothing is recorded while it lives: for inference, and for updating parameters
/// (https://pytorch.org/docs/stable/generated/torch.no_grad.html).
class NoGradGuard : public GradModeGuard {
 public:
  NoGradGuard() noexcept : GradModeGuard(false) {}
};

/// Records again inside of a NoGradGuard.
class EnableGradGuard : public GradModeGuard {
 public:
  EnableGradGuard() noexcept : GradModeGuard(true) {}
};

}  // namespace lucid
