// Whether operations are recorded on the tape, for each thread.
#pragma once

namespace lucid {

/// True unless a NoGradGuard or an InferenceMode is alive on this thread.
bool grad_enabled() noexcept;
/// True if an InferenceMode is alive on this thread.
bool inference_mode_enabled() noexcept;

/// Sets grad_enabled() for its lifetime and restores what was before. Each thread has a mode of its
/// own, and starts by recording.
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

/// Records again inside of a NoGradGuard
/// (https://pytorch.org/docs/stable/generated/torch.enable_grad.html).
class EnableGradGuard : public GradModeGuard {
 public:
  EnableGradGuard() noexcept : GradModeGuard(true) {}
};

/// A NoGradGuard that no EnableGradGuard inside lifts: whatever the code below does, nothing gets
/// on the tape
/// (https://pytorch.org/docs/stable/generated/torch.autograd.grad_mode.inference_mode.html).
///
/// What is made inside are constants like any other: unlike PyTorch's inference tensors they count
/// their writes, so that they may be used in recorded operations afterwards.
class InferenceMode {
 public:
  explicit InferenceMode(bool enabled = true) noexcept;
  InferenceMode(const InferenceMode&) = delete;
  InferenceMode& operator=(const InferenceMode&) = delete;
  ~InferenceMode();

 private:
  bool previous_;
};

}  // namespace lucid
