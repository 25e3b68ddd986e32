#include "lucid/io/uninitialized_names.h"

#include <charconv>
#include <string_view>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

constexpr const char* kKey = "lucid.uninitialized";
constexpr char kNoStream = '-';

class Named final : public UninitializedRecord {
 public:
  Named(std::string name, const std::optional<RandomStream>& stream)
      : name_(std::move(name)), stream_(stream) {}
  std::string path() const override { return name_; }
  std::optional<RandomStream> stream() const override { return stream_; }

 private:
  std::string name_;
  std::optional<RandomStream> stream_;
};

[[noreturn]] void refuse() {
  throw IOError(message("__metadata__: \"", kKey, "\" is no list of names"));
}

// "0.weight" as it is; a backslash and the end of a line as "\\" and "\n".
std::string escaped(const std::string& name) {
  std::string text;
  for (const char c : name) {
    if (c == '\\') {
      text += "\\\\";
    } else if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

std::string unescaped(std::string_view text) {
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      name += text[i];
    } else if (++i < text.size() && (text[i] == '\\' || text[i] == 'n')) {
      name += text[i] == 'n' ? '\n' : '\\';
    } else {
      refuse();
    }
  }
  return name;
}

// Takes a number and the space after it off the front.
uint64_t take_number(std::string_view& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') refuse();
  text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
  return number;
}

}  // namespace

void add_uninitialized_names(Metadata& metadata, const UninitializedNames& names) {
  if (metadata.contains(kKey)) {
    throw ValueError(message("save: the metadata key \"", kKey, "\" is the library's; rename it"));
  }
  if (names.empty()) return;
  std::string lines;
  for (const auto& [name, stream] : names) {
    lines += stream ? message(stream->seed, ' ', stream->position) : std::string(1, kNoStream);
    lines += ' ' + escaped(name) + '\n';
  }
  metadata.emplace(kKey, lines);
}

UninitializedNames take_uninitialized_names(Metadata& metadata) {
  const auto found = metadata.find(kKey);
  if (found == metadata.end()) return {};
  UninitializedNames names;
  std::string_view rest = found->second;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) refuse();
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    std::optional<RandomStream> stream;
    if (line.starts_with(kNoStream)) {
      if (line.size() < 2 || line[1] != ' ') refuse();
      line.remove_prefix(2);
    } else {
      const uint64_t seed = take_number(line);
      stream = RandomStream{seed, take_number(line)};
    }
    if (!names.emplace(unescaped(line), stream).second) refuse();
  }
  metadata.erase(found);
  return names;
}

Tensor uninitialized_tensor(const std::string& name, const std::optional<RandomStream>& stream) {
  IntrusivePtr<TensorImpl> impl(new TensorImpl);
  impl->uninitialized = new Named(name, stream);
  return Tensor(std::move(impl));
}

}  // namespace lucid::detail
