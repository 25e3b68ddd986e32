#include "nn/summary.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "nn/lazy.h"

namespace lucid::nn {
namespace {

int64_t count_elements(const Module& module) {
  int64_t count = 0;
  for (const auto& entry : module.own_parameters()) count += entry.second.numel();
  return count;
}

// 1234567 as "1,234,567".
std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto i = static_cast<int64_t>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(static_cast<size_t>(i), 1, ',');
  }
  return text;
}

using Row = std::array<std::string, 3>;

void write_row(std::ostream& out, const Row& row, const std::array<size_t, 3>& widths) {
  const auto spaces = [](size_t count) { return std::string(count, ' '); };
  out << row[0] << spaces(widths[0] - row[0].size() + 2) << row[1]
      << spaces(widths[1] - row[1].size() + 2) << spaces(widths[2] - row[2].size()) << row[2]
      << '\n';
}

}  // namespace

Summary summary(Module& model, const Shape& input_shape, DType dtype) {
  Summary result;
  std::vector<HookHandle> hooks;
  for (const auto& [path, module] : model.named_modules()) {
    if (!module->named_children().empty()) continue;
    hooks.push_back(module->register_forward_hook(
        [&result, path = path](Module& layer, const Tensor&, const Tensor& output) {
          result.layers.push_back({path, layer.type_name(), output.shape(), count_elements(layer)});
        }));
  }
  materialize(model, input_shape, dtype);
  for (const Parameter& parameter : model.parameters()) {
    if (!parameter.is_initialized()) continue;  // belongs to a layer the model did not call
    result.parameters += parameter.numel();
    if (parameter.requires_grad()) result.trainable += parameter.numel();
  }
  return result;
}

std::ostream& operator<<(std::ostream& out, const Summary& summary) {
  std::vector<Row> rows{{"Layer", "Output shape", "Parameters"}};
  for (const LayerSummary& layer : summary.layers) {
    const std::string label = (layer.path.empty() ? "" : layer.path + " ") + layer.type;
    rows.push_back({label, layer.output_shape.str(), grouped(layer.parameters)});
  }
  std::array<size_t, 3> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const std::string line(widths[0] + widths[1] + widths[2] + 4, '-');
  write_row(out, rows[0], widths);
  out << line << '\n';
  for (size_t i = 1; i < rows.size(); ++i) write_row(out, rows[i], widths);
  out << line << '\n' << "Total parameters: " << grouped(summary.parameters);
  if (summary.trainable != summary.parameters)
    out << " (" << grouped(summary.trainable) << " trainable)";
  return out << '\n';
}

}  // namespace lucid::nn
