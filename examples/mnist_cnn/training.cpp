#include "training.h"

#include <fmt/format.h>
#include <lucid/lucid.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "evaluate.h"
#include "examples/shared/digits.h"
#include "progress.h"
#include "recipe.h"
#include "run_file.h"
#include "session.h"
#include "weights.h"

namespace nn = lucid::nn;

namespace mnist_cnn {
namespace {

void print_head(Session& session, const examples::Digits& digits, const examples::Digits& test,
                const Options& options) {
  std::cout << nn::summary(session.model, {options.batch_size, 1, 28, 28}) << '\n' << std::flush;
  fmt::print("{} digits to learn from, {} to test with, {}\n\n", digits.images.size(),
             test.images.size(), digits.source);
  std::fflush(stdout);
}

void train_epoch(Session& session, Progress& progress, const RunFile& file) {
  session.model.train();
  for (auto& [images, labels] : session.loader) {
    session.optimizer->zero_grad();
    const lucid::Tensor scores = session.model(images);
    const lucid::Tensor loss = nn::functional::cross_entropy(scores, labels);
    loss.backward();
    session.optimizer->step();
    session.schedule.step();

    const auto value = loss.item<double>();
    if (!std::isfinite(value)) {
      throw std::runtime_error("the loss is no longer a number; try a lower --lr");
    }
    progress.add(labels.numel(), value, examples::count_correct(scores, labels));
    file.save_after_step();
  }
}

// What a new run would overwrite is more likely one to go on with.
void check_checkpoint(const Options& options) {
  if (options.checkpoint.empty()) return;
  check_writable("--checkpoint", options.checkpoint);
  if (same_file(options.checkpoint, options.output)) {
    throw std::runtime_error("--checkpoint and --output name the same file");
  }
  if (!options.resume && std::filesystem::exists(options.checkpoint)) {
    throw std::runtime_error(fmt::format(
        "--checkpoint: \"{}\" exists already; add --resume to go on with that run, or remove it",
        options.checkpoint));
  }
}

}  // namespace

void train(const Options& given) {
  const Options options = with_defaults(given);
  check_writable("--output", options.output);
  check_checkpoint(options);
  lucid::manual_seed(static_cast<uint64_t>(options.seed));
  const examples::Digits digits = examples::training_digits(options);
  const examples::Digits test = examples::test_digits(options);

  Session session(digits, options);
  RunFile file(session, digits, options);
  file.resume();
  print_head(session, digits, test, options);

  std::optional<ConfusionMatrix> confusion;
  while (!session.finished()) {
    Progress progress(fmt::format("epoch {}/{}", session.loader.epoch() + 1, options.epochs),
                      digits.images.size(), session.tally);
    train_epoch(session, progress, file);
    confusion = read_digits(session.model, test.images).confusion();
    progress.finish(confusion->accuracy());
    session.tally = {};
    file.save();
  }
  if (!confusion) confusion = read_digits(session.model, test.images).confusion();
  fmt::print("\n{}\ntest accuracy {:.2f}%: {} of {} right\n", confusion->str(),
             100 * confusion->accuracy(), confusion->correct(), confusion->total());
  std::fflush(stdout);
  save_weights(session.model, options.output);
}

}  // namespace mnist_cnn
