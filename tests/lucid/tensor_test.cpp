// The handle: what it tells of itself, and how values get out of it.
#include "lucid/tensor.h"

#include <doctest/doctest.h>

#include <cstdint>

#include "tests/support/check.h"

namespace lucid::test {
namespace {

TEST_CASE("Tensor: what it is") {
  const Tensor x = zeros({2, 3, 4}, {.dtype = float64});
  CHECK(x.defined());
  CHECK(x.shape() == Shape{2, 3, 4});
  CHECK(x.shape(0) == 2);
  CHECK(x.shape(-1) == 4);
  CHECK(x.shape(-3) == 2);
  CHECK(x.strides() == Strides{12, 4, 1});
  CHECK(x.dim() == 3);
  CHECK(x.numel() == 24);
  CHECK(x.dtype() == float64);
  CHECK(x.device() == cpu);
  CHECK_FALSE(x.is_meta());
  CHECK(x.is_floating_point());
  CHECK_FALSE(zeros({1}, {.dtype = int32}).is_floating_point());
  CHECK(x.is_contiguous());
  CHECK(x.storage_offset() == 0);
  CHECK(x.select(0, 1).storage_offset() == 12);
  CHECK(x.data<double>() != nullptr);
  CHECK(x.select(0, 1).data<double>() == x.data<double>() + 12);
  CHECK(x.is_leaf());
  CHECK(x.grad_fn() == "");
  CHECK_FALSE(x.grad().defined());
  CHECK(wrong_error<IndexError>([&] { x.shape(3); }, {"shape", "dim 3", "rank 3"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.shape(-4); }, {"dim -4"}) == "");
}

TEST_CASE("Tensor: a copy of the handle is the same tensor") {
  const Tensor x = zeros({2});
  const Tensor y = x;
  y.set({0}, 5);
  CHECK(x.at<float>({0}) == 5);
  CHECK(x.is_same(y));
  CHECK_FALSE(x.is_same(x.detach()));
  CHECK_FALSE(x.is_same(x.clone()));
  CHECK_FALSE(x.is_same(Tensor()));
}

TEST_CASE("Tensor: is_contiguous asks about row-major order, not about history") {
  const Tensor x = counting({4, 6});
  CHECK_FALSE(x.t().is_contiguous());
  CHECK(x.t().t().is_contiguous());
  CHECK(x.narrow(0, 1, 2).is_contiguous());
  CHECK_FALSE(x.narrow(1, 1, 2).is_contiguous());
  CHECK(x.narrow(0, 2, 1).transpose(0, 1).is_contiguous());  // one row is one column
  CHECK(x.narrow(1, 1, 2).narrow(0, 0, 1).is_contiguous());
  CHECK_FALSE(zeros({1}).expand({3}).is_contiguous());
  CHECK(zeros({1}).expand({1, 1}).is_contiguous());
  CHECK(zeros({2, 0, 3}).permute({2, 1, 0}).is_contiguous());
}

TEST_CASE("item converts the one value there is") {
  CHECK(tensor(2.75).item<float>() == 2.75F);
  CHECK(tensor(2.75).item<double>() == 2.75);
  CHECK(tensor(2.75).item<int64_t>() == 2);
  CHECK(tensor(-3).item<int32_t>() == -3);
  CHECK(tensor(200, {.dtype = uint8}).item<uint8_t>() == 200);
  CHECK(tensor(0.5).item<bool>());
  CHECK(tensor({{{4}}}).item<int64_t>() == 4);
  CHECK(tensor({1, 2, 3}).select(0, 1).item<int64_t>() == 2);
  CHECK(tensor(true).item<double>() == 1);
  CHECK(wrong_error<ShapeError>([] { zeros({2}).item<float>(); }, {"item", "one element", "[2]"}) ==
        "");
  CHECK(wrong_error<ShapeError>([] { zeros({0}).item<float>(); }, {"item", "[0]"}) == "");
}

TEST_CASE("at and set: one element by its indices") {
  const Tensor x = counting({2, 3}, int32);
  CHECK(x.at<int32_t>({1, 2}) == 5);
  CHECK(x.at<double>({-1, -3}) == 3);
  CHECK(x.t().at<int32_t>({2, 1}) == 5);
  CHECK(tensor(7).at<int64_t>({}) == 7);
  x.set({1, -1}, 50);
  CHECK(x.at<int32_t>({1, 2}) == 50);
  x.t().set({0, 1}, -4);
  CHECK(x.at<int32_t>({1, 0}) == -4);
  x.set({0, 0}, 2.9);  // converted as by to()
  CHECK(x.at<int32_t>({0, 0}) == 2);
  const Tensor scalar = tensor(1.0);
  scalar.set({}, 8);
  CHECK(scalar.item<float>() == 8);
}

TEST_CASE("at and set: indices that are not there leave the tensor as it was") {
  const Tensor x = counting({2, 3}, float32);
  const uint64_t version = x.version();
  CHECK(wrong_error<IndexError>([&] { x.at<float>({2, 0}); }, {"at", "[2, 0]", "[2, 3]"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.at<float>({0, -4}); }, {"at", "[0, -4]", "[2, 3]"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.at<float>({1}); }, {"at", "2 indices", "[1]"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.at<float>({0, 0, 0}); }, {"at", "[0, 0, 0]"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.set({0, 3}, 1); }, {"set", "[0, 3]", "[2, 3]"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.set({0, -4}, 1); }, {"set", "[0, -4]", "[2, 3]"}) == "");
  CHECK(wrong_error<IndexError>([&] { x.set({0}, 1); }, {"set", "2 indices", "[0]"}) == "");
  CHECK(mismatch(x, {2, 3}, {0, 1, 2, 3, 4, 5}) == "");
  CHECK(x.version() == version);
}

TEST_CASE("to_vector: row-major, whatever the layout, converted") {
  const Tensor x = counting({2, 3}, int64);
  CHECK(x.to_vector<int64_t>() == std::vector<int64_t>{0, 1, 2, 3, 4, 5});
  CHECK(x.t().to_vector<float>() == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(x.slice(1, 0, 3, 2).to_vector<uint8_t>() == std::vector<uint8_t>{0, 2, 3, 5});
  CHECK(tensor({2}).expand({2, 2}).to_vector<int32_t>() == std::vector<int32_t>{2, 2, 2, 2});
  CHECK(tensor({0.0, 0.5, -1.0}).to_vector<bool>() == std::vector<bool>{false, true, true});
  CHECK(zeros({2, 0}).to_vector<float>().empty());
  CHECK(tensor(4).to_vector<double>() == std::vector<double>{4});
}

TEST_CASE("data asks for the right type") {
  const Tensor x = zeros({2});
  CHECK(wrong_error<DTypeError>([&] { x.data<double>(); },
                                {"data", "float32", "float64", "to()"}) == "");
  CHECK(wrong_error<DTypeError>([&] { x.data<bool>(); }, {"data", "bool"}) == "");
  CHECK(zeros({0}).data<float>() == nullptr);
}

TEST_CASE("an undefined tensor raises UninitializedError") {
  const Tensor none;
  CHECK_FALSE(none.defined());
  CHECK(wrong_error<UninitializedError>([&] { none.shape(); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.dtype(); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.numel(); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.item<float>(); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.to(float64); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.reshape({1}); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.add(zeros({1})); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { zeros({1}).mul(none); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.matmul(none); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.sum(); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.fill_(1); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.detach(); }, {"undefined"}) == "");
  CHECK(wrong_error<UninitializedError>([&] { none.requires_grad_(); }, {"undefined"}) == "");
}

TEST_CASE("meta tensors: shapes without values") {
  const Tensor x = zeros({2, 3}, {.device = meta});
  CHECK(x.is_meta());
  CHECK(x.version() == 0);
  CHECK(wrong_error<DeviceError>([&] { x.data<float>(); }, {"data", "meta"}) == "");
  CHECK(wrong_error<DeviceError>([&] { x.to_vector<float>(); }, {"meta"}) == "");
  CHECK(wrong_error<DeviceError>([&] { x.at<float>({0, 0}); }, {"meta"}) == "");
  CHECK(wrong_error<DeviceError>([&] { x.sum().item<float>(); }, {"meta"}) == "");
  const auto is = [](const Tensor& y, DType dtype, const Shape& shape) {
    return y.is_meta() && y.dtype() == dtype && y.shape() == shape;
  };
  CHECK(is(x.t(), float32, {3, 2}));
  CHECK(is(x.reshape({6}), float32, {6}));
  CHECK(is(x.t().reshape({6}), float32, {6}));
  CHECK(is(x.slice(1, 0, 2), float32, {2, 2}));
  CHECK(is(x.clone(), float32, {2, 3}));
  CHECK(is(x.t().contiguous(), float32, {3, 2}));
  CHECK(is(x.to(int64), int64, {2, 3}));
  CHECK(is(x.add(ones({3})), float32, {2, 3}));
  CHECK(is(ones({4, 1, 1}).mul(x), float32, {4, 2, 3}));
  CHECK(is(x.exp(), float32, {2, 3}));
  CHECK(is(x.sum(1), float32, {2}));
  CHECK(is(x.max(0).indices, int64, {3}));
  CHECK(is(x.softmax(1), float32, {2, 3}));
  CHECK(is(x.matmul(ones({3, 5})), float32, {2, 5}));
  CHECK(wrong_error<ShapeError>(
            [&] {
              x.matmul(ones({4, 5}));
            },
            {"matmul", "[2, 3]", "[4, 5]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { x.add(ones({4})); }, {"add", "[2, 3]", "[4]"}) == "");
  x.fill_(3);
  x.add_(1);
  CHECK(wrong_error<DeviceError>([&] { zeros({2, 3}).copy_(x); }, {"copy_", "meta"}) == "");
}

}  // namespace
}  // namespace lucid::test
