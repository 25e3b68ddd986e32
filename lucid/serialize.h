// Weights to a file and back.
#pragma once

#include <map>
#include <string>

#include "lucid/state_dict.h"

namespace lucid {

/// Free text that a file carries beside its tensors.
using Metadata = std::map<std::string, std::string>;

/// Writes all tensors to one safetensors file (https://huggingface.co/docs/safetensors), row-major
/// and under their names. Equal dicts give equal bytes, whatever their order.
///
/// The file appears whole or not at all: it is written under another name in the same folder,
/// flushed to the disk and renamed. A file that was there before is replaced, and who has it open
/// goes on seeing the old one.
///
/// What a lazy module has not initialised yet is in the file by name alone, in its metadata: lucid
/// loads it as uninitialised again, and it will get the first values that it would have got here.
/// Other programs do not see it.
/// @throws UninitializedError if a tensor is undefined; DeviceError if it is a meta tensor;
///     ValueError if a name is "__metadata__", a key "lucid.uninitialized", or some text not UTF-8;
///     IOError.
void save(const StateDict& state, const std::string& path, const Metadata& metadata = {});

/// How load reads.
struct LoadOptions {
  /// Leaves the values in the file until they are used, instead of reading all of them: the tensors
  /// are views of one private, copy-on-write mapping of the file, which stays for as long as one of
  /// them. Writing to such a tensor changes the memory and never the file; save() and others that
  /// replace the file leave it as it was. What must be converted or checked (BOOL, F16, BF16) or is
  /// not aligned to its element size is read as without the option.
  ///
  /// The memory is not the allocator's: it is not in memory_statistics() nor under the cap of
  /// set_memory_limit(). One thing is dangerous: another program that overwrites or shortens the
  /// same file in place, where save() would replace it. Values change, and touching what is gone
  /// ends this program with SIGBUS.
  bool mmap = false;
  /// If not null, receives the free text in the file, as load_metadata gives it.
  Metadata* metadata = nullptr;
};

/// Reads all tensors of a safetensors file, in the order of its header, onto the CPU.
///
/// BOOL, U8, I32, I64, F32 and F64 keep their type; F16 and BF16 become float32. The header is
/// checked in full before memory for a tensor is allocated: none can claim more than the bytes that
/// the file holds for it, or twice as many where it becomes float32.
/// @throws IOError naming the file, and the tensor where there is one; OutOfMemoryError.
StateDict load(const std::string& path, const LoadOptions& options = {});

/// The free text in a safetensors file; its header is checked as load does.
/// @throws IOError
Metadata load_metadata(const std::string& path);

}  // namespace lucid
