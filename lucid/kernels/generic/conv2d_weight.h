// Weight gradient of a convolution: dW[k][c][r][s] is the dot product of grad_y's channel k with
// the input's channel c, moved by the kernel position.
//
// Both are laid out over the same positions (grad_y with zeros in the columns in between), so that
// each dot product runs over long contiguous memory. Images go in chunks whose size the shape alone
// decides, and which are added up in slices.
#pragma once

#include "lucid/kernels/generic/conv2d.h"
#include "lucid/kernels/generic/dot_kernel.h"
#include "lucid/kernels/generic/sum_slices.h"

namespace lucid::kernels::generic {

template <class Arch, class T>
class WeightGradient {
  using Kernels = DotKernels<Arch, T>;

 public:
  WeightGradient(const Conv2dShape& s, const T* grad_y, const T* x, T* grad_weight, T* scratch)
      : s_(s), grad_y_(grad_y), x_(x), grad_weight_(grad_weight) {
    constexpr int64_t lanes = kLanes<Arch, T>;
    planes_ = Planes<Arch, T>::of_input(s);
    sources_ = s.in_channels / s.groups;
    outputs_ = s.out_channels / s.groups;
    depth_ = sources_ * s.kernel_height * s.kernel_width;
    direct_ = planes_.identity() && planes_.pitch == s.out_width && s.out_height == s.in_height &&
              s.in_height * s.in_width % lanes == 0;
    const int64_t flat = round_up<Arch>((s.out_height - 1) * planes_.pitch + s.out_width, lanes);
    const int64_t row = round_up<Arch>(s.out_width, lanes);
    by_row_ = !direct_ && s.out_height * row < flat;
    positions_ = direct_ ? s.out_height * s.out_width : by_row_ ? s.out_height * row : flat;
    in_place_ = direct_ || (by_row_ && row == s.out_width);
    row_ = by_row_ ? row : 1;
    source_row_ = by_row_ ? planes_.pitch : 1;
    cut(s.batch);
    arrange();
    place(scratch);
  }

  int64_t scratch() const { return total_; }

  void run() {
    auto engine = ConvEngine<Arch, T>::forward(s_);
    engine.planes.channel = source_channel_;
    engine.for_each_part([&](const ConvPart& part) { engine.fill_offsets(part, offsets_); });
    for_workers<Arch>(workers_, slices_.count, [&](int64_t slice, int64_t worker) {
      Chunk chunk{};
      chunk.sources = own_ + worker * worker_size();
      chunk.grads = chunk.sources + sources_size();
      chunk.to = slice == 0 ? grad_weight_ : others_ + (slice - 1) * result_pitch();
      for (int64_t i = slices_.first(slice); i < slices_.last(slice); ++i) {
        chunk.first = i * chunk_;
        chunk.images = lesser<Arch>(chunk_, s_.batch - chunk.first);
        chunk.accumulate = i > slices_.first(slice);
        if (!direct_) pad(chunk);
        multiply(chunk);
      }
    });
    slices_.add(s_.out_channels * depth_, grad_weight_, others_, result_pitch());
  }

 private:
  static constexpr int64_t kChunk = 1 << 19;  ///< elements

  /// Some images at work.
  struct Chunk {
    int64_t first, images;
    T *sources, *grads;  ///< their planes, unless direct_ or in_place_
    T* to;
    bool accumulate;
  };

  /// Decides what is padded at one time (some images) and what is multiplied at one time: some of
  /// these or part of one, for dot products long enough to outweigh adding up their lanes and short
  /// enough for the rows of a tile to stay in the first level cache.
  void cut(int64_t batch) {
    constexpr int64_t length = Blocks<Arch, T>::dot_length;
    group_ = lesser<Arch>(batch, greater<Arch>(1, length / positions_));
    lines_ = by_row_ ? s_.out_height : positions_;  // of row_ positions each
    const int64_t parts = ceil_div<Arch>(positions_, 2 * length);
    part_ = ceil_div<Arch>(lines_, greater<Arch>(1, parts));
    if (!by_row_) part_ = round_up<Arch>(part_, kLanes<Arch, T>);
    const int64_t image = s_.in_channels * planes_.channel + s_.out_channels * positions_;
    const int64_t groups = greater<Arch>(1, kChunk / (image * group_));
    chunk_ = direct_ ? batch : lesser<Arch>(batch, groups * group_);
    slices_ = SumSlices<Arch>::of_large(ceil_div<Arch>(batch, chunk_), result_pitch());
    const int64_t threads = s_.threads > 0 ? s_.threads : get_num_threads();
    const int64_t work = batch * positions_ * s_.out_channels * depth_;
    workers_ = slices_.workers(greater<Arch>(1, lesser<Arch>(threads, work / kMultiplyGrain)));
  }

  /// The images of a channel stand side by side: a distance of whole channel sets between them
  /// would make them evict one another, being a power of two more often than not.
  void arrange() {
    grad_image_ = in_place_ ? s_.out_channels * positions_ : positions_;
    grad_channel_ = in_place_ ? positions_ : chunk_ * positions_;
    if (!in_place_ && grad_channel_ % 256 == 0) grad_channel_ += 16;
    if (direct_) {
      source_channel_ = positions_;
      source_image_ = s_.in_channels * positions_;
      return;
    }
    source_image_ = planes_.channel;
    source_channel_ = round_up<Arch>(chunk_ * source_image_ + planes_.slack_after(), 16);
    if (source_channel_ % 256 == 0) source_channel_ += 16;
  }

  void place(T* scratch) {
    const int64_t offsets =
        round_up<Arch>(depth_ * static_cast<int64_t>(sizeof(int64_t) / sizeof(T)), 16);
    const int64_t others = (slices_.count - 1) * result_pitch();
    total_ = offsets + others + workers_ * worker_size() + 16;
    if (scratch == nullptr) return;
    scratch = aligned<Arch>(scratch);
    offsets_ = reinterpret_cast<int64_t*>(scratch);
    others_ = scratch + offsets;
    own_ = others_ + others;
  }

  int64_t result_pitch() const { return round_up<Arch>(s_.out_channels * depth_, 16); }
  int64_t sources_size() const { return direct_ ? 0 : s_.in_channels * source_channel_; }
  int64_t worker_size() const {
    const int64_t grads = in_place_ ? 0 : s_.out_channels * grad_channel_;
    return round_up<Arch>(sources_size() + grads, 16);
  }

  void pad(const Chunk& chunk) {
    const int64_t channels = s_.in_channels + (in_place_ ? 0 : s_.out_channels);
    const int64_t grain = 1 + kCostlyGrain / greater<Arch>(1, positions_);
    parallel_for(chunk.images * channels, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t image = i / channels, channel = i % channels;
        if (channel < s_.in_channels) {
          pad_source(chunk, image, channel);
        } else {
          pad_gradient(chunk, image, channel - s_.in_channels);
        }
      }
    });
  }

  void pad_source(const Chunk& chunk, int64_t image, int64_t channel) {
    T* planes = chunk.sources + channel * source_channel_ + image * source_image_;
    const int64_t at = (chunk.first + image) * s_.in_channels + channel;
    planes_.fill(x_ + at * s_.in_height * s_.in_width, planes);
    if (image + 1 < chunk.images) return;
    // Also behind the last plane: what the zeros of grad_y are multiplied with must be finite.
    fill_zero<Arch, T>(planes + source_image_, planes_.slack_after());
  }

  void pad_gradient(const Chunk& chunk, int64_t image, int64_t channel) {
    const int64_t pitch = by_row_ ? row_ : planes_.pitch;
    const int64_t at = (chunk.first + image) * s_.out_channels + channel;
    const T* from = grad_y_ + at * s_.out_height * s_.out_width;
    T* to = chunk.grads + image * grad_image_ + channel * grad_channel_;
    T* const end = to + positions_;
    for (int64_t row = 0; row < s_.out_height; ++row, from += s_.out_width) {
      const int64_t room = end - to;
      put_row<Arch, T>(to, 0, from, s_.out_width, lesser<Arch>(pitch, room), room);
      to += lesser<Arch>(pitch, room);
    }
    fill_zero<Arch, T>(to, end - to);
  }

  /// All tiles of dW, shared out among the threads unless these have slices of their own; each goes
  /// through the positions in order.
  void multiply(const Chunk& chunk) {
    const auto rows = EvenParts<Arch>::of(outputs_, Kernels::m);
    const auto columns = EvenParts<Arch>::of(depth_, Kernels::n);
    const int64_t work = chunk.images * positions_ * Kernels::m * Kernels::n;
    const T* grads = in_place_ ? grad_y_ + chunk.first * grad_image_ : chunk.grads;
    const T* sources = direct_ ? x_ + chunk.first * source_image_ : chunk.sources;
    parallel_for(s_.groups * rows.count * columns.count,
                 1 + kMultiplyGrain / greater<Arch>(1, work), [&](int64_t begin, int64_t end) {
                   for (int64_t image = 0; image < chunk.images; image += group_) {
                     for (int64_t line = 0; line < lines_; line += part_) {
                       const int64_t n = lesser<Arch>(part_, lines_ - line);
                       const DotSpan span{lesser<Arch>(group_, chunk.images - image),
                                          grad_image_,
                                          source_image_,
                                          by_row_ ? n : 1,
                                          row_,
                                          source_row_,
                                          by_row_ ? row_ : n};
                       multiply_tiles(span, grads + image * grad_image_ + line * row_,
                                      sources + image * source_image_ + line * source_row_, begin,
                                      end, chunk.to, chunk.accumulate || image + line > 0);
                     }
                   }
                 });
  }

  void multiply_tiles(const DotSpan& span, const T* grads, const T* sources, int64_t begin,
                      int64_t end, T* to, bool accumulate) {
    const auto rows = EvenParts<Arch>::of(outputs_, Kernels::m);
    const auto columns = EvenParts<Arch>::of(depth_, Kernels::n);
    const int64_t tiles = rows.count * columns.count;
    // Columns in blocks whose planes stay in the cache while all rows pass by. All spans, the last
    // and smaller ones too, have the same blocks: a tile must stay with the thread that began it.
    const int64_t bytes = group_ * part_ * row_ * static_cast<int64_t>(sizeof(T));
    const int64_t channels = greater<Arch>(1, Blocks<Arch, T>::block_bytes / bytes);
    const int64_t block = ceil_div<Arch>(channels * depth_, sources_ * columns.size);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t group = i / tiles;
      const int64_t first_column = i % tiles / (rows.count * block) * block;
      const int64_t width = lesser<Arch>(block, columns.count - first_column);
      const int64_t within = i % tiles - rows.count * first_column;
      const int64_t row = within / width;
      const int64_t column = first_column + within % width;
      const int64_t k = group * outputs_ + rows.first(row);
      const int64_t j = columns.first(column);
      Kernels::at(rows.size_of(row), columns.size_of(column))(
          span, grads + k * grad_channel_, grad_channel_,
          sources + group * sources_ * source_channel_, offsets_ + j, to + k * depth_ + j, depth_,
          accumulate);
    }
  }

  const Conv2dShape& s_;
  const T* grad_y_;
  const T* x_;
  T* grad_weight_;
  Planes<Arch, T> planes_;
  int64_t sources_, outputs_, depth_;
  bool direct_;        ///< 1x1 without padding or stride, in whole vectors: no planes needed
  bool in_place_;      ///< rows of grad_y are whole vectors and need no zeros behind them
  bool by_row_;        ///< each row filled up to whole vectors, rather than the plane flattened
  int64_t positions_;  ///< of one image that are summed over
  int64_t grad_channel_, grad_image_, source_channel_, source_image_;
  int64_t row_, source_row_;      ///< from one row to the next, if by_row_, else from one position
  int64_t lines_;                 ///< rows or positions of an image
  int64_t chunk_, group_, part_;  ///< images padded and multiplied at a time; lines multiplied
  SumSlices<Arch> slices_;        ///< of chunks
  int64_t workers_, total_;
  int64_t* offsets_ = nullptr;
  T* others_ = nullptr;  ///< results of all slices but the first
  T* own_ = nullptr;     ///< of the workers
};

template <class Arch, class T>
int64_t direct_weight_gradient_scratch(const Conv2dShape& s) {
  if (no_inputs<Arch>(s) || no_outputs<Arch>(s)) return 0;
  return WeightGradient<Arch, T>(s, nullptr, nullptr, nullptr, nullptr).scratch();
}

template <class Arch, class T>
void direct_weight_gradient(const Conv2dShape& s, const T* grad_y, const T* x, T* grad_weight,
                            T* scratch) {
  if (no_inputs<Arch>(s) || no_outputs<Arch>(s)) {
    const int64_t taps = s.kernel_height * s.kernel_width;
    fill_zero<Arch, T>(grad_weight, s.out_channels * (s.in_channels / s.groups) * taps);
    return;
  }
  WeightGradient<Arch, T>(s, grad_y, x, grad_weight, scratch).run();
}

}  // namespace lucid::kernels::generic
