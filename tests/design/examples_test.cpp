// The API as the design promises it: each example as written there, and what its comments claim.
#include <doctest/doctest.h>

#include <sstream>

#include "lucid/lucid.h"
#include "tests/support/check.h"
#include "tests/support/temporary_folder.h"

namespace nn = lucid::nn;
using lucid::Shape;
using lucid::test::mismatch;

namespace {

struct ResidualBlock : nn::Module {
  nn::LazyConv2d conv1, conv2;
  nn::LazyBatchNorm2d norm1, norm2;

  explicit ResidualBlock(int64_t channels)
      : conv1(register_module("conv1", nn::LazyConv2d(channels, 3, {.padding = 1, .bias = false}))),
        conv2(register_module("conv2", nn::LazyConv2d(channels, 3, {.padding = 1, .bias = false}))),
        norm1(register_module("norm1", nn::LazyBatchNorm2d())),
        norm2(register_module("norm2", nn::LazyBatchNorm2d())) {}

  lucid::Tensor forward(const lucid::Tensor& x) override {
    auto y = lucid::relu(norm1(conv1(x)));
    return lucid::relu(norm2(conv2(y)) + x);
  }
};

TEST_CASE("design: the training loop") {
  const lucid::test::TemporaryFolder folder;
  lucid::manual_seed(0);

  nn::Sequential model{nn::LazyConv2d(32, 3, {.padding = 1}),
                       nn::ReLU(),
                       nn::MaxPool2d(2),
                       nn::LazyConv2d(64, 3, {.padding = "same"}),
                       nn::ReLU(),
                       nn::MaxPool2d(2),
                       nn::Flatten(),
                       nn::LazyLinear(128),
                       nn::ReLU(),
                       nn::LazyLinear(10)};

  lucid::optim::SGD optimizer(model.parameters(), {.lr = 0.05, .momentum = 0.9});
  REQUIRE(optimizer.parameters().size() == 8);
  for (const auto& parameter : optimizer.parameters()) CHECK_FALSE(parameter.is_initialized());

  lucid::data::SyntheticDigits train({.train = true, .size = 96});
  lucid::data::DataLoader loader(train, {.batch_size = 64, .shuffle = true});

  std::vector<double> losses;
  for (int epoch = 0; epoch < 6; ++epoch) {
    for (auto& [images, labels] : loader) {
      optimizer.zero_grad();
      lucid::Tensor loss = nn::functional::cross_entropy(model(images), labels);
      loss.backward();
      optimizer.step();
      losses.push_back(loss.item<double>());
    }
  }
  REQUIRE(losses.size() == 12);
  // ln(10) is what guessing costs; a few steps already do better.
  CHECK(losses.front() == doctest::Approx(2.3).epsilon(0.1));
  CHECK(losses.back() < losses.front() - 0.02);

  lucid::save(model.state_dict(), folder.file("model.safetensors"));
  const lucid::StateDict saved = lucid::load(folder.file("model.safetensors"));
  REQUIRE(saved.size() == 8);
  for (const auto& [name, parameter] : model.named_parameters()) {
    CHECK(mismatch(saved.at(name), parameter.shape(), parameter.to_vector<double>()) == "");
  }
}

TEST_CASE("design: a training loop over the files of MNIST compiles, and says what is missing") {
  const lucid::test::TemporaryFolder folder;
  const auto open = [&] {
    lucid::data::MNIST train(folder.file("mnist"), {.train = true});
    return train.size();
  };
  CHECK(lucid::test::wrong_error<lucid::IOError>(open, {"mnist"}) == "");
}

TEST_CASE("design: a module of one's own") {
  lucid::manual_seed(0);
  ResidualBlock block(4);
  nn::Sequential model{nn::LazyConv2d(4, 3, {.padding = 1}), block, nn::Flatten(),
                       nn::LazyLinear(2)};

  std::vector<std::string> names;
  for (const auto& [name, parameter] : model.named_parameters()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"0.weight", "0.bias", "1.conv1.weight", "1.conv2.weight",
                                          "1.norm1.weight", "1.norm1.bias", "1.norm2.weight",
                                          "1.norm2.bias", "3.weight", "3.bias"});

  const lucid::Tensor x = lucid::randn({3, 2, 5, 6});
  const lucid::Tensor y = model(x);
  CHECK(y.shape() == Shape{3, 2});
  y.sum().backward();
  for (const auto& entry : model.named_parameters()) {
    INFO(entry.first);
    CHECK(entry.second.grad().defined());
  }
}

TEST_CASE("design: a copy of a module is a handle to the same weights") {
  ResidualBlock block(4);
  ResidualBlock copy = block;
  copy(lucid::randn({2, 4, 5, 5}));
  REQUIRE(block.conv1.weight().is_initialized());
  CHECK(block.conv1.weight().is_same(copy.conv1.weight()));

  nn::Sequential model{block};
  model.eval();
  CHECK_FALSE(block.is_training());
  CHECK_FALSE(block.norm1.is_training());
  CHECK_FALSE(copy.norm2.is_training());

  copy.conv1.weight().detach().fill_(2);
  CHECK(block.conv1.weight().at<float>({3, 3, 2, 2}) == 2);
}

TEST_CASE("design: the lazy module") {
  nn::LazyConv2d lazy(16, 3,
                      {.stride = 1,
                       .padding = {1, 1},
                       .dilation = 1,
                       .groups = 1,
                       .bias = true,
                       .padding_mode = nn::PaddingMode::zeros,
                       .device = {},
                       .dtype = {}});
  CHECK(lazy.in_channels() == std::nullopt);
  CHECK_FALSE(lazy.weight().is_initialized());
  REQUIRE(lazy.parameters().size() == 2);
  auto y = lazy(lucid::zeros({1, 8, 16, 16}));
  CHECK(*lazy.in_channels() == 8);
  CHECK(lazy.weight().shape() == Shape{16, 8, 3, 3});
  std::ostringstream out;
  out << lazy;
  CHECK(out.str() ==
        "LazyConv2d(in_channels=8, out_channels=16, kernel_size=(3, 3), stride=(1, 1), "
        "padding=(1, 1))");
}

TEST_CASE("specification of LazyConv2d: the model") {
  nn::Sequential model{
      nn::LazyConv2d(64, 3, {.padding = 1}),
      nn::ReLU(),
      nn::LazyConv2d(128, 3, {.padding = 1}),
  };
  auto x = lucid::zeros({2, 3, 32, 32});
  auto y = model(x);
  CHECK(y.shape() == Shape{2, 128, 32, 32});
  CHECK(model.at<nn::LazyConv2d>(0).in_channels() == 3);
  CHECK(model.at<nn::LazyConv2d>(2).in_channels() == 64);
}

TEST_CASE("specification of LazyConv2d: the layer") {
  nn::LazyConv2d lazy(16, 3, {.padding = 1});
  lazy(lucid::zeros({1, 8, 16, 16}));
  std::ostringstream out;
  out << *lazy.in_channels();
  CHECK(out.str() == "8");
}

TEST_CASE("design: a size is an integer or a pair, a padding also \"same\" or \"valid\"") {
  const nn::LazyConv2d square(1, 3, {.stride = 2, .padding = 0});
  CHECK(square.kernel_size() == nn::Size2d(3, 3));
  CHECK(square.options().stride == nn::Size2d(2, 2));
  CHECK(square.options().padding.size() == nn::Size2d(0));
  CHECK_FALSE(square.options().padding.mode());
  const nn::LazyConv2d oblong(1, {3, 5}, {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 3}});
  CHECK(oblong.kernel_size() == nn::Size2d(3, 5));
  CHECK(oblong.options().padding.size() == nn::Size2d(1, 2));
  CHECK(oblong.options().dilation == nn::Size2d(1, 3));
  CHECK(nn::LazyConv2d(1, 3, {.padding = "same"}).options().padding.mode() == "same");
  CHECK(nn::LazyConv2d(1, 3, {.padding = std::string("valid")}).options().padding.mode() ==
        "valid");
}

}  // namespace
