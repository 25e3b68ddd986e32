// MNIST from files made here, and from the real ones where LUCID_DATA names them.
#include "data/mnist.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "data/data_loader.h"
#include "lucid/error.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"

namespace lucid::data {
namespace {

using namespace std::string_literals;
using test::contains;
using test::gzip;
using test::message_of;
using test::TemporaryFolder;

// `count` images full of their number, as an IDX file; sides may be wrong on purpose.
std::string images_file(int count, int side = 28) {
  std::string bytes = "\0\0\x08\x03\0\0\0"s + static_cast<char>(count) + "\0\0\0"s +
                      static_cast<char>(side) + "\0\0\0"s + static_cast<char>(side);
  for (int i = 0; i < count; ++i)
    bytes.append(static_cast<size_t>(side * side), static_cast<char>(i));
  return bytes;
}

std::string labels_file(const std::string& labels) {
  return "\0\0\x08\x01\0\0\0"s + static_cast<char>(labels.size()) + labels;
}

// A folder with a training set of 5 images and a test set of 3.
void fill(const TemporaryFolder& folder) {
  folder.write("train-images-idx3-ubyte", images_file(5));
  folder.write("train-labels-idx1-ubyte", labels_file("\x05\x00\x09\x01\x02"s));
  folder.write("t10k-images-idx3-ubyte.gz", gzip(images_file(3)));
  folder.write("t10k-labels-idx1-ubyte.gz", gzip(labels_file("\x07\x02\x01"s)));
}

// The message of the IOError that the training set gives once a file is replaced.
std::string failure_with(const std::string& name, const std::string& bytes) {
  const TemporaryFolder folder;
  fill(folder);
  const std::string path = folder.write(name, bytes);
  const std::string message = message_of<IOError>([&] { MNIST{folder.path()}; });
  CHECK_MESSAGE(contains(message, path), message);
  return message;
}

TEST_CASE("MNIST reads both splits, plain and compressed") {
  const TemporaryFolder folder;
  fill(folder);
  const MNIST train(folder.path(), {.train = true});
  CHECK(train.size() == 5);
  auto [images, labels] = train.get_batch({2, 4});
  CHECK(images.shape() == Shape{2, 1, 28, 28});
  CHECK(images.dtype() == float32);
  CHECK(images.at<float>({0, 0, 27, 27}) == 2 / 255.0f);
  CHECK(images.at<float>({1, 0, 0, 0}) == 4 / 255.0f);
  CHECK(labels.dtype() == int64);
  CHECK(labels.to_vector<int64_t>() == std::vector<int64_t>{9, 2});

  const MNIST test(folder.path() + "/", {.train = false, .mean = 1 / 255.0, .std = 0.5});
  CHECK(test.size() == 3);
  auto [image, label] = test.get(2);
  CHECK(image.shape() == Shape{1, 28, 28});
  CHECK(image.at<float>({0, 3, 4}) == doctest::Approx(2 / 255.0));
  CHECK(label.item<int64_t>() == 1);
}

TEST_CASE("MNIST needs the files of its split alone") {
  const TemporaryFolder folder;
  fill(folder);
  std::filesystem::remove(folder.file("train-labels-idx1-ubyte"));
  CHECK(MNIST(folder.path(), {.train = false}).size() == 3);
  const std::string message = message_of<IOError>([&] { MNIST{folder.path()}; });
  CHECK(contains(message, "there is neither \"" + folder.file("train-labels-idx1-ubyte") + "\""));
  CHECK(contains(message, ".gz\""));
}

TEST_CASE("MNIST refuses files that do not fit") {
  const std::string images = "train-images-idx3-ubyte";
  const std::string labels = "train-labels-idx1-ubyte";
  CHECK(contains(failure_with(images, images_file(5, 27)), "of shape [5, 27, 27], expected"));
  CHECK(contains(failure_with(images, images_file(0)), "of shape [0, 28, 28], expected"));
  CHECK(contains(failure_with(images, labels_file("abc")), "of shape [3], expected uint8 images"));
  CHECK(contains(failure_with(images, images_file(5).substr(0, 99)), "truncated"));
  CHECK(contains(failure_with(images, "no"), "not an IDX file"));
  CHECK(contains(failure_with(labels, images_file(5)), "expected uint8 labels"));
  CHECK(contains(failure_with(labels, labels_file("\1\2\3\4"s)), "holds 4 labels"));
  CHECK(contains(failure_with(labels, labels_file("\1\2\3\4\5\6"s)), "holds 5 images"));
  CHECK(contains(failure_with(labels, labels_file("\1\2\3\x0a\4"s)),
                 "label 3 is 10, expected 0 to 9"));
  CHECK(contains(failure_with(labels, "\0\0\x09\x01\0\0\0\x05"s + "\1\2\3\4\5"s), "holds int32"));
}

TEST_CASE("MNIST refuses a folder that is not there, and wrong options") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(MNIST(folder.file("nowhere")), IOError);
  fill(folder);
  CHECK_THROWS_AS(MNIST(folder.path(), {.std = 0}), ValueError);
}

TEST_CASE("the real MNIST") {
  const char* root = std::getenv("LUCID_DATA");
  if (!root || !*root) {
    std::puts("skipped: LUCID_DATA is not set");
    return;
  }
  const std::string folder = std::string(root) + "/mnist";
  const MNIST train(folder);
  const MNIST test(folder, {.train = false});
  CHECK(train.size() == 60'000);
  CHECK(test.size() == 10'000);
  // Counts of the digits and the first labels, as they are published.
  std::vector<int64_t> counts(10, 0);
  for (int64_t label : train.labels().to_vector<int64_t>()) ++counts[static_cast<size_t>(label)];
  CHECK(counts == std::vector<int64_t>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949});
  CHECK(train.labels().narrow(0, 0, 5).to_vector<int64_t>() == std::vector<int64_t>{5, 0, 4, 1, 9});
  CHECK(test.labels().narrow(0, 0, 5).to_vector<int64_t>() == std::vector<int64_t>{7, 2, 1, 0, 4});
  double sum = 0.0;
  double squares = 0.0;
  const DataLoader loader(train, {.batch_size = 1000});
  for (auto& [images, labels] : loader) {
    for (float value : images.to_vector<float>()) {
      sum += value;
      squares += static_cast<double>(value) * value;
    }
  }
  const double mean = sum / (60'000.0 * 784);
  CHECK(mean == doctest::Approx(0.1307).epsilon(0.0005));
  CHECK(squares / (60'000.0 * 784) - mean * mean ==
        doctest::Approx(0.3081 * 0.3081).epsilon(0.001));
}

}  // namespace
}  // namespace lucid::data
