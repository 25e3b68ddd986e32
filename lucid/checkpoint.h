// Everything a training run needs to go on after a stop, in one file.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lucid/random.h"
#include "lucid/serialize.h"
#include "lucid/state_dict.h"

namespace lucid {

/// What a checkpoint can hold besides numbers: modules, optimisers, schedulers, data loaders, and
/// types of one's own (StateReader in lucid/state_values.h helps with those).
template <class T>
concept Stateful = requires(T& part, const T& constant, const StateDict& state) {
  { constant.state_dict() } -> std::convertible_to<StateDict>;
  { part.prepare_load(state) } -> std::convertible_to<CommitLoad>;
};

/// The parts of a training run under names, to be saved and loaded together:
///
///     lucid::Checkpoint checkpoint;
///     checkpoint.add("model", model);
///     checkpoint.add("optimizer", optimizer);
///     checkpoint.add("random", lucid::default_generator());
///     checkpoint.add("step", step);                          // an int64_t
///     checkpoint.save("run.safetensors", {{"note", "first try"}});
///     lucid::Metadata metadata = checkpoint.load("run.safetensors");
///
/// The file is one of safetensors whose tensors are called "model.0.weight",
/// "optimizer.state.0.exp_avg", "step" and so on. strip_prefix(load(path), "model.") are the
/// weights alone. (https://pytorch.org/tutorials/beginner/saving_loading_models.html)
///
/// A checkpoint refers to its parts: all of them must outlive it and stay where they are.
class Checkpoint {
 public:
  /// Parts are checked in the order they are added in when they are loaded: a lazy model comes
  /// before its optimiser, so that its parameters have their shapes when the optimiser's state is
  /// compared with them.
  /// @throws ValueError if the name is empty, contains a dot, or is taken. So for those below.
  template <Stateful T>
  void add(std::string name, T& part) {
    add_part({std::move(name), [&part] { return part.state_dict(); },
              [&part](const StateDict& state) { return part.prepare_load(state); }});
  }
  void add(std::string name, Generator& generator);
  void add(std::string name, int64_t& value);
  void add(std::string name, double& value);

  /// All parts as they are now, sharing memory with them.
  StateDict state_dict() const;

  /// Writes a file that appears whole or not at all; see lucid::save.
  /// @param metadata free text to keep with it; names that begin with "lucid." are the library's
  /// @throws ValueError; IOError
  void save(const std::string& path, const Metadata& metadata = {}) const;

  /// Puts everything in the file back into the parts.
  /// @return the metadata given to save
  /// @throws IOError if the file cannot be read or is no checkpoint; ValueError that lists
  /// everything that does not fit, in all parts. Then nothing has changed.
  Metadata load(const std::string& path) const;

  /// The metadata alone. @throws IOError if the file cannot be read or is no checkpoint.
  static Metadata load_metadata(const std::string& path);

 private:
  struct Part {
    std::string name;
    std::function<StateDict()> state_dict;
    std::function<CommitLoad(const StateDict&)> prepare_load;
  };
  struct Loading;

  void add_part(Part part);

  std::vector<Part> parts_;
};

}  // namespace lucid
