#include "predict.h"

#include <fmt/format.h>
#include <lucid/lucid.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "evaluate.h"
#include "examples/shared/digits.h"
#include "picture.h"
#include "recipe.h"
#include "terminal.h"

namespace nn = lucid::nn;

namespace mnist_cnn {
namespace {

constexpr int kPictureWidth = 28;
constexpr int kTextWidth = 24;
constexpr int kGap = 2;

// A picture and what is said about it, line by line.
using Card = std::vector<std::string>;

// What stands beside a picture: the three digits the model thinks of first, and whether it is
// right.
std::vector<std::string> verdict_lines(const Reading& reading, size_t index) {
  const float* probabilities = &reading.probabilities[index * kDigits];
  std::array<size_t, kDigits> order{};
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [probabilities](size_t a, size_t b) {
    return probabilities[a] > probabilities[b];
  });
  const bool right = reading.labels[index] == reading.verdicts[index];
  std::vector<std::string> lines{
      fmt::format("digit {}", index + 1), "",
      fmt::format("read as {}  {:.2f}%", reading.verdicts[index], 100 * probabilities[order[0]])};
  for (size_t i = 1; i < 3; ++i) {
    lines.push_back(fmt::format("     or {}  {:.2f}%", order[i], 100 * probabilities[order[i]]));
  }
  lines.insert(lines.end(), {"", right ? std::string("right")
                                       : fmt::format("WRONG: it is a {}", reading.labels[index])});
  return lines;
}

Card make_card(const examples::Digits& digits, const Reading& reading, size_t index) {
  const auto image = digits.images.images().select(0, static_cast<int64_t>(index)).select(0, 0);
  Card card = draw(image, has_colors());
  const std::vector<std::string> text = verdict_lines(reading, index);
  const size_t first = (card.size() - text.size()) / 2;
  for (size_t i = 0; i < card.size(); ++i) {
    const bool beside = i >= first && i - first < text.size();
    card[i] += fmt::format("{:{}}{:{}}", "", kGap, beside ? text[i - first] : "", kTextWidth);
  }
  return card;
}

void print_row(const std::vector<Card>& cards) {
  for (size_t line = 0; line < cards.front().size(); ++line) {
    std::string text;
    for (const Card& card : cards) text += card[line];
    fmt::print("{}\n", text.substr(0, text.find_last_not_of(' ') + 1));
  }
  fmt::print("\n");
}

void print_cards(const examples::Digits& digits, const Reading& reading, const Options& options) {
  const int per_row = std::max(1, terminal_width() / (kPictureWidth + kGap + kTextWidth));
  std::vector<Card> row;
  int64_t shown = 0;
  for (size_t i = 0; i < reading.labels.size() && shown < options.show; ++i) {
    if (options.mistakes && reading.labels[i] == reading.verdicts[i]) continue;
    row.push_back(make_card(digits, reading, i));
    ++shown;
    if (std::ssize(row) < per_row) continue;
    print_row(row);
    row.clear();
  }
  if (!row.empty()) print_row(row);
}

}  // namespace

void predict(const Options& options) {
  nn::Sequential model = make_model();
  model.load_state_dict(lucid::load(options.predict));
  const examples::Digits digits = examples::test_digits(options);
  const Reading reading = read_digits(model, digits.images);
  print_cards(digits, reading, options);
  const ConfusionMatrix confusion = reading.confusion();
  fmt::print("{} of {} test digits {} read right: {:.2f}%\n", confusion.correct(),
             confusion.total(), digits.source, 100 * confusion.accuracy());
}

}  // namespace mnist_cnn
