#include "lucid/ops/strided_copy.h"

#include <xtensor/xadapt.hpp>
#include <xtensor/xnoalias.hpp>

#include <cstdint>
#include <vector>

namespace lucid::ops {
namespace {

using Sizes = std::vector<size_t>;
using Steps = std::vector<std::ptrdiff_t>;

template <class Word>
auto adapt(Word* data, const Shape& shape, const Strides& strides) {
  // xtensor insists on a buffer of as many elements as the shape has, although the strides of an
  // expanded tensor reach less far.
  size_t count = 1;
  for (int64_t size : shape) count *= static_cast<size_t>(size);
  return xt::adapt(data, count, xt::no_ownership(), Sizes(shape.begin(), shape.end()),
                   Steps(strides.begin(), strides.end()));
}

template <class Word>
void copy(const Shape& shape, const void* source, const Strides& source_strides, void* destination,
          const Strides& destination_strides) {
  auto from = adapt(static_cast<const Word*>(source), shape, source_strides);
  auto to = adapt(static_cast<Word*>(destination), shape, destination_strides);
  xt::noalias(to) = from;
}

}  // namespace

void strided_copy(size_t element_size, const Shape& shape, const void* source,
                  const Strides& source_strides, void* destination,
                  const Strides& destination_strides) {
  const auto run = element_size == 1   ? copy<uint8_t>
                   : element_size == 4 ? copy<uint32_t>
                                       : copy<uint64_t>;
  run(shape, source, source_strides, destination, destination_strides);
}

}  // namespace lucid::ops
