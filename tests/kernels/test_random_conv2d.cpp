// All three passes of convolutions of random shapes, by every algorithm that can compute them and
// on every instruction set, against the sum of products in double.
#include <algorithm>
#include <array>

#include "conv_cases.h"
#include "random_cases.h"

namespace lucid::kernels::test {
namespace {

/// One spatial dimension.
struct Axis {
  int64_t in, kernel, stride, pad, dilation, out;
};

/// How many windows: those that fit, with a padding of its own at the end, or fewer.
int64_t windows(Random& random, const Axis& a) {
  if (rarely(random, 60)) return 0;
  const int64_t room =
      a.in + a.pad + random.integer(0, a.pad + 2) - a.dilation * (a.kernel - 1) - 1;
  const int64_t fitting = room < 0 ? 1 : room / a.stride + 1;
  return rarely(random, 8) ? random.integer(1, fitting) : fitting;
}

Axis random_axis(Random& random, int64_t longest) {
  Axis a{random.integer(1, longest),
         random.integer(1, 5),
         random.integer(1, 3),
         0,
         rarely(random, 3) ? random.integer(2, 4) : 1,
         0};
  if (rarely(random, 2)) a.stride = 1;
  a.pad = random.integer(0, a.kernel);
  switch (random.integer(0, 9)) {
    case 0:  // a kernel as large as what it is moved over
      a.kernel = std::min<int64_t>(a.in + a.pad, 12), a.dilation = 1;
      break;
    case 1:  // strides beyond kernel and input
      a.stride = random.integer(1, 3 * (a.in + a.pad));
      break;
    case 2:  // only some kernel positions meet the input at all
      a.dilation = random.integer(a.in, 2 * a.in), a.pad = random.integer(0, a.dilation);
      break;
    case 3:
      a.in = 1;
      break;
    case 4:
      a.in = random.integer(1, 5 * longest);
      break;
    default:
      break;
  }
  a.out = windows(random, a);
  return a;
}

/// What tiles of outputs can compute.
Axis plain_axis(Random& random, int64_t longest, int64_t kernel) {
  Axis a{random.integer(1, longest), kernel, 1, random.integer(0, 7), 1, 0};
  if (rarely(random, 2)) a.pad = kernel / 2;
  if (rarely(random, 6)) a.in *= 4;
  a.out = windows(random, a);
  return a;
}

void set_channels(Random& random, int64_t most, Conv2dShape& s) {
  const auto some = [&] { return random.integer(1, rarely(random, 3) ? most : 5); };
  s.groups = 1;
  s.in_channels = some(), s.out_channels = some();
  switch (random.integer(0, 5)) {
    case 0:  // depthwise
      s.groups = s.out_channels = s.in_channels;
      break;
    case 1:  // with a multiplier
      s.groups = s.in_channels;
      s.out_channels = s.in_channels * random.integer(2, 3);
      break;
    case 2:
      s.groups = random.integer(2, 5);
      s.in_channels *= s.groups, s.out_channels *= s.groups;
      break;
    default:
      break;
  }
}

Conv2dShape draw(Random& random, int64_t longest, int64_t channels) {
  Conv2dShape s{};
  s.relu = rarely(random, 2);
  s.batch = rarely(random, 40) ? 0 : random.integer(1, rarely(random, 4) ? 9 : 3);
  set_channels(random, channels, s);
  Axis h{}, w{};
  if (rarely(random, 3)) {
    const int64_t kernel = rarely(random, 3) ? 5 : 3;
    h = plain_axis(random, longest, kernel), w = plain_axis(random, longest, kernel);
  } else {
    h = random_axis(random, longest), w = random_axis(random, longest);
    if (rarely(random, 12)) h = Axis{1, 1, 1, 0, 1, 1};  // one dimension alone
  }
  s.in_height = h.in, s.kernel_height = h.kernel, s.stride_h = h.stride;
  s.pad_top = h.pad, s.dilation_h = h.dilation, s.out_height = h.out;
  s.in_width = w.in, s.kernel_width = w.kernel, s.stride_w = w.stride;
  s.pad_left = w.pad, s.dilation_w = w.dilation, s.out_width = w.out;
  return s;
}

int64_t products(const Conv2dShape& s) {
  return s.batch * s.out_channels * (s.in_channels / s.groups) * s.kernel_height * s.kernel_width *
         s.out_height * s.out_width;
}

/// Numbers of the padded images. The layer above leaves what is nearly all padding to the
/// reference.
int64_t padded(const Conv2dShape& s) {
  const int64_t height = s.out_height * s.stride_h + s.kernel_height * s.dilation_h + s.in_height;
  const int64_t width = s.out_width * s.stride_w + s.kernel_width * s.dilation_w + s.in_width;
  return height * width > (1 << 16) ? INT64_MAX
                                    : s.batch * (s.in_channels + s.out_channels) * height * width;
}

/// Mostly small. Some have many channels or great maps: work for three threads, in several chunks.
Conv2dShape random_shape(Random& random) {
  const bool great = rarely(random, 12), maps = rarely(random, 2);
  const int64_t least = great ? int64_t{3} << 19 : 0, most = great ? 5'000'000 : 400'000;
  for (;;) {
    const Conv2dShape s = !great ? draw(random, 14, 50)
                          : maps ? draw(random, 120, 5)
                                 : draw(random, 24, 80);
    if (products(s) >= least && products(s) <= most && padded(s) <= 4'000'000) return s;
  }
}

enum class Pass { forward, input_gradient, weight_gradient };

constexpr std::array<Pass, 3> passes = {Pass::forward, Pass::input_gradient, Pass::weight_gradient};
constexpr const char* pass_names[] = {"forward", "input gradient", "weight gradient"};

/// What the passes read; bias may be null.
template <class T>
struct Operands {
  const T *x, *weight, *bias, *grad;
};

template <class T>
void run(Pass pass, const KernelTable<T>& t, const Conv2dShape& s, const Operands<T>& o, T* out,
         T* scratch) {
  if (pass == Pass::forward) return t.conv2d_forward(s, o.x, o.weight, o.bias, out, scratch);
  if (pass == Pass::input_gradient) {
    return t.conv2d_input_gradient(s, o.grad, o.weight, out, scratch);
  }
  t.conv2d_weight_gradient(s, o.grad, o.x, out, scratch);
}

template <class T>
int64_t scratch_size(Pass pass, const KernelTable<T>& t, const Conv2dShape& s) {
  if (pass == Pass::forward) return t.conv2d_forward_scratch(s);
  return pass == Pass::input_gradient ? t.conv2d_input_gradient_scratch(s)
                                      : t.conv2d_weight_gradient_scratch(s);
}

/// The exact results, and their root mean squares for random signs.
struct Expected {
  double terms;
  std::vector<double> values, rms;

  /// The error that result i may have. Winograd's tiles mix what they read, so that the results at
  /// an edge are as exact as those of whole sums: of products of two numbers up to 1, whose mean
  /// square is 1/9.
  template <class T>
  double bound(ConvAlgorithm algorithm, size_t i) const {
    const bool fast = algorithm == ConvAlgorithm::winograd_4x4_3x3 ||
                      algorithm == ConvAlgorithm::winograd_2x2_5x5;
    const bool tiles = fast || algorithm == ConvAlgorithm::winograd_2x2_3x3;
    const double scale = tiles ? std::max(rms[i], std::sqrt(terms) / 3) : rms[i];
    return relative_error<T>(terms, fast) * scale;
  }
};

template <class T>
struct Problem {
  Conv2dShape s;
  Fenced<T> x, weight, bias, grad;
  bool with_bias;

  Problem(Random& random, const Conv2dShape& shape)
      : s(shape),
        x(random, s.batch * s.in_channels * s.in_height * s.in_width),
        weight(random,
               s.out_channels * (s.in_channels / s.groups) * s.kernel_height * s.kernel_width),
        bias(random, s.out_channels),
        grad(random, s.batch * s.out_channels * s.out_height * s.out_width),
        with_bias(rarely(random, 2)) {}

  Operands<T> operands() const {
    return {x.data(), weight.data(), with_bias ? bias.data() : nullptr, grad.data()};
  }
  int64_t size(Pass pass) const {
    return pass == Pass::forward          ? grad.size()
           : pass == Pass::input_gradient ? x.size()
                                          : weight.size();
  }
  double terms(Pass pass) const {
    const int64_t taps = s.kernel_height * s.kernel_width;
    return static_cast<double>(pass == Pass::forward ? s.in_channels / s.groups * taps
                               : pass == Pass::input_gradient
                                   ? s.out_channels / s.groups * taps
                                   : s.batch * s.out_height * s.out_width);
  }

  Expected expected(Pass pass) const {
    const auto n = static_cast<size_t>(size(pass));
    Expected e{terms(pass), std::vector<double>(n), std::vector<double>(n)};
    auto xd = x.to_double(), wd = weight.to_double(), bd = bias.to_double(), gd = grad.to_double();
    const auto run_oracle = [&](std::vector<double>& out) {
      run(pass, oracle(), s,
          Operands<double>{xd.data(), wd.data(), with_bias ? bd.data() : nullptr, gd.data()},
          out.data(), static_cast<double*>(nullptr));
    };
    run_oracle(e.values);
    for (auto* v : {&xd, &wd, &bd, &gd}) *v = squares(*v);
    run_oracle(e.rms);
    for (double& v : e.rms) v = std::sqrt(v);
    return e;
  }
};

template <class T>
void check_conv2d(Random& random, const Conv2dShape& shape) {
  const Problem<T> problem(random, shape);
  for (const Pass pass : passes) {
    const Expected expected = problem.expected(pass);
    for (const auto* table : vector_tables<T>()) {
      for (const ConvAlgorithm algorithm : conv_algorithms<T>(shape)) {
        Conv2dShape s = shape;
        s.algorithm = algorithm;
        // Whatever number was the one of all kernels when the scratch was measured.
        s.threads = rarely(random, 3) ? random.integer(1, 4) : 0;
        const std::string what = std::string(table->name) + " " + name_of(algorithm) + " " +
                                 pass_names[static_cast<size_t>(pass)];
        const auto result = run_guarded<T>(
            what, random, problem.size(pass), [&] { return scratch_size(pass, *table, s); },
            [&](T* out, T* scratch) { run(pass, *table, s, problem.operands(), out, scratch); });
        check_close(what, result, expected.values, [&](int64_t i) {
          return expected.template bound<T>(algorithm, static_cast<size_t>(i));
        });
      }
    }
  }
}

TEST_CASE("random shapes: some that have gone wrong") {
  Random random(1);
  // Rows of the input that begin later, and are one fewer, than those of the other phase.
  check_conv2d<float>(random, {1, 3, 41, 41, 4, 3, 3, 21, 21, 2, 2, 1, 1, 1, 1, 1});
  check_conv2d<float>(random, {1, 5, 121, 121, 5, 3, 3, 61, 61, 2, 2, 1, 1, 1, 1, 5});
  // Sums over several groups of images, the last one smaller, by several threads.
  check_conv2d<double>(random, {8, 59, 16, 20, 5, 1, 4, 14, 12, 1, 1, 1, 0, 2, 3, 1});
  // No kernel position meets the input.
  check_conv2d<float>(random, {1, 3, 1, 1, 4, 1, 1, 1, 1, 3, 3, 1, 1, 1, 1, 1});
  check_conv2d<float>(random, {1, 3, 5, 1, 3, 1, 1, 2, 1, 3, 3, 1, 1, 1, 1, 3});
}

TEST_CASE("random shapes: depthwise, of sizes that networks have") {
  // Planes of several bands of rows; several planes at a time; both phases of a stride of 2.
  for_random_cases(60, [](Random& random) {
    const auto axis = [&](int64_t most) {
      Axis a{random.integer(1, most), 2 * random.integer(0, 3) + 1, random.integer(1, 2), 0, 1, 0};
      if (rarely(random, 3)) a.kernel = 3;
      a.pad = rarely(random, 4) ? random.integer(0, a.kernel) : a.kernel / 2;
      a.out = std::max<int64_t>(1, windows(random, a));
      return a;
    };
    const int64_t most = rarely(random, 3) ? 160 : 40;
    const Axis h = axis(most);
    Axis w = axis(most);
    if (rarely(random, 2)) w.kernel = h.kernel, w.stride = h.stride, w.pad = h.pad;
    w.out = std::max<int64_t>(1, windows(random, w));
    Conv2dShape s{};
    s.batch = random.integer(1, 3), s.in_channels = random.integer(1, most > 40 ? 3 : 40);
    s.groups = s.in_channels, s.out_channels = s.groups * (rarely(random, 4) ? 2 : 1);
    s.relu = rarely(random, 2);
    s.in_height = h.in, s.kernel_height = h.kernel, s.stride_h = h.stride;
    s.pad_top = h.pad, s.dilation_h = h.dilation, s.out_height = h.out;
    s.in_width = w.in, s.kernel_width = w.kernel, s.stride_w = w.stride;
    s.pad_left = w.pad, s.dilation_w = w.dilation, s.out_width = w.out;
    const std::string text = describe(s);
    INFO(text);
    check_conv2d<float>(random, s);
  });
}

TEST_CASE_TEMPLATE("random shapes: conv2d by every algorithm", T, float, double) {
  for_random_cases(sizeof(T) == 4 ? 1200 : 600, [](Random& random) {
    const Conv2dShape s = random_shape(random);
    const std::string text = describe(s);
    INFO(text);
    check_conv2d<T>(random, s);
  });
}

}  // namespace
}  // namespace lucid::kernels::test
