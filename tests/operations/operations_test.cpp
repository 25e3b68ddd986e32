// The table of operations against what the headers declare.
#include <doctest/doctest.h>

#include <set>
#include <sstream>
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

TEST_CASE("every function is on the page of operations, with its header") {
  const std::string page = source_text("docs/operations.md");
  std::set<std::string> paths = function_headers();
  paths.merge(functional_headers());
  for (const std::string& path : paths) {
    // "`math.h`: `neg`, `abs`, ..." up to the next empty line
    const std::string start = "\n`" + path.substr(path.rfind('/') + 1) + "`: ";
    const size_t begin = page.find(start);
    INFO("docs/operations.md has no list for ", path);
    REQUIRE(begin != std::string::npos);
    const std::string list = page.substr(begin, page.find("\n\n", begin) - begin);
    for (const std::string& signature : declared_functions(source_text(path))) {
      const std::string name = signature.substr(0, signature.find('('));
      const std::string shown = name.starts_with("operator") ? name.substr(8) : name;
      INFO("docs/operations.md does not list ", name, " of ", path);
      CHECK(list.find('`' + shown + '`') != std::string::npos);
    }
  }
}

TEST_CASE("what users expect of a framework is declared") {
  // PyTorch's names, so that none goes from header and table together. Those of nn::functional too.
  std::istringstream promised(
      "add sub mul div pow neg abs sign exp expm1 log log1p log2 log10 sqrt rsqrt square "
      "reciprocal "
      "sin cos tan asin acos atan atan2 sinh cosh tanh sigmoid erf floor ceil round clamp maximum "
      "minimum where masked_fill lerp fmod remainder eq ne lt le gt ge logical_and logical_or "
      "logical_xor logical_not isnan isinf isfinite relu relu6 leaky_relu prelu elu selu celu gelu "
      "silu mish softplus softsign hardtanh hardsigmoid hardswish logsigmoid softmax log_softmax "
      "softmin glu threshold sum mean var std prod max min amax amin argmax argmin all any "
      "logsumexp "
      "norm cumsum cumprod matmul mm bmm addmm linear outer dot einsum tril triu diagonal reshape "
      "view flatten permute transpose squeeze unsqueeze expand narrow select slice contiguous "
      "clone "
      "to cat stack split chunk unbind repeat tile flip roll movedim unfold gather scatter "
      "scatter_add index_select index_put masked_select take_along_dim embedding one_hot sort topk "
      "argsort nonzero meshgrid index batch_norm instance_norm group_norm layer_norm rms_norm "
      "local_response_norm dropout dropout1d dropout2d dropout3d F.pad F.conv1d F.conv2d F.conv3d "
      "F.conv_transpose1d F.conv_transpose2d F.conv_transpose3d F.max_pool1d F.max_pool2d "
      "F.max_pool3d F.avg_pool1d F.avg_pool2d F.avg_pool3d F.adaptive_avg_pool1d "
      "F.adaptive_avg_pool2d F.adaptive_avg_pool3d F.adaptive_max_pool1d F.adaptive_max_pool2d "
      "F.adaptive_max_pool3d F.interpolate F.pixel_shuffle F.unfold F.fold F.cosine_similarity "
      "F.normalize F.cross_entropy F.nll_loss F.mse_loss F.l1_loss F.smooth_l1_loss F.huber_loss "
      "F.binary_cross_entropy F.binary_cross_entropy_with_logits F.kl_div F.poisson_nll_loss "
      "F.hinge_embedding_loss F.margin_ranking_loss F.cosine_embedding_loss F.triplet_margin_loss");
  std::set<std::string> names;
  for (const std::string& declaration : declared())
    names.insert(declaration.substr(0, declaration.find('(')));
  for (std::string name; promised >> name;) {
    INFO("nothing declares ", name);
    CHECK(names.contains(name));
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
