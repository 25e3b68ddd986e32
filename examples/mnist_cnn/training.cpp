#include "training.h"

#include <fmt/format.h>
#include <lucid/lucid.h>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <stdexcept>

#include "digits.h"
#include "evaluate.h"
#include "progress.h"
#include "recipe.h"
#include "weights.h"

namespace data = lucid::data;
namespace nn = lucid::nn;

namespace mnist_cnn {
namespace {

// What one epoch works on.
struct Session {
  nn::Sequential model;
  std::unique_ptr<lucid::optim::Optimizer> optimizer;
  data::DataLoader loader;
  double highest_lr;
  int64_t steps;
  int64_t step = 0;
};

void print_head(Session& session, const Digits& digits, const Digits& test,
                const Options& options) {
  std::cout << nn::summary(session.model, {options.batch_size, 1, 28, 28}) << '\n' << std::flush;
  fmt::print("{} digits to learn from, {} to test with, {}\n\n", digits.images.size(),
             test.images.size(), digits.source);
  std::fflush(stdout);
}

void train_epoch(Session& session, Progress& progress) {
  session.model.train();
  for (auto& [images, labels] : session.loader) {
    session.optimizer->set_lr(learning_rate(session.highest_lr, session.step++, session.steps));
    session.optimizer->zero_grad();
    const lucid::Tensor scores = session.model(images);
    const lucid::Tensor loss = nn::functional::cross_entropy(scores, labels);
    loss.backward();
    session.optimizer->step();

    const auto value = loss.item<double>();
    if (!std::isfinite(value)) {
      throw std::runtime_error("the loss is no longer a number; try a lower --lr");
    }
    progress.add(labels.numel(), value, count_correct(scores, labels));
  }
}

}  // namespace

void train(const Options& options) {
  check_writable(options.output);
  lucid::manual_seed(static_cast<uint64_t>(options.seed));
  const Digits digits = training_digits(options);
  const Digits test = test_digits(options);

  const nn::Sequential model = make_model();
  auto optimizer = make_optimizer(model, options);
  const double highest_lr = optimizer->lr();
  const data::DataLoader loader(digits.images, {.batch_size = options.batch_size,
                                                .shuffle = true,
                                                .seed = static_cast<uint64_t>(options.seed)});
  Session session{model, std::move(optimizer), loader, highest_lr, options.epochs * loader.size()};
  print_head(session, digits, test, options);

  ConfusionMatrix confusion;
  for (int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    Progress progress(fmt::format("epoch {}/{}", epoch, options.epochs), digits.images.size());
    train_epoch(session, progress);
    confusion = read_digits(session.model, test.images).confusion();
    progress.finish(confusion.accuracy());
  }
  fmt::print("\n{}\ntest accuracy {:.2f}%: {} of {} right\n", confusion.str(),
             100 * confusion.accuracy(), confusion.correct(), confusion.total());
  std::fflush(stdout);
  save_weights(session.model, options.output);
}

}  // namespace mnist_cnn
