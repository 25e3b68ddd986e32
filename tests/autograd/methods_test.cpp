// Methods of Tensor that are functions: what they give, and what in-place ones refuse.
#include <doctest/doctest.h>

#include <string>

#include "autograd/engine.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/grad_mode.h"
#include "lucid/error.h"
#include "tests/autograd/method_table.h"
#include "tests/support/message_of.h"

using namespace lucid;
using namespace lucid::test;

namespace {

std::string name_of(const Method& method) {
  const std::string signature = method.signature;
  return signature.substr(0, signature.find('('));
}

// Constants with the values of the inputs.
struct Operands {
  Tensor x, y, z;
  explicit Operands(const Tensors& inputs) : x(inputs[0].detach().clone()) {
    if (inputs.size() > 1) y = inputs[1].detach();
    if (inputs.size() > 2) z = inputs[2].detach();
  }
};

}  // namespace

TEST_CASE("an in-place method writes what the function of the same name gives") {
  for (const Method& m : in_place_methods()) {
    CAPTURE(m.signature);
    const Operands in(m.inputs);
    const Tensor expected = m.function(in.x, in.y, in.z).to(in.x.dtype());
    const uint64_t version = in.x.version();
    CHECK(m.method(in.x, in.y, in.z).is_same(in.x));
    CHECK(equal(in.x, expected));
    CHECK(in.x.version() == version + 1);
  }
}

TEST_CASE("an in-place method does not write to a leaf that requires a gradient") {
  for (const Method& m : in_place_methods()) {
    CAPTURE(m.signature);
    const Operands in(m.inputs);
    const Tensor before = in.x.clone();
    in.x.requires_grad_();
    const std::string error = message_of<AutogradError>([&] { m.method(in.x, in.y, in.z); });
    CHECK(contains(error, name_of(m) + ": a leaf"));
    CHECK(equal(in.x, before));
    const NoGradGuard guard;
    CHECK_NOTHROW(m.method(in.x, in.y, in.z));
  }
}

TEST_CASE("an in-place method refuses what does not fit, and changes nothing") {
  const Tensor integers = tensor({1, 2});
  CHECK_THROWS_AS(integers.sin_(), DTypeError);
  CHECK_THROWS_AS(integers.pow_(0.5), DTypeError);
  CHECK(integers.to_vector<int64_t>() == std::vector<int64_t>{1, 2});
  CHECK(equal(integers.pow_(2), tensor({1, 4})));
  const Tensor x = tensor({1.0, 2.0});
  CHECK_THROWS_AS(x.atan2_(ones({2, 2})), ShapeError);
  CHECK_THROWS_AS(x.clamp_(Tensor(), Tensor()), ValueError);
  CHECK_THROWS_AS(x.scatter_(0, tensor({2}), 5), IndexError);
  CHECK_THROWS_AS(x.expand({3, 2}).sin_(), ValueError);
  CHECK(equal(x, tensor({1.0, 2.0})));
  const Tensor none;
  CHECK_THROWS_AS(none.sin_(), UninitializedError);
  CHECK_THROWS_AS(none.fmod_(x), UninitializedError);
  CHECK_THROWS_AS(x.fmod_(none), UninitializedError);
  CHECK_THROWS_AS(x.mul_(none), UninitializedError);
  CHECK_THROWS_AS(none.mul_(x), UninitializedError);
  CHECK_THROWS_AS(x.copy_(none), UninitializedError);
  CHECK_THROWS_AS(none.where(x, x), UninitializedError);
}

TEST_CASE("index_add adds to what is there") {
  const Tensor x = tensor({{1.0, 2.0}, {3.0, 4.0}});
  const Tensor rows = tensor({{10.0, 20.0}, {30.0, 40.0}, {50.0, 60.0}});
  const Tensor at = tensor({1, 0, 1});
  CHECK(equal(x.index_add(0, at, rows), tensor({{31.0, 42.0}, {63.0, 84.0}})));
  CHECK(equal(x.index_add(0, at, rows, -1), tensor({{-29.0, -38.0}, {-57.0, -76.0}})));
  const Tensor counts = zeros({2}, {.dtype = int64});
  counts.index_add_(0, at, tensor({1, 2, 3}), 2);
  CHECK(equal(counts, tensor({4, 8})));
  CHECK_THROWS_AS(counts.index_add_(0, at, tensor({1, 2, 3}), 0.5), DTypeError);
  CHECK_THROWS_AS(counts.index_add_(0, at, tensor({1.0, 2.0, 3.0})), DTypeError);
  CHECK_THROWS_AS(counts.index_add_(0, tensor({2}), tensor({1})), IndexError);
  CHECK(equal(counts, tensor({4, 8})));
}
