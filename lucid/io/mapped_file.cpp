#include "lucid/io/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace lucid::detail {
namespace {

class MappedStorage final : public Storage {
 public:
  MappedStorage(void* data, int64_t bytes, IntrusivePtr<MappedFile> file) noexcept
      : Storage(data, bytes, nullptr, nullptr), file_(std::move(file)) {}

 private:
  IntrusivePtr<MappedFile> file_;
};

}  // namespace

MappedFile::MappedFile(const InputFile& file) : bytes_(file.size()) {
  // Without a reserve, since a file may be larger than the memory: few pages will be written to.
  void* start = ::mmap(nullptr, static_cast<size_t>(bytes_), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_NORESERVE, file.descriptor(), 0);
  if (start == MAP_FAILED) file.fail(std::string("cannot map it: ") + std::strerror(errno));
  start_ = start;
}

MappedFile::~MappedFile() {
  ::munmap(start_, static_cast<size_t>(bytes_));
}

Tensor MappedFile::tensor(int64_t position, const Shape& shape, DType dtype) {
  IntrusivePtr<TensorImpl> impl(new TensorImpl);
  impl->shape = shape;
  impl->strides = contiguous_strides(shape);
  impl->numel = shape.numel();
  impl->dtype = dtype;
  impl->storage = new MappedStorage(static_cast<std::byte*>(start_) + position,
                                    impl->numel * static_cast<int64_t>(element_size(dtype)), this);
  return Tensor(impl);
}

}  // namespace lucid::detail
