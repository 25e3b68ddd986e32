// Depthwise convolution, every filter on a channel of its own, with pixels of a row in the lanes:
// nothing is turned, and a padded copy of some rows of one channel stays in the first level cache;
// float32.
#pragma once

#include "lucid/kernels/generic/pixel_output.h"
#include "lucid/kernels/generic/row_bands.h"
#include "lucid/kernels/generic/row_products.h"
#include "lucid/kernels/generic/sum_slices.h"

namespace lucid::kernels::generic {

/// Forward, and with respect to the input.
template <class Arch>
class DepthwiseRows {
  using Engine = ConvEngine<Arch, float>;
  using Products = RowProducts<Arch>;
  static constexpr int64_t lanes = kLanes<Arch, float>;

 public:
  explicit DepthwiseRows(const Engine& engine)
      : b_(engine), workers_(b_.workers(b_.groups.count * b_.bands.count)) {}

  /// Weights are read as they are.
  int64_t prepared_size() const { return 0; }
  void prepare(const float*, float*) const {}

  int64_t scratch() const { return b_.offsets_size() + workers_ * worker_size() + 16; }

  __attribute__((noinline)) void run(const float* source, const float* weight, const float* bias,
                                     float* output, float* scratch) const {
    int64_t* const offsets = reinterpret_cast<int64_t*>(aligned<Arch>(scratch));
    float* const own = aligned<Arch>(scratch) + b_.offsets_size();
    const Engine& e = b_.e;
    b_.list_taps(offsets);
    if (e.leaves_gaps()) clear_outputs(e, output);
    const int64_t tasks = b_.groups.count * b_.bands.count;
    const int64_t size = e.sources * e.source_plane;
    const int64_t step = ceil_div<Arch>(size, steps());
    const auto prepare = [&](int64_t worker) {
      fill_zero<Arch, float>(own + worker * worker_size(), b_.groups.size * b_.plane_size());
    };
    for_workers<Arch>(workers_, tasks, prepare, [&](int64_t task, int64_t worker) {
      float* const planes = own + worker * worker_size();
      float* const room = planes + b_.groups.size * b_.plane_size();
      const int64_t group = task / b_.bands.count, band = task % b_.bands.count;
      const int64_t first = b_.groups.first(group), some = b_.groups.size_of(group);
      for (int64_t i = 0; i < some; ++i) {
        b_.fill(band, source + (first + i) * size, planes + i * b_.plane_size());
      }
      for (int64_t i = 0; i < some; ++i) {
        const int64_t plane = first + i;
        for (int64_t k = 0; k < e.outputs; ++k) {
          const int64_t channel = plane % e.groups * e.outputs + k;
          Ahead<Arch> ahead{source + (plane + some - 1) * size + size * (band + 1) / b_.bands.count,
                            source + e.batch * e.groups * size, step};
          run_band(band, weight + channel * e.sources * e.h.kernel * e.w.kernel,
                   bias != nullptr ? bias[channel] : 0.0F, offsets, planes + i * b_.plane_size(),
                   room, ahead, output + (plane * e.outputs + k) * e.output_plane);
        }
      }
    });
  }

 private:
  /// Into which the computation of a plane is divided.
  int64_t steps() const {
    int64_t count = 0;
    for (int64_t band = 0; band < b_.bands.count; ++band) {
      b_.e.for_each_part([&](const ConvPart& part) {
        const int64_t rows =
            lesser<Arch>(b_.bands.size_of(band), part.h.outputs - b_.bands.first(band));
        count += greater<Arch>(0, ceil_div<Arch>(rows, kRowsAtATime<Arch>));
      });
    }
    return greater<Arch>(1, count * b_.e.outputs);
  }

  bool joins() const {
    return b_.e.transposed && b_.e.w.stride == 2 && b_.e.w.phases() == 2 && b_.e.output_width > 1;
  }
  /// Outputs of a phase of columns, before they are brought among those of the other phases.
  int64_t phase_size() const {
    return b_.e.transposed && b_.e.w.stride > 1 ? b_.bands.size * b_.columns : 0;
  }
  int64_t worker_size() const {
    return b_.groups.size * b_.plane_size() + round_up<Arch>(b_.e.depth(), 16) + 2 * phase_size();
  }

  /// The side of the greatest square whose weights the registers hold, or nearly.
  static constexpr int64_t most_side = Blocks<Arch, float>::mr > 8 ? 5 : 3;

  bool in_square() const { return b_.side == 3 || (b_.side == 5 && most_side == 5); }

  static typename Products::Function function(int64_t side, bool several) {
    constexpr int rows = kRowsAtATime<Arch>;
    if (side == 3) {
      return several ? Products::template square<3, rows> : Products::template square<3, 1>;
    }
    if constexpr (most_side > 3) {
      if (side == 5) {
        return several ? Products::template square<5, rows> : Products::template square<5, 1>;
      }
    }
    return several ? Products::template any<rows> : Products::template any<1>;
  }

  /// One output channel.
  void run_band(int64_t band, const float* weight, float bias, const int64_t* offsets,
                const float* planes, float* weights, Ahead<Arch> ahead, float* output) const {
    const Engine& e = b_.e;
    planes += b_.shift;
    float* const phases = weights + round_up<Arch>(e.depth(), 16);
    const int64_t first = b_.bands.first(band);
    e.for_each_part([&](const ConvPart& part) {
      const int64_t rows = lesser<Arch>(b_.bands.size_of(band), part.h.outputs - first);
      if (rows <= 0 || part.w.outputs <= 0) return;
      const int64_t taps = e.sources * part.taps();
      const int64_t before = e.sources * part.taps_before;
      e.pack_panel(part, 1, weight, weights + before);
      if (e.transposed && in_square()) turn(weights, taps);
      const OutputGrid grid = e.grid(part);
      float* to = output + first * grid.row_step + grid.origin;
      Products products{taps,
                        offsets + before,
                        weights + before,
                        e.planes.pitch,
                        grid.row_step,
                        grid.columns,
                        bias,
                        e.relu};
      if (grid.column_step == 1) return compute(products, rows, planes, to, ahead);
      // Those of the phase with the left column first.
      const bool left = part.w.origin == 0;
      float* const own = joins() && !left ? phases + phase_size() : phases;
      products.to_pitch = b_.columns;
      compute(products, rows, planes, own, ahead);
      if (!joins()) {
        for (int64_t i = 0; i < rows; ++i) {
          for (int64_t j = 0; j < grid.columns; ++j) {
            to[i * grid.row_step + j * grid.column_step] = own[i * b_.columns + j];
          }
        }
      } else if (part.w.first_tap == 1) {
        to -= part.w.origin;
        for (int64_t i = 0; i < rows; ++i) join(phases + i * b_.columns, to + i * grid.row_step);
      }
    });
  }

  static void turn(float* weights, int64_t taps) {
    for (int64_t i = 0; i < taps / 2; ++i) {
      const float other = weights[taps - 1 - i];
      weights[taps - 1 - i] = weights[i];
      weights[i] = other;
    }
  }

  void compute(const Products& products, int64_t rows, const float* from, float* to,
               Ahead<Arch>& ahead) const {
    constexpr int64_t some = kRowsAtATime<Arch>;
    const int64_t pitch = products.pitch, to_pitch = products.to_pitch;
    if (rows < some) {
      ahead.advance();
      const auto one = function(b_.side, false);
      for (int64_t i = 0; i < rows; ++i) one(products, from + i * pitch, to + i * to_pitch);
      return;
    }
    const auto several = function(b_.side, true);
    for (int64_t i = 0; i < rows; i += some) {
      const int64_t row = lesser<Arch>(i, rows - some);  // the last ones again
      ahead.advance();
      several(products, from + row * pitch, to + row * to_pitch);
    }
  }

  /// A row from both phases of its columns.
  void join(const float* phases, float* to) const {
    const int64_t width = b_.e.output_width;
    for (int64_t j = 0; j < width; j += 2 * lanes, phases += lanes) {
      Vec<Arch, float> first, second;
      Lanes<Arch, float>::interleave(load<Arch, float>(phases),
                                     load<Arch, float>(phases + phase_size()), first, second);
      Products::put(first, to + j, width - j);
      if (width - j > lanes) Products::put(second, to + j + lanes, width - j - lanes);
    }
  }

  RowBands<Arch> b_;
  int64_t workers_;
};

/// The gradient of the weights, in slices of the images.
template <class Arch>
class DepthwiseRowsWeightGradient {
  using Engine = ConvEngine<Arch, float>;
  using Products = RowWeightProducts<Arch>;
  static constexpr int64_t lanes = kLanes<Arch, float>;

 public:
  LUCID_SETUP explicit DepthwiseRowsWeightGradient(const Conv2dShape& s)
      : b_(Engine::forward(s)),
        taps_(s.kernel_height * s.kernel_width),
        at_once_(taps_ >= 9   ? 9
                 : taps_ >= 3 ? 3
                              : 1),
        parts_(ceil_div<Arch>(taps_, at_once_)),
        // Sums of a block of channels stay in the first level cache.
        blocks_(EvenParts<Arch>::of(
            s.groups, greater<Arch>(1, 4096 / (b_.e.outputs * parts_ * at_once_ * lanes)))),
        slices_(SumSlices<Arch>::of(s.batch, ceil_div<Arch>(16, blocks_.count))),
        workers_(b_.workers(blocks_.count * slices_.count)) {}

  int64_t scratch() const {
    return b_.offsets_size() + slices_.count * result_size() + workers_ * worker_size() + 16;
  }

  __attribute__((noinline)) void run(const float* grad_y, const float* x, float* grad_weight,
                                     float* scratch) const {
    int64_t* const offsets = reinterpret_cast<int64_t*>(aligned<Arch>(scratch));
    float* const results = aligned<Arch>(scratch) + b_.offsets_size();
    float* const own = results + slices_.count * result_size();
    b_.list_taps(offsets);
    const auto prepare = [&](int64_t worker) {
      fill_zero<Arch, float>(own + worker * worker_size(), together() * b_.plane_size());
    };
    const int64_t tasks = blocks_.count * slices_.count;
    for_workers<Arch>(workers_, tasks, prepare, [&](int64_t task, int64_t worker) {
      run_slice(task / blocks_.count, task % blocks_.count, grad_y, x, offsets, results,
                own + worker * worker_size());
    });
    const int64_t count = b_.e.groups * b_.e.outputs * taps_;
    for (int64_t i = 0; i < count; ++i) {
      float total = 0;
      for (int64_t j = 0; j < slices_.count; ++j) total += results[j * result_size() + i];
      grad_weight[i] = total;
    }
  }

 private:
  /// Planes whose copies are made at once.
  int64_t together() const { return lesser<Arch>(b_.groups.size, blocks_.size); }
  int64_t result_size() const { return round_up<Arch>(b_.e.groups * b_.e.outputs * taps_, 16); }
  int64_t group_sums() const { return b_.e.outputs * parts_ * at_once_ * lanes; }
  int64_t worker_size() const {
    return round_up<Arch>(together() * b_.plane_size() + blocks_.size * group_sums(), 16);
  }
  /// The last part begins earlier, so that all have as many kernel positions.
  int64_t first_tap(int64_t part) const { return lesser<Arch>(part * at_once_, taps_ - at_once_); }

  typename Products::Function function() const {
    if (b_.side == 3) return Products::square;
    return at_once_ == 9   ? Products::template any<9>
           : at_once_ == 3 ? Products::template any<3>
                           : Products::template any<1>;
  }

  void run_slice(int64_t slice, int64_t block, const float* grad_y, const float* x,
                 const int64_t* offsets, float* results, float* planes) const {
    const Engine& e = b_.e;
    const int64_t first = blocks_.first(block), groups = blocks_.size_of(block);
    float* const sums = planes + together() * b_.plane_size();
    fill_zero<Arch, float>(sums, groups * group_sums());
    for (int64_t image = slices_.first(slice); image < slices_.last(slice); ++image) {
      for (int64_t i = 0; i < groups; i += together()) {
        const int64_t some = lesser<Arch>(together(), groups - i);
        const int64_t plane = image * e.groups + first + i;
        for (int64_t band = 0; band < b_.bands.count; ++band) {
          for (int64_t k = 0; k < some; ++k) {
            b_.fill(band, x + (plane + k) * e.source_plane, planes + k * b_.plane_size());
          }
          for (int64_t k = 0; k < some; ++k) {
            add_band(band, plane + k, some, x, grad_y, offsets, planes + k * b_.plane_size(),
                     sums + (i + k) * group_sums());
          }
        }
      }
    }
    for (int64_t i = 0; i < groups * e.outputs; ++i) {
      float* to = results + slice * result_size() + (first * e.outputs + i) * taps_;
      for (int64_t part = 0; part < parts_; ++part) {
        for (int64_t t = 0; t < at_once_; ++t) {
          const float* from = sums + ((i * parts_ + part) * at_once_ + t) * lanes;
          to[first_tap(part) + t] = Lanes<Arch, float>::sum(load<Arch, float>(from));
        }
      }
    }
  }

  /// The products of a band of one plane of x, while what comes `further` planes later is fetched.
  void add_band(int64_t band, int64_t plane, int64_t further, const float* x, const float* grad_y,
                const int64_t* offsets, const float* planes, float* sums) const {
    const Engine& e = b_.e;
    constexpr int64_t at_a_time = 4;
    const int64_t rows = b_.bands.size_of(band), first = b_.bands.first(band);
    const int64_t x_row = e.h.stride * e.planes.w.source, size = e.outputs * e.output_plane;
    const auto add = function();
    const int64_t count = e.batch * e.groups;
    Ahead<Arch> next_x{x + (plane + further) * e.source_plane + first * x_row,
                       x + count * e.source_plane, at_a_time * x_row};
    Ahead<Arch> next_grad{grad_y + (plane + further) * size + first * e.w.out * e.outputs,
                          grad_y + count * size, at_a_time * e.w.out * e.outputs};
    Products products{offsets, e.planes.pitch, 0, e.w.out};
    for (int64_t row = 0; row < rows; row += at_a_time) {
      next_x.advance(), next_grad.advance();
      products.rows = lesser<Arch>(at_a_time, rows - row);
      const float* from = planes + b_.shift + row * e.planes.pitch;
      for (int64_t k = 0; k < e.outputs; ++k) {
        const float* grad = grad_y + plane * size + k * e.output_plane + (first + row) * e.w.out;
        for (int64_t part = 0; part < parts_; ++part) {
          products.offsets = offsets + first_tap(part);
          add(products, from, grad, sums + (k * parts_ + part) * at_once_ * lanes);
        }
      }
    }
  }

  RowBands<Arch> b_;
  int64_t taps_, at_once_, parts_;
  EvenParts<Arch> blocks_;
  SumSlices<Arch> slices_;  ///< of images
  int64_t workers_;
};

}  // namespace lucid::kernels::generic
