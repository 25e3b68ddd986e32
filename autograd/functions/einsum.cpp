// Einstein's summation: diagonals, then one matrix product for each further operand.
#include <algorithm>
#include <string>

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/linear_algebra.h"
#include "autograd/functions/reduction.h"
#include "autograd/functions/shape.h"
#include "autograd/functions/splitting.h"
#include "lucid/ops/common.h"

namespace lucid {

using ops::message;

namespace {

// A letter; or first_ellipsis + i for the i-th dimension of an ellipsis, counted from the right.
using Labels = std::vector<int>;
constexpr int first_ellipsis = 256;

bool contains(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

[[noreturn]] void refuse(std::string_view equation, const std::string& problem) {
  throw ValueError(message("einsum: in \"", std::string(equation), "\" ", problem));
}

struct Operand {
  Tensor x;
  Labels labels;  ///< one for each dimension
};

// The labels of one term. An ellipsis stands for `dots` dimensions.
Labels parse_term(std::string_view equation, std::string_view term, size_t dots, bool& ellipsis) {
  Labels labels;
  ellipsis = false;
  for (size_t i = 0; i < term.size(); ++i) {
    if (is_letter(term[i])) {
      labels.push_back(term[i]);
    } else if (term.substr(i, 3) == "..." && !ellipsis) {
      ellipsis = true;
      for (size_t d = dots; d-- > 0;) labels.push_back(first_ellipsis + static_cast<int>(d));
      i += 2;
    } else {
      refuse(equation, message("expected letters and at most one ellipsis in a term, got '",
                               std::string(term), "'"));
    }
  }
  return labels;
}

Operand parse_operand(std::string_view equation, std::string_view term, const Tensor& x) {
  bool ellipsis = false;
  const size_t letters = parse_term(equation, term, 0, ellipsis).size();
  const size_t rank = x.shape().size();
  if (letters > rank || (letters < rank && !ellipsis)) {
    throw ShapeError(message("einsum: the term '", std::string(term), "' of \"",
                             std::string(equation), "\" names ", letters,
                             " dimensions, but its operand has shape ", x.shape()));
  }
  return {x, parse_term(equation, term, rank - letters, ellipsis)};
}

std::vector<std::string_view> split_terms(std::string_view text) {
  std::vector<std::string_view> terms;
  for (size_t comma; (comma = text.find(',')) != std::string_view::npos;) {
    terms.push_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  terms.push_back(text);
  return terms;
}

// Without an arrow: the ellipsis, then the letters that occur once, in alphabetical order.
Labels implicit_output(const std::vector<Operand>& operands, size_t dots) {
  Labels letters;
  for (const Operand& operand : operands) {
    letters.insert(letters.end(), operand.labels.begin(), operand.labels.end());
  }
  std::sort(letters.begin(), letters.end());
  Labels output;
  for (size_t d = dots; d-- > 0;) output.push_back(first_ellipsis + static_cast<int>(d));
  for (const int label : letters) {
    if (label < first_ellipsis && std::count(letters.begin(), letters.end(), label) == 1) {
      output.push_back(label);
    }
  }
  return output;
}

Labels explicit_output(std::string_view equation, std::string_view term, size_t dots,
                       const std::vector<Operand>& operands) {
  bool ellipsis = false;
  const Labels output = parse_term(equation, term, dots, ellipsis);
  for (const int label : output) {
    if (label >= first_ellipsis) continue;
    const std::string letter(1, static_cast<char>(label));
    if (std::count(output.begin(), output.end(), label) > 1) {
      refuse(equation, "the output names '" + letter + "' twice");
    }
    const bool known = std::any_of(operands.begin(), operands.end(),
                                   [label](const Operand& o) { return contains(o.labels, label); });
    if (!known) refuse(equation, "the output names '" + letter + "', which no operand has");
  }
  return output;
}

// A label that an operand has twice leaves the diagonal of the two.
void take_diagonals(Operand& operand) {
  Labels& labels = operand.labels;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto again =
        std::find(labels.begin() + static_cast<ptrdiff_t>(i) + 1, labels.end(), labels[i]);
    if (again == labels.end()) continue;
    const int label = labels[i];
    const auto d = static_cast<int64_t>(i);
    const auto other = static_cast<int64_t>(again - labels.begin());
    if (operand.x.shape(d) != operand.x.shape(other)) {
      throw ShapeError(message("einsum: '", std::string(1, static_cast<char>(label)),
                               "' names two dimensions of one operand of sizes ",
                               operand.x.shape(d), " and ", operand.x.shape(other)));
    }
    operand.x = diagonal(operand.x, 0, d, other);
    labels.erase(again);
    labels.erase(labels.begin() + d);
    labels.push_back(label);
    i = static_cast<size_t>(-1);  // the order has changed: once more from the start
  }
}

int64_t size_of(const Operand& operand, int label) {
  const auto at = std::find(operand.labels.begin(), operand.labels.end(), label);
  return at == operand.labels.end() ? 1 : operand.x.shape(at - operand.labels.begin());
}

// Sizes must be one for each label; 1 stands for any.
void check_sizes(const std::vector<Operand>& operands) {
  for (const Operand& a : operands) {
    for (const Operand& b : operands) {
      for (const int label : a.labels) {
        const int64_t one = size_of(a, label);
        const int64_t other = size_of(b, label);
        if (one == other || one == 1 || other == 1) continue;
        const std::string name =
            label < first_ellipsis ? std::string(1, static_cast<char>(label)) : "...";
        throw ShapeError(message("einsum: '", name, "' has size ", one, " in an operand of shape ",
                                 a.x.shape(), " and ", other, " in one of shape ", b.x.shape()));
      }
    }
  }
}

// Adds up what the operand alone has and nobody else asks for.
void sum_out(Operand& operand, const Labels& kept) {
  Dims dims;
  Labels left;
  for (size_t i = 0; i < operand.labels.size(); ++i) {
    if (contains(kept, operand.labels[i])) {
      left.push_back(operand.labels[i]);
    } else {
      dims.push_back(static_cast<int64_t>(i));
    }
  }
  if (dims.empty()) return;
  const Tensor total = sum(operand.x, dims);
  operand = {to(total, operand.x.dtype()), std::move(left)};
}

// The operand with its dimensions in this order, missing ones of size 1.
Tensor arranged(const Operand& operand, const Labels& order) {
  Shape dims;
  for (const int label : order) {
    const auto at = std::find(operand.labels.begin(), operand.labels.end(), label);
    if (at != operand.labels.end()) dims.push_back(at - operand.labels.begin());
  }
  Tensor x = permute(operand.x, dims);
  for (size_t i = 0; i < order.size(); ++i) {
    if (!contains(operand.labels, order[i])) x = unsqueeze(x, static_cast<int64_t>(i));
  }
  return x;
}

// Some of the labels of two operands, which become one dimension of a matrix.
struct Group {
  Labels labels;
  Shape sizes;

  void add(int label, const Operand& a, const Operand& b) {
    labels.push_back(label);
    sizes.push_back(size_of(a, label) == 1 ? size_of(b, label) : size_of(a, label));
  }
};

Group operator+(Group a, const Group& b) {
  a.labels.insert(a.labels.end(), b.labels.begin(), b.labels.end());
  for (const int64_t size : b.sizes) a.sizes.push_back(size);
  return a;
}

// A stack of matrices. A size of 1 where the other operand has more is repeated.
Tensor stacked(const Operand& operand, const Group& batch, const Group& rows,
               const Group& columns) {
  const Group all = batch + rows + columns;
  return reshape(expand(arranged(operand, all.labels), all.sizes),
                 {batch.sizes.numel(), rows.sizes.numel(), columns.sizes.numel()});
}

Labels joined(Labels a, const Labels& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Both as one: a product of stacks of matrices, with the labels of the operands that must stay.
Operand contract(Operand a, Operand b, const Labels& kept) {
  sum_out(a, joined(kept, b.labels));
  sum_out(b, joined(kept, a.labels));
  Group batch, left, inner, right;
  for (const int label : a.labels) {
    const bool both = contains(b.labels, label);
    (!both ? left : contains(kept, label) ? batch : inner).add(label, a, b);
  }
  for (const int label : b.labels) {
    if (!contains(a.labels, label)) right.add(label, a, b);
  }
  if (a.x.dtype() == bool_ && !inner.labels.empty()) {
    throw DTypeError("einsum: expected numbers where products are summed, got bool; use to()");
  }
  const Tensor x = stacked(a, batch, left, inner);
  const Tensor y = stacked(b, batch, inner, right);
  Group all = batch + left + right;
  // Where nothing is summed, each matrix is the product of a column and a row.
  const Tensor both = inner.labels.empty() ? x * y : matmul(x, y);
  return {reshape(both, all.sizes), std::move(all.labels)};
}

Tensor contract_all(std::vector<Operand> operands, const Labels& output) {
  Operand result = std::move(operands.front());
  for (size_t i = 1; i < operands.size(); ++i) {
    Labels kept = output;
    for (size_t j = i + 1; j < operands.size(); ++j) kept = joined(kept, operands[j].labels);
    result = contract(std::move(result), operands[i], kept);
  }
  sum_out(result, output);
  return arranged(result, output);
}

}  // namespace

Tensor einsum(std::string_view equation, const std::vector<Tensor>& tensors) {
  std::string text(equation);
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  const size_t arrow = text.find("->");
  const std::vector<std::string_view> terms = split_terms(std::string_view(text).substr(0, arrow));
  if (tensors.empty()) throw ValueError("einsum: expected at least one operand, got none");
  if (terms.size() != tensors.size()) {
    refuse(equation,
           message("there are ", terms.size(), " terms for ", tensors.size(), " operands"));
  }
  std::vector<Operand> operands;
  size_t dots = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    ops::require_same_dtype("einsum", tensors[0], "all operands", tensors[i], "the first");
    Operand operand = parse_operand(equation, terms[i], tensors[i]);
    dots = std::max<size_t>(dots, static_cast<size_t>(std::count_if(
                                      operand.labels.begin(), operand.labels.end(),
                                      [](int label) { return label >= first_ellipsis; })));
    operands.push_back(std::move(operand));
  }
  const Labels output =
      arrow == std::string::npos
          ? implicit_output(operands, dots)
          : explicit_output(equation, std::string_view(text).substr(arrow + 2), dots, operands);
  for (Operand& operand : operands) take_diagonals(operand);
  check_sizes(operands);
  return contract_all(std::move(operands), output);
}

}  // namespace lucid
