#include "lucid/serialize.h"

#include <algorithm>
#include <bit>

#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/io/atomic_file.h"
#include "lucid/io/bools.h"
#include "lucid/io/half.h"
#include "lucid/io/input_file.h"
#include "lucid/io/mapped_file.h"
#include "lucid/io/safetensors.h"
#include "lucid/io/savable.h"
#include "lucid/io/uninitialized_names.h"
#include "lucid/message.h"

namespace lucid {

using detail::InputFile;
using detail::MappedFile;
using detail::message;
using detail::SafetensorsEntry;
using detail::SafetensorsHeader;
using detail::SafetensorsType;

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

namespace {

struct Opened {
  SafetensorsHeader header;
  int64_t data_start;
};

Opened read_header(const InputFile& file) {
  using namespace detail;
  if (file.size() < kSafetensorsLengthBytes) {
    file.fail(
        message("not a safetensors file: it has ", file.size(), " bytes, expected 8 or more"));
  }
  uint64_t length = 0;
  file.read(&length, kSafetensorsLengthBytes, 0);
  if (length > static_cast<uint64_t>(kSafetensorsMaxHeader)) {
    file.fail(message("not a safetensors file: a header of ", length, " bytes, expected at most ",
                      kSafetensorsMaxHeader));
  }
  const int64_t data_start = kSafetensorsLengthBytes + static_cast<int64_t>(length);
  if (data_start > file.size()) {
    file.fail(message("its header should take ", length, " bytes, but only ",
                      file.size() - kSafetensorsLengthBytes, " follow"));
  }
  std::string text(length, '\0');
  file.read(text.data(), static_cast<int64_t>(length), kSafetensorsLengthBytes);
  try {
    return {parse_safetensors_header(text, file.size() - data_start), data_start};
  } catch (const IOError& error) {
    file.fail(error.what());
  }
}

void read_widened(const InputFile& file, int64_t position, SafetensorsType type, float* to,
                  int64_t count) {
  constexpr int64_t kChunk = 16384;
  std::vector<uint16_t> chunk(static_cast<size_t>(std::min(count, kChunk)));
  for (int64_t done = 0; done < count; done += kChunk) {
    const int64_t here = std::min(kChunk, count - done);
    file.read(chunk.data(), 2 * here, position + 2 * done);
    std::transform(chunk.begin(), chunk.begin() + here, to + done,
                   type == SafetensorsType::f16 ? detail::from_half : detail::from_bfloat);
  }
}

Tensor read_tensor(const InputFile& file, const SafetensorsEntry& entry, int64_t position) {
  Tensor tensor = empty(entry.shape, {.dtype = memory_type(entry.type)});
  std::byte* bytes = tensor.bytes();
  if (!bytes) return tensor;
  if (entry.type == SafetensorsType::f16 || entry.type == SafetensorsType::bf16) {
    read_widened(file, position, entry.type, tensor.data<float>(), tensor.numel());
    return tensor;
  }
  file.read(bytes, entry.end - entry.begin, position);
  if (entry.type == SafetensorsType::bool_) {
    const std::string wrong = detail::wrong_bools(tensor);
    if (!wrong.empty()) file.fail(message("tensor ", detail::in_quotes(entry.name), ": ", wrong));
  }
  return tensor;
}

// Only bytes that are values as they stand, where the processor can read them, need no copy.
bool can_be_mapped(const SafetensorsEntry& entry, int64_t position) {
  return entry.begin < entry.end && entry.type != SafetensorsType::f16 &&
         entry.type != SafetensorsType::bf16 && entry.type != SafetensorsType::bool_ &&
         MappedFile::aligned(position, element_size(entry.type));
}

void check_savable(const std::string& name, const Tensor& tensor) {
  detail::check_savable("save", tensor, &name);
  if (name == "__metadata__") {
    throw ValueError(
        "save: tensor \"__metadata__\" has the name that safetensors keeps for metadata; rename "
        "it");
  }
}

// The names of tensors without values, which leave the metadata.
detail::UninitializedNames take_uninitialized(const InputFile& file, SafetensorsHeader& header) {
  detail::UninitializedNames names;
  try {
    names = detail::take_uninitialized_names(header.metadata);
  } catch (const IOError& error) {
    file.fail(error.what());
  }
  for (const SafetensorsEntry& entry : header.entries) {
    if (!names.empty() && names.contains(entry.name)) {
      file.fail(message("tensor ", detail::in_quotes(entry.name),
                        ": it is there, and said to have no values"));
    }
  }
  return names;
}

}  // namespace

void save(const StateDict& state, const std::string& path, const Metadata& metadata) {
  std::vector<const StateDict::value_type*> sorted;
  detail::UninitializedNames uninitialized;
  for (const auto& entry : state) {
    if (entry.second.defined() && entry.second.impl()->uninitialized) {
      uninitialized.emplace(entry.first, entry.second.impl()->uninitialized->stream());
      continue;
    }
    check_savable(entry.first, entry.second);
    sorted.push_back(&entry);
  }
  Metadata carried = metadata;
  detail::add_uninitialized_names(carried, uninitialized);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  std::vector<SafetensorsEntry> entries;
  entries.reserve(sorted.size());
  for (const auto* entry : sorted) {
    entries.push_back(
        {entry->first, detail::file_type(entry->second.dtype()), entry->second.shape(), 0, 0});
  }
  const std::string start = detail::lay_out_safetensors(entries, carried);

  std::vector<size_t> order(entries.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return entries[a].begin < entries[b].begin; });
  detail::AtomicFile file("save", path);
  file.write(start.data(), start.size());
  for (size_t i : order) {
    const Tensor values = sorted[i]->second.detach().contiguous();
    file.write(values.bytes(), static_cast<size_t>(entries[i].end - entries[i].begin));
  }
  file.commit();
}

StateDict load(const std::string& path, const LoadOptions& options) {
  const InputFile file("load", path);
  Opened opened = read_header(file);
  const auto uninitialized = take_uninitialized(file, opened.header);
  IntrusivePtr<MappedFile> mapped;
  if (options.mmap) mapped = new MappedFile(file);
  StateDict state;
  for (const SafetensorsEntry& entry : opened.header.entries) {
    const int64_t position = opened.data_start + entry.begin;
    state.insert(entry.name, mapped && can_be_mapped(entry, position)
                                 ? mapped->tensor(position, entry.shape, memory_type(entry.type))
                                 : read_tensor(file, entry, position));
  }
  for (const auto& [name, stream] : uninitialized) {
    state.insert(name, detail::uninitialized_tensor(name, stream));
  }
  if (options.metadata) *options.metadata = std::move(opened.header.metadata);
  return state;
}

Metadata load_metadata(const std::string& path) {
  const InputFile file("load", path);
  SafetensorsHeader header = read_header(file).header;
  take_uninitialized(file, header);
  return std::move(header.metadata);
}

}  // namespace lucid
