// Printing as numpy.array2string(x, separator=', ') does: aligned columns, brackets, dots for what
// is left out (https://numpy.org/doc/stable/reference/generated/numpy.array2string.html).
#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <ostream>

#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/tensor.h"
#include "lucid/visit.h"

namespace lucid {
namespace {

constexpr int64_t summarize_above = 1000;  // elements
constexpr int64_t edge_items = 3;
constexpr size_t line_width = 75;
constexpr int most_digits = 8;  // behind the point

// A number in pieces, so that points can be aligned: "-12", "5" and, in scientific notation, "+03".
struct Number {
  std::string whole, fraction, exponent;
};

// The fewest digits that tell x from its neighbours, and no more than most_digits behind the point.
template <std::floating_point T>
Number digits_of(T x, std::chars_format format) {
  char buffer[512];
  const auto write = [&](auto... precision) {
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, x, format, precision...).ptr;
    const std::string text(buffer, end);
    const size_t e = std::min(text.find('e'), text.size());
    const size_t point = std::min(text.find('.'), e);
    return Number{text.substr(0, point), point < e ? text.substr(point + 1, e - point - 1) : "",
                  e < text.size() ? text.substr(e + 1) : ""};
  };
  Number number = write();
  if (number.fraction.size() > most_digits) {
    number = write(most_digits);
    number.fraction.resize(number.fraction.find_last_not_of('0') + 1);
  }
  return number;
}

struct Printer {
  const Tensor& tensor;
  bool summarize;
  bool scientific = false;
  size_t left = 0;      // columns in front of the point, or of the whole text
  size_t right = 0;     // digits behind the point
  size_t exponent = 0;  // digits of the exponent and its sign
  std::string out;

  explicit Printer(const Tensor& x) : tensor(x), summarize(x.numel() > summarize_above) {
    if (x.is_floating_point()) {
      visit_floating(x.dtype(), [this]<class T>(Tag<T>) { measure_numbers<T>(); });
    } else {
      if (x.dtype() == bool_ && x.dim() > 0) left = 5;  // as if there were a False
      for_each_shown(0, 0, [this](int64_t i) { left = std::max(left, element(i).size()); });
    }
  }

  template <std::floating_point T>
  void measure_numbers() {
    const T* data = tensor.data<T>();
    T least = std::numeric_limits<T>::infinity();
    T greatest = 0;
    for_each_shown(0, 0, [&](int64_t i) {
      const T magnitude = std::abs(data[i]);
      if (!std::isfinite(magnitude) || magnitude == 0) return;
      least = std::min(least, magnitude);
      greatest = std::max(greatest, magnitude);
    });
    scientific = greatest > 0 && (greatest >= T(1e8) || least < T(1e-4) || greatest / least > 1000);
    size_t words = 0;  // nan, inf and -inf
    for_each_shown(0, 0, [&](int64_t i) {
      if (!std::isfinite(data[i])) {
        words = std::max<size_t>(words, data[i] < 0 ? 4 : 3);
        return;
      }
      const Number number = digits_of(data[i], format());
      left = std::max(left, number.whole.size());
      right = std::max(right, number.fraction.size());
      exponent = std::max(exponent, number.exponent.size());
    });
    const size_t behind = 1 + tail();
    if (words > left + behind) left = words - behind;
  }

  std::chars_format format() const {
    return scientific ? std::chars_format::scientific : std::chars_format::fixed;
  }
  size_t tail() const { return right + (exponent > 0 ? 1 + exponent : 0); }

  template <std::floating_point T>
  std::string element_of(T x) const {
    if (!std::isfinite(x)) {
      const std::string word = std::isnan(x) ? "nan" : x > 0 ? "inf" : "-inf";
      return std::string(left + 1 + tail() - word.size(), ' ') + word;
    }
    Number number = digits_of(x, format());
    number.whole.insert(0, left - number.whole.size(), ' ');
    number.fraction.append(right - number.fraction.size(), scientific ? '0' : ' ');
    if (!scientific) return number.whole + '.' + number.fraction;
    number.exponent.insert(1, exponent - number.exponent.size(), '0');
    return number.whole + '.' + number.fraction + 'e' + number.exponent;
  }

  std::string element(int64_t i) const {
    std::string text = visit_dtype(tensor.dtype(), [&]<class T>(Tag<T>) -> std::string {
      const T x = tensor.data<T>()[i];
      if constexpr (std::floating_point<T>) return element_of(x);
      if constexpr (std::same_as<T, bool>) return x ? "True" : "False";
      return std::to_string(static_cast<int64_t>(x));
    });
    if (text.size() < left) text.insert(0, left - text.size(), ' ');
    return text;
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
      const std::string text = i < 0 ? "..." : element(offset + i * tensor.strides().back());
      if (!first) {
        out += ", ";
        column += 2;
        // The closing brackets need room too.
        if (column + text.size() > line_width - indent) {
          out.back() = '\n';
          out.append(indent, ' ');
          column = indent;
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
      const std::string gap =
          ',' + std::string(shape.size() - dim - 1, '\n') + std::string(dim + 1, ' ');
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
  if (impl_->uninitialized)
    return "uninitialized " + std::string(name(impl_->dtype)) + " parameter";
  if (is_meta()) return detail::message("meta tensor of shape ", shape(), ", ", dtype());
  if (numel() == 0) return dim() == 1 ? "[]" : detail::message("[] of shape ", shape());
  Printer printer(*this);
  printer.print(0, 0);
  return std::move(printer.out);
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  return out << tensor.str();
}

}  // namespace lucid
