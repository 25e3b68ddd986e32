// Training that is stopped, and goes on in new objects from a checkpoint, is training without a
// stop, bit for bit.
#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "lucid/lucid.h"
#include "tests/support/check.h"
#include "tests/support/temporary_folder.h"

namespace nn = lucid::nn;
namespace optim = lucid::optim;
using namespace lucid;
using namespace lucid::test;

namespace {

using MakeOptimizer =
    std::function<std::unique_ptr<optim::Optimizer>(const std::vector<nn::Parameter>&)>;
using MakeScheduler = std::function<std::unique_ptr<optim::LRScheduler>(optim::Optimizer&)>;

struct Recipe {
  const char* name;
  MakeOptimizer optimizer;
  MakeScheduler scheduler;
};

const Recipe recipes[] = {
    {"SGD with momentum",
     [](const auto& p) {
       return std::make_unique<optim::SGD>(p, optim::SGDOptions{.lr = 0.1, .momentum = 0.9});
     },
     [](auto& o) { return std::make_unique<optim::CosineAnnealingLR>(o, 10); }},
    {"Adam with amsgrad",
     [](const auto& p) {
       return std::make_unique<optim::Adam>(p, optim::AdamOptions{.lr = 0.01, .amsgrad = true});
     },
     [](auto& o) { return std::make_unique<optim::LinearLR>(o); }},
    {"AdamW",
     [](const auto& p) {
       return std::make_unique<optim::AdamW>(p, optim::AdamWOptions{.lr = 0.01});
     },
     [](auto& o) { return std::make_unique<optim::StepLR>(o, 3); }}};

constexpr int64_t kBatches = 4;  // per epoch

data::TensorDataset examples() {
  return {pattern({kBatches * 6 - 1, 2, 6, 6}, float32), arange(kBatches * 6 - 1).to(int64)};
}

// All that a stop would lose.
struct Run {
  nn::Sequential model{nn::LazyConv2d(4, 3), nn::LazyBatchNorm2d(), nn::ReLU(),
                       nn::Dropout(0.5),     nn::Flatten(),         nn::LazyLinear(24)};
  std::unique_ptr<optim::Optimizer> optimizer;
  std::unique_ptr<optim::LRScheduler> scheduler;
  data::DataLoader loader{examples(), {.batch_size = 6, .shuffle = true, .seed = 3}};
  int64_t step = 0;
  double loss_sum = 0;
  Checkpoint checkpoint;

  explicit Run(const Recipe& recipe)
      : optimizer(recipe.optimizer(model.parameters())), scheduler(recipe.scheduler(*optimizer)) {
    checkpoint.add("model", model);
    checkpoint.add("optimizer", *optimizer);
    checkpoint.add("scheduler", *scheduler);
    checkpoint.add("random", default_generator());
    checkpoint.add("loader", loader);
    checkpoint.add("step", step);
    checkpoint.add("loss_sum", loss_sum);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void train_until(
      int64_t last_step, const std::function<void()>& after_step = [] {}) {
    while (step < last_step) {
      for (auto& [images, labels] : loader) {
        optimizer->zero_grad();
        const Tensor loss = nn::functional::cross_entropy(model(images), labels);
        loss.backward();
        optimizer->step();
        scheduler->step();
        loss_sum += loss.item<double>();
        ++step;
        after_step();
        if (step == last_step) return;
      }
    }
  }
};

std::string difference(const StateDict& a, const StateDict& b) {
  if (a.size() != b.size()) return "another number of entries";
  for (const auto& [name, value] : b) {
    if (!a.contains(name)) return name + " is missing";
    const std::string wrong =
        mismatch(a.at(name), value.dtype(), value.shape(), value.to_vector<double>());
    if (!wrong.empty()) return name + ": " + wrong;
  }
  return "";
}

StateDict copy(const StateDict& state) {
  StateDict result;
  for (const auto& [name, value] : state) {
    result.insert(name, nn::is_initialized(value) ? value.clone() : value);
  }
  return result;
}

TEST_CASE("ten steps are five steps, a checkpoint, new objects and five steps") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  for (const Recipe& recipe : recipes) {
    INFO(recipe.name);
    manual_seed(1);
    Run whole(recipe);
    whole.train_until(10);
    // Stops in an epoch, in its last batch, and in the one after.
    for (const int64_t stop : {1, 4, 5, 8}) {
      CAPTURE(stop);
      {
        manual_seed(1);
        Run first(recipe);
        first.train_until(stop);
        first.checkpoint.save(path);
        first.train_until(stop + 2);  // lost
      }
      manual_seed(99);
      Run second(recipe);
      second.checkpoint.load(path);
      CHECK(second.step == stop);
      second.train_until(10);
      CHECK(difference(second.checkpoint.state_dict(), whole.checkpoint.state_dict()) == "");
    }
  }
}

TEST_CASE("saving at every step changes nothing") {
  const TemporaryFolder folder;
  manual_seed(1);
  Run plain(recipes[0]);
  plain.train_until(6);
  manual_seed(1);
  Run saving(recipes[0]);
  saving.train_until(6, [&] { saving.checkpoint.save(folder.file("run")); });
  CHECK(difference(saving.checkpoint.state_dict(), plain.checkpoint.state_dict()) == "");
  CHECK(folder.count() == 1);
}

TEST_CASE("a load that fails leaves a lazy model lazy and a trained one trained") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run");
  manual_seed(1);
  Run source(recipes[0]);
  source.train_until(3);
  StateDict bad = source.checkpoint.state_dict();
  bad.set("loader.batch_size", tensor(7));
  bad.set("optimizer.state.0.momentum_buffer", zeros({1}));
  save(bad, path, {{"lucid.checkpoint", "1"}});
  const auto refuse = [&](Run& run) {
    return wrong_error<ValueError>([&] { run.checkpoint.load(path); },
                                   {"batch_size: this loader has 6, the state 7",
                                    "state.0.momentum_buffer: expected shape [4, 2, 3, 3]"});
  };
  Run lazy(recipes[0]);
  const uint64_t position = default_generator().position();
  CHECK(refuse(lazy) == "");
  for (const nn::Parameter& parameter : lazy.model.parameters()) {
    CHECK_FALSE(parameter.is_initialized());
  }
  CHECK(default_generator().position() == position);
  CHECK(lazy.step == 0);
  CHECK(lazy.loader.epoch() == 0);
  Run trained(recipes[0]);
  trained.train_until(2);
  const StateDict before = copy(trained.checkpoint.state_dict());
  CHECK(refuse(trained) == "");
  CHECK(difference(trained.checkpoint.state_dict(), before) == "");
}

TEST_CASE("a run is saved and loaded before its first step, while its model is lazy") {
  const TemporaryFolder folder;
  manual_seed(4);
  Run run(recipes[1]);
  run.checkpoint.save(folder.file("run"));
  run.train_until(2);
  manual_seed(5);  // as in a process that starts in another way
  Run other(recipes[1]);
  other.checkpoint.load(folder.file("run"));
  CHECK(other.model.has_uninitialized());
  other.train_until(2);
  CHECK(difference(other.checkpoint.state_dict(), run.checkpoint.state_dict()) == "");
}

TEST_CASE("the weights in a checkpoint can be read by themselves") {
  const TemporaryFolder folder;
  Run run(recipes[1]);
  run.train_until(2);
  run.checkpoint.save(folder.file("run"));
  Run other(recipes[1]);
  other.model.load_state_dict(strip_prefix(load(folder.file("run")), "model."));
  CHECK(difference(other.model.state_dict(), run.model.state_dict()) == "");
}

TEST_CASE("a state for a lazy model comes before its optimiser's, or is refused") {
  const TemporaryFolder folder;
  Run source(recipes[0]);
  source.train_until(1);
  Checkpoint saved;
  saved.add("model", source.model);
  saved.add("optimizer", *source.optimizer);
  saved.save(folder.file("run"));
  Run target(recipes[0]);
  Checkpoint turned;
  turned.add("optimizer", *target.optimizer);
  turned.add("model", target.model);
  CHECK(wrong_error<ValueError>([&] { turned.load(folder.file("run")); },
                                {"parameter 0 is uninitialized; load its module first"}) == "");
  CHECK_FALSE(target.model.parameters()[0].is_initialized());
}

}  // namespace
