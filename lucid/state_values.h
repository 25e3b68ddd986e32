// Numbers in a state dict: how they are put there, and how they are read back.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lucid/state_dict.h"

namespace lucid {

/// A number as an entry of a state dict: a tensor of rank 0 in its own type, float64, int64 or
/// bool; for several of them a tensor of rank 1.
Tensor state_value(double value);
Tensor state_value(int64_t value);
Tensor state_value(bool value);
Tensor state_value(const std::array<double, 2>& values);
Tensor state_value(const std::vector<int64_t>& values);

/// Reads a state dict entry by entry and collects all that is wrong with it, for the prepare_load()
/// of one's own parts:
///
///     StateReader reader(state);
///     int64_t epoch = 0;
///     reader.read("epoch", epoch);
///     reader.finish("Schedule");   // throws if an entry was missing, unfit or left over
///     return [this, epoch] { epoch_ = epoch; };
class StateReader {
 public:
  /// The greatest count: beyond it the next one may not be another number where it is a double.
  static constexpr int64_t max_count = int64_t{1} << 53;

  /// Refers to the dict.
  explicit StateReader(const StateDict& state) noexcept : state_(state) {}
  explicit StateReader(StateDict&&) = delete;

  bool contains(std::string_view name) const { return state_.contains(name); }

  /// Read one entry into `value`, which stays as it is if the entry is missing or does not fit.
  /// Types may differ as long as the number is the same: 3.0 is an integer, 1 is true.
  void read(const std::string& name, double& value);
  void read(const std::string& name, int64_t& value);
  void read(const std::string& name, bool& value);
  void read(const std::string& name, std::array<double, 2>& values);
  void read(const std::string& name, std::vector<int64_t>& values);
  /// The same for a count of epochs or steps, which is from `least` to max_count.
  void read_count(const std::string& name, int64_t& value, int64_t least = 0);
  /// The entry in this type, row-major and in memory of its own; undefined if it is missing or does
  /// not fit.
  Tensor read_tensor(const std::string& name, const Shape& shape, DType dtype);

  /// Notes that an entry is wrong in a way the functions above do not know. It counts as read.
  void refuse(const std::string& name, const std::string& why);

  /// @param owner what is being loaded, for the message
  /// @throws ValueError that lists every entry that was missing, unfit or not asked for.
  void finish(std::string_view owner) const;

 private:
  const Tensor* find(const std::string& name);
  const Tensor* find_numbers(const std::string& name, int64_t count);

  const StateDict& state_;
  std::set<std::string, std::less<>> asked_;
  std::vector<std::string> problems_;
};

}  // namespace lucid
