#include "options.h"

#include "examples/shared/command_line.h"

namespace gradient_penalty {
namespace {

using examples::number;
using examples::whole_number;

const char* const kDescription =
    R"(Trains a convolutional network to read digits twice, from the same first weights: on the loss
alone, and with a penalty on the loss's gradient by the image (double backpropagation, Drucker and
LeCun 1992). Then compares how well the two read images that were changed a little.
)";

const char* const kFooter =
    R"(An attack moves every pixel by --attack in the direction that raises the loss most (FGSM, Goodfellow
et al. 2015). Equal options give equal results, at any number of threads.

Examples:
  gradient_penalty                          learn from digits that lucid draws
  gradient_penalty --penalty 1              ... with a lighter hand
  gradient_penalty --data data/mnist        learn from MNIST

Exit status: 0 if all went well, 2 if not; one line on stderr then says why.)";

void add_training_options(CLI::App& app, Options& options) {
  app.option_defaults()->group("Training");
  app.add_option("--epochs", options.epochs, "How often to go through the digits (default: 3)")
      ->option_text("N")
      ->transform(whole_number(1, 10'000));
  app.add_option("--batch-size", options.batch_size, "Digits per step (default: 64)")
      ->option_text("N")
      ->transform(whole_number(1, 4096));
  app.add_option("--lr", options.lr, "Learning rate of Adam (default: 0.003)")
      ->option_text("RATE")
      ->check(number("above 0, at most 100", [](double x) { return x > 0 && x <= 100; }));
  app.add_option("--penalty", options.penalty,
                 "What the squared norm of the gradient by the image\ncounts beside the loss "
                 "(default: 3)")
      ->option_text("LAMBDA")
      ->check(number("above 0, at most 1000", [](double x) { return x > 0 && x <= 1000; }));
  app.add_option("--seed", options.seed,
                 "Decides first weights, order of the digits and noise\n(default: 0)")
      ->option_text("N")
      ->transform(whole_number(0, INT64_MAX));
}

void add_comparison_options(CLI::App& app, Options& options) {
  app.option_defaults()->group("Comparison");
  const auto share = number("from 0 to 1", [](double x) { return x >= 0 && x <= 1; });
  app.add_option("--attack", options.attack,
                 "By how much of the way from paper to ink an attack moves\npixels (default: 0.05)")
      ->option_text("E")
      ->check(share);
  app.add_option("--noise", options.noise,
                 "Standard deviation of noise, on the same scale\n(default: 0.2)")
      ->option_text("S")
      ->check(share);
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  options.train_size = 3000;
  options.test_size = 1000;
  CLI::App app(kDescription, "gradient_penalty");
  app.footer(kFooter);
  app.get_formatter()->column_width(24);
  examples::add_data_options(app, options,
                             "without it lucid draws digits. By default 3000 are\n"
                             "learnt from, and 1000 are to test with");
  add_training_options(app, options);
  add_comparison_options(app, options);
  examples::add_general_options(app, options.threads);
  if (!examples::parse(app, argc, argv)) return std::nullopt;
  return options;
}

}  // namespace gradient_penalty
