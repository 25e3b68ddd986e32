// How much a network of model_cases.h learns of digits, in one mode of convolutions:
//
//     accuracy MODEL fast|strict SEED EPOCHS THREADS TRAIN TEST [FOLDER]
//
// TRAIN and TEST: how many digits to learn from and to test with; FOLDER has the files of MNIST,
// without it lucid draws the digits. Prints the share of test digits that are read right.
#include <lucid/lucid.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>

#include "lucid_models.h"

namespace {

using namespace lucid;

constexpr double kMean = 0.1307, kStd = 0.3081;

data::ByteImageDataset digits(bool train, int64_t size, const std::string& folder) {
  if (folder.empty()) {
    return data::SyntheticDigits({.train = train, .size = size, .mean = kMean, .std = kStd});
  }
  const data::MNIST all(folder, {.train = train});
  const int64_t count = std::min(size, all.size());
  return {all.images().narrow(0, 0, count), all.labels().narrow(0, 0, count), kMean, kStd};
}

/// Digits (N, 1, 28, 28) as the model takes its images: with a border, in as many colours.
Tensor fitted(const Tensor& images, const bench::ModelShape& shape) {
  const int64_t border = (shape.size - images.shape(3)) / 2;
  const Tensor padded = border > 0 ? nn::functional::pad(images, {border, border, border, border},
                                                         nn::PaddingMode::zeros, -kMean / kStd)
                                   : images;
  return padded.expand({padded.shape(0), shape.channels, shape.size, shape.size}).contiguous();
}

bench::ModelShape shape_of(const std::string& name) {
  for (const bench::ModelShape& shape : bench::model_shapes()) {
    if (shape.name == name && shape.size <= 32) return shape;
  }
  throw std::invalid_argument("there is no model '" + name + "' for digits");
}

double accuracy(nn::Sequential& model, const bench::ModelShape& shape,
                const data::ByteImageDataset& test) {
  const InferenceMode guard;
  model.eval();
  int64_t correct = 0;
  for (auto& [images, labels] : data::DataLoader(test, {.batch_size = 100})) {
    correct += eq(model(fitted(images, shape)).argmax(1), labels).to(int64).sum().item<int64_t>();
  }
  model.train();
  return static_cast<double>(correct) / static_cast<double>(test.size());
}

int run(int argc, char** argv) {
  if (argc < 8) throw std::invalid_argument("accuracy MODEL MODE SEED EPOCHS THREADS TRAIN TEST");
  const bench::ModelShape shape = shape_of(argv[1]);
  set_conv_mode(std::string(argv[2]) == "strict" ? ConvMode::strict : ConvMode::fast);
  const auto seed = static_cast<uint64_t>(std::atoll(argv[3]));
  const int64_t epochs = std::atoll(argv[4]);
  set_num_threads(std::atoi(argv[5]));
  const std::string folder = argc > 8 ? argv[8] : "";
  const data::ByteImageDataset train = digits(true, std::atoll(argv[6]), folder);
  const data::ByteImageDataset test = digits(false, std::atoll(argv[7]), folder);

  manual_seed(seed);
  nn::Sequential model = bench::make_lucid_model(shape.name);
  optim::SGD optimizer(model.parameters(), {.lr = shape.lr, .momentum = 0.9, .weight_decay = 5e-4});
  const data::DataLoader loader(
      train, {.batch_size = shape.batch, .shuffle = true, .drop_last = true, .seed = seed});
  optim::CosineAnnealingLR schedule(optimizer, epochs * loader.size());
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    for (auto& [images, labels] : loader) {
      optimizer.zero_grad();
      nn::functional::cross_entropy(model(fitted(images, shape)), labels).backward();
      optimizer.step();
      schedule.step();
    }
  }
  std::printf("%.4f\n", accuracy(model, shape, test));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "accuracy: %s\n", error.what());
    return 1;
  }
}
