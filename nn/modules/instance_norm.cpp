#include "nn/modules/instance_norm.h"

#include "autograd/functions/normalization.h"
#include "autograd/functions/shape.h"

namespace lucid::nn {
namespace {

struct Kind {
  const char* name;
  const char* layout;
};
constexpr Kind kKinds[] = {{"InstanceNorm1d", "(N, C, L) or (C, L)"},
                           {"InstanceNorm2d", "(N, C, H, W) or (C, H, W)"},
                           {"InstanceNorm3d", "(N, C, D, H, W) or (C, D, H, W)"}};

ChannelNormOptions channel_options(const InstanceNormLayerOptions& options) {
  return {.eps = options.eps,
          .momentum = options.momentum,
          .affine = options.affine,
          .track_running_stats = options.track_running_stats,
          .device = options.device,
          .dtype = options.dtype};
}

}  // namespace

InstanceNorm::InstanceNorm(int rank, int64_t num_features, const InstanceNormLayerOptions& options)
    : ChannelNorm(kKinds[rank - 1].name, {rank + 1, rank + 2}, kKinds[rank - 1].layout,
                  num_features, channel_options(options)),
      rank_(rank) {}

InstanceNorm::InstanceNorm(int rank, const ChannelNormOptions& options)
    : ChannelNorm(kKinds[rank - 1].name, {rank + 1, rank + 2}, kKinds[rank - 1].layout,
                  std::nullopt, options),
      rank_(rank) {}

Tensor InstanceNorm::forward(const Tensor& x) {
  check_input(x);
  const bool track = is_training() && options().track_running_stats;
  const InstanceNormOptions how{.use_input_stats = is_training() || !options().track_running_stats,
                                .momentum = track ? next_momentum() : 0.0,
                                .eps = options().eps};
  const Tensor examples = is_batched(x) ? x : unsqueeze(x, 0);
  Tensor y = instance_norm(examples, running_mean(), running_var(), weight(), bias(), how);
  // With a momentum PyTorch's count stays 0, and so do checkpoints of it; plain averages need one.
  if (track && !options().momentum && !x.is_meta()) count_batch();
  return is_batched(x) ? y : squeeze(y, 0);
}

}  // namespace lucid::nn
