// What a header declares, read as text: how the tests learn that a function was added.
#pragma once

#include <set>
#include <string>

namespace lucid::test {

/// The functions declared in namespace scope that return tensors, as "name(type,type)" without
/// const, references, defaults and the names of parameters.
std::set<std::string> declared_functions(const std::string& text);

/// The methods of class Tensor that return or write to tensors, as "Tensor.name(type,type)".
std::set<std::string> declared_methods(const std::string& text);

/// The whole of a file of this project. @param path from the top folder
std::string source_text(const std::string& path);

/// The headers in autograd/functions, as paths from the top folder.
std::set<std::string> function_headers();

/// The headers of nn::functional, as paths from the top folder.
std::set<std::string> functional_headers();

}  // namespace lucid::test
