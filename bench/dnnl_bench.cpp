// Measures the convolutions of oneDNN alone: its own primitives on memory in the layouts they ask
// for, weights included, made before the clock starts. See server.h.
#include <omp.h>

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "conv_cases.h"
#include "server.h"

namespace {

using Memory = dnnl::memory;
using bench::ConvShape;
using bench::Pass;

class Convolution {
 public:
  Convolution(const ConvShape& shape, Pass pass, const bench::ConvData& data)
      : x_(plain(shape.x())), weight_(plain_weight(shape)), y_(plain(shape.y())) {
    const Memory::dims strides = {shape.stride, shape.stride};
    const Memory::dims padding = {shape.padding, shape.padding};
    const Memory::desc x = any(x_), weight = any(weight_), y = any(y_);
    const auto algorithm = dnnl::algorithm::convolution_auto;
    const dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, algorithm, x, weight, y, strides, padding, padding},
        engine_);
    if (pass == Pass::forward) {
      set_up(DNNL_ARG_SRC, packed(x_, data.x, forward.src_desc()), DNNL_ARG_WEIGHTS,
             packed(weight_, data.weight, forward.weights_desc()), DNNL_ARG_DST, y_,
             forward.dst_desc());
      primitive_ = dnnl::convolution_forward(forward);
    } else if (pass == Pass::input) {
      const dnnl::convolution_backward_data::primitive_desc backward(
          {dnnl::algorithm::convolution_direct, x, weight, y, strides, padding, padding}, engine_,
          forward);
      set_up(DNNL_ARG_DIFF_DST, packed(y_, data.grad, backward.diff_dst_desc()), DNNL_ARG_WEIGHTS,
             packed(weight_, data.weight, backward.weights_desc()), DNNL_ARG_DIFF_SRC, x_,
             backward.diff_src_desc());
      primitive_ = dnnl::convolution_backward_data(backward);
    } else {
      const dnnl::convolution_backward_weights::primitive_desc backward(
          {dnnl::algorithm::convolution_direct, x, weight, y, strides, padding, padding}, engine_,
          forward);
      set_up(DNNL_ARG_SRC, packed(x_, data.x, backward.src_desc()), DNNL_ARG_DIFF_DST,
             packed(y_, data.grad, backward.diff_dst_desc()), DNNL_ARG_DIFF_WEIGHTS, weight_,
             backward.diff_weights_desc());
      primitive_ = dnnl::convolution_backward_weights(backward);
    }
  }

  void run() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

  /// The root of the mean square of the result.
  double value() {
    run();
    Memory plain(result_, engine_);
    dnnl::reorder(output_, plain).execute(stream_, output_, plain);
    stream_.wait();
    const auto* values = static_cast<const float*>(plain.get_data_handle());
    return bench::rms(values, static_cast<int64_t>(result_.get_size() / sizeof(float)));
  }

 private:
  static Memory::desc plain(const std::vector<int64_t>& sizes) {
    return {sizes, Memory::data_type::f32, Memory::format_tag::nchw};
  }
  static Memory::desc plain_weight(const ConvShape& shape) {
    if (shape.groups == 1) return plain(shape.weight());
    const Memory::dims sizes = {shape.groups, shape.out_channels / shape.groups,
                                shape.in_channels / shape.groups, shape.kernel, shape.kernel};
    return {sizes, Memory::data_type::f32, Memory::format_tag::goihw};
  }
  static Memory::desc any(const Memory::desc& plain) {
    return {plain.dims(), Memory::data_type::f32, Memory::format_tag::any};
  }

  Memory packed(const Memory::desc& plain, const std::vector<float>& values,
                const Memory::desc& wanted) {
    Memory from(plain, engine_, const_cast<float*>(values.data()));
    Memory to(wanted, engine_);
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
    return to;
  }

  void set_up(int first_name, Memory first, int second_name, Memory second, int output_name,
              const Memory::desc& result, const Memory::desc& output) {
    result_ = result;
    output_ = Memory(output, engine_);
    arguments_ = {{first_name, first}, {second_name, second}, {output_name, output_}};
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  Memory::desc x_, weight_, y_, result_;
  Memory output_;
  dnnl::primitive primitive_;
  std::unordered_map<int, Memory> arguments_;
};

bench::Cases cases_of(const bench::Options& options) {
  omp_set_num_threads(options.threads);
  if (options.benchmark != "conv") return bench::unknown(options);
  return bench::conv_cases_with(options, [](const ConvShape& shape, Pass pass,
                                            const bench::ConvData& data) {
    auto convolution = std::make_shared<Convolution>(shape, pass, data);
    return bench::Prepared{[=] { convolution->run(); }, {}, [=] { return convolution->value(); }};
  });
}

}  // namespace

int main(int argc, char** argv) {
  return bench::serve(argc, argv, cases_of);
}
