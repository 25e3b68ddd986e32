// The expected texts are those of numpy.array2string(x, separator=', ').
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>

#include "autograd/functions/arithmetic.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr TensorOptions doubles{.dtype = float64};
constexpr TensorOptions floats{.dtype = float32};

TEST_CASE("print: integers are aligned to the right") {
  CHECK(tensor({1, -2, 300}).str() == "[  1,  -2, 300]");
  CHECK(tensor({{1, 2}, {-30, 4}}).str() == "[[  1,   2],\n [-30,   4]]");
  CHECK(tensor({255, 0}, {.dtype = uint8}).str() == "[255,   0]");
  CHECK(tensor({-7, 8}, {.dtype = int32}).str() == "[-7,  8]");
  CHECK(tensor(std::vector<int64_t>{INT64_MAX, INT64_MIN}).str() ==
        "[ 9223372036854775807, -9223372036854775808]");
}

TEST_CASE("print: bools") {
  CHECK(tensor({true, false}).str() == "[ True, False]");
  CHECK(tensor({true, true}).str() == "[ True,  True]");
  CHECK(tensor(true).str() == "True");
}

TEST_CASE("print: floats have as many digits as they need, at most eight, and aligned points") {
  CHECK(tensor({1.0, 2.0, 3.0}, doubles).str() == "[1., 2., 3.]");
  CHECK(tensor({0.5, -1.25, 100.0}, doubles).str() == "[  0.5 ,  -1.25, 100.  ]");
  CHECK(tensor({-1.5, 22.25}, doubles).str() == "[-1.5 , 22.25]");
  CHECK(tensor({0.1, 0.2}, floats).str() == "[0.1, 0.2]");
  CHECK(tensor({1.0 / 3, 2.0 / 3}, floats).str() == "[0.33333334, 0.6666667 ]");
  CHECK(tensor({1.0 / 3, 2.0 / 3}, doubles).str() == "[0.33333333, 0.66666667]");
  CHECK(tensor({123456.789012345}, doubles).str() == "[123456.78901235]");
  CHECK(tensor({0.123456789012}, doubles).str() == "[0.12345679]");
  CHECK(tensor({0.0, -0.0}, doubles).str() == "[ 0., -0.]");
}

TEST_CASE("print: scientific notation for the large, the small and the far apart") {
  CHECK(tensor({1.0, 2000.5}, doubles).str() == "[1.0000e+00, 2.0005e+03]");
  CHECK(tensor({1e-5, 1.5}, doubles).str() == "[1.0e-05, 1.5e+00]");
  CHECK(tensor({1e8, 1.0}, doubles).str() == "[1.e+08, 1.e+00]");
  CHECK(tensor({1e10, -2.5e-10}, floats).str() == "[ 1.0e+10, -2.5e-10]");
  CHECK(tensor({1e-300, 2.0}, doubles).str() == "[1.e-300, 2.e+000]");
  CHECK(tensor({1000.0, 1.0}, doubles).str() == "[1000.,    1.]");
  CHECK(tensor({1001.0, 1.0}, doubles).str() == "[1.001e+03, 1.000e+00]");
  CHECK(tensor({1e-4, 2e-4}, doubles).str() == "[0.0001, 0.0002]");
}

TEST_CASE("print: NaN and infinities") {
  CHECK(tensor({nan, 1.5, inf}, doubles).str() == "[nan, 1.5, inf]");
  CHECK(tensor({-inf, 1.0}, doubles).str() == "[-inf,   1.]");
  CHECK(tensor({nan, nan}, floats).str() == "[nan, nan]");
  CHECK(tensor({inf, -inf}, floats).str() == "[ inf, -inf]");
  CHECK(tensor({nan, 1e10}, doubles).str() == "[   nan, 1.e+10]");
}

TEST_CASE("print: rank 0, and nothing at all") {
  CHECK(tensor(3.5, doubles).str() == "3.5");
  CHECK(tensor(7).str() == "7");
  CHECK(tensor(1.0).str() == "1.");
  CHECK(tensor(1e20, doubles).str() == "1.e+20");
  CHECK(tensor(nan).str() == "nan");
  CHECK(zeros({0}).str() == "[]");
  CHECK(zeros({2, 0}).str() == "[] of shape [2, 0]");
  CHECK(Tensor().str() == "undefined");
  CHECK(zeros({2, 3}, {.device = meta}).str() == "meta tensor of shape [2, 3], float32");
}

TEST_CASE("print: nested brackets") {
  CHECK(counting({2, 2, 3}, int64).str() ==
        "[[[ 0,  1,  2],\n  [ 3,  4,  5]],\n\n [[ 6,  7,  8],\n  [ 9, 10, 11]]]");
  CHECK((counting({2, 2, 2}) / 4).str() ==
        "[[[0.  , 0.25],\n  [0.5 , 0.75]],\n\n [[1.  , 1.25],\n  [1.5 , 1.75]]]");
  CHECK(counting({1, 2, 1, 2}, int64).str() == "[[[[0, 1]],\n\n  [[2, 3]]]]");
}

TEST_CASE("print: long rows are broken, also inside of other brackets") {
  CHECK(counting({30}, int64).str() ==
        "[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
        " 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]");
  CHECK((counting({20}) / 8).str() ==
        "[0.   , 0.125, 0.25 , 0.375, 0.5  , 0.625, 0.75 , 0.875, 1.   , 1.125,\n"
        " 1.25 , 1.375, 1.5  , 1.625, 1.75 , 1.875, 2.   , 2.125, 2.25 , 2.375]");
  CHECK((counting({2, 6}, int64) * 1000000000000).str() ==
        "[[             0,  1000000000000,  2000000000000,  3000000000000,\n"
        "   4000000000000,  5000000000000],\n"
        " [ 6000000000000,  7000000000000,  8000000000000,  9000000000000,\n"
        "  10000000000000, 11000000000000]]");
}

TEST_CASE("print: more than 1000 elements are summarised") {
  CHECK(counting({2000}, int64).str() == "[   0,    1,    2, ..., 1997, 1998, 1999]");
  CHECK((counting({1001}) / 10).str() == "[  0. ,   0.1,   0.2, ...,  99.8,  99.9, 100. ]");
  CHECK(counting({30, 40}, int64).str() ==
        "[[   0,    1,    2, ...,   37,   38,   39],\n"
        " [  40,   41,   42, ...,   77,   78,   79],\n"
        " [  80,   81,   82, ...,  117,  118,  119],\n"
        " ...,\n"
        " [1080, 1081, 1082, ..., 1117, 1118, 1119],\n"
        " [1120, 1121, 1122, ..., 1157, 1158, 1159],\n"
        " [1160, 1161, 1162, ..., 1197, 1198, 1199]]");
  CHECK(counting({500, 3}, int64).str() ==
        "[[   0,    1,    2],\n [   3,    4,    5],\n [   6,    7,    8],\n ...,\n"
        " [1491, 1492, 1493],\n [1494, 1495, 1496],\n [1497, 1498, 1499]]");
  CHECK(counting({1000}, int64).str().find("...") == std::string::npos);
}

TEST_CASE("print: a view shows what it sees") {
  CHECK(counting({2, 3}, int64).t().str() == "[[0, 3],\n [1, 4],\n [2, 5]]");
  CHECK(counting({2, 3}, int64).select(1, 2).str() == "[2, 5]");
  CHECK(counting({10}, int64).slice(0, 1, 8, 3).str() == "[1, 4, 7]");
  CHECK(tensor({5}).expand({3}).str() == "[5, 5, 5]");
}

TEST_CASE("print: a stream gets the same text") {
  std::ostringstream out;
  out << tensor({1, 2}) << ' ' << Shape{2, 3} << ' ' << Shape{};
  CHECK(out.str() == "[1, 2] [2, 3] []");
}

}  // namespace
}  // namespace lucid::test
