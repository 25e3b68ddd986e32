// Parameters whose shapes the first input decides: what is known of them before.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lucid/random.h"
#include "nn/parameter.h"

namespace lucid::nn {

/// Sizes that a lazy module was waiting for, by name: {{"in_features", 64}}.
class LazySizes {
 public:
  using value_type = std::pair<std::string, int64_t>;

  LazySizes() = default;
  LazySizes(std::initializer_list<value_type> sizes) : sizes_(sizes) {}

  std::optional<int64_t> find(std::string_view name) const noexcept;
  /// @throws ValueError if it is not known.
  int64_t at(std::string_view name) const;
  void set(std::string_view name, int64_t size);

 private:
  std::vector<value_type> sizes_;
};

/// The shape of a lazy parameter: sizes that are known, and names of those that are not, as in
/// {out_channels, "in_channels / groups", 3, 3}. One name is one size in the whole module.
class LazyShape {
 public:
  class Size {
   public:
    template <std::integral T>
    Size(T value) noexcept : value_(static_cast<int64_t>(value)) {}
    Size(std::string name) : name_(std::move(name)) {}
    Size(const char* name) : name_(name) {}
    /// A size that must be a multiple of a number, such as that of groups.
    Size(const char* name, int64_t multiple_of) : multiple_of_(multiple_of), name_(name) {}

    /// Empty if the size is known.
    const std::string& name() const noexcept { return name_; }
    /// True if such a size can be what is waited for.
    bool accepts(int64_t size) const noexcept { return size >= 1 && size % multiple_of_ == 0; }
    /// "16", or "in_channels (a multiple of 4)".
    std::string str(const LazySizes& sizes) const;
    /// The size, if it is known by itself or from `sizes`.
    std::optional<int64_t> find(const LazySizes& sizes) const noexcept;

   private:
    int64_t value_ = 0;
    int64_t multiple_of_ = 1;
    std::string name_;
  };

  LazyShape(std::initializer_list<Size> sizes) : sizes_(sizes) {}
  explicit LazyShape(std::vector<Size> sizes) : sizes_(std::move(sizes)) {}

  size_t rank() const noexcept { return sizes_.size(); }
  /// True if nothing is missing.
  bool is_known(const LazySizes& sizes) const noexcept;
  /// @throws ValueError if a name is not among `sizes`.
  Shape resolve(const LazySizes& sizes) const;
  /// True if `shape` can be this one; then `sizes` also holds what follows from it. Sizes that are
  /// waited for are at least 1.
  bool match(const Shape& shape, LazySizes& sizes) const;
  /// "(16, in_channels / groups, 3, 3)", or "[16, 4, 3, 3]" once all sizes are known.
  std::string str(const LazySizes& sizes = {}) const;

 private:
  std::vector<Size> sizes_;
};

/// How a parameter gets its first values, once it has its shape.
class FirstValues {
 public:
  using Write =
      std::function<void(const Tensor& tensor, const LazySizes& sizes, Generator& generator)>;

  /// None: the values stay unset.
  FirstValues() = default;
  /// What a function of the tensor and the sizes writes, without random numbers.
  template <std::invocable<const Tensor&, const LazySizes&> F>
  FirstValues(F write)
      : write_([write = std::move(write)](const Tensor& tensor, const LazySizes& sizes,
                                          Generator&) { write(tensor, sizes); }) {}
  /// What a function writes with random numbers that are set aside now: they are the same however
  /// late, and in whatever order, parameters get their shapes.
  static FirstValues random(Write write, Generator& generator = default_generator());

  /// Writes them; a meta tensor has no place for them, and nothing happens.
  void write(const Tensor& tensor, const LazySizes& sizes) const;

  /// Where the random numbers come from, if there are any.
  const std::optional<RandomStream>& stream() const noexcept { return stream_; }
  void set_stream(const RandomStream& stream) noexcept { stream_ = stream; }

 private:
  Write write_;
  std::optional<RandomStream> stream_;
};

/// The same value everywhere.
FirstValues constant_values(double value);
/// Uniform in +-bound(sizes).
FirstValues uniform_values(std::function<double(const LazySizes&)> bound);

struct LazyOptions {
  std::optional<DType> dtype = std::nullopt;    ///< float32, or what a state dict brings
  std::optional<Device> device = std::nullopt;  ///< cpu unless given
  bool requires_grad = true;                    ///< of parameters
};

/// The options of a layer for its parameters.
/// @throws DTypeError naming the layer for a dtype that is not floating-point.
LazyOptions lazy_options(const char* owner, std::optional<DType> dtype,
                         std::optional<Device> device);

/// A parameter that its module initialises once it knows the sizes named in `shape`. Until then
/// init::xavier_uniform_ and its like replace `first_values`, and Module::to sets the type.
Parameter lazy_parameter(LazyShape shape, FirstValues first_values,
                         const LazyOptions& options = {});
/// The same for a buffer.
Buffer lazy_buffer(LazyShape shape, FirstValues first_values, const LazyOptions& options = {});

namespace detail {

/// What an uninitialised parameter or buffer knows of its future.
struct LazyPlan {
  std::optional<LazyShape> shape;  ///< nothing: any
  FirstValues first_values;
  bool dtype_is_set = false;  ///< else a state dict decides
};

class LazyRecord final : public UninitializedRecord {
 public:
  explicit LazyRecord(LazyPlan plan) noexcept : plan(std::move(plan)) {}

  std::string path() const override { return path_of_owner ? path_of_owner() : ""; }
  std::optional<RandomStream> stream() const override { return plan.first_values.stream(); }

  LazyPlan plan;
  std::function<std::string()> path_of_owner;
};

/// The record of an uninitialised parameter or buffer, null for all other tensors.
LazyRecord* lazy_record(const Tensor& tensor) noexcept;

Tensor make_uninitialized(LazyPlan plan, DType dtype, Device device);

/// Gives an uninitialised tensor its shape, type and device, but no values.
void allocate_in_place(const Tensor& tensor, const Shape& shape, DType dtype, Device device);

/// Takes shape, values and gradient away again: the tensor waits for them as `record` says.
void dematerialize(const Tensor& tensor, IntrusivePtr<UninitializedRecord> record, DType dtype,
                   Device device) noexcept;

}  // namespace detail
}  // namespace lucid::nn
