// Puts the kernels of one arch together.
#pragma once

#include "lucid/kernels/flushing.h"
#include "lucid/kernels/generic/average_pool.h"
#include "lucid/kernels/generic/conv2d_algorithms.h"
#include "lucid/kernels/generic/dropout.h"
#include "lucid/kernels/generic/gemm.h"
#include "lucid/kernels/generic/norm.h"
#include "lucid/kernels/generic/optim.h"
#include "lucid/kernels/generic/pointwise.h"
#include "lucid/kernels/generic/pool.h"
#include "lucid/kernels/generic/reduce.h"
#include "lucid/kernels/generic/softmax.h"
#include "lucid/kernels/tables.h"

namespace lucid::kernels::generic {

template <class Arch, class T, int... I>
constexpr void set_unary(KernelTable<T>& table, std::integer_sequence<int, I...>) {
  ((table.unary[I] = flushing<unary<static_cast<Unary>(I), Arch, T>, computes(Unary(I))>()), ...);
}
template <class Arch, class T, int... I>
constexpr void set_binary(KernelTable<T>& table, std::integer_sequence<int, I...>) {
  ((table.binary[I] = flushing<binary<static_cast<Binary>(I), Arch, T>, computes(Binary(I))>()),
   ...);
}

template <class Arch, class T>
constexpr KernelTable<T> make_table(const char* name) {
  namespace ref = reference;
  KernelTable<T> t{};
  t.name = name;
  t.lanes = kLanes<Arch, T>;
  t.has_algorithms = std::is_same_v<T, float>;
  set_unary<Arch>(t, std::make_integer_sequence<int, static_cast<int>(Unary::count_)>());
  set_binary<Arch>(t, std::make_integer_sequence<int, static_cast<int>(Binary::count_)>());
  t.relu_backward = relu_backward<Arch, T>;
  t.sigmoid_backward = flushing<sigmoid_backward<Arch, T>>();
  t.tanh_backward = flushing<tanh_backward<Arch, T>>();
  t.axpy = flushing<axpy<Arch, T>>();
  t.sum = flushing<sum<Arch, T>>();
  t.max = extremum<true, Arch, T>;
  t.min = extremum<false, Arch, T>;
  t.softmax = flushing<softmax<false, Arch, T>>();
  t.log_softmax = flushing<softmax<true, Arch, T>>();
  t.softmax_backward = flushing<softmax_backward<false, Arch, T>>();
  t.log_softmax_backward = flushing<softmax_backward<true, Arch, T>>();
  t.gemm_scratch = gemm_scratch<Arch, T>;
  t.gemm = flushing<gemm<Arch, T>>();
  t.conv2d_forward_scratch = conv2d_forward_scratch<Arch, T>;
  t.conv2d_input_gradient_scratch = conv2d_input_gradient_scratch<Arch, T>;
  t.conv2d_weight_gradient_scratch = conv2d_weight_gradient_scratch<Arch, T>;
  t.conv2d_forward = flushing<conv2d_forward<Arch, T>>();
  t.conv2d_prepared_size = conv2d_prepared_size<Arch, T>;
  t.conv2d_prepare_weights = flushing<conv2d_prepare_weights<Arch, T>>();
  t.conv2d_input_gradient = flushing<conv2d_input_gradient<Arch, T>>();
  t.conv2d_weight_gradient = flushing<conv2d_weight_gradient<Arch, T>>();
  t.max_pool2d = max_pool2d<Arch, T>;
  t.max_pool2d_backward = flushing<max_pool2d_backward<Arch, T>>();
  t.avg_pool2d = flushing<average_pool<Arch, T, ref::AverageWindows>>();
  t.avg_pool2d_backward = flushing<average_pool_backward<Arch, T, ref::AverageWindows>>();
  t.adaptive_avg_pool2d = flushing<average_pool<Arch, T, ref::AdaptiveWindows>>();
  t.adaptive_avg_pool2d_backward = flushing<average_pool_backward<Arch, T, ref::AdaptiveWindows>>();
  t.channel_moments = flushing<channel_moments<Arch, T>>();
  t.channel_affine = flushing<channel_affine<Arch, T>>();
  t.channel_gradient_sums = flushing<channel_gradient_sums<Arch, T>>();
  t.channel_combine = flushing<channel_combine<Arch, T>>();
  t.relu_backward_sums = flushing<relu_backward_sums<Arch, T>>();
  t.dropout = flushing<dropout<Arch, T>>();
  t.sgd_step = flushing<sgd_step<Arch, T>>();
  t.adam_step = flushing<adam_step<Arch, T>>();
  return t;
}

template <class Arch>
constexpr Tables make_tables(const char* name) {
  return {make_table<Arch, float>(name), make_table<Arch, double>(name)};
}

}  // namespace lucid::kernels::generic
