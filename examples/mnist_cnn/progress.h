// How far an epoch is: a bar on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mnist_cnn {

/// What an epoch has come to so far.
struct Tally {
  int64_t images = 0;
  int64_t correct = 0;
  double loss_sum = 0;  ///< over the images
};

class Progress {
 public:
  /// @param title "epoch 1/5"
  /// @param images in the whole epoch
  /// @param tally is counted on; what it holds already was done before a stop, and does not count
  /// for the speed
  Progress(std::string title, int64_t images, Tally& tally);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Leaves the cursor on a line of its own.
  ~Progress();

  /// Counts a batch.
  /// @param loss mean over the batch
  /// @param correct how many of it were read right
  void add(int64_t images, double loss, int64_t correct);
  /// Ends the epoch with a line that stays.
  void finish(double test_accuracy);

 private:
  using Clock = std::chrono::steady_clock;

  double seconds() const;
  int64_t done_here() const;
  std::string measures() const;
  std::string state() const;
  std::string bar(int64_t width) const;
  void draw();
  void print_milestone();

  std::string title_;
  int64_t images_;
  Tally& tally_;
  int64_t done_before_;
  bool on_terminal_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_;
  double training_seconds_ = 0;
  int64_t milestone_ = 1;
  bool line_is_open_ = false;
};

}  // namespace mnist_cnn
