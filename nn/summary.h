// A table of a model's layers.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "nn/module.h"

namespace lucid::nn {

/// One call of a layer in a summary.
struct LayerSummary {
  std::string path;          ///< "0", "features.3", ...
  std::string type;          ///< class name
  Shape output_shape;        ///< batch included
  int64_t parameters = 0;    ///< elements of the layer's own parameters
  double multiply_adds = 0;  ///< of one forward pass with that batch; see Module::multiply_adds
  int64_t output_bytes = 0;  ///< 0 for an output that is its input seen in another shape
};

struct Summary {
  std::vector<LayerSummary> layers;  ///< every module without children, in the order they ran
  int64_t parameters = 0;            ///< elements of all parameters of the model
  int64_t trainable = 0;             ///< of those, the ones that require a gradient
  int64_t parameter_bytes = 0;
  double multiply_adds = 0;      ///< of all layers
  int64_t activation_bytes = 0;  ///< outputs of all layers: what training keeps of a batch, about
};

struct SummaryOptions {
  std::optional<DType> dtype = std::nullopt;  ///< of the input: that of the parameters unless given
  bool materialize = false;                   ///< initialise the lazy layers for good
};

/// Walks a model by shape alone. Nothing is computed and, unless asked for, nothing is changed:
/// lazy layers are as lazy afterwards, and their weights took no memory. Hooks run as in any call,
/// and see tensors of the meta device.
/// @throws what the model throws for such an input
Summary summary(Module& model, const Shape& input_shape, const SummaryOptions& options = {});

/// An aligned table with totals.
std::ostream& operator<<(std::ostream& out, const Summary& summary);

/// How many numbers a model has to learn, before and after lazy layers have their shapes.
struct ParameterCount {
  int64_t parameters = 0;     ///< elements of all parameters that have a shape
  int64_t trainable = 0;      ///< of those, the ones that require a gradient
  int64_t uninitialized = 0;  ///< parameters (not elements) that still wait for their shape
};

ParameterCount count_parameters(const Module& model);

}  // namespace lucid::nn
