#include "options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <vector>

#include "examples/shared/command_line.h"

namespace mnist_cnn {
namespace {

using examples::add_data_options;
using examples::kMostImages;
using examples::number;
using examples::path;
using examples::whole_number;

const char* const kDescription =
    R"(Trains a convolutional network to read handwritten digits, shows how well it reads digits it
has not seen, and saves its weights; with --predict, reads digits with saved weights.
Without --data the digits are drawn by lucid itself.
)";

const char* const kFooter =
    R"(The learning rate rises to --lr over the first tenth of the steps, or 100 of them if that is less,
and falls to 0 along a cosine. Equal options give equal weights, at any number of threads, and
whether the training was stopped in between or not.

Examples:
  mnist_cnn                                     learn from digits that lucid draws
  mnist_cnn --data data/mnist --epochs 10       learn from MNIST, longer than usual
  mnist_cnn --optimizer adamw --lr 0.002        learn in another way
  mnist_cnn --checkpoint run.ckpt --resume      learn; again after a stop, to go on
  mnist_cnn --predict mnist_cnn.safetensors     look at what it learnt
  mnist_cnn --data data/mnist --predict mnist_cnn.safetensors --mistakes --show 20

Exit status: 0 if all went well, 2 if not; one line on stderr then says why.)";

constexpr OptimizerKind kOptimizers[] = {OptimizerKind::sgd, OptimizerKind::adam,
                                         OptimizerKind::adamw};

void add_optimizer_options(CLI::App& app, Options& options) {
  const auto set_kind = [&options](const std::string& name) {
    for (const OptimizerKind kind : kOptimizers) {
      if (name == mnist_cnn::name(kind)) options.optimizer = kind;
    }
  };
  app.add_option_function<std::string>("--optimizer", set_kind, "sgd, adam or adamw (default: sgd)")
      ->option_text("NAME")
      ->check([](const std::string& name) -> std::string {
        if (name == "sgd" || name == "adam" || name == "adamw") return "";
        return fmt::format("expected sgd, adam or adamw, got \"{}\"", name);
      });
  app.add_option("--lr", options.lr, "Highest learning rate (default: sgd 0.05, others 0.001)")
      ->option_text("RATE")
      ->check(number("above 0, at most 100", [](double x) { return x > 0 && x <= 100; }));
  app.add_option("--momentum", options.momentum, "Momentum of sgd (default: 0.9)")
      ->option_text("M")
      ->check(number("from 0 to below 1", [](double x) { return x >= 0 && x < 1; }));
  app.add_option("--weight-decay", options.weight_decay,
                 "Pull of the weights towards 0 (default: sgd 0.0005,\n"
                 "adam 0, adamw 0.01)")
      ->option_text("W")
      ->check(number("from 0 to 1", [](double x) { return x >= 0 && x <= 1; }));
}

void add_training_options(CLI::App& app, Options& options) {
  app.option_defaults()->group("Training");
  app.add_option("--epochs", options.epochs, "How often to go through the digits (default: 5)")
      ->option_text("N")
      ->transform(whole_number(1, 10'000));
  app.add_option("--batch-size", options.batch_size, "Digits per step (default: 64)")
      ->option_text("N")
      ->transform(whole_number(1, 4096));
  add_optimizer_options(app, options);
  app.add_option("--seed", options.seed,
                 "Decides first weights, order of the digits and dropout\n(default: 0)")
      ->option_text("N")
      ->transform(whole_number(0, INT64_MAX));
  app.add_option("--output", options.output,
                 "File for the weights (default: " + options.output + ")")
      ->option_text("FILE")
      ->check(path());
}

void add_checkpoint_options(CLI::App& app, Options& options) {
  app.option_defaults()->group("Stop and continue");
  app.add_option("--checkpoint", options.checkpoint,
                 "Keep all that the training needs to go on in FILE,\n"
                 "written anew after every epoch and now and then in it")
      ->option_text("FILE")
      ->check(path());
  app.add_option("--checkpoint-every", options.checkpoint_every,
                 "Steps between two times that it is written (default: 100)")
      ->option_text("N")
      ->transform(whole_number(1, INT64_MAX));
  app.add_flag("--resume", options.resume,
               "Go on where the run in the checkpoint stopped, or begin\n"
               "if there is none yet; all other options stay the same");
}

void add_prediction_options(CLI::App& app, Options& options) {
  app.option_defaults()->group("Prediction");
  app.add_option("--predict", options.predict,
                 "Read the test digits with the weights in FILE\ninstead of training")
      ->option_text("FILE")
      ->check(path());
  app.add_option("--show", options.show, "How many digits to draw (default: 8)")
      ->option_text("N")
      ->transform(whole_number(0, kMostImages));
  app.add_flag("--mistakes", options.mistakes, "Draw only digits that are read wrong");
}

// Options that mean nothing together are more likely a mistake than meant to be ignored.
void check_combinations(const CLI::App& app, const Options& options) {
  const bool predicts = !options.predict.empty();
  const std::vector<std::string> meaningless =
      predicts ? std::vector<std::string>{"--train-size",
                                          "--epochs",
                                          "--batch-size",
                                          "--optimizer",
                                          "--lr",
                                          "--momentum",
                                          "--weight-decay",
                                          "--seed",
                                          "--output",
                                          "--checkpoint",
                                          "--checkpoint-every",
                                          "--resume"}
               : std::vector<std::string>{"--show", "--mistakes"};
  for (const std::string& name : meaningless) {
    if (app.count(name) == 0) continue;
    throw std::runtime_error(
        fmt::format("{} {} --predict", name, predicts ? "has no meaning with" : "needs"));
  }
  if (options.momentum && options.optimizer != OptimizerKind::sgd) {
    throw std::runtime_error("--momentum is an option of the optimizer sgd alone");
  }
  for (const char* option : {"--checkpoint-every", "--resume"}) {
    if (app.count(option) > 0 && options.checkpoint.empty()) {
      throw std::runtime_error(fmt::format("{} needs --checkpoint", option));
    }
  }
}

}  // namespace

const char* name(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::adam:
      return "adam";
    case OptimizerKind::adamw:
      return "adamw";
    case OptimizerKind::sgd:
      break;
  }
  return "sgd";
}

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  CLI::App app(kDescription, "mnist_cnn");
  app.footer(kFooter);
  app.get_formatter()->column_width(24);
  add_data_options(app, options,
                   "without it lucid draws 12000 digits to learn from\nand 2000 to test with");
  add_training_options(app, options);
  add_checkpoint_options(app, options);
  add_prediction_options(app, options);
  examples::add_general_options(app, options.threads);
  if (!examples::parse(app, argc, argv)) return std::nullopt;
  check_combinations(app, options);
  return options;
}

}  // namespace mnist_cnn
