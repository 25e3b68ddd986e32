// Values in order (https://pytorch.org/docs/stable/torch.html#comparison-ops). A NaN is greater
// than anything else. Gradients go to where the values came from.
#pragma once

#include "lucid/tensor.h"

namespace lucid {

/// The values along dim in order, and where they were
/// (https://pytorch.org/docs/stable/generated/torch.sort.html). Always stable: equal values stay in
/// their order, also when descending.
ValuesAndIndices sort(const Tensor& x, int64_t dim = -1, bool descending = false);
/// The indices that sort() gives (https://pytorch.org/docs/stable/generated/torch.argsort.html).
Tensor argsort(const Tensor& x, int64_t dim = -1, bool descending = false);
/// The k greatest (or least) values along dim, and where they were
/// (https://pytorch.org/docs/stable/generated/torch.topk.html). Of equal values the first ones are
/// taken; the result is in order also where `sorted` does not ask for it.
/// @throws ValueError if k is negative or greater than the size of dim.
ValuesAndIndices topk(const Tensor& x, int64_t k, int64_t dim = -1, bool largest = true,
                      bool sorted = true);

}  // namespace lucid
