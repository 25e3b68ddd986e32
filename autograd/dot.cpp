#include "autograd/dot.h"

#include <sstream>
#include <unordered_map>

#include "autograd/node.h"
#include "lucid/error.h"

namespace lucid::autograd {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

class Drawing {
 public:
  explicit Drawing(const std::vector<std::pair<std::string, Tensor>>& names) {
    for (const auto& [name, tensor] : names) {
      if (const GradientRecord* record = record_of(tensor)) names_.emplace(record, name);
    }
  }

  // Numbers follow the order of discovery, so that equal tapes give equal texts.
  std::string draw(const Tensor& tensor) {
    out_ << "digraph tape {\n  rankdir=BT;\n";
    visit(*record_of(tensor)->grad_fn);
    for (size_t i = 0; i < nodes_.size(); ++i) {  // visit() adds to the list
      const Node& node = *nodes_[i];
      const auto inputs = node.inputs();
      for (size_t k = 0; k < inputs.size(); ++k) {
        if (inputs[k]) arrow(*inputs[k], node);
      }
    }
    out_ << "  result [shape=box, label=" << quoted(tensor.shape().str()) << "];\n  n"
         << numbers_.at(record_of(tensor)->grad_fn.get()) << " -> result;\n}\n";
    return out_.str();
  }

 private:
  size_t visit(const Node& node) {
    const auto [at, is_new] = numbers_.emplace(&node, nodes_.size());
    if (is_new) {
      nodes_.push_back(&node);
      out_ << "  n" << at->second << " [label=" << quoted(node.name()) << "];\n";
    }
    return at->second;
  }

  size_t visit_leaf(const GradientRecord& leaf) {
    const auto [at, is_new] = leaves_.emplace(&leaf, leaves_.size());
    if (is_new) {
      const auto name = names_.find(&leaf);
      const std::string label =
          (name == names_.end() ? "" : name->second + "\n") + leaf.shape.str();
      out_ << "  leaf" << at->second << " [shape=box, label=" << quoted(label) << "];\n";
    }
    return at->second;
  }

  void arrow(const GradientRecord& from, const Node& to) {
    const size_t target = numbers_.at(&to);
    if (from.grad_fn) {
      const size_t source = visit(*from.grad_fn);
      out_ << "  n" << source << " -> n" << target << " [label=" << quoted(from.shape.str())
           << "];\n";
    } else {
      const size_t source = visit_leaf(from);
      out_ << "  leaf" << source << " -> n" << target << ";\n";
    }
  }

  std::ostringstream out_;
  std::vector<const Node*> nodes_;
  std::unordered_map<const Node*, size_t> numbers_;
  std::unordered_map<const GradientRecord*, size_t> leaves_;
  std::unordered_map<const GradientRecord*, std::string> names_;
};

}  // namespace

std::string to_dot(const Tensor& tensor, const std::vector<std::pair<std::string, Tensor>>& names) {
  const GradientRecord* record = record_of(tensor);
  if (!record || !record->grad_fn) {
    throw AutogradError(
        "to_dot: the tensor was not computed by a recorded operation: it is a leaf, nothing it "
        "was computed from requires a gradient, or a NoGradGuard was alive");
  }
  return Drawing(names).draw(tensor);
}

}  // namespace lucid::autograd
