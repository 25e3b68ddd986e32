// Shape, Dims, DType, Device, Scalar and the error classes.
#include <doctest/doctest.h>

#include <cstdint>
#include <type_traits>
#include <vector>

#include "lucid/scalar.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

TEST_CASE("Shape: sizes, order, comparison") {
  Shape shape{2, 3, 4};
  CHECK(shape.size() == 3);
  CHECK_FALSE(shape.empty());
  CHECK(shape[1] == 3);
  CHECK(shape.back() == 4);
  CHECK(shape.str() == "[2, 3, 4]");
  CHECK(shape == Shape(std::vector<int64_t>{2, 3, 4}));
  CHECK(shape != Shape{2, 3});
  CHECK(shape != Shape{2, 3, 5});
  shape[0] = 7;
  shape.push_back(1);
  shape.insert(1, 9);
  CHECK(shape == Shape{7, 9, 3, 4, 1});
  shape.erase(0);
  shape.erase(3);
  CHECK(shape == Shape{9, 3, 4});
  shape.insert(3, 5);
  CHECK(shape == Shape{9, 3, 4, 5});
  CHECK(std::vector<int64_t>(shape.begin(), shape.end()) == std::vector<int64_t>{9, 3, 4, 5});
  CHECK(Shape::filled(3, 2) == Shape{2, 2, 2});
  CHECK(Shape{}.empty());
  CHECK(Shape{}.str() == "[]");
}

TEST_CASE("Shape: at most eight dimensions") {
  Shape full = Shape::filled(8, 1);
  CHECK(full.size() == Shape::max_rank);
  CHECK(wrong_error<ShapeError>([&] { full.push_back(1); },
                                {"at most 8", "[1, 1, 1, 1, 1, 1, 1, 1]"}) == "");
  CHECK(wrong_error<ShapeError>([&] { full.insert(0, 1); }, {"at most 8"}) == "");
  CHECK(full == Shape::filled(8, 1));
  CHECK(wrong_error<ShapeError>([] { Shape::filled(9, 1); }, {"at most 8"}) == "");
  CHECK(wrong_error<ShapeError>([] { Shape(std::vector<int64_t>(9, 1)); }, {"at most 8", "9"}) ==
        "");
  CHECK(wrong_error<ShapeError>([] { Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}; }, {"at most 8", "9"}) ==
        "");
}

TEST_CASE("Shape: numel, and sizes that make no sense") {
  CHECK(Shape{}.numel() == 1);
  CHECK(Shape{2, 3, 4}.numel() == 24);
  CHECK(Shape{5, 0, 4}.numel() == 0);
  constexpr int64_t big = int64_t{1} << 40;
  CHECK(Shape{int64_t{1} << 31, int64_t{1} << 31}.numel() == int64_t{1} << 62);
  CHECK(wrong_error<ShapeError>(
            [] {
              static_cast<void>(Shape{big, big}.numel());
            },
            {"63 bits", "[1099511627776, "}) == "");
  CHECK(wrong_error<ShapeError>(
            [] {
              static_cast<void>(Shape{int64_t{1} << 32, int64_t{1} << 31}.numel());
            },
            {"63 bits"}) == "");
  // A zero anywhere means there is nothing, whatever the other sizes.
  CHECK(Shape{big, big, 0}.numel() == 0);
  CHECK(Shape{0, big, big}.numel() == 0);
  CHECK(wrong_error<ShapeError>(
            [] {
              static_cast<void>(Shape{2, -1}.numel());
            },
            {"[2, -1]", "negative"}) == "");
  CHECK(wrong_error<ShapeError>(
            [] {
              static_cast<void>(Shape{0, -1}.numel());
            },
            {"negative"}) == "");
  CHECK(wrong_error<ShapeError>([] { zeros({big, big}); }, {"63 bits"}) == "");
  // The elements fit 63 bits, their bytes do not.
  CHECK(wrong_error<ShapeError>(
            [] {
              zeros({int64_t{1} << 31, int64_t{1} << 31});
            },
            {"bytes", "float32"}) == "");
  CHECK(wrong_error<ShapeError>([] { zeros({3, -2}); }, {"[3, -2]", "negative"}) == "");
}

TEST_CASE("contiguous_strides are row-major") {
  CHECK(contiguous_strides({2, 3, 4}) == Strides{12, 4, 1});
  CHECK(contiguous_strides({5}) == Strides{1});
  CHECK(contiguous_strides({}) == Strides{});
  CHECK(zeros({2, 0, 3}).strides() == Strides{3, 3, 1});  // as in PyTorch
}

TEST_CASE("broadcast_shapes follows NumPy") {
  CHECK(broadcast_shapes("op", {2, 3}, {3}) == Shape{2, 3});
  CHECK(broadcast_shapes("op", {3}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast_shapes("op", {4, 1, 3}, {2, 1}) == Shape{4, 2, 3});
  CHECK(broadcast_shapes("op", {}, {2, 2}) == Shape{2, 2});
  CHECK(broadcast_shapes("op", {}, {}) == Shape{});
  CHECK(broadcast_shapes("op", {1}, {0}) == Shape{0});
  CHECK(broadcast_shapes("op", {3, 1}, {1, 0}) == Shape{3, 0});
  CHECK(wrong_error<ShapeError>(
            [] {
              broadcast_shapes("op", {2, 3}, {2});
            },
            {"op", "[2, 3]", "[2]", "broadcast"}) == "");
  CHECK(wrong_error<ShapeError>([] { broadcast_shapes("op", {3}, {0}); }, {"[3]", "[0]"}) == "");
}

TEST_CASE("normalize_dim counts negative dimensions from the end") {
  CHECK(normalize_dim("op", 0, 3) == 0);
  CHECK(normalize_dim("op", 2, 3) == 2);
  CHECK(normalize_dim("op", -1, 3) == 2);
  CHECK(normalize_dim("op", -3, 3) == 0);
  CHECK(normalize_dim("op", 0, 0) == 0);
  CHECK(normalize_dim("op", -1, 0) == 0);
  CHECK(wrong_error<IndexError>([] { normalize_dim("op", 3, 3); },
                                {"op", "dim 3", "rank 3", "-3 to 2"}) == "");
  CHECK(wrong_error<IndexError>([] { normalize_dim("op", -4, 3); }, {"dim -4"}) == "");
  CHECK(wrong_error<IndexError>([] { normalize_dim("op", 1, 0); }, {"rank 0", "-1 to 0"}) == "");
  CHECK(wrong_error<IndexError>([] { normalize_dim("op", INT64_MIN, 3); }, {"out of range"}) == "");
}

TEST_CASE("DType: names, sizes, kinds, C++ types") {
  const DType all[] = {bool_, uint8, int32, int64, float32, float64};
  const char* names[] = {"bool", "uint8", "int32", "int64", "float32", "float64"};
  const size_t sizes[] = {1, 1, 4, 8, 4, 8};
  for (size_t i = 0; i < 6; ++i) {
    CHECK(name(all[i]) == std::string(names[i]));
    CHECK(element_size(all[i]) == sizes[i]);
    CHECK(is_floating_point(all[i]) == (i >= 4));
    CHECK(is_integral(all[i]) == (i >= 1 && i <= 3));
  }
  static_assert(dtype_of<bool> == bool_ && dtype_of<uint8_t> == uint8 &&
                dtype_of<int32_t> == int32);
  static_assert(dtype_of<int64_t> == int64 && dtype_of<float> == float32 &&
                dtype_of<double> == float64);
}

TEST_CASE("promote_types is PyTorch's table") {
  // Rows and columns: bool, uint8, int32, int64, float32, float64.
  const DType all[] = {bool_, uint8, int32, int64, float32, float64};
  const DType table[6][6] = {
      {bool_, uint8, int32, int64, float32, float64},
      {uint8, uint8, int32, int64, float32, float64},
      {int32, int32, int32, int64, float32, float64},
      {int64, int64, int64, int64, float32, float64},
      {float32, float32, float32, float32, float32, float64},
      {float64, float64, float64, float64, float64, float64},
  };
  for (size_t i = 0; i < 6; ++i) {
    for (size_t j = 0; j < 6; ++j) CHECK(promote_types(all[i], all[j]) == table[i][j]);
  }
}

TEST_CASE("Device: names and comparison") {
  CHECK(name(cpu) == std::string("cpu"));
  CHECK(name(meta) == std::string("meta"));
  CHECK(Device{} == cpu);
  CHECK(cpu != meta);
}

TEST_CASE("Scalar: kind, exact values, promotion") {
  using Kind = Scalar::Kind;
  CHECK(Scalar(true).kind() == Kind::boolean);
  CHECK(Scalar(3).kind() == Kind::integer);
  CHECK(Scalar(uint8_t{3}).kind() == Kind::integer);
  CHECK(Scalar(3.0F).kind() == Kind::floating);
  CHECK(Scalar(INT64_MAX).to<int64_t>() == INT64_MAX);
  CHECK(Scalar((int64_t{1} << 53) + 1).to<int64_t>() == (int64_t{1} << 53) + 1);
  CHECK(Scalar(0.1).to<double>() == 0.1);
  CHECK(Scalar(2.9).to<int64_t>() == 2);
  CHECK(Scalar(true).to<double>() == 1.0);
  CHECK(Scalar(1).dtype() == int64);
  CHECK(Scalar(1.0).dtype() == float32);
  CHECK(Scalar(true).dtype() == bool_);
  // Only the kind counts.
  for (DType dtype : {bool_, uint8, int32, int64, float32, float64}) {
    CHECK(Scalar(true).promote(dtype) == dtype);
    CHECK(Scalar(2).promote(dtype) == (dtype == bool_ ? int64 : dtype));
    CHECK(Scalar(2.5).promote(dtype) == (is_floating_point(dtype) ? dtype : float32));
  }
}

template <class E>
void check_error_class() {
  static_assert(std::is_base_of_v<Error, E> && std::is_base_of_v<std::runtime_error, E>);
  CHECK(std::string(E("what came").what()) == "what came");
}

TEST_CASE("errors: every class is an Error and carries its message") {
  check_error_class<ShapeError>();
  check_error_class<DTypeError>();
  check_error_class<DeviceError>();
  check_error_class<IndexError>();
  check_error_class<ValueError>();
  check_error_class<UninitializedError>();
  check_error_class<AutogradError>();
  check_error_class<IOError>();
  check_error_class<NotImplementedError>();
  check_error_class<OutOfMemoryError>();
}

}  // namespace
}  // namespace lucid::test
