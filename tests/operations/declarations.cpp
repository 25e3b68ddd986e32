#include "tests/operations/declarations.h"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace lucid::test {
namespace {

const std::string source_root = LUCID_SOURCE_DIR;

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

std::string without_comments(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);)
    result += line.substr(0, line.find("//")) + "\n";
  return result;
}

// "const Tensor& a = {}" -> "Tensor"
std::string parameter_type(const std::string& parameter) {
  std::istringstream words(parameter.substr(0, parameter.find('=')));
  std::string word;
  words >> word;
  if (word == "const") words >> word;
  while (!word.empty() && word.back() == '&') word.pop_back();
  return word;
}

// Splits at commas that are not inside of brackets.
std::string parameter_types(const std::string& parameters) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : parameters) {
    if (c == '<' || c == '{' || c == '(') ++depth;
    if (c == '>' || c == '}' || c == ')') --depth;
    if (c == ',' && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::string result;
  for (const std::string& part : parts) {
    const std::string type = parameter_type(part);
    if (!type.empty()) result += (result.empty() ? "" : ",") + type;
  }
  return result;
}

// The bracket that closes the one at `open`, or the end.
size_t closing(const std::string& code, size_t open) {
  size_t close = open;
  for (int depth = 0; close < code.size(); ++close) {
    if (code[close] == '(') ++depth;
    if (code[close] == ')' && --depth == 0) break;
  }
  return close;
}

// The bracket behind the name that starts at `begin`, or npos if it is no function's.
size_t opening(const std::string& code, size_t begin) {
  size_t end = begin;
  while (end < code.size() && is_name(code[end])) ++end;
  if (code.compare(begin, end - begin, "operator") == 0) end = code.find('(', end);
  return end == begin || end >= code.size() || code[end] != '(' ? std::string::npos : end;
}

// "name(types)" of the function whose name starts at `begin`, or "" if it is something else.
std::string signature_at(const std::string& code, size_t begin) {
  const size_t open = opening(code, begin);
  if (open == std::string::npos) return "";
  const std::string name = code.substr(begin, open - begin);
  return name + "(" + parameter_types(code.substr(open + 1, closing(code, open) - open - 1)) + ")";
}

// Where the name of the next method starts in "Tensor sin() const, cos() const;", or npos.
size_t next_name(const std::string& code, size_t begin) {
  const std::string between = " const,";
  const size_t open = opening(code, begin);
  if (open == std::string::npos) return open;
  const size_t end = closing(code, open) + 1;
  if (code.compare(end, between.size(), between) != 0) return std::string::npos;
  return code.find_first_not_of(" \n", end + between.size());
}

// Declarations start a line, with one of these in front of the name.
std::set<std::string> signatures(const std::string& text, const std::vector<std::string>& starts,
                                 const std::string& prefix) {
  const std::string code = without_comments(text);
  std::set<std::string> result;
  for (const std::string& start : starts) {
    const std::string pattern = "\n" + start;
    for (size_t at = code.find(pattern); at != std::string::npos; at = code.find(pattern, at + 1)) {
      for (size_t name = at + pattern.size(); name < code.size(); name = next_name(code, name)) {
        const std::string signature = signature_at(code, name);
        if (!signature.empty()) result.insert(prefix + signature);
      }
    }
  }
  return result;
}

// The headers in a folder whose names start with `start`.
std::set<std::string> headers(const std::string& folder, const std::string& start) {
  std::set<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(source_root + "/" + folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(start) && name.ends_with(".h")) paths.insert(folder + "/" + name);
  }
  return paths;
}

}  // namespace

std::set<std::string> declared_functions(const std::string& text) {
  return signatures(text,
                    {"Tensor ", "ValuesAndIndices ", "bool ", "inline Tensor ",
                     "inline ValuesAndIndices ", "inline bool ", "std::vector<Tensor> "},
                    "");
}

std::set<std::string> declared_methods(const std::string& text) {
  const size_t begin = text.find("class Tensor {");
  const size_t end = text.find("\n};", begin);
  if (begin == std::string::npos || end == std::string::npos) {
    throw std::runtime_error("class Tensor is not where it was");
  }
  return signatures(
      text.substr(begin, end - begin),
      {"  Tensor ", "  const Tensor& ", "  ValuesAndIndices ", "  std::vector<Tensor> ", "  void "},
      "Tensor.");
}

std::string source_text(const std::string& path) {
  std::ifstream in(source_root + "/" + path);
  if (!in) throw std::runtime_error("cannot read " + source_root + "/" + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> function_headers() {
  return headers("autograd/functions", "");
}

std::set<std::string> functional_headers() {
  return headers("nn", "functional");
}

}  // namespace lucid::test
