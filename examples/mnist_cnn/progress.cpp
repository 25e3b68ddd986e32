#include "progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "terminal.h"

namespace mnist_cnn {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr int64_t kMilestones = 4;  // plain lines per epoch
constexpr const char* kClearLine = "\r\x1b[K";

// 75 as "1:15".
std::string clock(double seconds) {
  const auto whole = static_cast<int64_t>(std::lround(seconds));
  if (whole >= 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

Progress::Progress(std::string title, int64_t images, Tally& tally)
    : title_(std::move(title)),
      images_(images),
      tally_(tally),
      done_before_(tally.images),
      on_terminal_(is_terminal()) {}

Progress::~Progress() {
  if (line_is_open_) std::fputs("\n", stdout);
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

int64_t Progress::done_here() const {
  return tally_.images - done_before_;
}

std::string Progress::measures() const {
  const double rate = static_cast<double>(done_here()) / std::max(training_seconds_, 1e-9);
  const auto done = static_cast<double>(tally_.images);
  return fmt::format("{:.0f} img/s  loss {:.4f}  accuracy {:.2f}%", rate, tally_.loss_sum / done,
                     100.0 * static_cast<double>(tally_.correct) / done);
}

void Progress::add(int64_t images, double loss, int64_t correct) {
  tally_.images += images;
  tally_.correct += correct;
  tally_.loss_sum += loss * static_cast<double>(images);
  training_seconds_ = seconds();
  if (!on_terminal_) {
    print_milestone();
  } else if (tally_.images == images_ || Clock::now() - drawn_ >= kRedrawInterval) {
    draw();
  }
}

std::string Progress::state() const {
  const double left = training_seconds_ * static_cast<double>(images_ - tally_.images) /
                      static_cast<double>(done_here());
  return fmt::format("{:3}%  {}  ETA {}", 100 * tally_.images / images_, measures(), clock(left));
}

std::string Progress::bar(int64_t width) const {
  std::string result;
  for (int64_t i = 0; i < width; ++i) result += i < width * tally_.images / images_ ? "█" : "░";
  return result;
}

// A line that wrapped could not be drawn over, so a narrow terminal gets less.
void Progress::draw() {
  constexpr int64_t kNarrowest = 4;
  constexpr int64_t kWidest = 40;
  const std::string text = state();
  const int64_t columns = std::max(1, terminal_width() - 1);
  const int64_t room = columns - std::ssize(title_) - std::ssize(text) - 2;
  const std::string line =
      room < kNarrowest ? fmt::format("{} {}", title_, text).substr(0, static_cast<size_t>(columns))
                        : fmt::format("{} {} {}", title_, bar(std::min(room, kWidest)), text);
  fmt::print("{}{}", kClearLine, line);
  std::fflush(stdout);
  drawn_ = Clock::now();
  line_is_open_ = true;
}

void Progress::print_milestone() {
  if (tally_.images * kMilestones < images_ * milestone_) return;
  milestone_ = tally_.images * kMilestones / images_ + 1;
  fmt::print("{} {}\n", title_, state());
  std::fflush(stdout);
}

void Progress::finish(double test_accuracy) {
  const char* start = line_is_open_ ? kClearLine : "";
  line_is_open_ = false;
  fmt::print("{}{} in {}  {}  test accuracy {:.2f}%\n", start, title_, clock(seconds()), measures(),
             100 * test_accuracy);
  std::fflush(stdout);
}

}  // namespace mnist_cnn
