// The file with the weights.
#pragma once

#include <lucid/lucid.h>

#include <string>

namespace mnist_cnn {

/// Finds out whether a file can be written there, before hours go into what is to be in it.
/// @param option is named in the error
/// @throws lucid::IOError
void check_writable(const std::string& option, const std::string& path);

/// True if both paths lead to one place, whether there is a file or not.
bool same_file(const std::string& a, const std::string& b);

/// Saves the weights and says so. If that fails after all, they go into the system's folder for
/// temporary files, and the error says where they are.
/// @throws lucid::IOError
void save_weights(const lucid::nn::Module& model, const std::string& path);

}  // namespace mnist_cnn
