// What the tests of .npz archives have in common.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "lucid/allocator.h"
#include "lucid/error.h"
#include "lucid/io/npy_header.h"
#include "lucid/npy.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/zip_builder.h"

namespace lucid::test {

inline StateDict load_bytes(const std::string& bytes) {
  const TemporaryFolder folder;
  return load_npz(folder.write("file", bytes));
}

// The message of the IOError, which must name the file.
inline std::string failure(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.write("some-file", bytes);
  const std::string message = message_of<IOError>([&] { load_npz(path); });
  CHECK_MESSAGE(contains(message, "load_npz: cannot read \"" + path), message);
  return message;
}

// The same, where nothing may have been allocated for a tensor.
inline std::string early_failure(const std::string& bytes) {
  const int64_t allocations = memory_statistics().allocations;
  const std::string message = failure(bytes);
  CHECK(memory_statistics().allocations == allocations);
  return message;
}

// The .npy file of a vector of bytes.
inline std::string vector_file(const std::string& values) {
  return detail::npy_start(uint8, {static_cast<int64_t>(values.size())}) + values;
}

inline ZipPart vector_part(const std::string& name, const std::string& values,
                           bool packed = false) {
  return zip_part(name + ".npy", vector_file(values), packed);
}

inline std::vector<int> values_of(const Tensor& tensor) {
  return tensor.to_vector<int>();
}
inline const std::vector<int> xyz{'x', 'y', 'z'};

}  // namespace lucid::test
