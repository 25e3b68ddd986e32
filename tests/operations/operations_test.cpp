// The table of operations against what the headers declare.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "tests/operations/declarations.h"
#include "tests/operations/operations.h"

using namespace lucid::test;

namespace {

// Methods that return tensors and are no operations.
const std::set<std::string> no_operations{
    "Tensor.grad()",        "Tensor.set_grad(Tensor)", "Tensor.requires_grad_(bool)",
    "Tensor.retain_grad()", "Tensor.detach()",         "Tensor.backward(Tensor,bool,bool)"};

std::set<std::string> declared() {
  std::set<std::string> all = declared_methods(source_text("lucid/tensor.h"));
  for (const std::string& path : function_headers())
    all.merge(declared_functions(source_text(path)));
  for (const std::string& path : functional_headers()) {
    for (const std::string& declaration : declared_functions(source_text(path)))
      all.insert("F." + declaration);
  }
  for (const std::string& method : no_operations) {
    INFO(method, " is not declared any more");
    CHECK_EQ(all.erase(method), 1);
  }
  return all;
}

}  // namespace

TEST_CASE("every operation is in the table, once") {
  std::set<std::string> listed;
  std::set<std::string> names;
  for (const Family* family : Family::all()) {
    for (const Operation& operation : family->rows()) {
      INFO(operation.name, " has two rows");
      CHECK(names.insert(operation.name).second);
      for (const Form& form : operation.forms) listed.insert(form.declaration);
    }
  }
  const std::set<std::string> wanted = declared();
  for (const std::string& declaration : wanted) {
    INFO("no row of the table has the form ", declaration);
    CHECK(listed.contains(declaration));
  }
  for (const std::string& declaration : listed) {
    INFO("no header declares ", declaration);
    CHECK(wanted.contains(declaration));
  }
}

TEST_CASE("every function is on the page of operations") {
  const std::string page = source_text("docs/operations.md");
  for (const std::string& path : function_headers()) {
    for (const std::string& signature : declared_functions(source_text(path))) {
      const std::string name = signature.substr(0, signature.find('('));
      const std::string shown = name.starts_with("operator") ? name.substr(8) : name;
      INFO("docs/operations.md does not list ", name, " of ", path);
      CHECK(page.find('`' + shown + '`') != std::string::npos);
    }
  }
}

TEST_CASE("a declaration is recognised however it is written") {
  const std::string text = R"(
/// Tensor commented(const Tensor& x);
Tensor plain(const Tensor& x);
inline Tensor operator/(Scalar a, const Tensor& b) { return div(a, b); }
ValuesAndIndices two_lines(const Tensor& x, const Dims& dims = {},
                           std::optional<int64_t> end = std::nullopt, int64_t step = 1);
Tensor last(const std::vector<Tensor>& tensors, Generator& generator = default_generator());
)";
  const std::set<std::string> expected{"plain(Tensor)", "operator/(Scalar,Tensor)",
                                       "last(std::vector<Tensor>,Generator)",
                                       "two_lines(Tensor,Dims,std::optional<int64_t>,int64_t)"};
  CHECK(declared_functions(text) == expected);
  const std::string methods = R"(
class Tensor {
  Tensor sin() const, pow(Scalar exponent) const,
      cos() const;
  std::vector<Tensor> split(int64_t size, int64_t dim = 0) const;
};)";
  CHECK(declared_methods(methods) == std::set<std::string>{"Tensor.sin()", "Tensor.pow(Scalar)",
                                                           "Tensor.cos()",
                                                           "Tensor.split(int64_t,int64_t)"});
}
