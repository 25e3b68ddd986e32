#include "lucid/ops/pointwise.h"

#include <algorithm>
#include <concepts>
#include <limits>

#include "lucid/ops/broadcast.h"
#include "lucid/ops/common.h"
#include "lucid/ops/copy.h"
#include "lucid/ops/view.h"
#include "lucid/parallel.h"

namespace lucid::ops {

using kernels::Operands;

const char* name(Unary op) noexcept {
  static constexpr const char* names[] = {"neg",        "abs",  "square", "sqrt", "rsqrt",
                                          "reciprocal", "exp",  "log",    "tanh", "sigmoid",
                                          "relu",       "sign", "sin",    "cos"};
  return names[static_cast<size_t>(op)];
}

const char* name(Binary op) noexcept {
  static constexpr const char* names[] = {"add", "sub", "mul", "div", "maximum", "minimum"};
  return names[static_cast<size_t>(op)];
}

const char* name(Compare op) noexcept {
  static constexpr const char* names[] = {"eq", "ne", "lt", "le", "gt", "ge"};
  return names[static_cast<size_t>(op)];
}

DType result_type(Unary op, DType dtype) {
  switch (op) {
    case Unary::neg:
      require_numbers(name(op), dtype, "logical_not() inverts a mask");
      return dtype;
    case Unary::abs:
    case Unary::relu:
      require_numbers(name(op), dtype, "convert it with to()");
      return dtype;
    case Unary::square:
      return dtype == bool_ ? int64 : dtype;
    case Unary::sign:
      return dtype;
    default:
      return is_floating_point(dtype) ? dtype : float32;
  }
}

DType result_type(Binary op, DType dtype) {
  if (op == Binary::sub) {
    require_numbers(name(op), dtype, "logical_xor() tells where masks differ");
  }
  return op == Binary::div && !is_floating_point(dtype) ? float32 : dtype;
}

DType promote(const Tensor& a, const Tensor& b) {
  const DType x = a.dtype();
  const DType y = b.dtype();
  if (x == y) return x;
  const bool a_counts = a.dim() > 0;
  const bool b_counts = b.dim() > 0;
  // A scalar tensor of no higher kind does not widen the other operand.
  if (a_counts && !b_counts && type_category(y) <= type_category(x)) return x;
  if (b_counts && !a_counts && type_category(x) <= type_category(y)) return y;
  return promote_types(x, y);
}

namespace {

template <std::integral T>
T integer_unary(Unary op, T x) noexcept {
  // Unsigned arithmetic wraps around, as NumPy's integers do.
  using U = std::make_unsigned_t<T>;
  switch (op) {
    case Unary::neg:
      return static_cast<T>(U{0} - static_cast<U>(x));
    case Unary::abs:
      return x < 0 ? static_cast<T>(U{0} - static_cast<U>(x)) : x;
    case Unary::square:
      return static_cast<T>(static_cast<uint64_t>(x) * static_cast<uint64_t>(x));
    case Unary::sign:
      return static_cast<T>((x > 0) - (x < 0));
    default:
      return x > 0 ? x : T{0};
  }
}

template <class T>
T integer_binary(Binary op, T a, T b) noexcept {
  if constexpr (std::same_as<T, bool>) {
    switch (op) {
      case Binary::add:
      case Binary::maximum:
        return a || b;
      default:
        return a && b;
    }
  } else {
    const auto x = static_cast<uint64_t>(a);
    const auto y = static_cast<uint64_t>(b);
    switch (op) {
      case Binary::add:
        return static_cast<T>(x + y);
      case Binary::sub:
        return static_cast<T>(x - y);
      case Binary::mul:
        return static_cast<T>(x * y);
      case Binary::maximum:
        return a < b ? b : a;
      default:
        return b < a ? b : a;
    }
  }
}

template <class T>
bool holds(Compare op, T a, T b) noexcept {
  switch (op) {
    case Compare::eq:
      return a == b;
    case Compare::ne:
      return a != b;
    case Compare::lt:
      return a < b;
    case Compare::le:
      return a <= b;
    case Compare::gt:
      return a > b;
    default:
      return a >= b;
  }
}

// Whether an integer type has room for a number; floats round instead of wrapping around.
bool holds_exactly(DType dtype, int64_t number) noexcept {
  if (dtype == uint8) return number >= 0 && number <= 255;
  return dtype != int32 || number == static_cast<int32_t>(number);
}

template <class T>
void binary_run(Binary op, int64_t n, const T* a, const T* b, T* y, Operands operands) {
  if constexpr (std::floating_point<T>) {
    kernel_table<T>().binary[static_cast<size_t>(op)](n, a, b, y, operands);
  } else {
    pairwise(n, a, b, y, operands,
             [op](T left, T right) { return integer_binary(op, left, right); });
  }
}

}  // namespace

Tensor unary(Unary op, const Tensor& x) {
  const DType dtype = result_type(op, x.dtype());
  Tensor result = allocate(x.shape(), dtype, x.device());
  if (result.is_meta() || x.numel() == 0) return result;
  const Operand input(x, dtype);
  visit_dtype(dtype, [&]<class T>(Tag<T>) {
    const T* from = input.data<T>();
    T* into = result.data<T>();
    if constexpr (std::floating_point<T>) {
      kernel_table<T>().unary[static_cast<size_t>(op)](x.numel(), from, into);
    } else if constexpr (!std::same_as<T, bool>) {
      map(x.numel(), from, into, [op](T value) { return integer_unary(op, value); });
    } else {
      std::copy(from, from + x.numel(), into);  // sign()
    }
  });
  return result;
}

Tensor binary(Binary op, const Tensor& a, const Tensor& b) {
  const DType dtype = result_type(op, promote(a, b));
  const auto compute = [&](const Tensor& left, const Tensor& right) {
    return broadcast(name(op), left, right, dtype,
                     [op]<class T>(int64_t n, const T* x, const T* y, T* out, Operands operands) {
                       binary_run(op, n, x, y, out, operands);
                     });
  };
  if (a.dtype() == dtype && b.dtype() == dtype) return compute(a, b);
  return compute(to(a, dtype), to(b, dtype));
}

Tensor binary(Binary op, const Tensor& a, Scalar b) {
  const DType dtype = result_type(op, b.promote(a.dtype()));
  Tensor result = allocate(a.shape(), dtype, a.device());
  if (result.is_meta() || a.numel() == 0) return result;
  const Operand full(a, dtype);
  visit_dtype(dtype, [&]<class T>(Tag<T>) {
    const T number = b.to<T>();
    binary_run(op, a.numel(), full.data<T>(), &number, result.data<T>(), Operands::right_scalar);
  });
  return result;
}

Tensor binary(Binary op, Scalar a, const Tensor& b) {
  const DType dtype = result_type(op, a.promote(b.dtype()));
  Tensor result = allocate(b.shape(), dtype, b.device());
  if (result.is_meta() || b.numel() == 0) return result;
  const Operand full(b, dtype);
  visit_dtype(dtype, [&]<class T>(Tag<T>) {
    const T number = a.to<T>();
    binary_run(op, b.numel(), &number, full.data<T>(), result.data<T>(), Operands::left_scalar);
  });
  return result;
}

Tensor wrap(const char* operation, Scalar number, DType dtype, Device device) {
  Tensor result = allocate({}, dtype, device);
  fill(result, number, operation);
  return result;
}

Tensor compare(Compare op, const Tensor& a, const Tensor& b) {
  require_defined(name(op), "the first operand", a);
  require_defined(name(op), "the second operand", b);
  const DType dtype = promote(a, b);
  return broadcast(name(op), to(a, dtype), to(b, dtype), bool_,
                   [op]<class T>(int64_t n, const T* x, const T* y, bool* out, Operands operands) {
                     pairwise(n, x, y, out, operands, [op](T p, T q) { return holds(op, p, q); });
                   });
}

Tensor compare(Compare op, const Tensor& a, Scalar b) {
  require_defined(name(op), "the operand", a);
  const DType dtype = b.promote(a.dtype());
  // A number that the type would wrap around is compared as what it is: no uint8 reaches 256.
  if (b.kind() == Scalar::Kind::integer && !holds_exactly(dtype, b.to<int64_t>())) {
    return compare(op, to(a, int64), wrap(name(op), b, int64, a.device()));
  }
  return compare(op, a, wrap(name(op), b, dtype, a.device()));
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  require_defined("where", "the condition", condition);
  if (condition.dtype() != bool_) {
    throw DTypeError(message("where: expected a bool condition, got ", condition.dtype()));
  }
  const DType dtype = promote(a, b);
  const Shape shape =
      broadcast_shapes("where", condition.shape(), broadcast_shapes("where", a.shape(), b.shape()));
  Tensor result = allocate(shape, dtype, common_device({&condition, &a, &b}));
  if (result.is_meta() || result.numel() == 0) return result;
  const Tensor choice = contiguous(expand(condition, shape));
  const Tensor yes = contiguous(expand(to(a, dtype), shape));
  const Tensor no = contiguous(expand(to(b, dtype), shape));
  visit_dtype(dtype, [&]<class T>(Tag<T>) {
    const bool* c = choice.data<bool>();
    const T* x = yes.data<T>();
    const T* y = no.data<T>();
    T* out = result.data<T>();
    parallel_for(result.numel(), pointwise_grain, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) out[i] = c[i] ? x[i] : y[i];
    });
  });
  return result;
}

Tensor logical_not(const Tensor& x) {
  require_defined("logical_not", "x", x);
  return compare(Compare::eq, x, Scalar(0));
}

namespace {

// The bound as the nearest value that the type has: a uint8 clamped to 300 is limited by 255.
template <class T>
Scalar nearest(Scalar bound) noexcept {
  if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    using Limits = std::numeric_limits<T>;
    return std::clamp<int64_t>(bound.to<int64_t>(), Limits::min(), Limits::max());
  } else {
    return bound;
  }
}

}  // namespace

Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max) {
  DType dtype = x.dtype();
  if (min) dtype = min->promote(dtype);
  if (max) dtype = max->promote(dtype);
  return visit_dtype(dtype, [&]<class T>(Tag<T>) {
    // The upper bound comes last, so that it wins if the bounds cross, as in PyTorch.
    const Tensor raised = min ? binary(Binary::maximum, to(x, dtype), nearest<T>(*min)) : x;
    return max ? binary(Binary::minimum, to(raised, dtype), nearest<T>(*max)) : raised;
  });
}

void relu_in_place(const Tensor& x) {
  if (x.is_meta() || x.numel() == 0) return;
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    kernel_table<T>().unary[static_cast<size_t>(Unary::relu)](x.numel(), x.data<T>(), x.data<T>());
  });
}

namespace {

// kernel(table) is the function of the table that computes grad_x from grad and output.
template <class Kernel>
Tensor output_gradient(const char* name, const Tensor& grad, const Tensor& output, bool overwrite,
                       const Kernel& kernel) {
  require_shape(name, "grad", grad, output.shape());
  const bool fits = overwrite && grad.dtype() == output.dtype() && grad.is_contiguous();
  Tensor result =
      fits ? grad : allocate(output.shape(), output.dtype(), common_device({&grad, &output}));
  if (result.is_meta() || output.numel() == 0) return result;
  const Operand g(grad, output.dtype());
  const Operand y(output, output.dtype());
  visit_floating(output.dtype(), [&]<class T>(Tag<T>) {
    kernel(kernel_table<T>())(output.numel(), g.data<T>(), y.data<T>(), result.data<T>());
  });
  return result;
}

}  // namespace

Tensor relu_backward(const Tensor& grad, const Tensor& output, bool overwrite) {
  return output_gradient("relu_backward", grad, output, overwrite,
                         [](const auto& table) { return table.relu_backward; });
}

Tensor sigmoid_backward(const Tensor& grad, const Tensor& output) {
  return output_gradient("sigmoid_backward", grad, output, false,
                         [](const auto& table) { return table.sigmoid_backward; });
}

Tensor tanh_backward(const Tensor& grad, const Tensor& output) {
  return output_gradient("tanh_backward", grad, output, false,
                         [](const auto& table) { return table.tanh_backward; });
}

void axpy(const Tensor& y, double alpha, const Tensor& x) {
  require_shape("axpy", "x", x, y.shape());
  require_same_dtype("axpy", y, "y", x, "x");
  if (y.is_meta() || y.numel() == 0) return;
  visit_floating(y.dtype(), [&]<class T>(Tag<T>) {
    kernel_table<T>().axpy(y.numel(), static_cast<T>(alpha), x.data<T>(), y.data<T>());
  });
}

void threshold(const Tensor& x, double edge, double height) {
  if (x.numel() == 0) return;
  visit_floating(x.dtype(), [&]<class T>(Tag<T>) {
    constexpr int64_t grain = 32768;
    const T from = static_cast<T>(edge);
    const T value = static_cast<T>(height);
    parallel_for(x.numel(), grain, [=, data = x.data<T>()](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) data[i] = data[i] >= from ? value : T(0);
    });
  });
}

}  // namespace lucid::ops
