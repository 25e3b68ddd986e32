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

Tensor read_images(const std::string& path) {
  Tensor images = read_idx(path);
  const bool fits = images.dtype() == DType::uint8 && images.dim() == 3 && images.shape(0) > 0 &&
                    images.shape(1) == 28 && images.shape(2) == 28;
  if (!fits) {
    throw IOError(message("MNIST: \"", path, "\" holds ", images.dtype(), " of shape ",
                          images.shape(), ", expected uint8 images of shape [N, 28, 28]"));
  }
  return images;
}

Tensor read_labels(const std::string& path, const std::string& images_path, int64_t image_count) {
  const Tensor labels = read_idx(path);
  if (labels.dtype() != DType::uint8 || labels.dim() != 1) {
    throw IOError(message("MNIST: \"", path, "\" holds ", labels.dtype(), " of shape ",
                          labels.shape(), ", expected uint8 labels of shape [N]"));
  }
  if (labels.numel() != image_count) {
    throw IOError(message("MNIST: \"", path, "\" holds ", labels.numel(), " labels, but \"",
                          images_path, "\" holds ", image_count, " images"));
  }
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
  const Tensor images = read_images(images_path);
  const Tensor labels = read_labels(labels_path, images_path, images.shape(0));
  return {images, labels, options.mean, options.std};
}

}  // namespace

MNIST::MNIST(const std::string& root, const MNISTOptions& options)
    : ByteImageDataset(read(root, options)) {}

}  // namespace lucid::data
