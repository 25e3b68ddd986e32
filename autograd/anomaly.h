// Anomaly mode: an error at the first NaN or infinity.
#pragma once

#include <string>

namespace lucid::autograd {

/// While it lives, operations on this thread and the gradients of what they recorded are searched
/// for NaN and infinities, and the first raises an error that names the operation, the module that
/// ran it and the shapes (https://pytorch.org/docs/stable/autograd.html#anomaly-detection). For
/// finding mistakes: every result is read once more.
///
/// An operation is named for what it makes out of finite inputs; what has passed through operations
/// before the guard was made, or comes from outside, is named where it is used first.
class AnomalyGuard {
 public:
  /// @param check_infinities false for models that compute with infinities on purpose, such as
  /// scores masked with -inf
  explicit AnomalyGuard(bool check_infinities = true) noexcept;
  AnomalyGuard(const AnomalyGuard&) = delete;
  AnomalyGuard& operator=(const AnomalyGuard&) = delete;
  ~AnomalyGuard();

 private:
  bool previous_enabled_;
  bool previous_infinities_;
};

/// True if an AnomalyGuard is alive on this thread.
bool anomaly_enabled() noexcept;

/// Says for its lifetime where the operations on this thread come from, such as "features.3
/// (Conv2d)". Modules do so when they are called in anomaly mode.
class OriginGuard {
 public:
  explicit OriginGuard(std::string origin);
  OriginGuard(const OriginGuard&) = delete;
  OriginGuard& operator=(const OriginGuard&) = delete;
  ~OriginGuard();

 private:
  std::string previous_;
};

/// What the innermost OriginGuard of this thread says, or "".
const std::string& current_origin() noexcept;

}  // namespace lucid::autograd
