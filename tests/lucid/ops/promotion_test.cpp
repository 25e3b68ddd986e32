// Which type an operation computes in: PyTorch's rules
// (https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc).
#include <doctest/doctest.h>

#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/math.h"
#include "autograd/functions/pairwise.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

const DType all_dtypes[] = {bool_, uint8, int32, int64, float32, float64};

TEST_CASE("promotion: two tensors with dimensions") {
  for (DType a : all_dtypes) {
    for (DType b : all_dtypes) {
      const Tensor x = ones({2}, {.dtype = a});
      const Tensor y = ones({2}, {.dtype = b});
      const DType expected = promote_types(a, b);
      CHECK((x + y).dtype() == expected);
      CHECK((x * y).dtype() == expected);
      CHECK(maximum(x, y).dtype() == expected);
      CHECK(where(tensor({true, false}), x, y).dtype() == expected);
      CHECK((x / y).dtype() == (is_floating_point(expected) ? expected : float32));
      CHECK((x == y).dtype() == bool_);
      // The values take part in that type too.
      CHECK((x + y).to_vector<int64_t>() == std::vector<int64_t>(2, expected == bool_ ? 1 : 2));
    }
  }
}

// Rows: a tensor with dimensions. Columns: a tensor of rank 0. bool, uint8, int32, int64, float32,
// float64; what torch 1.13 answers.
const DType with_rank_0[6][6] = {
    {bool_, uint8, int32, int64, float32, float64},
    {uint8, uint8, uint8, uint8, float32, float64},
    {int32, int32, int32, int32, float32, float64},
    {int64, int64, int64, int64, float32, float64},
    {float32, float32, float32, float32, float32, float32},
    {float64, float64, float64, float64, float64, float64},
};

TEST_CASE("promotion: a tensor of rank 0 only counts with its kind") {
  for (size_t i = 0; i < 6; ++i) {
    for (size_t j = 0; j < 6; ++j) {
      const Tensor x = ones({2}, {.dtype = all_dtypes[i]});
      const Tensor y = ones({}, {.dtype = all_dtypes[j]});
      CAPTURE(name(all_dtypes[i]));
      CAPTURE(name(all_dtypes[j]));
      CHECK((x + y).dtype() == with_rank_0[i][j]);
      CHECK((y + x).dtype() == with_rank_0[i][j]);
      CHECK(where(tensor({true, false}), y, x).dtype() == with_rank_0[i][j]);
      // Two of rank 0 count in full.
      CHECK((ones({}, {.dtype = all_dtypes[i]}) * y).dtype() ==
            promote_types(all_dtypes[i], all_dtypes[j]));
    }
  }
}

TEST_CASE("promotion: a number only counts with its kind") {
  for (DType dtype : all_dtypes) {
    const DType real = is_floating_point(dtype) ? dtype : float32;
    for (const Shape& shape : {Shape{2}, Shape{}}) {
      const Tensor x = ones(shape, {.dtype = dtype});
      CHECK((x + 1).dtype() == (dtype == bool_ ? int64 : dtype));
      CHECK((1 - x).dtype() == (dtype == bool_ ? int64 : dtype));
      CHECK((x * true).dtype() == dtype);
      CHECK((x + 2.5).dtype() == real);
      CHECK((2.5 * x).dtype() == real);
      CHECK((x / 2).dtype() == real);
      CHECK((1 / x).dtype() == real);
      CHECK((x < 2.5).dtype() == bool_);
      CHECK((x + 2.5).to(float64).to_vector<double>() ==
            std::vector<double>(static_cast<size_t>(shape.numel()), 3.5));
    }
  }
  // float64 keeps a number's full precision.
  CHECK((zeros({1}, {.dtype = float64}) + 0.1).item<double>() == 0.1);
}

TEST_CASE("promotion: comparisons are made in the promoted type") {
  CHECK(mismatch(tensor({1, 2, 3}) < tensor({1.5, 1.5, 3.0}), {3}, {1, 0, 0}) == "");
  CHECK(mismatch(tensor({2, 3}, {.dtype = uint8}) == tensor({2, -253}), {2}, {1, 0}) == "");
  CHECK(mismatch(tensor({1, 2}) > 1.5, {2}, {0, 1}) == "");
}

TEST_CASE("promotion: functions of one tensor") {
  for (DType dtype : all_dtypes) {
    const Tensor x = ones({2}, {.dtype = dtype});
    const DType real = is_floating_point(dtype) ? dtype : float32;
    for (const Tensor& y :
         {sqrt(x), rsqrt(x), reciprocal(x), exp(x), log(x), sin(x), cos(x), tanh(x), sigmoid(x)}) {
      CHECK(y.dtype() == real);
    }
    CHECK(pow(x, 2.0).dtype() == real);
    if (dtype == bool_) continue;
    for (const Tensor& y : {neg(x), abs(x), sign(x), square(x), relu(x), pow(x, 2)})
      CHECK(y.dtype() == dtype);
  }
}

}  // namespace
}  // namespace lucid::test
