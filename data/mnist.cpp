#include "data/mnist.h"

#include <sys/stat.h>

#include <algorithm>

#include "data/idx.h"
#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::data {

using lucid::detail::message;

namespace {

bool exists(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0;
}

// The file of that name in the folder, compressed or not.
std::string find_file(const std::string& root, const std::string& name) {
  std::string path = root.empty() || root.back() == '/' ? root + name : root + "/" + name;
  if (exists(path)) return path;
  if (exists(path + ".gz")) return path + ".gz";
  throw IOError(message("MNIST: there is neither \"", path, "\" nor \"", path, ".gz\""));
}

// Both headers are checked before either file's data is read: a compressed file that lies about its
// size may hold gigabytes.
void check_headers(const std::string& images_path, const std::string& labels_path) {
  const IdxHeader images = read_idx_header(images_path);
  const Shape& size = images.shape;
  if (images.dtype != DType::uint8 || size.size() != 3 || size[0] < 1 || size[1] != 28 ||
      size[2] != 28) {
    throw IOError(message("MNIST: \"", images_path, "\" holds ", images.dtype, " of shape ", size,
                          ", expected uint8 images of shape [N, 28, 28]"));
  }
  const IdxHeader labels = read_idx_header(labels_path);
  if (labels.dtype != DType::uint8 || labels.shape.size() != 1) {
    throw IOError(message("MNIST: \"", labels_path, "\" holds ", labels.dtype, " of shape ",
                          labels.shape, ", expected uint8 labels of shape [N]"));
  }
  if (labels.shape[0] != size[0]) {
    throw IOError(message("MNIST: \"", labels_path, "\" holds ", labels.shape[0], " labels, but \"",
                          images_path, "\" holds ", size[0], " images"));
  }
}

Tensor read_labels(const std::string& path) {
  const Tensor labels = read_idx(path);
  const auto* first = labels.data<uint8_t>();
  const auto* last = first + labels.numel();
  const auto* bad = std::find_if(first, last, [](uint8_t label) { return label > 9; });
  if (bad != last) {
    throw IOError(message("MNIST: \"", path, "\": label ", bad - first, " is ",
                          static_cast<int>(*bad), ", expected 0 to 9"));
  }
  return labels.to(DType::int64);
}

ByteImageDataset read(const std::string& root, const MNISTOptions& options) {
  const std::string prefix = options.train ? "train" : "t10k";
  const std::string images_path = find_file(root, prefix + "-images-idx3-ubyte");
  const std::string labels_path = find_file(root, prefix + "-labels-idx1-ubyte");
  check_headers(images_path, labels_path);
  const Tensor labels = read_labels(labels_path);
  return {read_idx(images_path), labels, options.mean, options.std};
}

}  // namespace

MNIST::MNIST(const std::string& root, const MNISTOptions& options)
    : ByteImageDataset(read(root, options)) {}

}  // namespace lucid::data
