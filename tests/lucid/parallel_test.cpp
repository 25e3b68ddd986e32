// parallel_for, and results that do not depend on the number of threads.
#include "lucid/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "autograd/functions/activation.h"
#include "autograd/functions/arithmetic.h"
#include "autograd/functions/convolution.h"
#include "autograd/functions/dropout.h"
#include "autograd/functions/indexing.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/math.h"
#include "autograd/functions/normalization.h"
#include "autograd/functions/pooling.h"
#include "tests/support/check.h"

namespace lucid::test {
namespace {

struct KeepThreads {
  int before = get_num_threads();
  ~KeepThreads() { set_num_threads(before); }
};

TEST_CASE("set_num_threads and get_num_threads") {
  const KeepThreads keep;
  CHECK(get_num_threads() >= 1);
  set_num_threads(3);
  CHECK(get_num_threads() == 3);
  CHECK(wrong_error<ValueError>([] { set_num_threads(-1); }, {"set_num_threads", "-1"}) == "");
  CHECK(get_num_threads() == 3);
  set_num_threads(0);
  CHECK(get_num_threads() >= 1);
}

TEST_CASE("parallel_for covers every index once, in ranges no smaller than the grain") {
  const KeepThreads keep;
  for (int threads : {1, 2, 3, 7}) {
    set_num_threads(threads);
    for (int64_t count : {0, 1, 2, 3, 10, 97, 1000}) {
      for (int64_t grain : {1, 3, 64, 5000}) {
        std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
        std::mutex mutex;
        std::vector<std::pair<int64_t, int64_t>> ranges;
        parallel_for(count, grain, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
          const std::lock_guard lock(mutex);
          ranges.emplace_back(begin, end);
        });
        bool once = true;
        for (const auto& visit : visits) once = once && visit == 1;
        CHECK(once);
        CHECK(ranges.size() <= static_cast<size_t>(threads));
        for (const auto& [begin, end] : ranges) CHECK((end - begin >= grain || end == count));
        if (count == 0) CHECK(ranges.empty());
      }
    }
  }
}

TEST_CASE("parallel_for: a call inside of another covers its range too") {
  const KeepThreads keep;
  set_num_threads(3);
  std::atomic<int64_t> total{0};
  parallel_for(6, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      parallel_for(100, 1, [&](int64_t from, int64_t to) { total += to - from; });
    }
  });
  CHECK(total == 600);
}

// Irregular values of very different sizes, so that another order of additions would show.
Tensor rough(const Shape& shape, DType dtype, uint64_t seed) {
  Generator generator(seed);
  return randn(shape, generator, {.dtype = dtype}) *
         exp(randn(shape, generator, {.dtype = dtype}) * 3);
}

TEST_CASE("the same bits with 1, 2 and 3 threads") {
  const KeepThreads keep;
  for (DType dtype : {float32, float64}) {
    const Tensor big = rough({300000}, dtype, 1);
    const Tensor cube = rough({41, 70, 53}, dtype, 2);
    const Tensor left = rough({130, 210}, dtype, 3);
    const Tensor right = rough({210, 150}, dtype, 4);
    const Tensor images = rough({5, 12, 19, 23}, dtype, 5);
    const Tensor filters = rough({24, 12, 3, 3}, dtype, 6);
    const Tensor grouped = rough({24, 4, 3, 3}, dtype, 7);
    const ConvGeometry padded{.pad_low = {1, 1}, .pad_high = {1, 1}};
    const ConvGeometry strided{
        .stride = {2, 2}, .pad_low = {1, 1}, .pad_high = {1, 1}, .groups = 3};
    const Tensor grad = rough({5, 24, 19, 23}, dtype, 8);
    const Tensor sounds = rough({5, 12, 4001}, dtype, 11);
    const Tensor volumes = rough({3, 6, 9, 19, 23}, dtype, 12);
    const Tensor solid = rough({8, 6, 3, 3, 3}, dtype, 13);
    const Tensor grad3d = rough({3, 8, 9, 19, 23}, dtype, 14);
    const ConvGeometry padded3d{.pad_low = {1, 1, 1}, .pad_high = {1, 1, 1}};
    const Pool2dGeometry pool{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}};
    const std::function<Tensor()> work[] = {
        [&] { return big.sum(); },
        [&] { return cube.sum(0); },
        [&] { return cube.sum(1); },
        [&] {
          return cube.sum({0, 2});
        },
        [&] { return cube.mean(); },
        [&] { return big.argmax(); },
        [&] { return cube.max(1).indices; },
        [&] { return softmax(cube, 1); },
        [&] { return log_softmax(cube, 2); },
        [&] { return softmax(cube, 0); },
        [&] { return matmul(left, right); },
        [&] { return matmul(right.t(), left.t()); },
        [&] {
          return matmul(left.reshape({5, 26, 210}), right);
        },
        [&] { return linear(left, right.t(), rough({150}, dtype, 9)); },
        [&] { return conv(images, filters, {}, padded); },
        [&] { return conv(images, grouped, rough({24}, dtype, 10), strided); },
        [&] { return conv_input_gradient(grad, filters, images.shape(), padded); },
        [&] { return conv_weight_gradient(grad, images, filters.shape(), padded); },
        [&] {
          return conv(sounds, rough({7, 12, 5}, dtype, 15), {}, padded);
        },
        [&] { return conv(volumes, solid, {}, padded3d); },
        [&] { return conv_input_gradient(grad3d, solid, volumes.shape(), padded3d); },
        [&] { return conv_weight_gradient(grad3d, volumes, solid.shape(), padded3d); },
        [&] { return batch_norm(images, {}, {}, {}, {}); },
        [&] {
          return layer_norm(images, {19, 23});
        },
        [&] { return group_norm(images, 3); },
        [&] { return max_pool2d(images, pool); },
        [&] { return avg_pool2d(images, pool); },
        [&] { return exp(big) + sigmoid(big); },
        [&] { return cube + cube.select(0, 3); },
        [&] {
          return cube.permute({2, 0, 1}) * cube.permute({2, 0, 1});
        },
        [&] { return index_select(cube, 1, arange(69, -1, -1)); },
        [&] {
          Generator generator(4);
          return dropout(big, 0.3, true, generator);
        },
    };
    for (size_t i = 0; i < std::size(work); ++i) {
      CAPTURE(i);
      set_num_threads(1);
      const Tensor one = work[i]();
      for (int threads : {2, 3}) {
        set_num_threads(threads);
        const Tensor more = work[i]();
        REQUIRE(more.shape() == one.shape());
        const auto bytes = static_cast<size_t>(one.numel()) * element_size(one.dtype());
        CHECK(std::memcmp(one.impl()->storage->data(), more.impl()->storage->data(), bytes) == 0);
      }
    }
  }
}

}  // namespace
}  // namespace lucid::test
