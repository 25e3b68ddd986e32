#include "lucid/npy.h"

#include "lucid/io/atomic_file.h"
#include "lucid/io/input_file.h"
#include "lucid/io/npy_data.h"
#include "lucid/io/npy_header.h"
#include "lucid/io/savable.h"

namespace lucid {
namespace {

// A file from its first byte to its last.
class FileSource final : public detail::ByteSource {
 public:
  explicit FileSource(const detail::InputFile& file) : ByteSource(file, "") {}

  int64_t left() const noexcept override { return file().size() - position_; }
  void read(void* to, int64_t bytes) override {
    file().read(to, bytes, position_);
    position_ += bytes;
  }

 private:
  int64_t position_ = 0;
};

}  // namespace

Tensor load_npy(const std::string& path) {
  const detail::InputFile file("load_npy", path);
  FileSource source(file);
  return detail::read_npy(source);
}

void save_npy(const Tensor& tensor, const std::string& path) {
  detail::check_savable("save_npy", tensor);
  const Tensor values = tensor.detach().contiguous();
  const std::string start = detail::npy_start(values.dtype(), values.shape());
  detail::AtomicFile file("save_npy", path);
  file.write(start.data(), start.size());
  file.write(values.bytes(), static_cast<size_t>(values.numel()) * element_size(values.dtype()));
  file.commit();
}

}  // namespace lucid
