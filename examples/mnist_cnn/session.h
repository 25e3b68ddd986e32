// One training run: what it works with, and how far it is.
#pragma once

#include <lucid/lucid.h>

#include <cstdint>
#include <memory>

#include "examples/shared/digits.h"
#include "options.h"
#include "progress.h"

namespace mnist_cnn {

struct Session {
  /// @param options with all defaults filled in
  Session(const examples::Digits& digits, const Options& options);
  Session(const Session&) = delete;  // its parts refer to each other
  Session& operator=(const Session&) = delete;

  int64_t step() const { return schedule.last_epoch(); }
  bool finished() const { return loader.epoch() >= epochs; }

  lucid::nn::Sequential model;
  std::unique_ptr<lucid::optim::Optimizer> optimizer;
  lucid::data::DataLoader loader;
  int64_t epochs;
  int64_t steps;                    ///< in all epochs together
  lucid::optim::LambdaLR schedule;  ///< one of its epochs is a step
  Tally tally;                      ///< of the epoch under way
};

}  // namespace mnist_cnn
