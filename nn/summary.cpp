#include "nn/summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <ostream>

#include "lucid/message.h"
#include "nn/lazy.h"
#include "nn/modules/shape.h"

namespace lucid::nn {

using lucid::detail::message;

namespace {

// Sums of what is counted end at the largest number there is.
void add_to(int64_t& sum, int64_t count) {
  if (__builtin_add_overflow(sum, count, &sum)) sum = INT64_MAX;
}

int64_t bytes_of(const Tensor& tensor) {
  return tensor.numel() * static_cast<int64_t>(element_size(tensor.dtype()));
}

bool is_view(const Module& layer, const Tensor& input, const Tensor& output) {
  return output.is_same(input) || dynamic_cast<const Flatten*>(&layer);
}

LayerSummary describe(const std::string& path, const Module& layer, const Tensor& input,
                      const Tensor& output) {
  LayerSummary row{.path = path, .type = layer.type_name(), .output_shape = output.shape()};
  for (const auto& entry : layer.own_parameters()) {
    if (entry.second.is_initialized()) add_to(row.parameters, entry.second.numel());
  }
  row.multiply_adds = layer.multiply_adds(input.shape(), output.shape());
  row.output_bytes = is_view(layer, input, output) ? 0 : bytes_of(output);
  return row;
}

// Calls the model with a meta tensor and collects what the hooks of its layers see.
Summary walk(Module& model, const Shape& input_shape, DType dtype) {
  Summary result;
  std::vector<HookHandle> hooks;
  for (const auto& [path, module] : model.named_modules()) {
    if (!module->named_children().empty()) continue;
    hooks.push_back(module->register_forward_hook(
        [&result, path = path](Module& layer, const Tensor& input, const Tensor& output) {
          result.layers.push_back(describe(path, layer, input, output));
        }));
  }
  materialize(model, input_shape, dtype);
  for (const LayerSummary& layer : result.layers) {
    result.multiply_adds += layer.multiply_adds;
    add_to(result.activation_bytes, layer.output_bytes);
  }
  const ParameterCount count = count_parameters(model);
  result.parameters = count.parameters;
  result.trainable = count.trainable;
  for (const Parameter& parameter : model.parameters()) {
    if (parameter.is_initialized()) add_to(result.parameter_bytes, bytes_of(parameter));
  }
  return result;
}

}  // namespace

ParameterCount count_parameters(const Module& model) {
  ParameterCount count;
  for (const Parameter& parameter : model.parameters()) {
    if (!parameter.is_initialized()) {
      ++count.uninitialized;
      continue;
    }
    add_to(count.parameters, parameter.numel());
    if (parameter.requires_grad()) add_to(count.trainable, parameter.numel());
  }
  return count;
}

Summary summary(Module& model, const Shape& input_shape, const SummaryOptions& options) {
  const DType dtype = options.dtype.value_or(detail::input_dtype(model));
  if (options.materialize) return walk(model, input_shape, dtype);
  // Never committed: the layers forget what they got.
  const LazyTransaction transaction(model);
  const detail::ShapesAloneGuard guard;
  return walk(model, input_shape, dtype);
}

namespace {

// 1234567 as "1,234,567".
std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto i = static_cast<int64_t>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(static_cast<size_t>(i), 1, ',');
  }
  return text;
}

// The same for what may be too large for an integer: "1.8e+19".
std::string grouped(double number) {
  return number < 1e18 ? grouped(static_cast<int64_t>(number)) : message(number);
}

// In units of 1024: "1.5 MiB".
std::string readable_bytes(int64_t bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return message(std::round(value * 10) / 10, " ", units[unit]);
}

constexpr size_t kColumns = 4;
using Row = std::array<std::string, kColumns>;
using Widths = std::array<size_t, kColumns>;

// The first two columns start at their left, the numbers end at their right.
void write_row(std::ostream& out, const Row& row, const Widths& widths) {
  for (size_t i = 0; i < kColumns; ++i) {
    const std::string spaces(widths[i] - row[i].size(), ' ');
    out << (i > 0 ? "  " : "") << (i < 2 ? row[i] + spaces : spaces + row[i]);
  }
  out << '\n';
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Summary& summary) {
  std::vector<Row> rows{{"Layer", "Output shape", "Parameters", "Multiply-adds"}};
  for (const LayerSummary& layer : summary.layers) {
    const std::string label = (layer.path.empty() ? "" : layer.path + " ") + layer.type;
    rows.push_back(
        {label, layer.output_shape.str(), grouped(layer.parameters), grouped(layer.multiply_adds)});
  }
  Widths widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const size_t gaps = 2 * (kColumns - 1);
  const std::string line(widths[0] + widths[1] + widths[2] + widths[3] + gaps, '-');
  write_row(out, rows[0], widths);
  out << line << '\n';
  for (size_t i = 1; i < rows.size(); ++i) write_row(out, rows[i], widths);
  out << line << "\nParameters: " << grouped(summary.parameters);
  if (summary.trainable != summary.parameters) {
    out << " (" << grouped(summary.trainable) << " trainable)";
  }
  return out << ", " << readable_bytes(summary.parameter_bytes)
             << "\nMultiply-adds: " << grouped(summary.multiply_adds)
             << "\nActivations: " << readable_bytes(summary.activation_bytes) << '\n';
}

}  // namespace lucid::nn
