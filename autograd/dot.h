// Pictures of the tape.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lucid/tensor.h"

namespace lucid::autograd {

/// The recorded operations behind a tensor as a graph in Graphviz' language, for `dot -Tsvg`:
/// operations are ellipses, arrows follow the data, leaves are boxes with their shapes and, for
/// those that are listed (model.named_parameters(), for example), their names
/// (https://graphviz.org/doc/info/lang.html).
/// @throws AutogradError if no operation that computed the tensor was recorded.
std::string to_dot(const Tensor& tensor,
                   const std::vector<std::pair<std::string, Tensor>>& names = {});

/// The same for a list of names and parameters.
template <class Parameter>
std::string to_dot(const Tensor& tensor,
                   const std::vector<std::pair<std::string, Parameter>>& names) {
  return to_dot(tensor, std::vector<std::pair<std::string, Tensor>>(names.begin(), names.end()));
}

}  // namespace lucid::autograd
