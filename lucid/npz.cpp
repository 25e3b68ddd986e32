// Archives of arrays: .npy files in a zip.
#include <cstring>

#include "lucid/error.h"
#include "lucid/io/atomic_file.h"
#include "lucid/io/input_file.h"
#include "lucid/io/npy_data.h"
#include "lucid/io/npy_header.h"
#include "lucid/io/savable.h"
#include "lucid/io/text.h"
#include "lucid/io/zip_directory.h"
#include "lucid/io/zip_entry.h"
#include "lucid/io/zip_writer.h"
#include "lucid/message.h"
#include "lucid/npy.h"

namespace lucid {

using detail::message;

namespace {

constexpr const char* kEnding = ".npy";
const size_t kEndingBytes = std::strlen(kEnding);

void check_name(const std::string& name) {
  const auto fail = [&](const char* what) {
    throw ValueError(message("save_npz: the tensor name ", detail::in_quotes(name), " ", what));
  };
  if (!detail::is_utf8(name)) fail("is not UTF-8");
  if (name.find('\0') != std::string::npos) fail("holds a zero byte, where other programs stop");
  if (name.size() > detail::ZipWriter::kLongestName - kEndingBytes) {
    fail("is too long for an archive, which takes 65531 bytes");
  }
}

void write_entry(detail::ZipWriter& archive, const std::string& name, const Tensor& tensor) {
  const Tensor values = tensor.detach().contiguous();
  const std::string start = detail::npy_start(values.dtype(), values.shape());
  const auto start_bytes = static_cast<int64_t>(start.size());
  const int64_t bytes = values.numel() * static_cast<int64_t>(element_size(values.dtype()));
  archive.begin(name + kEnding, start_bytes + bytes);
  archive.write(start.data(), start_bytes);
  archive.write(values.bytes(), bytes);
  archive.end();
}

}  // namespace

StateDict load_npz(const std::string& path) {
  const detail::InputFile file("load_npz", path);
  const std::vector<detail::ZipEntry> entries = detail::read_zip_directory(file);
  for (const detail::ZipEntry& entry : entries) {
    if (!entry.name.ends_with(kEnding)) {
      file.fail(message("entry ", detail::in_quotes(entry.name), ": its name does not end in ",
                        kEnding, ", which those of arrays do"));
    }
  }
  StateDict state;
  for (const detail::ZipEntry& entry : entries) {
    detail::ZipEntrySource source(file, entry);
    state.insert(entry.name.substr(0, entry.name.size() - kEndingBytes), detail::read_npy(source));
  }
  return state;
}

void save_npz(const StateDict& state, const std::string& path, const NpzOptions& options) {
  for (const auto& [name, tensor] : state) {
    detail::check_savable("save_npz", tensor, &name);
    check_name(name);
  }
  detail::AtomicFile file("save_npz", path);
  detail::ZipWriter archive(file, options.compressed);
  for (const auto& [name, tensor] : state) write_entry(archive, name, tensor);
  archive.finish();
  file.commit();
}

}  // namespace lucid
