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

Progress::Progress(std::string title, int64_t images)
    : title_(std::move(title)), images_(images), on_terminal_(is_terminal()) {}

Progress::~Progress() {
  if (line_is_open_) std::fputs("\n", stdout);
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

std::string Progress::measures() const {
  const double rate = static_cast<double>(done_) / std::max(training_seconds_, 1e-9);
  return fmt::format("{:.0f} img/s  loss {:.4f}  accuracy {:.2f}%", rate,
                     loss_sum_ / static_cast<double>(done_),
                     100.0 * static_cast<double>(correct_) / static_cast<double>(done_));
}

void Progress::add(int64_t images, double loss, int64_t correct) {
  done_ += images;
  correct_ += correct;
  loss_sum_ += loss * static_cast<double>(images);
  training_seconds_ = seconds();
  if (!on_terminal_) {
    print_milestone();
  } else if (done_ == images_ || Clock::now() - drawn_ >= kRedrawInterval) {
    draw();
  }
}

// As much of a bar as there is room for before `after`.
std::string Progress::bar(const std::string& after) const {
  const int room = terminal_width() - 1 - static_cast<int>(title_.size() + after.size()) - 3;
  const int width = std::clamp(room, 0, 40);
  const auto full = static_cast<int>(width * done_ / images_);
  std::string result;
  for (int i = 0; i < width; ++i) result += i < full ? "█" : "░";
  return result;
}

void Progress::draw() {
  const double left =
      training_seconds_ * static_cast<double>(images_ - done_) / static_cast<double>(done_);
  const std::string after =
      fmt::format("{:3}%  {}  ETA {}", 100 * done_ / images_, measures(), clock(left));
  fmt::print("{}{} {} {}", kClearLine, title_, bar(after), after);
  std::fflush(stdout);
  drawn_ = Clock::now();
  line_is_open_ = true;
}

void Progress::print_milestone() {
  if (done_ * kMilestones < images_ * milestone_) return;
  milestone_ = done_ * kMilestones / images_ + 1;
  const double left =
      training_seconds_ * static_cast<double>(images_ - done_) / static_cast<double>(done_);
  fmt::print("{} {:3}%  {}  ETA {}\n", title_, 100 * done_ / images_, measures(), clock(left));
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
