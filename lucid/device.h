// Where a tensor lives.
#pragma once

#include <cstdint>

namespace lucid {

/// cpu, or meta: a tensor with a shape and a type but no memory. Operations on meta tensors check
/// their arguments and give meta tensors, so that a model can be walked by shape alone
/// (https://pytorch.org/docs/stable/meta.html).
struct Device {
  enum class Type : uint8_t { cpu, meta };
  Type type = Type::cpu;

  friend constexpr bool operator==(Device, Device) noexcept = default;
};

inline constexpr Device cpu{Device::Type::cpu};
inline constexpr Device meta{Device::Type::meta};

/// "cpu" or "meta".
constexpr const char* name(Device device) noexcept {
  return device.type == Device::Type::cpu ? "cpu" : "meta";
}

}  // namespace lucid
