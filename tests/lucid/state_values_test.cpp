// Numbers in state dicts, parts of dicts, and the state of a generator.
#include "lucid/state_values.h"

#include <doctest/doctest.h>

#include <limits>

#include "lucid/creation.h"
#include "lucid/random_state.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

TEST_CASE("state_value: a tensor of the value's own type") {
  CHECK(mismatch(state_value(0.1), float64, {}, {0.1}) == "");
  CHECK(mismatch(state_value(true), bool_, {}, {1}) == "");
  CHECK(state_value(std::numeric_limits<int64_t>::min()).item<int64_t>() ==
        std::numeric_limits<int64_t>::min());
  CHECK(mismatch(state_value(std::array<double, 2>{0.5, 0.1}), float64, {2}, {0.5, 0.1}) == "");
  CHECK(mismatch(state_value(std::vector<int64_t>{}), int64, {0}, {}) == "");
}

// What reading one entry gives, or the error.
template <class T>
std::string read(const Tensor& entry, T expected) {
  const StateDict state{{"x", entry}};
  StateReader reader(state);
  T value{};
  reader.read("x", value);
  try {
    reader.finish("it");
  } catch (const ValueError& error) {
    CHECK(value == T{});
    return error.what();
  }
  return value == expected ? "" : "another value";
}

std::string refusal(const std::string& problem) {
  return "load_state_dict of it failed, nothing was changed:\n  x: " + problem;
}

TEST_CASE("StateReader: numbers of any type, as long as they are the same") {
  CHECK(read(state_value(0.1), 0.1) == "");
  CHECK(read(tensor(3), 3.0) == "");
  CHECK(read(ones({1, 1}), 1.0) == "");
  CHECK(read(tensor(-3.0), int64_t{-3}) == "");
  CHECK(read(state_value(INT64_MAX), INT64_MAX) == "");
  CHECK(read(tensor(1), true) == "");
  CHECK(read(tensor({1.0, 2.0}), std::vector<int64_t>{1, 2}) == "");
  CHECK(read(tensor({1, 2}), std::array<double, 2>{1, 2}) == "");
  CHECK(read(tensor({1, 2}), 0.0) == refusal("expected 1 number, got shape [2]"));
  CHECK(read(tensor(1.5), int64_t{0}) == refusal("expected an integer, got 1.5"));
  CHECK(read(tensor(1e30), int64_t{0}) == refusal("expected an integer, got 1e+30"));
  CHECK(read(tensor(NAN), int64_t{0}) == refusal("expected an integer, got nan"));
  CHECK(read(tensor(2), false) == refusal("expected true or false, got 2"));
  CHECK(read(tensor({1.5}), std::vector<int64_t>{}) == refusal("expected integers"));
  CHECK(read(tensor({1, 2, 3}), std::array<double, 2>{}) ==
        refusal("expected 2 numbers, got shape [3]"));
  CHECK(read(Tensor(), 0.0) == refusal("the value given is uninitialized"));
  CHECK(read(zeros({}, {.device = meta}), 0.0) == refusal("the value given is uninitialized"));
}

TEST_CASE("StateReader: counts have a range") {
  constexpr int64_t most = StateReader::max_count;
  const StateDict state{{"a", state_value(int64_t{0})},
                        {"b", state_value(most)},
                        {"c", state_value(int64_t{0})},
                        {"d", state_value(most + 1)},
                        {"e", tensor(0.5)}};
  StateReader reader(state);
  int64_t a = 7, b = 7, c = 7, d = 7, e = 7, f = 7;
  reader.read_count("a", a);
  reader.read_count("b", b, 1);
  reader.read_count("c", c, 1);
  reader.read_count("d", d);
  reader.read_count("e", e, 1);
  reader.read_count("f", f, 1);
  CHECK(a == 0);
  CHECK(b == most);
  CHECK(wrong_error<ValueError>([&] { reader.finish("it"); },
                                {"changed:\n  c: expected 1 to 9007199254740992, got 0\n"
                                 "  d: expected 0 to 9007199254740992, got 9007199254740993\n"
                                 "  e: expected an integer, got 0.5\n  f: missing"}) == "");
  for (const int64_t untouched : {c, d, e, f}) CHECK(untouched == 7);
}

TEST_CASE("StateReader: tensors come as copies, row-major and converted") {
  const Tensor given = tensor({{1, 2}, {3, 4}}).t();
  const StateDict state{{"x", given}};
  StateReader reader(state);
  const Tensor got = reader.read_tensor("x", {2, 2}, float32);
  reader.finish("it");
  given.fill_(0);
  CHECK(got.is_contiguous());
  CHECK(mismatch(got, float32, {2, 2}, {1, 3, 2, 4}) == "");
  StateReader other(state);
  CHECK_FALSE(other.read_tensor("x", {4}, float32).defined());
  CHECK(wrong_error<ValueError>([&] { other.finish("it"); },
                                {"x: expected shape [4], got [2, 2]"}) == "");
  const StateDict floats{{"x", zeros({2})}};
  StateReader integers(floats);
  CHECK_FALSE(integers.read_tensor("x", {2}, int64).defined());
  CHECK(wrong_error<ValueError>([&] { integers.finish("it"); },
                                {"x: expected int64, got float32"}) == "");
}

TEST_CASE("StateReader: all that is wrong is in one error") {
  const StateDict state{{"a", tensor(1)}, {"b", tensor(2)}, {"c", tensor(3)}};
  StateReader reader(state);
  double value = 7;
  reader.read("a", value);
  CHECK(value == 1);
  reader.read("d", value);
  CHECK(value == 1);
  CHECK(reader.contains("b"));
  reader.refuse("b", "too small");
  CHECK(wrong_error<ValueError>([&] { reader.finish("Schedule"); },
                                {"load_state_dict of Schedule failed, nothing was changed:\n"
                                 "  d: missing\n  b: too small\n  c: unexpected"}) == "");
}

TEST_CASE("strip_prefix: one part of a dict, under its own names") {
  const StateDict whole{{"model.b", tensor(1)}, {"modelb", tensor(3)}, {"model.a.c", tensor(2)}};
  const StateDict part = strip_prefix(whole, "model.");
  CHECK(part.size() == 2);
  CHECK(part.begin()->first == "b");
  CHECK(part.at("a.c").is_same(whole.at("model.a.c")));
  CHECK(strip_prefix(whole, "optimizer.").empty());
}

TEST_CASE("generator state: the numbers go on where they stopped") {
  Generator generator(~uint64_t{0} - 5);  // more than an int64 holds
  rand({3}, generator);
  const StateDict state = state_dict(generator);
  const Tensor expected = randn({4}, generator);
  Generator other;
  load_state_dict(other, state);
  CHECK(other.seed() == ~uint64_t{0} - 5);
  CHECK(other.position() == 1);
  CHECK(mismatch(randn({4}, other), {4}, expected.to_vector<double>()) == "");
}

TEST_CASE("generator state: what does not fit changes nothing") {
  Generator generator(3);
  generator.next_stream();
  const StateDict bad{{"seed", tensor(0.5)}, {"nonsense", tensor(1)}};
  CHECK(wrong_error<ValueError>([&] { load_state_dict(generator, bad); },
                                {"Generator", "seed: expected an integer, got 0.5",
                                 "position: missing", "nonsense: unexpected"}) == "");
  { const CommitLoad dropped = prepare_load(generator, state_dict(Generator(9))); }
  CHECK(generator.seed() == 3);
  CHECK(generator.position() == 1);
}

}  // namespace
}  // namespace lucid::test
