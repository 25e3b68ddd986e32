#include "lucid/serialize.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "lucid/atomic_file.h"
#include "lucid/creation.h"
#include "lucid/error.h"
#include "lucid/message.h"
#include "lucid/safetensors.h"

namespace lucid {

using detail::message;
using detail::SafetensorsEntry;
using detail::SafetensorsHeader;
using detail::SafetensorsType;

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

namespace {

// An open file whose size is known, read from given positions.
class InputFile {
 public:
  explicit InputFile(const std::string& path) : path_(path) {
    // Non-blocking, so that a named pipe is an error and not a wait without end.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) fail(std::strerror(errno));
    struct stat info;
    const bool known = ::fstat(descriptor_, &info) == 0;
    if (!known || !S_ISREG(info.st_mode)) {
      const std::string why = known ? "not a regular file" : std::strerror(errno);
      ::close(descriptor_);
      fail(why);
    }
    size_ = info.st_size;
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() { ::close(descriptor_); }

  int64_t size() const noexcept { return size_; }

  void read(void* to, int64_t bytes, int64_t position) const {
    constexpr int64_t kMost = int64_t{1} << 30;  // Linux gives no more than 2 GiB at once
    char* next = static_cast<char*>(to);
    while (bytes > 0) {
      const ssize_t got =
          ::pread(descriptor_, next, static_cast<size_t>(std::min(bytes, kMost)), position);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(std::strerror(errno));
      if (got == 0) fail("it became shorter while it was read");
      next += got;
      position += got;
      bytes -= got;
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw IOError(message("load: cannot read \"", path_, "\": ", what));
  }

 private:
  std::string path_;
  int descriptor_ = -1;
  int64_t size_ = 0;
};

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

float from_half(uint16_t half) noexcept {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 31;
  const uint32_t fraction = half & 0x3ff;
  if (exponent == 0) {  // zero, or smaller than a normal half: fraction * 2^-24, exact in a float
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  // Infinities and NaNs keep the largest exponent; others change from bias 15 to bias 127.
  const uint32_t wide = exponent == 31 ? 255 : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

float from_bfloat(uint16_t value) noexcept {
  return std::bit_cast<float>(static_cast<uint32_t>(value) << 16);
}

void read_widened(const InputFile& file, int64_t position, SafetensorsType type, float* to,
                  int64_t count) {
  constexpr int64_t kChunk = 16384;
  std::vector<uint16_t> chunk(static_cast<size_t>(std::min(count, kChunk)));
  for (int64_t done = 0; done < count; done += kChunk) {
    const int64_t here = std::min(kChunk, count - done);
    file.read(chunk.data(), 2 * here, position + 2 * done);
    std::transform(chunk.begin(), chunk.begin() + here, to + done,
                   type == SafetensorsType::f16 ? from_half : from_bfloat);
  }
}

// A bool of another value than 0 and 1 is undefined behaviour in C++, so it must not get in.
void check_bools(const InputFile& file, const SafetensorsEntry& entry, const uint8_t* bytes) {
  const int64_t count = entry.end - entry.begin;
  const auto* bad = std::find_if(bytes, bytes + count, [](uint8_t byte) { return byte > 1; });
  if (bad != bytes + count) {
    file.fail(message("tensor ", detail::in_quotes(entry.name), ": BOOL byte ", bad - bytes, " is ",
                      static_cast<int>(*bad), ", expected 0 or 1"));
  }
}

Tensor read_tensor(const InputFile& file, const SafetensorsEntry& entry, int64_t data_start) {
  Tensor tensor = empty(entry.shape, {.dtype = memory_type(entry.type)});
  std::byte* bytes = tensor.bytes();
  if (!bytes) return tensor;
  const int64_t position = data_start + entry.begin;
  if (entry.type == SafetensorsType::f16 || entry.type == SafetensorsType::bf16) {
    read_widened(file, position, entry.type, tensor.data<float>(), tensor.numel());
    return tensor;
  }
  file.read(bytes, entry.end - entry.begin, position);
  if (entry.type == SafetensorsType::bool_) {
    check_bools(file, entry, reinterpret_cast<const uint8_t*>(bytes));
  }
  return tensor;
}

void check_savable(const std::string& name, const Tensor& tensor) {
  const auto about = [&] { return message("save: tensor ", detail::in_quotes(name), " "); };
  if (name == "__metadata__") {
    throw ValueError(about() + "has the name that safetensors keeps for metadata; rename it");
  }
  if (!tensor.defined()) throw UninitializedError(about() + "is undefined");
  if (tensor.impl()->uninitialized) {
    throw UninitializedError(about() +
                             "has no values yet: its lazy module has not seen an input; call the "
                             "module once, or materialize it, before saving");
  }
  if (tensor.is_meta()) throw DeviceError(about() + "is a meta tensor, which has no values");
}

}  // namespace

void save(const StateDict& state, const std::string& path, const Metadata& metadata) {
  std::vector<const StateDict::value_type*> sorted;
  for (const auto& entry : state) {
    check_savable(entry.first, entry.second);
    sorted.push_back(&entry);
  }
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  std::vector<SafetensorsEntry> entries;
  for (const auto* entry : sorted) {
    entries.push_back(
        {entry->first, detail::file_type(entry->second.dtype()), entry->second.shape(), 0, 0});
  }
  const std::string start = detail::lay_out_safetensors(entries, metadata);

  std::vector<size_t> order(entries.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return entries[a].begin < entries[b].begin; });
  detail::AtomicFile file(path);
  file.write(start.data(), start.size());
  for (size_t i : order) {
    const Tensor values = sorted[i]->second.detach().contiguous();
    file.write(values.bytes(), static_cast<size_t>(entries[i].end - entries[i].begin));
  }
  file.commit();
}

StateDict load(const std::string& path) {
  const InputFile file(path);
  const Opened opened = read_header(file);
  StateDict state;
  for (const SafetensorsEntry& entry : opened.header.entries) {
    state.insert(entry.name, read_tensor(file, entry, opened.data_start));
  }
  return state;
}

Metadata load_metadata(const std::string& path) {
  const InputFile file(path);
  return read_header(file).header.metadata;
}

}  // namespace lucid
