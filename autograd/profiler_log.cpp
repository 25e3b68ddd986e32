#include "autograd/profiler_log.h"

#include <algorithm>
#include <new>

#include "lucid/allocator.h"

namespace lucid::autograd::detail {

ProfilerLog::Moment ProfilerLog::now() noexcept {
  return {Clock::now(), memory_statistics().in_use};
}

void ProfilerLog::mark() noexcept {
  allocations_.clear();
  last_ = now();
}

void ProfilerLog::allocated(const void* block, int64_t in_use_before) noexcept {
  // What the program does in between operations that are recorded may be much; the latest decide.
  constexpr size_t most = 4096;
  if (allocations_.size() >= 2 * most) {
    allocations_.erase(allocations_.begin(), allocations_.begin() + most);
  }
  try {
    allocations_.push_back({block, {Clock::now(), in_use_before}});
  } catch (const std::bad_alloc&) {
    // The operation seems to begin later: better than that it fails because it is watched.
  }
}

void ProfilerLog::forward(const char* name, std::span<const Tensor> inputs, int64_t flops) {
  const Moment end = now();
  add(name, false, begin_after(inputs, end), end, flops);
}

void ProfilerLog::backward(const char* name, int64_t flops) {
  add(name, true, last_, now(), flops);
}

// The first block after those of the inputs: what came before, the program did to make them. With
// none it is a view, which takes no time.
ProfilerLog::Moment ProfilerLog::begin_after(std::span<const Tensor> inputs,
                                             const Moment& end) const noexcept {
  const auto holds_input = [inputs](const Allocation& allocation) {
    return std::any_of(inputs.begin(), inputs.end(), [&](const Tensor& input) {
      return input.defined() && input.impl()->storage &&
             input.impl()->storage->data() == allocation.block;
    });
  };
  const auto last_input = std::find_if(allocations_.rbegin(), allocations_.rend(), holds_input);
  const auto first = last_input.base();
  return first == allocations_.end() ? end : first->moment;
}

void ProfilerLog::add(const char* name, bool is_backward, const Moment& begin, const Moment& end,
                      int64_t flops) {
  const auto [at, is_new] = numbers_.emplace(name, static_cast<uint32_t>(names_.size()));
  if (is_new) names_.emplace_back(name);
  events_.push_back(
      {at->second, is_backward, begin.time, end.time, end.in_use - begin.in_use, flops});
  mark();
}

}  // namespace lucid::autograd::detail
