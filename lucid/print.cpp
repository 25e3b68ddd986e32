// Printing like NumPy: aligned columns, brackets, dots for what is left out.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/tensor.h"
#include "lucid/visit.h"

namespace lucid {
namespace {

constexpr int64_t summarize_above = 1000;  // elements, as in NumPy
constexpr int64_t edge_items = 3;
constexpr size_t line_width = 75;
constexpr int digits = 4;  // behind the point, as in PyTorch

std::string with_format(const char* format, int precision, double value) {
  char buffer[64];
  const int length = std::snprintf(buffer, sizeof buffer, format, precision, value);
  return std::string(buffer, static_cast<size_t>(std::clamp(length, 0, 63)));
}

struct Printer {
  const Tensor& tensor;
  bool summarize;
  bool floating;
  bool integral_values = true;  // all floats are whole numbers
  bool scientific = false;
  size_t width = 0;
  std::string out;

  explicit Printer(const Tensor& x)
      : tensor(x), summarize(x.numel() > summarize_above), floating(x.is_floating_point()) {
    if (floating) choose_notation();
    for_each_shown(0, 0, [this](int64_t i) { width = std::max(width, element(i).size()); });
  }

  double value(int64_t i) const {
    return visit_dtype(tensor.dtype(),
                       [&]<class T>(Tag<T>) { return static_cast<double>(tensor.data<T>()[i]); });
  }

  void choose_notation() {
    double least = INFINITY;
    double greatest = 0;
    for_each_shown(0, 0, [&](int64_t i) {
      const double magnitude = std::abs(value(i));
      if (!std::isfinite(magnitude)) return;
      if (magnitude != std::trunc(magnitude)) integral_values = false;
      if (magnitude > 0) least = std::min(least, magnitude);
      greatest = std::max(greatest, magnitude);
    });
    scientific = greatest >= 1e8 || (!integral_values && (least < 1e-4 || greatest / least > 1e3 * 1e3));
  }

  std::string element(int64_t i) const {
    if (tensor.dtype() == bool_) return tensor.data<bool>()[i] ? "true" : "false";
    if (!floating) {
      return std::to_string(visit_dtype(
          tensor.dtype(), [&]<class T>(Tag<T>) { return static_cast<int64_t>(tensor.data<T>()[i]); }));
    }
    const double v = value(i);
    if (std::isnan(v)) return "nan";
    if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
    if (scientific) return with_format("%.*e", digits, v);
    if (integral_values) return with_format("%.*f", 0, v) + ".";
    return with_format("%.*f", digits, v);
  }

  // Which indices of a dimension are shown, -1 standing for the dots.
  template <class Visit>
  void shown(int64_t size, const Visit& visit) const {
    const bool cut = summarize && size > 2 * edge_items;
    for (int64_t i = 0; i < size; ++i) {
      if (cut && i == edge_items) {
        visit(-1);
        i = size - edge_items;
      }
      visit(i);
    }
  }

  template <class Visit>
  void for_each_shown(size_t dim, int64_t offset, const Visit& visit) const {
    if (dim == tensor.shape().size()) return visit(offset);
    shown(tensor.shape()[dim], [&](int64_t i) {
      if (i >= 0) for_each_shown(dim + 1, offset + i * tensor.strides()[dim], visit);
    });
  }

  void row(int64_t offset, size_t indent) {
    size_t column = indent;
    bool first = true;
    shown(tensor.shape().back(), [&](int64_t i) {
      std::string text = i < 0 ? "..." : element(offset + i * tensor.strides().back());
      if (i >= 0) text.insert(0, width - text.size(), ' ');
      if (!first) {
        out += ',';
        if (column + text.size() + 2 > line_width) {
          out += '\n' + std::string(indent, ' ');
          column = indent;
        } else {
          out += ' ';
          column += 2;
        }
      }
      out += text;
      column += text.size();
      first = false;
    });
  }

  void print(size_t dim, int64_t offset) {
    const Shape& shape = tensor.shape();
    if (dim == shape.size()) {
      out += element(offset);
      return;
    }
    out += '[';
    if (dim + 1 == shape.size()) {
      row(offset, dim + 1);
    } else {
      bool first = true;
      // As many line breaks as brackets close.
      const std::string gap = ',' + std::string(shape.size() - dim - 1, '\n') + std::string(dim + 1, ' ');
      shown(shape[dim], [&](int64_t i) {
        if (!first) out += gap;
        first = false;
        if (i < 0) {
          out += "...";
        } else {
          print(dim + 1, offset + i * tensor.strides()[dim]);
        }
      });
    }
    out += ']';
  }
};

}  // namespace

std::string Tensor::str() const {
  if (!defined()) return "undefined";
  if (!impl_->initialized) return "uninitialized " + std::string(name(impl_->dtype)) + " parameter";
  if (is_meta()) return detail::message("meta tensor of shape ", shape(), ", ", dtype());
  if (numel() == 0) return detail::message("[] of shape ", shape());
  Printer printer(*this);
  printer.print(0, 0);
  return std::move(printer.out);
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << tensor.str(); }

}  // namespace lucid
