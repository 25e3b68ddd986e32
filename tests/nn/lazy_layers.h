// The table behind the tests of lazy layers: every one of them, beside its eager class.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lucid/lucid.h"

namespace lucid::test {

using ModulePtr = std::shared_ptr<nn::Module>;

/// One lazy layer with one set of options, and the eager layer that it becomes for `input`.
struct LazyLayer {
  using Make = std::function<ModulePtr(std::optional<DType>)>;

  std::string type;  ///< "LazyConv1d"
  std::string what;  ///< what is special about the options
  Make lazy = nullptr;
  Make eager = nullptr;
  bool (*is_eager_class)(const nn::Module&) = nullptr;
  ModulePtr (*clone)(const nn::Module&) = nullptr;
  ModulePtr (*copy)(const nn::Module&) = nullptr;  ///< another handle

  std::string operation;                        ///< which may name itself in errors
  Shape input;                                  ///< a first input that fits
  std::optional<Shape> unbatched = {};          ///< the same without a batch, where that may be
  std::vector<Shape> wrong = {};                ///< first inputs that do not fit
  std::vector<std::string> parameters = {};     ///< PyTorch's names, in order
  std::vector<std::string> buffers = {};        ///< the same
  std::vector<std::string> uninitialized = {};  ///< those of both that wait for a shape

  std::string name() const { return type + (what.empty() ? "" : ", " + what); }
  /// False for normalisations without parameters and buffers, which wait for nothing.
  bool waits() const { return !uninitialized.empty(); }
  /// Names of the state dict, in order.
  std::vector<std::string> keys() const;
};

const std::vector<LazyLayer>& lazy_layers();

/// Standard normal values, the same at every call.
inline Tensor normal_values(const Shape& shape, DType dtype = float32, uint64_t seed = 1) {
  Generator generator(seed);
  return randn(shape, generator, {.dtype = dtype});
}

/// Which entries of two state dicts differ in name, type, shape or values; "" if none does.
std::string difference(const StateDict& a, const StateDict& b);

/// "" if exactly what the table says of a module is without shape and storage, else what is not.
std::string not_lazy(const LazyLayer& layer, const nn::Module& module);

/// Gives every floating-point tensor of a module positive random values, the same at every call.
void scramble(const nn::Module& module);

}  // namespace lucid::test
