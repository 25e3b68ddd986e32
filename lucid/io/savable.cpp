#include "lucid/io/savable.h"

#include "lucid/error.h"
#include "lucid/io/text.h"
#include "lucid/message.h"

namespace lucid::detail {

void check_savable(const char* operation, const Tensor& tensor, const std::string* name) {
  const auto about = [&] {
    return message(operation, name ? ": tensor " + in_quotes(*name) + " " : ": the tensor ");
  };
  if (!tensor.defined()) throw UninitializedError(about() + "is undefined");
  if (tensor.impl()->uninitialized) {
    throw UninitializedError(about() +
                             "has no values yet: its lazy module has not seen an input; call the "
                             "module once, or materialize it, before saving");
  }
  if (tensor.is_meta()) throw DeviceError(about() + "is a meta tensor, which has no values");
}

}  // namespace lucid::detail
