// Module: names, order, modes, copies, printing, hooks.
#include <doctest/doctest.h>

#include <sstream>

#include "lucid/lucid.h"
#include "tests/support/check.h"

namespace nn = lucid::nn;
using namespace lucid;
using namespace lucid::test;

namespace {

// Opens what subclasses register with.
struct Open : nn::Module {
  using Module::register_buffer;
  using Module::register_module;
  using Module::register_parameter;
};

struct Scale : nn::Module {
  nn::Parameter factor;
  Tensor calls;
  Scale()
      : factor(register_parameter("factor", nn::Parameter(full({1}, 2.0)))),
        calls(register_buffer("calls", zeros({}, {.dtype = int64}))) {}
  Tensor forward(const Tensor& x) override { return x * factor; }
  std::string extra_repr() const override { return "by=2"; }
};

struct Block : nn::Module {
  nn::Linear inner;
  Scale scale;
  nn::Parameter own;
  // Children are registered before the module's own parameter on purpose.
  Block()
      : inner(register_module("inner", nn::Linear(2, 2))),
        scale(register_module("scale", Scale())),
        own(register_parameter("own", nn::Parameter(zeros({2})))) {}
  Tensor forward(const Tensor& x) override { return scale(inner(x)) + own; }
};

template <class T>
struct Templated : nn::Module {};
struct Described : Block {
  std::string extra_repr() const override { return "depth=1"; }
};

std::vector<std::string> names_of(const auto& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.first);
  return names;
}
using Names = std::vector<std::string>;

TEST_CASE("Module: names that cannot be registered") {
  Open module;
  module.register_parameter("a", nn::Parameter(zeros({1})));
  module.register_buffer("b", zeros({1}));
  module.register_module("c", nn::ReLU());
  for (const char* name : {"", "x.y", ".", "a", "b", "c"}) {
    const std::string quoted = "\"" + std::string(name) + "\"";
    CHECK(
        wrong_error<ValueError>([&] { module.register_parameter(name, nn::Parameter(zeros({1}))); },
                                {"register_parameter", quoted.c_str()}) == "");
    CHECK(wrong_error<ValueError>([&] { module.register_buffer(name, zeros({1})); },
                                  {"register_buffer", quoted.c_str()}) == "");
    CHECK(wrong_error<ValueError>([&] { module.register_module(name, nn::ReLU()); },
                                  {"register_module", quoted.c_str()}) == "");
  }
  CHECK(wrong_error<ValueError>([&] { module.register_parameter("d", {}); }, {"\"d\""}) == "");
  CHECK(wrong_error<ValueError>([&] { module.register_buffer("d", {}); }, {"\"d\""}) == "");
  CHECK(module.own_parameters().size() == 1);
  CHECK(module.own_buffers().size() == 1);
  CHECK(module.named_children().size() == 1);
  module.register_parameter("d", nn::Parameter(zeros({1})));
}

TEST_CASE("Module: names and order are PyTorch's") {
  nn::Sequential model{Block(), nn::ReLU(), nn::BatchNorm2d(3)};
  CHECK(names_of(model.named_parameters()) ==
        Names{"0.own", "0.inner.weight", "0.inner.bias", "0.scale.factor", "2.weight", "2.bias"});
  CHECK(names_of(model.named_buffers()) ==
        Names{"0.scale.calls", "2.running_mean", "2.running_var", "2.num_batches_tracked"});
  CHECK(names_of(model.named_modules()) == Names{"", "0", "0.inner", "0.scale", "1", "2"});
  CHECK(names_of(model.named_children()) == Names{"0", "1", "2"});
  CHECK(names_of(model.state_dict()) ==
        Names{"0.own", "0.inner.weight", "0.inner.bias", "0.scale.factor", "0.scale.calls",
              "2.weight", "2.bias", "2.running_mean", "2.running_var", "2.num_batches_tracked"});
  CHECK(model.parameters().size() == 6);
}

TEST_CASE("Module: what is registered twice is listed once, and saved under both names") {
  const nn::Linear shared(2, 2);
  nn::Sequential model{shared, nn::BatchNorm2d(1), shared};
  CHECK(names_of(model.named_parameters()) == Names{"0.weight", "0.bias", "1.weight", "1.bias"});
  CHECK(names_of(model.named_modules()) == Names{"", "0", "1"});
  CHECK(names_of(model.state_dict()) == Names{"0.weight", "0.bias", "1.weight", "1.bias",
                                              "1.running_mean", "1.running_var",
                                              "1.num_batches_tracked", "2.weight", "2.bias"});
  const optim::SGD sgd(model.parameters());
  CHECK(sgd.parameters().size() == 4);
  CHECK(model.load_state_dict(model.state_dict()).missing_keys.empty());
}

TEST_CASE("Module: train and eval reach everything below") {
  nn::Sequential model{Block(), nn::Sequential{nn::Dropout(), nn::ReLU()}};
  CHECK(model.is_training());
  CHECK_FALSE(model.eval().is_training());
  for (const auto& entry : model.named_modules()) CHECK_FALSE(entry.second->is_training());
  model[1].train();
  CHECK_FALSE(model.is_training());
  CHECK(model.at<nn::Sequential>(1)[0].is_training());
  CHECK_FALSE(model.at<Block>(0).scale.is_training());
}

TEST_CASE("Module: apply visits children first") {
  nn::Sequential model{Block(), nn::ReLU()};
  Names visited;
  model.apply([&](nn::Module& module) { visited.push_back(module.type_name()); });
  CHECK(visited == Names{"Linear", "Scale", "Block", "ReLU", "Sequential"});
}

TEST_CASE("Module: apply with a function of one's own initialises") {
  nn::Sequential model{nn::Linear(2, 3), nn::ReLU(), nn::Linear(3, 1)};
  model.apply([](nn::Module& module) {
    if (const auto* linear = dynamic_cast<nn::Linear*>(&module)) {
      nn::init::constant_(linear->weight(), 0.5);
      nn::init::zeros_(linear->bias());
    }
  });
  CHECK(mismatch(model(ones({1, 2})), {1, 1}, {1.5}) == "");
}

TEST_CASE("Module: gradients are kept, forgotten and switched off") {
  Block block;
  block(ones({1, 2})).sum().backward();
  for (const auto& parameter : block.parameters()) CHECK(parameter.grad().defined());
  block.zero_grad();
  for (const auto& parameter : block.parameters()) CHECK_FALSE(parameter.grad().defined());
  block.requires_grad_(false);
  CHECK_FALSE(block.own.requires_grad());
  CHECK_FALSE(block(ones({1, 2})).requires_grad());
  block.requires_grad_();
  CHECK(block(ones({1, 2})).requires_grad());
}

TEST_CASE("Module: forward must be written") {
  struct Nothing : nn::Module {};
  Nothing nothing;
  CHECK(wrong_error<NotImplementedError>([&] { nothing(ones({1})); }, {"Nothing", "forward"}) ==
        "");
}

TEST_CASE("Module: copies are handles") {
  Block block;
  Block copy = block;
  nn::Module& base = copy;
  CHECK(base.parameters()[0].is_same(block.own));
  nn::init::constant_(copy.own, 3);
  CHECK(block.own.at<float>({0}) == 3);
  copy.eval();
  CHECK_FALSE(block.is_training());
  Block other;
  other = block;
  CHECK(other.inner.weight().is_same(block.inner.weight()));
}

TEST_CASE("Sequential: order, access and errors") {
  nn::Sequential model;
  CHECK(model.empty());
  const Tensor x = ones({1, 2});
  CHECK(model(x).is_same(x));
  model.push_back(nn::Linear(2, 2)).push_back(nn::Flatten(0));
  CHECK(model.size() == 2);
  CHECK(model(x).shape() == Shape{2});
  CHECK(model[1].type_name() == "Flatten");
  CHECK(model.at<nn::Linear>(0).out_features() == 2);
  CHECK(wrong_error<IndexError>([&] { (void)model[2]; }, {"Sequential", "2"}) == "");
  CHECK(wrong_error<ValueError>([&] { model.at<nn::ReLU>(0); }, {"Sequential", "0", "Linear"}) ==
        "");
}

TEST_CASE("Module: printing is PyTorch's") {
  CHECK(nn::ReLU().str() == "ReLU()");
  CHECK(nn::Sequential().str() == "Sequential()");
  const nn::Sequential model{nn::Sequential{nn::Linear(2, 3), nn::ReLU()},
                             nn::Linear(3, 1, {.bias = false}), Block()};
  std::ostringstream out;
  out << model;
  CHECK(out.str() == R"(Sequential(
  (0): Sequential(
    (0): Linear(in_features=2, out_features=3, bias=True)
    (1): ReLU()
  )
  (1): Linear(in_features=3, out_features=1, bias=False)
  (2): Block(
    (inner): Linear(in_features=2, out_features=2, bias=True)
    (scale): Scale(by=2)
  )
))");
  // What a module says of itself gets a line of its own if it has children.
  CHECK(Described().str() == R"(Described(
  depth=1
  (inner): Linear(in_features=2, out_features=2, bias=True)
  (scale): Scale(by=2)
))");
}

template <class T>
std::string name_of_local() {
  struct Local : nn::Module {};
  return Local().type_name();
}

TEST_CASE("Module: the class name comes without namespaces") {
  struct Local : nn::Module {};
  CHECK(Local().type_name() == "Local");
  CHECK(Block().type_name() == "Block");
  CHECK(Templated<int>().type_name() == "Templated<int>");
  CHECK(Templated<Block>().type_name() == "Templated<Block>");
  CHECK(Templated<Templated<nn::Linear>>().type_name() == "Templated<Templated<Linear>>");
  CHECK(name_of_local<Block>() == "Local");
}

TEST_CASE("Module: layers print their options as PyTorch's") {
  CHECK(nn::MaxPool2d(2).str() ==
        "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)");
  CHECK(nn::MaxPool2d({3, 2}, {.stride = 2, .padding = {1, 0}, .ceil_mode = true}).str() ==
        "MaxPool2d(kernel_size=(3, 2), stride=2, padding=(1, 0), dilation=1, ceil_mode=True)");
  CHECK(nn::AvgPool2d(3, {.stride = {1, 2}}).str() ==
        "AvgPool2d(kernel_size=3, stride=(1, 2), padding=0)");
  CHECK(nn::AdaptiveAvgPool2d(1).str() == "AdaptiveAvgPool2d(output_size=1)");
  CHECK(nn::AdaptiveAvgPool2d({2, 3}).str() == "AdaptiveAvgPool2d(output_size=(2, 3))");
  CHECK(nn::Flatten().str() == "Flatten(start_dim=1, end_dim=-1)");
  CHECK(nn::Identity().str() == "Identity()");
  CHECK(nn::Softmax(1).str() == "Softmax(dim=1)");
  CHECK(nn::Dropout(0.25).extra_repr().substr(0, 6) == "p=0.25");
  CHECK(nn::BatchNorm2d(8).str() ==
        "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)");
  CHECK(
      nn::BatchNorm2d(8, {.momentum = std::nullopt, .affine = false, .track_running_stats = false})
          .str() ==
      "BatchNorm2d(8, eps=1e-05, momentum=None, affine=False, track_running_stats=False)");
}

TEST_CASE("Module: forward hooks live as long as their handles") {
  Block block;
  Names calls;
  {
    const auto outer = block.register_forward_hook(
        [&](nn::Module& module, const Tensor& input, const Tensor& output) {
          CHECK(input.shape() == Shape{1, 2});
          CHECK(output.requires_grad());
          calls.push_back(module.type_name());
        });
    // Set on one handle of the child, called through the other.
    auto inner =
        block.inner.register_forward_hook([&](nn::Module& module, const Tensor&, const Tensor&) {
          calls.push_back(module.type_name());
        });
    block(ones({1, 2}));
    CHECK(calls == Names{"Linear", "Block"});
    inner.remove();
    block(ones({1, 2}));
    CHECK(calls == Names{"Linear", "Block", "Block"});
  }
  block(ones({1, 2}));
  CHECK(calls.size() == 3);
}

TEST_CASE("Module: a hook may take itself away while it runs") {
  nn::ReLU relu;
  int count = 0;
  nn::HookHandle handle;
  handle = relu.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor&) {
    ++count;
    handle.remove();
  });
  relu(ones({1}));
  relu(ones({1}));
  CHECK(count == 1);
}

TEST_CASE("Parameter: a leaf that shares the values of its data") {
  const Tensor data = ones({2}, {.requires_grad = true}) * 2;
  const nn::Parameter parameter(data);
  CHECK(parameter.is_leaf());
  CHECK(parameter.requires_grad());
  CHECK(parameter.is_initialized());
  CHECK_FALSE(nn::Parameter(data, false).requires_grad());
  CHECK_FALSE(nn::Parameter().defined());
  CHECK_FALSE(nn::Parameter().is_initialized());
  CHECK(wrong_error<DTypeError>([] { nn::Parameter(zeros({2}, {.dtype = int64})); }, {"int64"}) ==
        "");
  CHECK(nn::Parameter(zeros({2}, {.dtype = int64}), false).dtype() == int64);
}

}  // namespace
