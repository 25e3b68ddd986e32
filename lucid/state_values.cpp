#include "lucid/state_values.h"

#include <cmath>

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid {

using detail::message;

Tensor state_value(double value) {
  return full({}, value, {.dtype = float64});
}

Tensor state_value(int64_t value) {
  return full({}, value, {.dtype = int64});
}

Tensor state_value(bool value) {
  return full({}, value, {.dtype = bool_});
}

Tensor state_value(const std::array<double, 2>& values) {
  return tensor(std::vector<double>(values.begin(), values.end()), {.dtype = float64});
}

Tensor state_value(const std::vector<int64_t>& values) {
  return tensor(values, {.dtype = int64});
}

namespace {

// The integer that a float64 is; false if it is none that the type holds exactly.
bool whole(double number, int64_t& value) {
  constexpr double exact = 0x1p53;
  if (!(std::abs(number) <= exact) || number != std::trunc(number)) return false;
  value = static_cast<int64_t>(number);
  return true;
}

bool to_integers(const Tensor& tensor, std::vector<int64_t>& values) {
  if (!tensor.is_floating_point()) {
    values = tensor.to_vector<int64_t>();
    return true;
  }
  for (const double number : tensor.to_vector<double>()) {
    if (!whole(number, values.emplace_back())) return false;
  }
  return true;
}

}  // namespace

void StateReader::refuse(const std::string& name, const std::string& why) {
  asked_.insert(name);
  problems_.push_back(name + ": " + why);
}

// The entry, if there is one with values.
const Tensor* StateReader::find(const std::string& name) {
  asked_.insert(name);
  const Tensor* value = state_.find(name);
  if (!value) {
    refuse(name, "missing");
  } else if (!value->defined() || value->impl()->uninitialized || value->is_meta()) {
    refuse(name, "the value given is uninitialized");
  } else {
    return value;
  }
  return nullptr;
}

// The same for `count` numbers; any number of them if it is negative.
const Tensor* StateReader::find_numbers(const std::string& name, int64_t count) {
  const Tensor* value = find(name);
  if (!value || count < 0 || value->numel() == count) return value;
  refuse(name, message("expected ", count, count == 1 ? " number" : " numbers", ", got shape ",
                       value->shape()));
  return nullptr;
}

void StateReader::read(const std::string& name, double& value) {
  if (const Tensor* found = find_numbers(name, 1)) value = found->item<double>();
}

void StateReader::read(const std::string& name, int64_t& value) {
  const Tensor* found = find_numbers(name, 1);
  if (!found) return;
  std::vector<int64_t> values;
  if (to_integers(*found, values)) {
    value = values.front();
  } else {
    refuse(name, message("expected an integer, got ", found->item<double>()));
  }
}

void StateReader::read(const std::string& name, bool& value) {
  const Tensor* found = find_numbers(name, 1);
  if (!found) return;
  const auto number = found->item<double>();
  if (number == 0 || number == 1) {
    value = number == 1;
  } else {
    refuse(name, message("expected true or false, got ", number));
  }
}

void StateReader::read(const std::string& name, std::array<double, 2>& values) {
  const Tensor* found = find_numbers(name, 2);
  if (!found) return;
  const auto numbers = found->to_vector<double>();
  values = {numbers[0], numbers[1]};
}

void StateReader::read(const std::string& name, std::vector<int64_t>& values) {
  const Tensor* found = find_numbers(name, -1);
  if (!found) return;
  std::vector<int64_t> integers;
  if (to_integers(*found, integers)) {
    values = std::move(integers);
  } else {
    refuse(name, "expected integers");
  }
}

void StateReader::read_count(const std::string& name, int64_t& value, int64_t least) {
  int64_t count = 0;
  const size_t before = problems_.size();
  read(name, count);
  if (problems_.size() > before) return;
  if (count < least || count > max_count) {
    refuse(name, message("expected ", least, " to ", max_count, ", got ", count));
  } else {
    value = count;
  }
}

Tensor StateReader::read_tensor(const std::string& name, const Shape& shape, DType dtype) {
  const Tensor* found = find(name);
  if (!found) return {};
  if (found->shape() != shape) {
    refuse(name, message("expected shape ", shape, ", got ", found->shape()));
    return {};
  }
  if (found->is_floating_point() && !is_floating_point(dtype)) {
    refuse(name, message("expected ", dtype, ", got ", found->dtype()));
    return {};
  }
  Tensor copy = empty(shape, {.dtype = dtype});
  copy.copy_(found->detach());
  return copy;
}

void StateReader::finish(std::string_view owner) const {
  std::vector<std::string> problems = problems_;
  for (const auto& entry : state_) {
    if (!asked_.contains(entry.first)) problems.push_back(entry.first + ": unexpected");
  }
  if (problems.empty()) return;
  std::string text = message("load_state_dict of ", owner, " failed, nothing was changed:");
  for (const std::string& problem : problems) text += "\n  " + problem;
  throw ValueError(text);
}

}  // namespace lucid
