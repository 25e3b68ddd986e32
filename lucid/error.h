// The errors lucid raises. Every message names the operation, what came and what was expected.
#pragma once

#include <stdexcept>
#include <string>

namespace lucid {

/// Base of everything lucid throws.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

/// Sizes or ranks that do not fit the operation or each other.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// An element type the operation does not take.
class DTypeError : public Error {
 public:
  using Error::Error;
};

/// A device the operation does not take, or devices that differ.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// An index or a dimension out of range.
class IndexError : public Error {
 public:
  using Error::Error;
};

/// An argument of the right type with a value that makes no sense.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// A use of values that do not exist: an undefined tensor, or a lazy parameter before its
/// module has seen an input.
class UninitializedError : public Error {
 public:
  using Error::Error;
};

/// Misuse of the tape: a second backward pass through a freed graph, or a saved tensor that has
/// been written to.
class AutogradError : public Error {
 public:
  using Error::Error;
};

/// A file that is missing, unreadable, or not what it says it is.
class IOError : public Error {
 public:
  using Error::Error;
};

/// A combination of arguments that is legal but not supported.
class NotImplementedError : public Error {
 public:
  using Error::Error;
};

/// Memory the system, or the cap set with set_memory_limit(), does not grant.
class OutOfMemoryError : public Error {
 public:
  using Error::Error;
};

}  // namespace lucid
