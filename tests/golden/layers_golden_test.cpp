// Whole layers and small networks against PyTorch's: lazy ones that load its state dicts.
#include <functional>
#include <map>
#include <memory>

#include "lucid/lucid.h"
#include "tests/golden/golden.h"

using namespace lucid;
using namespace lucid::test;
namespace F = lucid::nn::functional;

namespace {

using ModulePtr = std::shared_ptr<nn::Module>;
using Layers = std::map<std::string, std::function<ModulePtr(DType)>>;
using nn::PaddingMode;

template <class Layer>
ModulePtr made(Layer layer) {
  return std::make_shared<Layer>(layer);
}

// The lazy layers of what golden_modules.py makes.
const Layers convolutions{
    {"conv1d", [](DType t) { return made(nn::LazyConv1d(6, 3, {.dtype = t})); }},
    {"conv1d_everything",
     [](DType t) {
       return made(nn::LazyConv1d(6, 3,
                                  {.stride = 2,
                                   .padding = 3,
                                   .dilation = 2,
                                   .groups = 2,
                                   .bias = false,
                                   .padding_mode = PaddingMode::circular,
                                   .dtype = t}));
     }},
    {"conv1d_same",
     [](DType t) {
       return made(nn::LazyConv1d(
           3, 4, {.padding = "same", .padding_mode = PaddingMode::replicate, .dtype = t}));
     }},
    {"conv2d",
     [](DType t) {
       return made(nn::LazyConv2d(4, {3, 2}, {.dtype = t}));
     }},
    {"conv2d_everything",
     [](DType t) {
       return made(nn::LazyConv2d(2, {3, 2},
                                  {.stride = {1, 2},
                                   .padding = {2, 1},
                                   .dilation = {2, 1},
                                   .groups = 2,
                                   .padding_mode = PaddingMode::reflect,
                                   .dtype = t}));
     }},
    {"conv2d_same",
     [](DType t) {
       return made(nn::LazyConv2d(3, {2, 4},
                                  {.padding = "same",
                                   .dilation = {1, 2},
                                   .padding_mode = PaddingMode::circular,
                                   .dtype = t}));
     }},
    {"conv2d_valid",
     [](DType t) {
       return made(nn::LazyConv2d(
           3, 3, {.stride = 2, .padding = "valid", .groups = 3, .bias = false, .dtype = t}));
     }},
    {"conv3d",
     [](DType t) {
       return made(nn::LazyConv3d(3, {2, 1, 3}, {.dtype = t}));
     }},
    {"conv3d_everything",
     [](DType t) {
       return made(nn::LazyConv3d(2, 2,
                                  {.stride = {1, 2, 1},
                                   .padding = {1, 0, 1},
                                   .dilation = {2, 1, 1},
                                   .groups = 2,
                                   .padding_mode = PaddingMode::replicate,
                                   .dtype = t}));
     }},
    {"conv3d_same",
     [](DType t) {
       return made(nn::LazyConv3d(2, {2, 3, 1}, {.padding = "same", .dtype = t}));
     }},
    {"conv_transpose1d", [](DType t) { return made(nn::LazyConvTranspose1d(6, 3, {.dtype = t})); }},
    {"conv_transpose1d_everything",
     [](DType t) {
       return made(nn::LazyConvTranspose1d(6, 3,
                                           {.stride = 3,
                                            .padding = 2,
                                            .output_padding = 2,
                                            .groups = 2,
                                            .bias = false,
                                            .dilation = 2,
                                            .dtype = t}));
     }},
    {"conv_transpose2d",
     [](DType t) {
       return made(nn::LazyConvTranspose2d(4, {2, 3}, {.dtype = t}));
     }},
    {"conv_transpose2d_everything",
     [](DType t) {
       return made(nn::LazyConvTranspose2d(2, {3, 2},
                                           {.stride = {2, 1},
                                            .padding = {1, 0},
                                            .output_padding = {1, 1},
                                            .groups = 2,
                                            .dilation = {1, 2},
                                            .dtype = t}));
     }},
    {"conv_transpose3d", [](DType t) { return made(nn::LazyConvTranspose3d(3, 2, {.dtype = t})); }},
    {"conv_transpose3d_everything", [](DType t) {
       return made(nn::LazyConvTranspose3d(2, 2,
                                           {.stride = {1, 2, 2},
                                            .padding = {0, 1, 1},
                                            .output_padding = {0, 1, 0},
                                            .groups = 2,
                                            .dilation = {2, 1, 1},
                                            .dtype = t}));
     }}};

const Layers others{
    {"linear", [](DType t) { return made(nn::LazyLinear(4, {.dtype = t})); }},
    {"linear_plain", [](DType t) { return made(nn::LazyLinear(4, {.bias = false, .dtype = t})); }},
    {"batch_norm1d", [](DType t) { return made(nn::LazyBatchNorm1d({.dtype = t})); }},
    {"batch_norm1d_vectors",
     [](DType t) {
       return made(nn::LazyBatchNorm1d({.eps = 1e-3, .momentum = std::nullopt, .dtype = t}));
     }},
    {"batch_norm2d",
     [](DType t) { return made(nn::LazyBatchNorm2d({.momentum = 0.3, .dtype = t})); }},
    {"batch_norm2d_untracked",
     [](DType t) { return made(nn::LazyBatchNorm2d({.track_running_stats = false, .dtype = t})); }},
    {"batch_norm3d", [](DType t) { return made(nn::LazyBatchNorm3d({.dtype = t})); }},
    {"batch_norm3d_plain",
     [](DType t) { return made(nn::LazyBatchNorm3d({.affine = false, .dtype = t})); }},
    {"instance_norm1d", [](DType t) { return made(nn::LazyInstanceNorm1d({.dtype = t})); }},
    {"instance_norm2d",
     [](DType t) {
       return made(nn::LazyInstanceNorm2d({.eps = 1e-3, .momentum = 0.3, .dtype = t}));
     }},
    {"instance_norm2d_plain",
     [](DType t) {
       return made(
           nn::LazyInstanceNorm2d({.affine = false, .track_running_stats = false, .dtype = t}));
     }},
    {"instance_norm3d", [](DType t) { return made(nn::LazyInstanceNorm3d({.dtype = t})); }},
    {"group_norm", [](DType t) { return made(nn::LazyGroupNorm(2, {.eps = 1e-3, .dtype = t})); }},
    {"group_norm_plain",
     [](DType t) { return made(nn::LazyGroupNorm(3, {.affine = false, .dtype = t})); }},
    {"layer_norm", [](DType t) { return made(nn::LazyLayerNorm(1, {.dtype = t})); }},
    {"layer_norm_planes",
     [](DType t) { return made(nn::LazyLayerNorm(2, {.eps = 1e-3, .dtype = t})); }},
    {"layer_norm_plain", [](DType t) {
       return made(nn::LazyLayerNorm(1, {.elementwise_affine = false, .dtype = t}));
     }}};

const Layers networks{
    {"network1d",
     [](DType t) {
       return made(nn::Sequential{
           nn::LazyConv1d(4, 3, {.padding = 1, .bias = false, .dtype = t}),
           nn::LazyBatchNorm1d({.dtype = t}), nn::ReLU(), nn::MaxPool1d(2),
           nn::LazyConv1d(6, 4, {.padding = "same", .groups = 2, .bias = false, .dtype = t}),
           nn::LazyInstanceNorm1d({.track_running_stats = false, .dtype = t}), nn::ReLU(),
           nn::Flatten(), nn::LazyLinear(3, {.dtype = t})});
     }},
    {"network3d", [](DType t) {
       return made(nn::Sequential{
           nn::LazyConv3d(3, 3, {.stride = {1, 2, 2}, .padding = 1, .bias = false, .dtype = t}),
           nn::LazyBatchNorm3d({.dtype = t}), nn::ReLU(),
           nn::LazyConvTranspose3d(
               2, 2, {.stride = 2, .output_padding = {0, 1, 0}, .bias = false, .dtype = t}),
           nn::LazyGroupNorm(1, {.dtype = t}), nn::ReLU(), nn::MaxPool3d(2), nn::Flatten(),
           nn::LazyLinear(3, {.dtype = t})});
     }}};

StateDict stored_state(const StateDict& file, const std::string& name) {
  const std::string prefix = name + ".state.";
  StateDict state;
  for (const auto& [key, value] : file) {
    if (key.starts_with(prefix)) state.insert(key.substr(prefix.size()), value);
  }
  return state;
}

// Loads strictly; every key of PyTorch's is one of ours and the other way round.
void check_load(nn::Module& module, const StateDict& state) {
  const nn::LoadResult loaded = module.load_state_dict(state);
  CHECK(loaded.missing_keys.empty());
  CHECK(loaded.unexpected_keys.empty());
  CHECK(module.state_dict().size() == state.size());
  for (const auto& entry : module.state_dict()) {
    const std::string& key = entry.first;
    const Tensor& value = entry.second;
    CAPTURE(key);
    REQUIRE(state.contains(key));
    CHECK(equal(value, state.at(key).to(value.dtype())));
  }
  CHECK_FALSE(module.has_uninitialized());
}

// A pass in training with its gradients, what it leaves in buffers, and a pass in evaluation.
void check_passes(nn::Module& module, const GoldenCase& c) {
  std::vector<std::pair<std::string, Tensor>> leaves{{"x", c.leaf("x")}};
  for (const auto& [name, parameter] : module.named_parameters()) {
    leaves.emplace_back(name, parameter);
  }
  const Tensor& x = leaves[0].second;
  c.check(module(x), leaves);
  for (const auto& entry : module.named_buffers()) {
    const std::string& key = entry.first;
    const Tensor& buffer = entry.second;
    CAPTURE(key);
    REQUIRE(c.has("buffer." + key));
    check_close(buffer, c.stored("buffer." + key), buffer.is_floating_point() ? c.dtype() : int64);
  }
  module.eval();
  check_close(module(x.detach()), c.stored("evaluated"), c.dtype());
}

void check_training(nn::Module& module, const GoldenCase& c) {
  const Tensor x = c.constant("x");
  module.train();
  optim::SGD optimizer(module.parameters(), {.lr = 0.1, .momentum = 0.9});
  for (int64_t step = 0; step < 3; ++step) {
    CAPTURE(step);
    optimizer.zero_grad();
    const Tensor loss = F::cross_entropy(module(x), c.stored("target"));
    loss.backward();
    optimizer.step();
    check_close(loss, c.stored("losses")[step], c.dtype());
  }
  module.eval();
  check_close(module(x), c.stored("trained"), c.dtype());
}

// The cases of `layers` whose names start with prefix. @return how many there were
size_t check_layers(const Layers& layers, const std::string& prefix) {
  const StateDict file = load(std::string(LUCID_GOLDEN_DIR) + "/layers.safetensors");
  size_t cases = 0;
  for_each_case("layers", prefix, [&](const GoldenCase& c) {
    CAPTURE(c.name());
    CAPTURE(c.dtype());
    const ModulePtr module = layers.at(c.name())(c.dtype());
    check_load(*module, stored_state(file, c.name()));
    check_passes(*module, c);
    if (c.has("losses")) check_training(*module, c);
    ++cases;
  });
  return cases;
}

std::string stored_text(const StateDict& file, const std::string& name) {
  std::string text;
  for (const int64_t c : file.at(name + ".repr").to_vector<int64_t>()) text += static_cast<char>(c);
  return text;
}

}  // namespace

TEST_CASE("lazy convolutions with PyTorch's weights compute what PyTorch's do") {
  CHECK(check_layers(convolutions, "conv") == 2 * convolutions.size());
}

TEST_CASE(
    "lazy linear layers and normalisations with PyTorch's weights compute what PyTorch's do") {
  size_t cases = 0;
  for (const char* prefix : {"linear", "batch_", "instance_", "group_", "layer_"}) {
    cases += check_layers(others, prefix);
  }
  CHECK(cases == 2 * others.size());
}

TEST_CASE("lazy networks of one and three dimensions compute and learn what PyTorch's do") {
  CHECK(check_layers(networks, "network") == 2 * networks.size());
}

TEST_CASE("layers print as PyTorch's") {
  const StateDict file = load(std::string(LUCID_GOLDEN_DIR) + "/layers.safetensors");
  for (const auto& entry : others) {
    const std::string& name = entry.first;
    CAPTURE(name);
    const ModulePtr module = entry.second(float32);
    module->load_state_dict(stored_state(file, name));
    const std::string expected = stored_text(file, name);
    // A layer without tensors learns its sizes from nothing.
    if (module->state_dict().empty()) continue;
    CHECK(module->str() == "Lazy" + expected);
  }
}

TEST_CASE("pooling layers print as PyTorch's do") {
  const StateDict file = load(std::string(LUCID_GOLDEN_DIR) + "/printed.safetensors");
  const auto check = [&](const nn::Module& module) {
    CHECK(module.str() == stored_text(file, module.type_name()));
  };
  check(nn::MaxPool1d(3, {.stride = 2, .padding = 1}));
  check(nn::MaxPool3d(3, {.dilation = {1, 2, 1}}));
  check(nn::AvgPool1d(2));
  check(nn::AvgPool2d({2, 3}));
  check(nn::AvgPool3d(2, {.padding = {1, 0, 1}}));
  check(nn::AdaptiveAvgPool1d(5));
  check(nn::AdaptiveAvgPool3d({5, 2, 3}));
  check(nn::AdaptiveMaxPool1d(5));
  check(nn::AdaptiveMaxPool2d({5, 2}));
  check(nn::AdaptiveMaxPool3d(4));
}
