#include "lucid/random_state.h"

#include "lucid/state_values.h"

namespace lucid {

StateDict state_dict(const Generator& generator) {
  return {{"seed", state_value(static_cast<int64_t>(generator.seed()))},
          {"position", state_value(static_cast<int64_t>(generator.position()))}};
}

CommitLoad prepare_load(Generator& generator, const StateDict& state) {
  int64_t seed = 0;
  int64_t position = 0;
  StateReader reader(state);
  reader.read("seed", seed);
  reader.read("position", position);
  reader.finish("Generator");
  return [&generator, seed, position] {
    generator.set_state(static_cast<uint64_t>(seed), static_cast<uint64_t>(position));
  };
}

void load_state_dict(Generator& generator, const StateDict& state) {
  prepare_load(generator, state)();
}

}  // namespace lucid
