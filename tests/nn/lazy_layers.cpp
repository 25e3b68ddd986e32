#include "tests/nn/lazy_layers.h"

#include <algorithm>

namespace lucid::test {

namespace {

using std::optional;

// Fills in what follows from the two classes.
template <class Lazy, class Eager>
LazyLayer with_classes(LazyLayer layer, const std::function<Lazy(optional<DType>)>& lazy,
                       const std::function<Eager(optional<DType>)>& eager) {
  layer.lazy = [lazy](optional<DType> dtype) { return std::make_shared<Lazy>(lazy(dtype)); };
  layer.eager = [eager](optional<DType> dtype) { return std::make_shared<Eager>(eager(dtype)); };
  layer.is_eager_class = [](const nn::Module& module) {
    return dynamic_cast<const Eager*>(&module) != nullptr;
  };
  layer.clone = [](const nn::Module& module) -> ModulePtr {
    return std::make_shared<Lazy>(nn::clone(dynamic_cast<const Lazy&>(module)));
  };
  layer.copy = [](const nn::Module& module) -> ModulePtr {
    return std::make_shared<Lazy>(dynamic_cast<const Lazy&>(module));
  };
  for (const std::string& key : layer.keys()) {
    if (key != "num_batches_tracked") layer.uninitialized.push_back(key);
  }
  return layer;
}

Shape joined(std::vector<int64_t> front, const Shape& back) {
  for (size_t i = 0; i < back.size(); ++i) front.push_back(back[i]);
  return Shape(front);
}

// Shapes of the wrong rank, and without channels.
std::vector<Shape> wrong_inputs(const Shape& spatial) {
  return {joined({4}, Shape(std::vector<int64_t>(spatial.size() - 1, 5))),
          joined({1, 1, 4}, spatial), joined({2, 0}, spatial)};
}

// Both kinds of convolution: from 4 channels to 6.
template <class Lazy, class Eager, class Options>
LazyLayer convolution(LazyLayer layer, const Shape& spatial, const Options& options) {
  layer.input = joined({3, 4}, spatial);
  layer.unbatched = joined({4}, spatial);
  layer.wrong = wrong_inputs(spatial);
  layer.wrong.push_back(joined({0}, spatial));
  if (options.groups > 1) layer.wrong.push_back(joined({2, 3}, spatial));
  layer.parameters = {"weight"};
  if (options.bias) layer.parameters.emplace_back("bias");
  const auto typed = [options](optional<DType> dtype) {
    Options result = options;
    result.dtype = dtype;
    return result;
  };
  return with_classes<Lazy, Eager>(
      layer, [typed](auto dtype) { return Lazy(6, 2, typed(dtype)); },
      [typed](auto dtype) { return Eager(4, 6, 2, typed(dtype)); });
}

// Batch and instance normalisation of 4 channels; `options` are those of the lazy layer.
template <class Lazy, class Eager, class EagerOptions, class LazyOptions>
LazyLayer channel_norm(LazyLayer layer, const LazyOptions& options) {
  if (options.affine) layer.parameters = {"weight", "bias"};
  if (options.track_running_stats) {
    layer.buffers = {"running_mean", "running_var", "num_batches_tracked"};
  }
  return with_classes<Lazy, Eager>(
      layer,
      [options](auto dtype) {
        LazyOptions typed = options;
        typed.dtype = dtype;
        return Lazy(typed);
      },
      [options](auto dtype) {
        return Eager(4, EagerOptions{.eps = options.eps,
                                     .momentum = options.momentum,
                                     .affine = options.affine,
                                     .track_running_stats = options.track_running_stats,
                                     .dtype = dtype});
      });
}

using Layers = std::vector<LazyLayer>;

template <class Lazy, class Eager, class Options>
void add_convolutions(Layers& layers, const char* type, const char* operation, const Shape& spatial,
                      const Options& special) {
  const LazyLayer layer{.type = type, .what = "", .operation = operation, .input = {}};
  layers.push_back(convolution<Lazy, Eager>(layer, spatial, Options{}));
  LazyLayer other = layer;
  other.what = "with options";
  layers.push_back(convolution<Lazy, Eager>(other, spatial, special));
  other.what = "without bias";
  layers.push_back(convolution<Lazy, Eager>(other, spatial, Options{.bias = false}));
}

void add_convolutions(Layers& layers) {
  using namespace nn;
  add_convolutions<LazyConv1d, Conv1d>(
      layers, "LazyConv1d", "conv1d", {7},
      Conv1dOptions{.stride = 2, .padding = 3, .dilation = 2, .groups = 2});
  add_convolutions<LazyConv2d, Conv2d>(
      layers, "LazyConv2d", "conv2d", {5, 4},
      Conv2dOptions{
          .padding = "same", .dilation = 3, .groups = 2, .padding_mode = PaddingMode::circular});
  add_convolutions<LazyConv3d, Conv3d>(layers, "LazyConv3d", "conv3d", {3, 4, 3},
                                       Conv3dOptions{.stride = {1, 2, 1},
                                                     .padding = {1, 0, 2},
                                                     .dilation = {2, 1, 1},
                                                     .groups = 2,
                                                     .padding_mode = PaddingMode::reflect});
  add_convolutions<LazyConvTranspose1d, ConvTranspose1d>(
      layers, "LazyConvTranspose1d", "conv_transpose1d", {5},
      ConvTranspose1dOptions{
          .stride = 3, .padding = 1, .output_padding = 2, .groups = 2, .dilation = 2});
  add_convolutions<LazyConvTranspose2d, ConvTranspose2d>(
      layers, "LazyConvTranspose2d", "conv_transpose2d", {3, 4},
      ConvTranspose2dOptions{
          .stride = {2, 1}, .padding = {0, 1}, .output_padding = {1, 0}, .groups = 2});
  add_convolutions<LazyConvTranspose3d, ConvTranspose3d>(
      layers, "LazyConvTranspose3d", "conv_transpose3d", {2, 3, 2},
      ConvTranspose3dOptions{
          .stride = 2, .padding = {1, 0, 1}, .output_padding = {0, 1, 1}, .groups = 2});
}

template <class Lazy, class Eager>
void add_batch_norms(Layers& layers, const char* type, const Shape& spatial) {
  using nn::ChannelNormOptions;
  LazyLayer layer{
      .type = type, .what = "", .operation = "batch_norm", .input = joined({3, 4}, spatial)};
  layer.wrong = wrong_inputs(spatial);
  layer.wrong.erase(layer.wrong.begin());
  // Two dimensions are vectors for BatchNorm1d, and too few for the others.
  layer.wrong.push_back(spatial.size() > 1 ? Shape{3, 4} : Shape{4});
  layers.push_back(channel_norm<Lazy, Eager, ChannelNormOptions>(layer, ChannelNormOptions{}));
  layer.what = "without affine";
  layers.push_back(channel_norm<Lazy, Eager, ChannelNormOptions>(
      layer, ChannelNormOptions{.momentum = std::nullopt, .affine = false}));
  layer.what = "without statistics";
  layers.push_back(channel_norm<Lazy, Eager, ChannelNormOptions>(
      layer, ChannelNormOptions{.eps = 1e-3, .track_running_stats = false}));
  if (spatial.size() > 1) return;
  layer.what = "over vectors";
  layer.input = {3, 4};
  layers.push_back(channel_norm<Lazy, Eager, ChannelNormOptions>(layer, ChannelNormOptions{}));
}

template <class Lazy, class Eager, class LazyOptions>
void add_instance_norms(Layers& layers, const char* type, const Shape& spatial,
                        const LazyOptions& defaults) {
  using Options = nn::InstanceNormLayerOptions;
  LazyLayer layer{
      .type = type, .what = "", .operation = "instance_norm", .input = joined({3, 4}, spatial)};
  layer.unbatched = joined({4}, spatial);
  layer.wrong = wrong_inputs(spatial);
  layers.push_back(channel_norm<Lazy, Eager, Options>(layer, defaults));
  layer.what = "affine alone";
  LazyOptions options = defaults;
  options.affine = true;
  options.track_running_stats = false;
  layers.push_back(channel_norm<Lazy, Eager, Options>(layer, options));
  layer.what = "plain";
  layer.wrong.pop_back();  // nothing counts its channels
  options.affine = false;
  layers.push_back(channel_norm<Lazy, Eager, Options>(layer, options));
}

void add_normalizations(Layers& layers) {
  using namespace nn;
  add_batch_norms<LazyBatchNorm1d, BatchNorm1d>(layers, "LazyBatchNorm1d", {5});
  add_batch_norms<LazyBatchNorm2d, BatchNorm2d>(layers, "LazyBatchNorm2d", {2, 3});
  add_batch_norms<LazyBatchNorm3d, BatchNorm3d>(layers, "LazyBatchNorm3d", {2, 1, 3});
  add_instance_norms<LazyInstanceNorm1d, InstanceNorm1d>(layers, "LazyInstanceNorm1d", {5},
                                                         LazyInstanceNorm1dOptions{});
  add_instance_norms<LazyInstanceNorm2d, InstanceNorm2d>(layers, "LazyInstanceNorm2d", {2, 3},
                                                         LazyInstanceNorm2dOptions{});
  add_instance_norms<LazyInstanceNorm3d, InstanceNorm3d>(layers, "LazyInstanceNorm3d", {2, 1, 3},
                                                         LazyInstanceNorm3dOptions{});
  LazyLayer layer{
      .type = "LazyGroupNorm", .what = "", .operation = "group_norm", .input = {2, 4, 3}};
  layer.wrong = {{4}, {2, 0, 3}, {2, 3, 3}};
  layer.parameters = {"weight", "bias"};
  layers.push_back(with_classes<LazyGroupNorm, GroupNorm>(
      layer, [](auto dtype) { return LazyGroupNorm(2, {.dtype = dtype}); },
      [](auto dtype) { return GroupNorm(2, 4, {.dtype = dtype}); }));
  layer = {.type = "LazyLayerNorm", .what = "", .operation = "layer_norm", .input = {3, 2, 4}};
  layer.unbatched = Shape{4};
  layer.wrong = {{}, {2, 0}};
  layer.parameters = {"weight", "bias"};
  layers.push_back(with_classes<LazyLayerNorm, LayerNorm>(
      layer, [](auto dtype) { return LazyLayerNorm(1, {.dtype = dtype}); },
      [](auto dtype) { return LayerNorm(4, {.dtype = dtype}); }));
  layer.what = "two dimensions, without bias";
  layer.unbatched = Shape{2, 4};
  layer.wrong = {{4}, {3, 2, 0}, {3, 0, 2}};
  layer.parameters = {"weight"};
  layers.push_back(with_classes<LazyLayerNorm, LayerNorm>(
      layer, [](auto dtype) { return LazyLayerNorm(2, {.bias = false, .dtype = dtype}); },
      [](auto dtype) {
        return LayerNorm(Shape{2, 4}, {.bias = false, .dtype = dtype});
      }));
  layer = {.type = "LazyRMSNorm", .what = "", .operation = "rms_norm", .input = {3, 2, 4}};
  layer.unbatched = Shape{4};
  layer.wrong = {{}, {2, 0}};
  layer.parameters = {"weight"};
  layers.push_back(with_classes<LazyRMSNorm, RMSNorm>(
      layer, [](auto dtype) { return LazyRMSNorm(1, {.dtype = dtype}); },
      [](auto dtype) { return RMSNorm(4, {.dtype = dtype}); }));
  layer.what = "two dimensions";
  layer.unbatched = Shape{2, 4};
  layer.wrong = {{4}, {3, 2, 0}, {3, 0, 2}};
  layers.push_back(with_classes<LazyRMSNorm, RMSNorm>(
      layer, [](auto dtype) { return LazyRMSNorm(2, {.eps = 1e-3, .dtype = dtype}); },
      [](auto dtype) {
        return RMSNorm(Shape{2, 4}, {.eps = 1e-3, .dtype = dtype});
      }));
}

void add_linear(Layers& layers) {
  using namespace nn;
  LazyLayer layer{.type = "LazyLinear", .what = "", .operation = "linear", .input = {3, 4}};
  layer.unbatched = Shape{4};
  layer.wrong = {{}, {3, 0}};
  layer.parameters = {"weight", "bias"};
  layers.push_back(with_classes<LazyLinear, Linear>(
      layer, [](auto dtype) { return LazyLinear(5, {.dtype = dtype}); },
      [](auto dtype) { return Linear(4, 5, {.dtype = dtype}); }));
  layer.what = "without bias";
  layer.parameters = {"weight"};
  layers.push_back(with_classes<LazyLinear, Linear>(
      layer, [](auto dtype) { return LazyLinear(5, {.bias = false, .dtype = dtype}); },
      [](auto dtype) { return Linear(4, 5, {.bias = false, .dtype = dtype}); }));
}

}  // namespace

std::vector<std::string> LazyLayer::keys() const {
  std::vector<std::string> result = parameters;
  result.insert(result.end(), buffers.begin(), buffers.end());
  return result;
}

const std::vector<LazyLayer>& lazy_layers() {
  static const Layers layers = [] {
    Layers result;
    add_convolutions(result);
    add_normalizations(result);
    add_linear(result);
    return result;
  }();
  return layers;
}

std::string difference(const StateDict& a, const StateDict& b) {
  if (a.size() != b.size()) return "different numbers of entries";
  std::string result;
  for (const auto& [name, value] : a) {
    const Tensor* other = b.find(name);
    const bool same = other && nn::is_initialized(value) && nn::is_initialized(*other) &&
                      value.dtype() == other->dtype() && equal(value, *other);
    if (!same) result += name + " ";
  }
  return result;
}

std::string not_lazy(const LazyLayer& layer, const nn::Module& module) {
  std::string result;
  for (const auto& [name, value] : module.state_dict()) {
    const auto& waiting = layer.uninitialized;
    const bool waits = std::find(waiting.begin(), waiting.end(), name) != waiting.end();
    if (nn::is_initialized(value) == waits) result += name + " ";
  }
  if (module.has_uninitialized() != layer.waits()) result += "has_uninitialized()";
  return result;
}

void scramble(const nn::Module& module) {
  const NoGradGuard guard;
  uint64_t seed = 100;
  for (const auto& [name, value] : module.state_dict()) {
    if (!value.is_floating_point()) continue;
    // Positive and away from 0, as variances must be.
    value.copy_(normal_values(value.shape(), value.dtype(), ++seed).abs() + 0.5);
  }
}

}  // namespace lucid::test
