#include "run_file.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace mnist_cnn {
namespace {

// A difference in one may make others differ, so the first ones explain most.
std::vector<std::pair<std::string, std::string>> deciding_options(const examples::Digits& digits,
                                                                  const Options& options) {
  std::vector<std::pair<std::string, std::string>> result{
      {"--data", options.data.empty() ? "digits drawn by lucid" : "files of MNIST"},
      {"--train-size", fmt::to_string(digits.images.size())},
      {"--epochs", fmt::to_string(options.epochs)},
      {"--batch-size", fmt::to_string(options.batch_size)},
      {"--optimizer", name(options.optimizer)},
      {"--lr", fmt::to_string(options.lr.value())},
      {"--weight-decay", fmt::to_string(options.weight_decay.value())},
      {"--seed", fmt::to_string(options.seed)}};
  if (options.momentum) result.emplace_back("--momentum", fmt::to_string(*options.momentum));
  return result;
}

}  // namespace

RunFile::RunFile(Session& session, const examples::Digits& digits, const Options& options)
    : session_(session),
      path_(options.checkpoint),
      every_(options.checkpoint_every),
      resume_(options.resume),
      options_(deciding_options(digits, options)) {
  checkpoint_.add("model", session.model);
  checkpoint_.add("optimizer", *session.optimizer);
  checkpoint_.add("schedule", session.schedule);
  checkpoint_.add("loader", session.loader);
  checkpoint_.add("random", lucid::default_generator());
  checkpoint_.add("images", session.tally.images);
  checkpoint_.add("correct", session.tally.correct);
  checkpoint_.add("loss_sum", session.tally.loss_sum);
}

void RunFile::check_options() const {
  const lucid::Metadata metadata = lucid::Checkpoint::load_metadata(path_);
  for (const auto& [option, value] : options_) {
    const auto saved = metadata.find(option);
    if (saved == metadata.end()) {
      throw std::runtime_error(fmt::format("\"{}\" is no checkpoint of this program", path_));
    }
    if (saved->second != value) {
      throw std::runtime_error(fmt::format("{} is {}, but the run in \"{}\" has {}", option, value,
                                           path_, saved->second));
    }
  }
}

void RunFile::resume() {
  if (!resume_) return;
  if (!std::filesystem::exists(path_)) {
    fmt::print("there is no {} yet: starting from the beginning\n", path_);
    return;
  }
  check_options();
  checkpoint_.load(path_);
  if (session_.finished()) {
    fmt::print("the run in {} is finished after {} steps\n", path_, session_.step());
  } else {
    fmt::print("continuing the run in {} in epoch {} after {} of {} steps\n", path_,
               session_.loader.epoch() + 1, session_.step(), session_.steps);
  }
}

void RunFile::save() const {
  if (path_.empty()) return;
  checkpoint_.save(path_, {options_.begin(), options_.end()});
}

void RunFile::save_after_step() const {
  if (session_.step() % every_ == 0) save();
}

}  // namespace mnist_cnn
