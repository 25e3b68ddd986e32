// The MNIST handwritten digits.
#pragma once

#include <string>

#include "data/byte_image_dataset.h"

namespace lucid::data {

struct MNISTOptions {
  bool train = true;  ///< the 60,000 training images, else the 10,000 test images
  double mean = 0.0;  ///< subtracted from the values, which are between 0 and 1
  double std = 1.0;   ///< what they are divided by then; MNIST itself has 0.1307 and 0.3081
};

/// Images of one example: float32 (1, 28, 28) of values (pixel / 255 - mean) / std, 1 being ink;
/// labels 0 to 9. Also reads data in the same files and form, such as Fashion-MNIST.
/// https://yann.lecun.com/exdb/mnist
class MNIST : public ByteImageDataset {
 public:
  /// @param root the folder with train-images-idx3-ubyte, train-labels-idx1-ubyte,
  ///     t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (two of them are enough for one split);
  ///     each may be compressed and end in .gz.
  /// @throws IOError naming the file if one is missing, damaged or not what its name says.
  explicit MNIST(const std::string& root, const MNISTOptions& options = {});
};

}  // namespace lucid::data
