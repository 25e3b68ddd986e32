// A table of a model's layers.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "nn/module.h"

namespace lucid::nn {

/// One layer of a summary.
struct LayerSummary {
  std::string path;        ///< "0", "features.3", ...
  std::string type;        ///< class name
  Shape output_shape;      ///< batch included
  int64_t parameters = 0;  ///< elements of the layer's own parameters
};

struct Summary {
  std::vector<LayerSummary> layers;  ///< every module without children, in the order they ran
  int64_t parameters = 0;            ///< elements of all parameters of the model
  int64_t trainable = 0;             ///< of those, the ones that require a gradient
};

/// Walks a model by shape alone: nothing is computed, but lazy layers are initialised.
/// @throws what the model throws for such an input
Summary summary(Module& model, const Shape& input_shape, DType dtype = float32);

/// An aligned table with a total.
std::ostream& operator<<(std::ostream& out, const Summary& summary);

}  // namespace lucid::nn
