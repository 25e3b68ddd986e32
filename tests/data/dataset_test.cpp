// Data sets in memory, and the stacking that any data set gets for free.
#include "data/dataset.h"

#include <doctest/doctest.h>

#include <cmath>

#include "data/byte_image_dataset.h"
#include "data/tensor_dataset.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/parallel.h"
#include "tests/support/message_of.h"

namespace lucid::data {
namespace {

using test::contains;
using test::message_of;

// Example i is a vector of length 3 (or as told) full of i, with target 10 * i.
class Squares : public Dataset {
 public:
  explicit Squares(int64_t odd_one = -1) : odd_one_(odd_one) {}
  int64_t size() const override { return 6; }
  Batch get(int64_t index) const override {
    check_index("Squares", index);
    return {full({index == odd_one_ ? 4 : 3}, static_cast<float>(index)),
            full({}, 10 * index, {.dtype = int64})};
  }

 private:
  int64_t odd_one_;
};

TEST_CASE("a data set that knows single examples stacks them into batches") {
  const Squares squares;
  auto [data, target] = squares.get_batch({5, 0, 5});
  CHECK(data.shape() == Shape{3, 3});
  CHECK(data.dtype() == float32);
  CHECK(data.to_vector<float>() == std::vector<float>{5, 5, 5, 0, 0, 0, 5, 5, 5});
  CHECK(target.shape() == Shape{3});
  CHECK(target.dtype() == int64);
  CHECK(target.to_vector<int64_t>() == std::vector<int64_t>{50, 0, 50});
}

TEST_CASE("examples that cannot be stacked are named") {
  const Squares squares(2);
  const std::string message = message_of<ShapeError>([&] { squares.get_batch({1, 2}); });
  CHECK(contains(message, "data 2 has [4] and data 1 has [3]"));
}

TEST_CASE("stacking copes with views and with missing targets") {
  class Columns : public Dataset {
   public:
    int64_t size() const override { return 2; }
    Batch get(int64_t index) const override { return {matrix_.select(1, index), {}}; }

   private:
    Tensor matrix_ = tensor({{1, 2}, {3, 4}, {5, 6}});
  };
  auto [data, target] = Columns().get_batch({1, 0});
  CHECK(data.to_vector<int64_t>() == std::vector<int64_t>{2, 4, 6, 1, 3, 5});
  CHECK_FALSE(target.defined());
}

TEST_CASE("batches refuse wrong indices") {
  const Squares squares;
  CHECK(contains(message_of<ValueError>([&] { squares.get_batch({}); }), "at least one index"));
  CHECK(contains(message_of<IndexError>([&] {
                   squares.get_batch({0, 6});
                 }),
                 "index 6 is out of range, expected 0 to 5"));
  CHECK_THROWS_AS(squares.get_batch({-1}), IndexError);
}

TEST_CASE("TensorDataset gathers rows of any type") {
  const Tensor data = arange(24, {.dtype = float64}).reshape({4, 3, 2});
  const Tensor target = tensor({true, false, true, true});
  const TensorDataset set(data, target);
  CHECK(set.size() == 4);

  auto [rows, flags] = set.get_batch({3, 1, 3});
  CHECK(rows.shape() == Shape{3, 3, 2});
  CHECK(rows.dtype() == float64);
  CHECK(rows.at<double>({0, 0, 0}) == 18);
  CHECK(rows.at<double>({1, 2, 1}) == 11);
  CHECK(rows.at<double>({2, 1, 0}) == 20);
  CHECK(flags.dtype() == bool_);
  CHECK(flags.to_vector<bool>() == std::vector<bool>{true, false, true});

  auto [row, flag] = set.get(2);
  CHECK(row.shape() == Shape{3, 2});
  CHECK(row.at<double>({0, 0}) == 12);
  CHECK(flag.shape() == Shape{});
  CHECK(flag.item<bool>());
}

TEST_CASE("TensorDataset refers to contiguous memory, and copies are handles") {
  const Tensor data = zeros({3, 2});
  const TensorDataset set(data, arange(3));
  const TensorDataset copy = set;
  data.fill_(7);
  CHECK(copy.get_batch({1}).data.to_vector<float>() == std::vector<float>{7, 7});
  copy.get_batch({0}).data.fill_(1);
  CHECK(data.at<float>({0, 0}) == 7);
}

TEST_CASE("TensorDataset takes strided tensors and rows without elements") {
  const TensorDataset strided(arange(6).reshape({2, 3}).transpose(0, 1), zeros({3, 0}));
  auto [data, target] = strided.get_batch({2, 0});
  CHECK(data.to_vector<int64_t>() == std::vector<int64_t>{2, 5, 0, 3});
  CHECK(target.shape() == Shape{2, 0});
}

TEST_CASE("TensorDataset refuses tensors that are not examples and targets") {
  CHECK(contains(message_of<ShapeError>([] {
                   TensorDataset(zeros({4, 2}), zeros({3}));
                 }),
                 "same first size, got shapes [4, 2] and [3]"));
  CHECK(contains(message_of<ShapeError>([] { TensorDataset(zeros({}), zeros({1})); }),
                 "data with one row per example, got a scalar"));
  CHECK(contains(message_of<UninitializedError>([] { TensorDataset(zeros({2}), Tensor()); }),
                 "target has no values"));
  CHECK_THROWS_AS(TensorDataset(zeros({2}, {.device = meta}), zeros({2})), DeviceError);
  CHECK_THROWS_AS(TensorDataset(zeros({2, 2}), zeros({2})).get(2), IndexError);
  CHECK_THROWS_AS(TensorDataset(zeros({2, 2}), zeros({2})).get_batch({0, -1}), IndexError);
}

TEST_CASE("a gathered batch is the same at any number of threads") {
  const int before = get_num_threads();
  const TensorDataset set(rand({300, 1000}), arange(300));
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < 300; ++i) indices.push_back(i * 7 % 300);
  set_num_threads(1);
  const auto expected = set.get_batch(indices).data.to_vector<float>();
  for (int threads : {2, 3}) {
    set_num_threads(threads);
    CHECK(set.get_batch(indices).data.to_vector<float>() == expected);
  }
  set_num_threads(before);
  CHECK(expected[1000] == set.data().at<float>({7, 0}));
}

TEST_CASE("ByteImageDataset turns bytes into floats") {
  const Tensor images = tensor({{{0, 255}, {51, 102}}, {{255, 0}, {0, 0}}}, {.dtype = uint8});
  const ByteImageDataset set(images, tensor({3, 1}));
  CHECK(set.size() == 2);
  CHECK(set.images().shape() == Shape{2, 1, 2, 2});

  auto [batch, labels] = set.get_batch({1, 0});
  CHECK(batch.shape() == Shape{2, 1, 2, 2});
  CHECK(batch.dtype() == float32);
  CHECK(batch.to_vector<float>() == std::vector<float>{1, 0, 0, 0, 0, 1, 0.2f, 0.4f});
  CHECK(labels.to_vector<int64_t>() == std::vector<int64_t>{1, 3});

  auto [image, label] = set.get(0);
  CHECK(image.shape() == Shape{1, 2, 2});
  CHECK(image.at<float>({0, 1, 1}) == 0.4f);
  CHECK(label.item<int64_t>() == 3);
}

TEST_CASE("ByteImageDataset standardises, and keeps colour channels") {
  const Tensor images = full({2, 3, 4, 5}, 255, {.dtype = uint8});
  const ByteImageDataset set(images, zeros({2}, {.dtype = int64}), 0.5, 0.25);
  const Tensor batch = set.get_batch({0}).data;
  CHECK(batch.shape() == Shape{1, 3, 4, 5});
  CHECK(batch.at<float>({0, 2, 3, 4}) == 2.0f);
}

TEST_CASE("ByteImageDataset refuses other tensors and options") {
  const Tensor images = zeros({2, 4, 4}, {.dtype = uint8});
  const Tensor labels = zeros({2}, {.dtype = int64});
  CHECK(contains(message_of<DTypeError>([&] {
                   ByteImageDataset(zeros({2, 4, 4}), labels);
                 }),
                 "images of uint8, got float32"));
  CHECK(contains(message_of<DTypeError>([&] { ByteImageDataset(images, zeros({2})); }),
                 "labels of int64, got float32"));
  CHECK(contains(message_of<ShapeError>([&] { ByteImageDataset(images.flatten(), labels); }),
                 "(N, H, W) or (N, C, H, W), got [32]"));
  CHECK(contains(
      message_of<ShapeError>([&] { ByteImageDataset(images, zeros({3}, {.dtype = int64})); }),
      "labels of shape [2], got [3]"));
  CHECK_THROWS_AS(ByteImageDataset(Tensor(), labels), UninitializedError);
  CHECK_THROWS_AS(ByteImageDataset(zeros({2, 4, 4}, {.dtype = uint8, .device = meta}), labels),
                  DeviceError);
  CHECK(contains(message_of<ValueError>([&] { ByteImageDataset(images, labels, 0, 0); }),
                 "std is 0"));
  CHECK_THROWS_AS(ByteImageDataset(images, labels, 0, -1), ValueError);
  CHECK_THROWS_AS(ByteImageDataset(images, labels, NAN, 1), ValueError);
  CHECK_THROWS_AS(ByteImageDataset(images, labels).get_batch({2}), IndexError);
  CHECK_THROWS_AS(ByteImageDataset(images, labels).get(-1), IndexError);
}

}  // namespace
}  // namespace lucid::data
