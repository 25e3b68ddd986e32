#include "lucid/creation.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <numeric>

#include "tests/support/check.h"

namespace lucid::test {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
const DType all_dtypes[] = {bool_, uint8, int32, int64, float32, float64};

TEST_CASE("tensor: nested lists of rank 0 to 3") {
  CHECK(mismatch(tensor(3.5), float32, {}, {3.5}) == "");
  CHECK(mismatch(tensor(7), int64, {}, {7}) == "");
  CHECK(mismatch(tensor({1}), int64, {1}, {1}) == "");
  CHECK(mismatch(tensor({1, 2, 3}), int64, {3}, {1, 2, 3}) == "");
  CHECK(mismatch(tensor({{1, 2, 3}}), int64, {1, 3}, {1, 2, 3}) == "");
  CHECK(mismatch(tensor({{1}, {2}}), int64, {2, 1}, {1, 2}) == "");
  CHECK(mismatch(tensor({{1.0, 2.0}, {3.0, 4.0}}), float32, {2, 2}, {1, 2, 3, 4}) == "");
  CHECK(mismatch(tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}, {{9, 10}, {11, 12}}}), int64,
                 {3, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) == "");
  CHECK(mismatch(tensor({{{1}}}), int64, {1, 1, 1}, {1}) == "");
  CHECK(mismatch(tensor({}), float32, {0}, {}) == "");
}

TEST_CASE("tensor: the type follows from the values unless it is given") {
  CHECK(tensor({true, false}).dtype() == bool_);
  CHECK(tensor({true, 2}).dtype() == int64);
  CHECK(tensor({1, 2.5}).dtype() == float32);
  CHECK(tensor({true, 2.5F}).dtype() == float32);
  CHECK(tensor({{1, 2}, {3, 4.0}}).dtype() == float32);
  for (DType dtype : all_dtypes) {
    CHECK(mismatch(tensor({1, 0, 1}, {.dtype = dtype}), dtype, {3}, {1, 0, 1}) == "");
  }
  CHECK(mismatch(tensor({2, 0}, {.dtype = bool_}), bool_, {2}, {1, 0}) == "");
  // Integers are kept exactly, beyond what a double holds.
  CHECK(tensor({(int64_t{1} << 53) + 1}).item<int64_t>() == (int64_t{1} << 53) + 1);
}

TEST_CASE("tensor: ragged lists are refused") {
  CHECK(wrong_error<ShapeError>(
            [] {
              tensor({{1, 2}, {3}});
            },
            {"tensor", "ragged", "[2]", "[1]"}) == "");
  CHECK(wrong_error<ShapeError>([] { tensor({{{1}, {2}}, {{3}, {4}, {5}}}); }, {"ragged"}) == "");
  CHECK(wrong_error<ShapeError>([] { tensor({{1, 2}, 3}); }, {"ragged"}) == "");
}

TEST_CASE("tensor: from a vector") {
  CHECK(mismatch(tensor(std::vector<float>{1.5F, 2}), float32, {2}, {1.5, 2}) == "");
  CHECK(mismatch(tensor(std::vector<double>{1.5, 2}), float64, {2}, {1.5, 2}) == "");
  CHECK(mismatch(tensor(std::vector<int64_t>{-1}), int64, {1}, {-1}) == "");
  CHECK(mismatch(tensor(std::vector<int32_t>{-1, 4}), int32, {2}, {-1, 4}) == "");
  CHECK(mismatch(tensor(std::vector<uint8_t>{200}), uint8, {1}, {200}) == "");
  CHECK(mismatch(tensor(std::vector<bool>{true, false}), bool_, {2}, {1, 0}) == "");
  CHECK(mismatch(tensor(std::vector<float>{}), float32, {0}, {}) == "");
  CHECK(mismatch(tensor(std::vector<double>{1.75, -2.5}, {.dtype = int32}), int32, {2}, {1, -2}) ==
        "");
}

TEST_CASE("zeros, ones, full, empty in every type") {
  for (DType dtype : all_dtypes) {
    const TensorOptions options{.dtype = dtype};
    CHECK(mismatch(zeros({2, 2}, options), dtype, {2, 2}, {0, 0, 0, 0}) == "");
    CHECK(mismatch(ones({3}, options), dtype, {3}, {1, 1, 1}) == "");
    CHECK(mismatch(full({2}, 1, options), dtype, {2}, {1, 1}) == "");
    CHECK(empty({2, 5}, options).dtype() == dtype);
    CHECK(empty({2, 5}, options).numel() == 10);
    CHECK(mismatch(zeros({2, 0, 3}, options), dtype, {2, 0, 3}, {}) == "");
    CHECK(mismatch(ones({}, options), dtype, {}, {1}) == "");
  }
  CHECK(zeros({1}).dtype() == float32);
  CHECK(full({1}, 2).dtype() == int64);
  CHECK(full({1}, 2.0).dtype() == float32);
  CHECK(full({1}, true).dtype() == bool_);
  CHECK(mismatch(full({2}, 2.75, {.dtype = int64}), int64, {2}, {2, 2}) == "");
  CHECK(zeros({2, 3}).is_contiguous());
  CHECK(zeros({2, 3}).strides() == Strides{3, 1});
}

TEST_CASE("*_like take type, shape and device, unless options say otherwise") {
  const Tensor like = counting({2, 3}, int32).t();
  CHECK(mismatch(zeros_like(like), int32, {3, 2}, {0, 0, 0, 0, 0, 0}) == "");
  CHECK(mismatch(ones_like(like), int32, {3, 2}, {1, 1, 1, 1, 1, 1}) == "");
  CHECK(mismatch(full_like(like, 4), int32, {3, 2}, {4, 4, 4, 4, 4, 4}) == "");
  CHECK(empty_like(like).shape() == like.shape());
  CHECK(empty_like(like).is_contiguous());
  CHECK(ones_like(like, {.dtype = float64}).dtype() == float64);
  CHECK(zeros_like(zeros({2}, {.device = meta})).is_meta());
  CHECK(zeros_like(like, {.device = meta}).is_meta());
  CHECK(rand_like(zeros({2, 3}, {.dtype = float64})).dtype() == float64);
  CHECK(randn_like(zeros({2, 3})).shape() == Shape{2, 3});
  CHECK(wrong_error<DTypeError>([&] { rand_like(like); }, {"rand", "int32", "float"}) == "");
}

TEST_CASE("options: requires_grad") {
  CHECK(zeros({2}, {.requires_grad = true}).requires_grad());
  CHECK(tensor({1.0, 2.0}, {.requires_grad = true}).requires_grad());
  CHECK_FALSE(zeros({2}).requires_grad());
  CHECK(wrong_error<DTypeError>([] { zeros({2}, {.dtype = int64, .requires_grad = true}); },
                                {"requires_grad", "int64"}) == "");
}

TEST_CASE("arange counts in its own type") {
  CHECK(mismatch(arange(4), int64, {4}, {0, 1, 2, 3}) == "");
  CHECK(mismatch(arange(2, 5), int64, {3}, {2, 3, 4}) == "");
  CHECK(mismatch(arange(0, 10, 3), int64, {4}, {0, 3, 6, 9}) == "");
  CHECK(mismatch(arange(0, 9, 3), int64, {3}, {0, 3, 6}) == "");
  CHECK(mismatch(arange(5, 0, -2), int64, {3}, {5, 3, 1}) == "");
  CHECK(mismatch(arange(3, 3), int64, {0}, {}) == "");
  CHECK(mismatch(arange(2.5), float32, {3}, {0, 1, 2}) == "");
  CHECK(mismatch(arange(0, 1, 0.25), float32, {4}, {0, 0.25, 0.5, 0.75}) == "");
  CHECK(mismatch(arange(1.0, 0.0, -0.5), float32, {2}, {1, 0.5}) == "");
  CHECK(mismatch(arange(3, {.dtype = float64}), float64, {3}, {0, 1, 2}) == "");
  CHECK(mismatch(arange(0, 1, 0.25, {.dtype = float64}), float64, {4}, {0, 0.25, 0.5, 0.75}) == "");
  CHECK(mismatch(arange(3, {.dtype = uint8}), uint8, {3}, {0, 1, 2}) == "");
  // No rounding error adds up: the thousandth value is as exact as the first.
  CHECK(arange(0.0, 1000.0, 0.1, {.dtype = float64}).at<double>({9999}) == 9999 * 0.1);
  // Beyond 2^53 the count and the values are still exact.
  constexpr int64_t big = int64_t{1} << 53;
  CHECK(arange(big, big + 3).to_vector<int64_t>() == std::vector<int64_t>{big, big + 1, big + 2});
}

TEST_CASE("arange refuses steps that lead nowhere") {
  CHECK(wrong_error<ValueError>([] { arange(0, 5, 0); }, {"arange", "step 0"}) == "");
  CHECK(wrong_error<ValueError>([] { arange(5, 2); }, {"arange", "step 1", "from 5 to 2"}) == "");
  CHECK(wrong_error<ValueError>([] { arange(0, 5, -1); }, {"step -1"}) == "");
  CHECK(wrong_error<ValueError>([] { arange(0.0, inf); }, {"arange", "finite", "inf"}) == "");
  CHECK(wrong_error<ValueError>([] { arange(0.0, 1.0, inf - inf); }, {"finite"}) == "");
  CHECK(wrong_error<ValueError>([] { arange(0.0, 1e300, 1.0); }, {"arange", "too many"}) == "");
}

TEST_CASE("linspace includes both ends") {
  CHECK(mismatch(linspace(0, 1, 5), float32, {5}, {0, 0.25, 0.5, 0.75, 1}) == "");
  CHECK(mismatch(linspace(2, -2, 3, {.dtype = float64}), float64, {3}, {2, 0, -2}) == "");
  CHECK(mismatch(linspace(3, 9, 1), float32, {1}, {3}) == "");
  CHECK(mismatch(linspace(3, 9, 0), float32, {0}, {}) == "");
  CHECK(linspace(0, 0.1, 4, {.dtype = float64}).at<double>({3}) == 0.1);
  CHECK(wrong_error<ValueError>([] { linspace(0, 1, -1); }, {"linspace", "steps", "-1"}) == "");
}

TEST_CASE("eye") {
  CHECK(mismatch(eye(2), float32, {2, 2}, {1, 0, 0, 1}) == "");
  CHECK(mismatch(eye(2, 3, {.dtype = int64}), int64, {2, 3}, {1, 0, 0, 0, 1, 0}) == "");
  CHECK(mismatch(eye(3, 1, {.dtype = bool_}), bool_, {3, 1}, {1, 0, 0}) == "");
  CHECK(mismatch(eye(0), float32, {0, 0}, {}) == "");
  CHECK(wrong_error<ValueError>([] { eye(-1); }, {"eye", "-1"}) == "");
  CHECK(wrong_error<ValueError>([] { eye(2, -3); }, {"eye", "-3"}) == "");
}

TEST_CASE(
    "the meta device: shapes and types without values, from every function that has options") {
  const TensorOptions options{.device = meta};
  const TensorOptions doubles{.dtype = float64, .device = meta};
  const Tensor made[] = {zeros({2, 3}, options),
                         ones({2, 3}, options),
                         full({2, 3}, 1.0, options),
                         empty({2, 3}, options),
                         rand({2, 3}, options),
                         randn({2, 3}, options),
                         tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}, options),
                         eye(2, 3, options)};
  for (const Tensor& tensor : made) {
    CHECK(tensor.is_meta());
    CHECK(tensor.device() == meta);
    CHECK(tensor.shape() == Shape{2, 3});
    CHECK(tensor.dtype() == float32);
  }
  CHECK(arange(4, options).is_meta());
  CHECK(arange(4, options).dtype() == int64);
  CHECK(arange(0, 1, 0.25, doubles).dtype() == float64);
  CHECK(arange(0, 1, 0.25, options).shape() == Shape{4});
  CHECK(linspace(0, 1, 5, options).is_meta());
  CHECK(linspace(0, 1, 5, options).shape() == Shape{5});
  CHECK(randint(0, 3, {4}, options).is_meta());
  CHECK(randint(0, 3, {4}, options).dtype() == int64);
  CHECK(tensor(std::vector<float>{1, 2}, options).is_meta());
  // No memory is asked for, however large.
  CHECK(zeros({int64_t{1} << 40}, options).numel() == int64_t{1} << 40);
  CHECK(arange(int64_t{1} << 40, options).numel() == int64_t{1} << 40);
  CHECK(linspace(0, 1, int64_t{1} << 40, options).numel() == int64_t{1} << 40);
  CHECK(randint(0, 3, {int64_t{1} << 40}, options).numel() == int64_t{1} << 40);
  float value = 0;
  CHECK(wrong_error<DeviceError>([&] { from_blob(&value, {1}, options); },
                                 {"from_blob", "meta", "cpu"}) == "");
}

struct Calls {
  int count = 0;
  void* data = nullptr;
  static void deleter(void* data, void* context) {
    auto* calls = static_cast<Calls*>(context);
    ++calls->count;
    calls->data = data;
  }
};

TEST_CASE("from_blob: memory of the caller's, without a copy") {
  float values[6] = {0, 1, 2, 3, 4, 5};
  Calls calls;
  {
    Tensor view;
    {
      const Tensor x = from_blob(values, {2, 3}, {}, Calls::deleter, &calls);
      CHECK(mismatch(x, float32, {2, 3}, {0, 1, 2, 3, 4, 5}) == "");
      CHECK(x.data<float>() == values);
      x.set({1, 0}, 30);
      CHECK(values[3] == 30);
      values[0] = -1;
      CHECK(x.at<float>({0, 0}) == -1);
      view = x.select(0, 1);
    }
    CHECK(calls.count == 0);
    CHECK(mismatch(view, {3}, {30, 4, 5}) == "");
  }
  CHECK(calls.count == 1);
  CHECK(calls.data == values);
  CHECK(from_blob(values, {2}).at<float>({1}) == 1);  // without a deleter
}

TEST_CASE("from_blob: strides and other types") {
  double values[6] = {0, 1, 2, 3, 4, 5};
  const TensorOptions doubles{.dtype = float64};
  const Tensor columns = from_blob(values, {3, 2}, Strides{1, 3}, doubles);
  CHECK(mismatch(columns, float64, {3, 2}, {0, 3, 1, 4, 2, 5}) == "");
  CHECK_FALSE(columns.is_contiguous());
  CHECK(mismatch(from_blob(values, {2, 2}, Strides{0, 1}, doubles), float64, {2, 2},
                 {0, 1, 0, 1}) == "");
  bool flags[2] = {true, false};
  CHECK(mismatch(from_blob(flags, {2}, {.dtype = bool_}), bool_, {2}, {1, 0}) == "");
  CHECK(mismatch(from_blob(nullptr, {0, 3}), float32, {0, 3}, {}) == "");
}

TEST_CASE("from_blob: what it refuses") {
  float value = 0;
  CHECK(wrong_error<ValueError>([] { from_blob(nullptr, {2}); }, {"from_blob", "null", "[2]"}) ==
        "");
  CHECK(wrong_error<ShapeError>(
            [&] {
              from_blob(&value, {1}, Strides{1, 1});
            },
            {"from_blob", "[1, 1]", "[1]"}) == "");
  CHECK(wrong_error<ValueError>([&] { from_blob(&value, {2}, Strides{-1}); },
                                {"from_blob", "negative", "[-1]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { from_blob(&value, {3}, Strides{INT64_MAX}); },
                                {"from_blob", "overflow"}) == "");
  CHECK(wrong_error<ShapeError>([&] { from_blob(&value, {2}, Strides{INT64_MAX}); },
                                {"from_blob", "overflow"}) == "");
  CHECK(wrong_error<ShapeError>([&] { from_blob(&value, {2}, Strides{INT64_MAX / 2}); },
                                {"from_blob", "overflow"}) == "");
  CHECK(wrong_error<ShapeError>([&] { from_blob(&value, {-1}); }, {"negative"}) == "");
}

}  // namespace
}  // namespace lucid::test
