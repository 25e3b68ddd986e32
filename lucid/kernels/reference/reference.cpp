// The reference table: the oracle of the tests, and what runs where nothing else does.
#include "lucid/kernels/flushing.h"
#include "lucid/kernels/reference/dropout.h"
#include "lucid/kernels/reference/matrix.h"
#include "lucid/kernels/reference/norm.h"
#include "lucid/kernels/reference/optim.h"
#include "lucid/kernels/reference/pointwise.h"
#include "lucid/kernels/reference/pool.h"
#include "lucid/kernels/reference/reduce.h"
#include "lucid/kernels/tables.h"

#include <utility>

namespace lucid::kernels {
namespace {

struct Plain;  // the tag of the copies compiled here

template <class T>
int64_t no_gemm_scratch(int64_t, int64_t, int64_t, MatrixStrides, MatrixStrides) {
  return 0;
}

template <class T>
void prepare_nothing(const Conv2dShape&, const T*, T*) {}

template <class T, int... I>
constexpr void set_unary(KernelTable<T>& table, std::integer_sequence<int, I...>) {
  ((table.unary[I] =
        flushing<reference::unary<static_cast<Unary>(I), T, Plain>, computes(Unary(I))>()),
   ...);
}
template <class T, int... I>
constexpr void set_binary(KernelTable<T>& table, std::integer_sequence<int, I...>) {
  ((table.binary[I] =
        flushing<reference::binary<static_cast<Binary>(I), T, Plain>, computes(Binary(I))>()),
   ...);
}

template <class T>
constexpr KernelTable<T> make_table() {
  using namespace reference;
  KernelTable<T> t{};
  t.name = "reference";
  t.lanes = 1;
  set_unary(t, std::make_integer_sequence<int, static_cast<int>(Unary::count_)>());
  set_binary(t, std::make_integer_sequence<int, static_cast<int>(Binary::count_)>());
  t.relu_backward = relu_backward<T, Plain>;
  t.sigmoid_backward = flushing<sigmoid_backward<T, Plain>>();
  t.tanh_backward = flushing<tanh_backward<T, Plain>>();
  t.axpy = flushing<axpy<T, Plain>>();
  t.sum = flushing<sum<T, Plain>>();
  t.max = extremum<true, T, Plain>;
  t.min = extremum<false, T, Plain>;
  t.softmax = flushing<softmax<false, T, Plain>>();
  t.log_softmax = flushing<softmax<true, T, Plain>>();
  t.softmax_backward = flushing<softmax_backward<false, T, Plain>>();
  t.log_softmax_backward = flushing<softmax_backward<true, T, Plain>>();
  t.gemm_scratch = no_gemm_scratch<T>;
  t.gemm = flushing<gemm<T, Plain>>();
  t.conv2d_forward_scratch = no_scratch<T, Plain>;
  t.conv2d_input_gradient_scratch = no_scratch<T, Plain>;
  t.conv2d_weight_gradient_scratch = no_scratch<T, Plain>;
  t.conv2d_forward = flushing<conv2d_forward<T, Plain>>();
  t.conv2d_prepared_size = no_scratch<T, Plain>;
  t.conv2d_prepare_weights = prepare_nothing<T>;
  t.conv2d_input_gradient = flushing<conv2d_input_gradient<T, Plain>>();
  t.conv2d_weight_gradient = flushing<conv2d_weight_gradient<T, Plain>>();
  t.max_pool2d = max_pool2d<T, Plain>;
  t.max_pool2d_backward = flushing<max_pool2d_backward<T, Plain>>();
  t.avg_pool2d = flushing<average_pool<T, Plain, AverageWindows>>();
  t.avg_pool2d_backward = flushing<average_pool_backward<T, Plain, AverageWindows>>();
  t.adaptive_avg_pool2d = flushing<average_pool<T, Plain, AdaptiveWindows>>();
  t.adaptive_avg_pool2d_backward = flushing<average_pool_backward<T, Plain, AdaptiveWindows>>();
  t.channel_moments = flushing<channel_moments<T, Plain>>();
  t.channel_affine = flushing<channel_affine<T, Plain>>();
  t.channel_gradient_sums = flushing<channel_gradient_sums<T, Plain>>();
  t.channel_combine = flushing<channel_combine<T, Plain>>();
  t.relu_backward_sums = flushing<relu_backward_sums<T, Plain>>();
  t.dropout = flushing<dropout<T, Plain>>();
  t.sgd_step = flushing<sgd_step<T, Plain>>();
  t.adam_step = flushing<adam_step<T, Plain>>();
  return t;
}

}  // namespace

constinit const Tables reference_tables = {make_table<float>(), make_table<double>()};

}  // namespace lucid::kernels
