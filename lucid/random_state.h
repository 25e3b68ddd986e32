// The state of a random number generator in a state dict.
#pragma once

#include "lucid/random.h"
#include "lucid/state_dict.h"

namespace lucid {

/// `seed` and `position`, as int64 with the same bits
/// (https://pytorch.org/docs/stable/generated/torch.get_rng_state.html).
StateDict state_dict(const Generator& generator);
/// The two halves of load_state_dict; the generator must outlive the result.
[[nodiscard]] CommitLoad prepare_load(Generator& generator, const StateDict& state);
/// @throws ValueError that lists everything that does not fit; then nothing has changed.
void load_state_dict(Generator& generator, const StateDict& state);

}  // namespace lucid
