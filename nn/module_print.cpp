// What modules are called, and how they print.
#include <cxxabi.h>

#include <cstdlib>
#include <cstring>
#include <ostream>
#include <typeinfo>

#include "lucid/message.h"
#include "nn/module.h"

namespace lucid::nn {
namespace {

// Calls visit(i, depth) for every character of a name, with the number of brackets open there.
template <class Visit>
void for_each_depth(const std::string& name, const Visit& visit) {
  int depth = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    if (std::strchr("<({", name[i])) ++depth;
    if (std::strchr(">)}", name[i])) --depth;
    visit(i, depth);
  }
}

// What follows the last "::" that is not between brackets: template arguments and the functions
// that local classes live in may contain some of their own. So for the template arguments.
std::string without_scope(const std::string& name) {
  size_t start = 0;
  for_each_depth(name, [&](size_t i, int depth) {
    if (depth == 0 && name.compare(i, 2, "::") == 0) start = i + 2;
  });
  const std::string last = name.substr(start);
  const size_t open = last.find('<');
  if (open == std::string::npos || last.back() != '>') return last;
  std::string result = last.substr(0, open);
  size_t argument = open + 1;
  for_each_depth(last, [&](size_t i, int depth) {
    const bool ends = (depth == 1 && last[i] == ',') || (depth == 0 && last[i] == '>');
    if (!ends || i < argument) return;
    result += last[argument - 1] == '<' ? "<" : ", ";
    // Older demanglers write "> >".
    const size_t end = last[i - 1] == ' ' ? i - 1 : i;
    result += without_scope(last.substr(argument, end - argument));
    argument = last[i] == ',' ? i + 2 : i + 1;
  });
  return result + ">";
}

}  // namespace

std::string Module::type_name() const {
  int status = 0;
  char* const demangled = abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? demangled : typeid(*this).name();
  std::free(demangled);
  return without_scope(name);
}

std::string Module::str() const {
  std::string inside = extra_repr();
  if (named_children().empty() && inside.find('\n') == std::string::npos) {
    return type_name() + "(" + inside + ")";
  }
  for (const auto& [name, child] : named_children()) {
    inside += (inside.empty() ? "(" : "\n(") + name + "): " + child->str();
  }
  return type_name() + "(\n  " + lucid::detail::indented(inside) + "\n)";
}

std::ostream& operator<<(std::ostream& out, const Module& module) {
  return out << module.str();
}

}  // namespace lucid::nn
