// Arrays to and from the files of NumPy.
#pragma once

#include <string>

#include "lucid/state_dict.h"

namespace lucid {

/// Reads one array from a .npy file (https://numpy.org/doc/stable/reference/generated/
/// numpy.lib.format.html, versions 1.0, 2.0 and 3.0) as a row-major tensor on the CPU.
///
/// Arrays in C or Fortran order, little- or big-endian. b1, u1, i4, i8, f4 and f8 keep their type,
/// bit for bit; f2 becomes float32, i1, i2 and u2 int32, u4 int64. Nothing in the file can claim
/// more memory than the file holds.
/// @throws IOError naming the file: one that is cut off, too long or malformed, an array of another
///     type (such as u8, complex numbers, text, records or objects), or of more than 8 dimensions.
Tensor load_npy(const std::string& path);

/// Writes one array to a .npy file, version 1.0, row-major and little-endian. The file appears
/// whole or not at all, as with save().
/// @throws UninitializedError if the tensor is undefined or has no values yet; DeviceError if it is
///     a meta tensor; IOError.
void save_npy(const Tensor& tensor, const std::string& path);

/// How save_npz writes.
struct NpzOptions {
  bool compressed = false;  ///< as numpy.savez_compressed does, where numpy.savez does not
};

/// Reads all arrays of a .npz file, in its order: a zip archive with an entry `name.npy` for each
/// tensor `name`. Entries are stored or deflated; archives and entries may be zip64.
///
/// The archive's directory is checked in full before anything is read, its checksums while it is,
/// and no tensor is larger than its compressed bytes can unpack to.
/// @throws IOError as load_npy does, and for an archive that is damaged, encrypted, or holds
///     something else than .npy files.
StateDict load_npz(const std::string& path);

/// Writes all tensors to a .npz file, in the order of the dict. Equal dicts give equal bytes. The
/// file appears whole or not at all, as with save().
/// @throws what save_npy does; ValueError if a name is not UTF-8, holds a zero byte, or is longer
///     than 65531 bytes.
void save_npz(const StateDict& state, const std::string& path, const NpzOptions& options = {});

}  // namespace lucid
