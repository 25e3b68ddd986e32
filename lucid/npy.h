// Arrays to and from the files of NumPy.
#pragma once

#include <string>

#include "lucid/state_dict.h"

namespace lucid {

/// Reads one array from a .npy file (https://numpy.org/doc/stable/reference/generated/
/// numpy.lib.format.html, versions 1.0, 2.0 and 3.0) as a row-major tensor on the CPU.
///
/// Arrays in C or Fortran order, little- or big-endian. b1, u1, i4, i8, f4 and f8 keep their type,
/// bit for bit; f2 becomes float32, i1, i2 and u2 int32, u4 int64. The tensor takes at most four
/// times the bytes that the file really holds (as i1, the others twice or once), whatever its
/// header says; an array in Fortran order takes that twice until its elements are in rows.
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
/// The archive's directory is checked in full before anything is read, its checksums while it is.
/// Entries do not overlap, and none can claim more than its bytes can unpack to, which is 1032
/// times as many where they are deflated; what a tensor takes is to that as it is for load_npy.
/// @throws IOError as load_npy does, and for an archive that is damaged, encrypted, or holds
///     something else than .npy files.
StateDict load_npz(const std::string& path);

/// Writes all tensors to a .npz file, in the order of the dict. Equal dicts give equal bytes. The
/// file appears whole or not at all, as with save().
/// @throws what save_npy does; ValueError if a name is not UTF-8, holds a zero byte, or is longer
///     than 65531 bytes.
void save_npz(const StateDict& state, const std::string& path, const NpzOptions& options = {});

}  // namespace lucid
