#include "nn/modules/batch_norm.h"

#include "autograd/functions/normalization.h"
#include "autograd/fused.h"

namespace lucid::nn {
namespace {

struct Kind {
  const char* name;
  std::array<int64_t, 2> ranks;
  const char* layout;
};
constexpr Kind kKinds[] = {{"BatchNorm1d", {2, 3}, "(N, C) or (N, C, L)"},
                           {"BatchNorm2d", {4, 4}, "(N, C, H, W)"},
                           {"BatchNorm3d", {5, 5}, "(N, C, D, H, W)"}};

}  // namespace

BatchNorm::BatchNorm(int rank, std::optional<int64_t> num_features,
                     const ChannelNormOptions& options)
    : ChannelNorm(kKinds[rank - 1].name, kKinds[rank - 1].ranks, kKinds[rank - 1].layout,
                  num_features, options) {}

Tensor BatchNorm::forward(const Tensor& x) {
  return normalize(x, false);
}

Tensor BatchNorm::normalize(const Tensor& x, bool relu) {
  check_input(x);
  const bool track = is_training() && options().track_running_stats;
  const auto function = relu ? autograd::batch_norm_relu : batch_norm;
  Tensor y = function(x, running_mean(), running_var(), weight(), bias(),
                      {.training = is_training() || !options().track_running_stats,
                       .momentum = track ? next_momentum() : 0.0,
                       .eps = options().eps});
  if (track && !x.is_meta()) count_batch();
  return y;
}

}  // namespace lucid::nn
