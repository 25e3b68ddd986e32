#include "lucid/checkpoint.h"

#include <algorithm>
#include <map>

#include "lucid/error.h"
#include "lucid/io/text.h"
#include "lucid/message.h"
#include "lucid/random_state.h"
#include "lucid/state_values.h"

namespace lucid {

using detail::message;

namespace {

constexpr const char* kReserved = "lucid.";
constexpr const char* kVersionKey = "lucid.checkpoint";
constexpr const char* kVersion = "1";

// A plain value is the part's only entry, and has no name below that of the part.
constexpr const char* kPlain = "";

std::string key_of(const std::string& part, const std::string& name) {
  return name == kPlain ? part : part + "." + name;
}

template <class T>
CommitLoad prepare_value(T& value, const StateDict& state, const std::string& part) {
  StateDict named;  // as in the file, for the message
  for (const auto& [name, tensor] : state) named.insert(key_of(part, name), tensor);
  T read{};
  StateReader reader(named);
  reader.read(part, read);
  reader.finish("a number");
  return [&value, read] { value = read; };
}

// The entries of a file by the part they belong to.
std::map<std::string, StateDict> split(const StateDict& state) {
  std::map<std::string, StateDict> parts;
  for (const auto& [key, tensor] : state) {
    const size_t dot = key.find('.');
    if (dot == std::string::npos || dot + 1 == key.size()) {
      parts[key].insert(kPlain, tensor);  // with the dot it is nobody's
    } else {
      parts[key.substr(0, dot)].insert(key.substr(dot + 1), tensor);
    }
  }
  return parts;
}

}  // namespace

// Loads under way. What is dropped uncalled is undone, last first.
struct Checkpoint::Loading {
  std::vector<CommitLoad> commits;
  std::vector<std::string> problems;

  Loading() = default;
  Loading(const Loading&) = delete;
  Loading& operator=(const Loading&) = delete;
  ~Loading() {
    while (!commits.empty()) commits.pop_back();
  }

  void prepare(const Part& part, const StateDict* state) {
    if (!state && !part.state_dict().empty()) {
      problems.push_back(part.name + ": missing");
      return;
    }
    try {
      commits.push_back(part.prepare_load(state ? *state : StateDict()));
    } catch (const OutOfMemoryError&) {
      throw;
    } catch (const Error& error) {
      problems.push_back(part.name + ": " + detail::indented(error.what()));
    }
  }
};

void Checkpoint::add_part(Part part) {
  const auto fail = [&](const char* why) {
    throw ValueError(message("Checkpoint: the name \"", part.name, "\" ", why));
  };
  if (part.name.empty()) fail("is empty");
  if (part.name.find('.') != std::string::npos) fail("contains a dot");
  for (const Part& other : parts_) {
    if (other.name == part.name) fail("is taken");
  }
  parts_.push_back(std::move(part));
}

void Checkpoint::add(std::string name, Generator& generator) {
  add_part({std::move(name), [&generator] { return lucid::state_dict(generator); },
            [&generator](const StateDict& state) { return prepare_load(generator, state); }});
}

void Checkpoint::add(std::string name, int64_t& value) {
  add_part({name,
            [&value] {
              return StateDict{{kPlain, state_value(value)}};
            },
            [&value, name](const StateDict& state) { return prepare_value(value, state, name); }});
}

void Checkpoint::add(std::string name, double& value) {
  add_part({name,
            [&value] {
              return StateDict{{kPlain, state_value(value)}};
            },
            [&value, name](const StateDict& state) { return prepare_value(value, state, name); }});
}

StateDict Checkpoint::state_dict() const {
  StateDict state;
  for (const Part& part : parts_) {
    for (const auto& [name, tensor] : part.state_dict()) {
      state.insert(key_of(part.name, name), tensor);
    }
  }
  return state;
}

void Checkpoint::save(const std::string& path, const Metadata& metadata) const {
  for (const auto& entry : metadata) {
    if (entry.first.starts_with(kReserved)) {
      throw ValueError(message("Checkpoint: metadata may not be called \"", entry.first,
                               "\": names that begin with \"", kReserved, "\" are the library's"));
    }
  }
  Metadata marked = metadata;
  marked.emplace(kVersionKey, kVersion);
  lucid::save(state_dict(), path, marked);
}

namespace {

// The metadata that the user gave, once it is clear that the file is a checkpoint.
Metadata checked_metadata(const std::string& path, Metadata metadata) {
  const auto version = metadata.find(kVersionKey);
  if (version == metadata.end()) {
    throw IOError(message("Checkpoint: \"", path, "\" is a safetensors file, but no checkpoint: ",
                          "its metadata has no \"", kVersionKey, "\""));
  }
  if (version->second != kVersion) {
    throw IOError(message("Checkpoint: \"", path, "\" has version ",
                          detail::in_quotes(version->second), " of the format, expected ",
                          kVersion));
  }
  std::erase_if(metadata, [](const auto& entry) { return entry.first.starts_with(kReserved); });
  return metadata;
}

}  // namespace

Metadata Checkpoint::load_metadata(const std::string& path) {
  return checked_metadata(path, lucid::load_metadata(path));
}

Metadata Checkpoint::load(const std::string& path) const {
  // In one go, since another process may replace the file meanwhile.
  Metadata carried;
  const StateDict file = lucid::load(path, {.metadata = &carried});
  const Metadata metadata = checked_metadata(path, std::move(carried));
  std::map<std::string, StateDict> found = split(file);
  Loading loading;
  for (const Part& part : parts_) {
    const auto state = found.find(part.name);
    loading.prepare(part, state == found.end() ? nullptr : &state->second);
    if (state != found.end()) found.erase(state);
  }
  for (const auto& entry : found) loading.problems.push_back(entry.first + ": unexpected");
  if (!loading.problems.empty()) {
    std::string text = message("Checkpoint: cannot load \"", path, "\", nothing was changed:");
    for (const std::string& problem : loading.problems) text += "\n  " + problem;
    throw ValueError(text);
  }
  for (const CommitLoad& commit : loading.commits) commit();
  return metadata;
}

}  // namespace lucid
