// What every row of the table goes through: PyTorch, finite differences, and its own promises.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "autograd/gradcheck.h"
#include "lucid/error.h"
#include "tests/operations/operations.h"
#include "tests/operations/sample.h"
#include "tests/support/outcome.h"

namespace lucid::test {
namespace {

using Samples = std::vector<Sample>;

bool matches(const std::string& sample, const Form& form) {
  std::istringstream patterns(form.samples);
  const std::string name = sample.substr(sample.find('.') + 1);
  for (std::string pattern; patterns >> pattern;) {
    const bool prefix = pattern.back() == '*';
    if (prefix) pattern.pop_back();
    if (prefix ? name.starts_with(pattern) : name == pattern) return true;
  }
  return false;
}

void check_values(const Form& form, const Sample& sample) {
  for (const Layout layout : {Layout::contiguous, Layout::strided}) {
    for (const DType dtype : {float64, float32}) {
      if (dtype == float32 && !sample.has_floats()) continue;
      INFO(std::string(name(dtype)), layout == Layout::strided ? ", strided" : "");
      const Tensors inputs = sample.inputs(dtype, layout);
      sample.check(form.function(inputs).tensors(), inputs, dtype, layout);
    }
  }
}

// Integers and bools in place of floats: a result or an error of lucid's own, and nothing worse.
void check_types(const Form& form, const Sample& sample) {
  for (const DType dtype : {int64, uint8, bool_}) {
    INFO("of ", std::string(name(dtype)));
    Tensors inputs;
    for (const Tensor& input : sample.inputs(float64)) {
      inputs.push_back(input.is_floating_point() ? input.detach().to(dtype) : input);
    }
    try {
      form.function(inputs);
    } catch (const Error& error) {
      CHECK_NE(std::string(error.what()), "");
    }
  }
}

// Everything that comes out and is differentiable, in one tensor.
Tensor joined(const Tensors& outputs) {
  Tensors parts;
  for (const Tensor& y : outputs) {
    if (y.is_floating_point()) parts.push_back(reshape(y, {-1}));
  }
  return parts.size() == 1 ? parts[0] : cat(parts);
}

void check_differences(const Form& form, const Sample& sample) {
  const Tensors inputs = sample.inputs(float64);
  const autograd::Function function = [&](const Tensors& v) {
    return joined(form.function(v).tensors());
  };
  CHECK_EQ(outcome([&] { return autograd::gradcheck(function, inputs); }), "right");
  CHECK_EQ(outcome([&] { return autograd::gradgradcheck(function, inputs); }), "right");
}

// A shape alone goes through as the values do.
void check_meta(const Operation& operation, const Form& form, const Sample& sample) {
  INFO("on the meta device");
  const Tensors inputs = sample.meta_inputs(float32);
  if (!operation.never_meta.empty() || !form.never_meta.empty()) {
    CHECK_THROWS_AS(form.function(inputs), DeviceError);
    return;
  }
  const NoGradGuard guard;
  const Tensors expected = form.function(sample.inputs(float32)).tensors();
  const Tensors outputs = form.function(inputs).tensors();
  REQUIRE_EQ(outputs.size(), expected.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    CHECK(outputs[i].is_meta());
    CHECK(outputs[i].shape() == expected[i].shape());
    CHECK_EQ(outputs[i].dtype(), expected[i].dtype());
  }
}

void check_sample(const Operation& operation, const Form& form, const Sample& sample) {
  CAPTURE(form.declaration);
  CAPTURE(sample.name());
  try {
    if (sample.has_values()) check_values(form, sample);
    // Where PyTorch's gradients are zero they were compared with those.
    if (!sample.special() && (sample.has_gradients() || !sample.has_values()))
      check_differences(form, sample);
    if (!sample.special()) check_types(form, sample);
    check_meta(operation, form, sample);
  } catch (const Error& error) {
    FAIL_CHECK(std::string(error.what()));
  }
}

void check_completeness(const Operation& operation, const Samples& samples) {
  const bool any_empty = std::any_of(samples.begin(), samples.end(),
                                     [](const Sample& sample) { return sample.has_empty_input(); });
  {
    INFO("a sample without elements is wanted, or the reason why there is none");
    CHECK_NE(any_empty, !operation.never_empty.empty());
  }
  for (const Failure& failure : operation.failures) {
    CAPTURE(failure.what);
    CHECK_EQ(failure.wrong(), "");
  }
  INFO("a failure is wanted");
  CHECK_FALSE(operation.failures.empty());
}

void check_operation(const Operation& operation, const Samples& samples) {
  CAPTURE(operation.name);
  std::set<std::string> used;
  for (const Form& form : operation.forms) {
    bool any = false;
    for (const Sample& sample : samples) {
      if (!matches(sample.name(), form)) continue;
      any = true;
      used.insert(sample.name());
      check_sample(operation, form, sample);
    }
    INFO("the golden file has no samples ", form.samples, " for ", form.declaration);
    CHECK(any);
  }
  for (const Sample& sample : samples) {
    INFO("no form uses the sample ", sample.name());
    CHECK(used.contains(sample.name()));
  }
  check_completeness(operation, samples);
}

}  // namespace

Family::Family(const char* name, Operations (*rows)()) : name_(name), rows_(rows) {
  registered().push_back(this);
}

std::vector<const Family*>& Family::registered() {
  static std::vector<const Family*> families;
  return families;
}

const std::vector<const Family*>& Family::all() {
  return registered();
}

void Family::check() const {
  auto samples = load_samples(name_);
  for (const Operation& operation : rows()) {
    check_operation(operation, samples[operation.name]);
    samples.erase(operation.name);
  }
  for (const auto& entry : samples) {
    const std::string& unlisted = entry.first;
    INFO("no row of the table is called ", unlisted);
    CHECK(false);
  }
}

}  // namespace lucid::test
