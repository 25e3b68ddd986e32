// The file that a run is continued from after a stop.
#pragma once

#include <lucid/lucid.h>

#include "examples/shared/digits.h"
#include "options.h"
#include "session.h"

namespace mnist_cnn {

/// Without --checkpoint there is none, and nothing here does anything.
class RunFile {
 public:
  /// Refers to the session.
  RunFile(Session& session, const examples::Digits& digits, const Options& options);

  /// With --resume, takes the session to where the file says it was, and says so; a run that has no
  /// file yet starts from the beginning.
  /// @throws std::runtime_error that names the option in which the run in the file differs;
  /// lucid::Error for a bad file. Then the session is as it was.
  void resume();

  void save() const;
  /// Saves if it is time to.
  void save_after_step() const;

 private:
  void check_options() const;

  Session& session_;
  std::string path_;
  int64_t every_;
  bool resume_;
  lucid::Checkpoint checkpoint_;
  std::vector<std::pair<std::string, std::string>> options_;  ///< what decides the weights
};

}  // namespace mnist_cnn
