#include "nn/sequential.h"

#include "nn/fusion.h"

namespace lucid::nn {

Tensor Sequential::forward(const Tensor& x) {
  // Looked up anew each time, as a module may add others.
  Tensor y = x;
  for (size_t i = 0; i < size();) i += detail::Fusion::run(named_children(), i, y);
  return y;
}

}  // namespace lucid::nn
