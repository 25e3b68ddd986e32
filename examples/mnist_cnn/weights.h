// The file with the weights.
#pragma once

#include <lucid/lucid.h>

#include <string>

namespace mnist_cnn {

/// Finds out whether weights can be written there, before hours go into making some.
/// @throws lucid::IOError
void check_writable(const std::string& path);

/// Saves the weights and says so. If that fails after all, they go into the system's folder for
/// temporary files, and the error says where they are.
/// @throws lucid::IOError
void save_weights(const lucid::nn::Module& model, const std::string& path);

}  // namespace mnist_cnn
