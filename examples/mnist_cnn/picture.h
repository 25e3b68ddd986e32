// Images drawn with characters.
#pragma once

#include <lucid/lucid.h>

#include <string>
#include <vector>

namespace mnist_cnn {

/// Lines of text that show a grey image, uint8 (H, W), two rows of pixels in one row of characters:
/// shades of grey with colours, else black and white. Every line is W columns wide.
std::vector<std::string> draw(const lucid::Tensor& image, bool colors);

}  // namespace mnist_cnn
