#include "lucid/io/uninitialized_names.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lucid/error.h"
#include "lucid/io/safetensors.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

constexpr const char* kKey = "lucid.uninitialized";

class Named final : public UninitializedRecord {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  std::string path() const override { return name_; }

 private:
  std::string name_;
};

}  // namespace

void add_uninitialized_names(Metadata& metadata, const std::set<std::string>& names) {
  if (metadata.contains(kKey)) {
    throw ValueError(message("save: the metadata key \"", kKey, "\" is the library's; rename it"));
  }
  if (names.empty()) return;
  for (const std::string& name : names) {
    if (!is_utf8(name)) {
      throw ValueError(message("save: the tensor name ", in_quotes(name), " is not UTF-8"));
    }
  }
  metadata.emplace(kKey, nlohmann::json(names).dump());
}

std::set<std::string> take_uninitialized_names(Metadata& metadata) {
  const auto found = metadata.find(kKey);
  if (found == metadata.end()) return {};
  const auto list = nlohmann::json::parse(found->second, nullptr, false);
  const auto is_text = [](const auto& entry) { return entry.is_string(); };
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_text)) {
    throw IOError(message("__metadata__: \"", kKey, "\" is no list of names"));
  }
  metadata.erase(found);
  return list.get<std::set<std::string>>();
}

Tensor uninitialized_tensor(const std::string& name) {
  IntrusivePtr<TensorImpl> impl(new TensorImpl);
  impl->uninitialized = new Named(name);
  return Tensor(std::move(impl));
}

}  // namespace lucid::detail
