#include "tests/autograd/declarations.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>

namespace lucid::test {
namespace {

const std::string source_root = LUCID_SOURCE_DIR;

// "const Tensor& a = {}" -> "Tensor"
std::string parameter_type(std::string parameter) {
  parameter = parameter.substr(0, parameter.find('='));
  parameter = std::regex_replace(parameter, std::regex("\\bconst\\b|&|\\s+(?=\\W|$)|^\\s+"), "");
  return std::regex_replace(parameter, std::regex("^\\s*(\\S+)(\\s+\\w+)?\\s*$"), "$1");
}

std::string parameter_types(const std::string& parameters) {
  std::string result;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i <= parameters.size(); ++i) {
    const char c = i < parameters.size() ? parameters[i] : ',';
    depth += c == '<' || c == '{' || c == '(' ? 1 : c == '>' || c == '}' || c == ')' ? -1 : 0;
    if (c != ',' || (depth != 0 && i < parameters.size())) continue;
    const std::string one = parameter_type(parameters.substr(begin, i - begin));
    if (!one.empty()) result += (result.empty() ? "" : ",") + one;
    begin = i + 1;
  }
  return result;
}

std::set<std::string> signatures(const std::string& text, const std::string& pattern,
                                 const std::string& prefix) {
  const std::string code = std::regex_replace(text, std::regex("//[^\n]*"), "");
  // Up to the body or the semicolon: parameters may hold parentheses as defaults.
  const std::regex declaration(
      pattern + "(operator ?[^ (]+|\\w+)\\(([^;{]*(?:\\{\\}[^;{]*)*)\\)( const)?\\s*[;{]");
  std::set<std::string> result;
  for (std::sregex_iterator i(code.begin(), code.end(), declaration), end; i != end; ++i) {
    result.insert(prefix + (*i)[1].str() + "(" + parameter_types((*i)[2].str()) + ")");
  }
  return result;
}

}  // namespace

std::set<std::string> declared_functions(const std::string& text) {
  return signatures(text, "\n(?:inline )?(?:Tensor|ValuesAndIndices|bool) ", "");
}

std::set<std::string> declared_methods(const std::string& text) {
  const size_t begin = text.find("class Tensor {");
  const size_t end = text.find("\n};", begin);
  if (begin == std::string::npos || end == std::string::npos) {
    throw std::runtime_error("class Tensor is not where it was");
  }
  return signatures(text.substr(begin, end - begin),
                    "\n  (?:void(?= set\\()|(?:const )?Tensor&?|ValuesAndIndices) ", "Tensor.");
}

std::string source_text(const std::string& path) {
  std::ifstream in(source_root + "/" + path);
  if (!in) throw std::runtime_error("cannot read " + source_root + "/" + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> function_headers() {
  std::set<std::string> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(source_root + "/autograd/functions")) {
    if (entry.path().extension() == ".h") {
      paths.insert("autograd/functions/" + entry.path().filename().string());
    }
  }
  return paths;
}

}  // namespace lucid::test
