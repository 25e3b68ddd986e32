#include "autograd/functional.h"

#include "autograd/engine.h"
#include "autograd/functions/shape.h"
#include "autograd/grad_mode.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::autograd {

using lucid::detail::message;

namespace {

using Tensors = std::vector<Tensor>;

// The inputs as the function sees them: leaves of their own, or still on the caller's tape.
Tensors prepared(const char* name, const Tensors& inputs, bool create_graph) {
  Tensors result;
  for (const Tensor& input : inputs) {
    if (!input.is_floating_point()) {
      throw DTypeError(message(name, ": input ", result.size(),
                               " must be floating-point to have a derivative, got ",
                               input.dtype()));
    }
    const bool connected = create_graph && input.requires_grad();
    result.push_back(connected ? view(input, input.shape()) : input.detach());
    result.back().requires_grad_();
  }
  return result;
}

Tensors finished(Tensors tensors, bool create_graph) {
  if (!create_graph) {
    for (Tensor& tensor : tensors) tensor = tensor.detach();
  }
  return tensors;
}

// `v` checked against what it multiplies.
Tensors checked_vector(const char* name, const Tensors& v, const Tensors& like, const char* what) {
  if (v.empty() && like.size() == 1 && like[0].numel() == 1) return {ones_like(like[0])};
  if (v.size() != like.size()) {
    throw ShapeError(message(name, ": expected v with one tensor for each of ", like.size(), " ",
                             what, "s, got ", v.size()));
  }
  for (size_t i = 0; i < v.size(); ++i) {
    if (v[i].shape() != like[i].shape() || v[i].dtype() != like[i].dtype()) {
      throw ShapeError(message(name, ": expected v[", i, "] of shape ", like[i].shape(),
                               " and dtype ", like[i].dtype(), " as ", what, " ", i, ", got ",
                               v[i].shape(), " and ", v[i].dtype()));
    }
  }
  return v;
}

struct Request {
  const char* name;
  bool create_graph;
  bool strict;
};

// grad() with zeros for what does not depend on an input, or errors where that is strict.
Tensors gradients(const Request& request, const Tensors& outputs, const Tensors& inputs,
                  const Tensors& weights) {
  Tensors used;
  Tensors used_weights;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].requires_grad()) {
      used.push_back(outputs[i]);
      used_weights.push_back(weights[i]);
    } else if (request.strict) {
      throw AutogradError(message(request.name, ": output ", i,
                                  " does not depend on the inputs, and strict is set"));
    }
  }
  Tensors result(inputs.size());
  if (!used.empty()) {
    result =
        grad(used, inputs, used_weights,
             {.retain_graph = true, .create_graph = request.create_graph, .allow_unused = true});
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (result[i].defined()) continue;
    if (request.strict) {
      throw AutogradError(
          message(request.name, ": the outputs do not depend on input ", i, ", and strict is set"));
    }
    result[i] = zeros_like(inputs[i]);
  }
  return result;
}

// The Jacobian of the outputs times the tangents, by going backward twice.
Tensors forward_products(const Request& request, const Tensors& outputs, const Tensors& inputs,
                         const Tensors& tangents) {
  // The transposed product is linear in its weights: its derivative by them is the Jacobian.
  Tensors weights;
  for (const Tensor& output : outputs) {
    weights.push_back(zeros_like(output));
    weights.back().requires_grad_();
  }
  const Tensors transposed =
      gradients({request.name, true, request.strict}, outputs, inputs, weights);
  // What is linear in an input has a transposed product that does depend on the weights, and what
  // is independent of all inputs has none: only that is an error when strict, and seen above.
  return gradients({request.name, request.create_graph, false}, transposed, weights, tangents);
}

// Weights that are all zero but for one element.
Tensor unit(const Tensor& like, int64_t element) {
  const Tensor flat = zeros({like.numel()}, {.dtype = like.dtype(), .device = like.device()});
  if (!flat.is_meta()) flat.set({element}, 1);
  return flat.reshape(like.shape());
}

Shape joined(const Shape& a, const Shape& b) {
  Shape result = a;
  for (const int64_t size : b) result.push_back(size);
  return result;
}

// The derivatives of one output by every input.
Tensors jacobian_rows(const Request& request, const Tensor& output, const Tensors& inputs) {
  std::vector<Tensors> rows(inputs.size());
  for (int64_t element = 0; element < output.numel(); ++element) {
    const Tensors row = gradients(request, {output}, inputs, {unit(output, element)});
    for (size_t i = 0; i < inputs.size(); ++i) rows[i].push_back(row[i]);
  }
  Tensors result;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape shape = joined(output.shape(), inputs[i].shape());
    result.push_back(rows[i].empty()
                         ? zeros(shape, {.dtype = inputs[i].dtype(), .device = inputs[i].device()})
                         : stack(rows[i], 0).reshape(shape));
  }
  return result;
}

std::vector<Tensors> jacobian_of(const char* name, const MultiFunction& function,
                                 const Tensors& inputs, FunctionalOptions options) {
  const EnableGradGuard guard;
  const Tensors leaves = prepared(name, inputs, options.create_graph);
  std::vector<Tensors> result;
  for (const Tensor& output : function(leaves)) {
    result.push_back(
        finished(jacobian_rows({name, options.create_graph, options.strict}, output, leaves),
                 options.create_graph));
  }
  return result;
}

// The function's gradient, recorded; `output` becomes its value.
Tensors gradient_of(const Request& request, const ScalarFunction& function, const Tensors& leaves,
                    Tensor& output) {
  output = function(leaves);
  if (output.numel() != 1) {
    throw ShapeError(message(request.name,
                             ": expected a function whose result has one element, got shape ",
                             output.shape()));
  }
  return gradients(request, {output}, leaves, {ones_like(output)});
}

MultiFunction as_multi(const UnaryFunction& function) {
  return [&function](const Tensors& inputs) { return Tensors{function(inputs[0])}; };
}

ScalarFunction as_scalar(const UnaryFunction& function) {
  return [&function](const Tensors& inputs) { return function(inputs[0]); };
}

Tensors optional_list(const Tensor& v) {
  return v.defined() ? Tensors{v} : Tensors{};
}

}  // namespace

ValuesAndProducts vjp(const MultiFunction& function, const Tensors& inputs, const Tensors& v,
                      FunctionalOptions options) {
  const EnableGradGuard guard;
  const Tensors leaves = prepared("vjp", inputs, options.create_graph);
  const Tensors outputs = function(leaves);
  const Tensors weights = checked_vector("vjp", v, outputs, "output");
  const Tensors products =
      gradients({"vjp", options.create_graph, options.strict}, outputs, leaves, weights);
  return {finished(outputs, options.create_graph), finished(products, options.create_graph)};
}

ValuesAndProducts jvp(const MultiFunction& function, const Tensors& inputs, const Tensors& v,
                      FunctionalOptions options) {
  const EnableGradGuard guard;
  const Tensors leaves = prepared("jvp", inputs, options.create_graph);
  const Tensors tangents = checked_vector("jvp", v, leaves, "input");
  const Tensors outputs = function(leaves);
  const Tensors products =
      forward_products({"jvp", options.create_graph, options.strict}, outputs, leaves, tangents);
  return {finished(outputs, options.create_graph), finished(products, options.create_graph)};
}

std::vector<Tensors> jacobian(const MultiFunction& function, const Tensors& inputs,
                              FunctionalOptions options) {
  return jacobian_of("jacobian", function, inputs, options);
}

std::vector<Tensors> hessian(const ScalarFunction& function, const Tensors& inputs,
                             FunctionalOptions options) {
  const auto first = [&](const Tensors& leaves) {
    Tensor output;
    return gradient_of({"hessian", true, options.strict}, function, leaves, output);
  };
  return jacobian_of("hessian", first, inputs, options);
}

ValueAndProducts hvp(const ScalarFunction& function, const Tensors& inputs, const Tensors& v,
                     FunctionalOptions options) {
  const EnableGradGuard guard;
  const Tensors leaves = prepared("hvp", inputs, options.create_graph);
  const Tensors tangents = checked_vector("hvp", v, leaves, "input");
  Tensor output;
  const Tensors slopes = gradient_of({"hvp", true, options.strict}, function, leaves, output);
  const Tensors products =
      forward_products({"hvp", options.create_graph, options.strict}, slopes, leaves, tangents);
  return {finished({output}, options.create_graph)[0], finished(products, options.create_graph)};
}

ValueAndProducts vhp(const ScalarFunction& function, const Tensors& inputs, const Tensors& v,
                     FunctionalOptions options) {
  const EnableGradGuard guard;
  const Tensors leaves = prepared("vhp", inputs, options.create_graph);
  const Tensors weights = checked_vector("vhp", v, leaves, "input");
  Tensor output;
  const Tensors slopes = gradient_of({"vhp", true, options.strict}, function, leaves, output);
  const Tensors products =
      gradients({"vhp", options.create_graph, options.strict}, slopes, leaves, weights);
  return {finished({output}, options.create_graph)[0], finished(products, options.create_graph)};
}

ValueAndProduct vjp(const UnaryFunction& function, const Tensor& input, const Tensor& v,
                    FunctionalOptions options) {
  const ValuesAndProducts all = vjp(as_multi(function), Tensors{input}, optional_list(v), options);
  return {all.outputs[0], all.products[0]};
}

ValueAndProduct jvp(const UnaryFunction& function, const Tensor& input, const Tensor& v,
                    FunctionalOptions options) {
  const ValuesAndProducts all = jvp(as_multi(function), Tensors{input}, optional_list(v), options);
  return {all.outputs[0], all.products[0]};
}

ValueAndProduct hvp(const UnaryFunction& function, const Tensor& input, const Tensor& v,
                    FunctionalOptions options) {
  const ValueAndProducts all = hvp(as_scalar(function), Tensors{input}, optional_list(v), options);
  return {all.output, all.products[0]};
}

ValueAndProduct vhp(const UnaryFunction& function, const Tensor& input, const Tensor& v,
                    FunctionalOptions options) {
  const ValueAndProducts all = vhp(as_scalar(function), Tensors{input}, optional_list(v), options);
  return {all.output, all.products[0]};
}

Tensor jacobian(const UnaryFunction& function, const Tensor& input, FunctionalOptions options) {
  return jacobian(as_multi(function), Tensors{input}, options)[0][0];
}

Tensor hessian(const UnaryFunction& function, const Tensor& input, FunctionalOptions options) {
  return hessian(as_scalar(function), Tensors{input}, options)[0][0];
}

}  // namespace lucid::autograd
