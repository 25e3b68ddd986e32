// What every operation starts and ends with: checking arguments and making results.
#pragma once

#include <initializer_list>

#include "lucid/error.h"
#include "lucid/kernels/table.h"
#include "lucid/message.h"
#include "lucid/tensor.h"
#include "lucid/visit.h"

namespace lucid::ops {

using detail::message;

/// Uninitialised contiguous memory (none on the meta device).
Tensor allocate(const Shape& shape, DType dtype, Device device = cpu);

/// A tensor over the same storage. The caller vouches for the bounds.
Tensor view_of(const Tensor& base, const Shape& shape, const Strides& strides, int64_t offset);

/// The active kernels. @throws ValueError if LUCID_ARCH asks for ones that are not there.
template <class T>
const kernels::KernelTable<T>& kernel_table();

/// meta if any operand is, else cpu.
Device common_device(std::initializer_list<const Tensor*> tensors);

/// The device of x. Parameters on the cpu serve a meta x, since a model is walked by shape that
/// way.
/// @throws DeviceError if x is on the cpu and one of the others (those that are defined) is not.
Device data_device(const char* operation, const Tensor& x,
                   std::initializer_list<const Tensor*> parameters);

/// @throws UninitializedError if it is undefined.
void require_defined(const char* operation, const char* argument, const Tensor& tensor);
/// @throws DTypeError if it is bool. @param remedy what to do instead
void require_numbers(const char* operation, DType dtype, const char* remedy);
/// @throws DTypeError unless it is float32 or float64, UninitializedError if it is undefined.
void require_floating(const char* operation, const char* argument, const Tensor& tensor);
/// @throws DTypeError unless both have one type.
void require_same_dtype(const char* operation, const Tensor& a, const char* a_name, const Tensor& b,
                        const char* b_name);
/// @throws ShapeError unless it has this many dimensions. @param layout e.g. "(N, C, H, W)"
void require_rank(const char* operation, const char* argument, const Tensor& tensor, size_t rank,
                  const char* layout);
/// @throws ShapeError if a result would have more dimensions than a tensor can have.
void require_rank_limit(const char* operation, size_t rank);
/// @throws ShapeError unless it has this shape.
void require_shape(const char* operation, const char* argument, const Tensor& tensor,
                   const Shape& expected);

/// Which dimensions a reduction removes, one flag each; no dims means all.
/// @throws IndexError if one is out of range, ValueError if one is named twice.
struct DimMask {
  bool reduced[Shape::max_rank] = {};
};
DimMask dim_mask(const char* operation, const Dims& dims, size_t rank);

/// The shape after a reduction.
Shape reduced_shape(const Shape& shape, const DimMask& mask, bool keepdim);

}  // namespace lucid::ops
