// Operations on about a million elements, optimisers' steps on as many parameters.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data.h"
#include "server.h"

namespace bench {

/// Collects the cases of a library, see op_cases().
template <class Library>
class OpCases {
 public:
  using Tensor = typename Library::Tensor;
  using Sizes = std::vector<int64_t>;

  /// operation(x) for x of these sizes, without recording.
  template <class Operation>
  void forward(const std::string& name, const Sizes& sizes, const Operation& operation,
               bool comparable = true) {
    cases_.push_back({name, 0.0, [=] {
                        const Tensor x = Library::tensor(values(sizes), sizes);
                        auto result = std::make_shared<Tensor>();
                        return prepared(
                            result,
                            [=] {
                              const typename Library::NoGrad guard;
                              *result = operation(x);
                            },
                            comparable);
                      }});
  }

  /// The gradient of operation(x) with respect to x.
  template <class Operation>
  void backward(const std::string& name, const Sizes& sizes, const Operation& operation) {
    cases_.push_back({name, 0.0, [=] {
                        const Tensor x = Library::parameter(values(sizes), sizes);
                        const Tensor y = operation(x);
                        const Tensor seed = Library::filled_like(y, values(sizes));
                        auto result = std::make_shared<Tensor>();
                        return prepared(
                            result, [=] { *result = Library::grad(y, x, seed); }, true);
                      }});
  }

  template <class Operation>
  void both(const std::string& name, const Sizes& sizes, const Operation& operation) {
    forward(name, sizes, operation);
    backward(name + "_backward", sizes, operation);
  }

  /// A step of the optimiser that make(parameter) makes, as a function.
  template <class Make>
  void step(const std::string& name, int64_t count, const Make& make) {
    cases_.push_back({name, 0.0, [=] {
                        const Tensor parameter = Library::parameter(noise(count, 1), Sizes{count});
                        Library::set_grad(parameter,
                                          Library::tensor(noise(count, 2, 1e-3F), Sizes{count}));
                        Prepared result;
                        result.run = make(parameter);
                        return result;
                      }});
  }

  Cases take() { return std::move(cases_); }

 private:
  static std::vector<float> values(const Sizes& sizes) {
    int64_t count = 1;
    for (const int64_t size : sizes) count *= size;
    return noise(count, 1);
  }

  static Prepared prepared(const std::shared_ptr<Tensor>& result, const std::function<void()>& run,
                           bool comparable) {
    Prepared made;
    made.run = run;
    if (comparable) {
      made.value = [=] {
        run();
        return Library::rms(*result);
      };
    }
    return made;
  }

  Cases cases_;
};

/// Library has, besides what conv_cases() needs, labels(values), cross_entropy(x, labels),
/// batch_norm(x, running mean and variance, weight, bias), in training, max_pool2d(x, kernel),
/// avg_pool2d(x, kernel), filled_like(x, values), set_grad(x, gradient), and sgd(x), adam(x) and
/// adamw(x), which return a step as a function.
template <class Library>
Cases op_cases() {
  using Tensor = typename Library::Tensor;
  constexpr int64_t kCount = 1 << 20, kRows = 1024;
  const std::vector<int64_t> flat = {kCount}, matrix = {kRows, kCount / kRows},
                             images = {16, 64, 32, 32};
  OpCases<Library> cases;
  const Tensor other = Library::tensor(noise(kCount, 7), flat);
  cases.forward("add", flat, [=](const Tensor& x) { return x + other; });
  cases.both("mul", flat, [=](const Tensor& x) { return x * other; });
  cases.both("relu", flat, [](const Tensor& x) { return relu(x); });
  cases.forward("exp", flat, [](const Tensor& x) { return exp(x); });
  cases.both("tanh", flat, [](const Tensor& x) { return tanh(x); });
  cases.both("sigmoid", flat, [](const Tensor& x) { return sigmoid(x); });
  cases.forward("sum", flat, [](const Tensor& x) { return sum(x); });
  cases.forward("mean", flat, [](const Tensor& x) { return mean(x); });
  cases.forward("max", flat, [](const Tensor& x) { return max(x); });
  cases.both("softmax", matrix, [](const Tensor& x) { return softmax(x, 1); });
  cases.both("log_softmax", matrix, [](const Tensor& x) { return log_softmax(x, 1); });

  std::vector<int64_t> classes;
  Noise source(3);
  for (int64_t n = 0; n < kRows; ++n) {
    classes.push_back(static_cast<int64_t>(source.next() % (kCount / kRows)));
  }
  const Tensor labels = Library::labels(classes);
  cases.both("cross_entropy", matrix,
             [=](const Tensor& x) { return Library::cross_entropy(x, labels); });

  const Tensor weight = Library::parameter(std::vector<float>(64, 1.0F), {64});
  const Tensor bias = Library::parameter(std::vector<float>(64, 0.0F), {64});
  const Tensor running_mean = Library::tensor(std::vector<float>(64, 0.0F), {64});
  const Tensor running_var = Library::tensor(std::vector<float>(64, 1.0F), {64});
  cases.both("batch_norm", images, [=](const Tensor& x) {
    return Library::batch_norm(x, running_mean, running_var, weight, bias);
  });
  cases.both("max_pool_2x2", images, [](const Tensor& x) { return Library::max_pool2d(x, 2); });
  cases.both("avg_pool_2x2", images, [](const Tensor& x) { return Library::avg_pool2d(x, 2); });
  // Which elements are dropped is chance.
  cases.forward(
      "dropout", flat, [](const Tensor& x) { return dropout(x, 0.5, true); }, false);
  cases.step("sgd_momentum", kCount, Library::sgd);
  cases.step("adam", kCount, Library::adam);
  cases.step("adamw", kCount, Library::adamw);
  return cases.take();
}

}  // namespace bench
