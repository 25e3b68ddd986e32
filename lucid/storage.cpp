#include "lucid/storage.h"

#include "lucid/allocator.h"

namespace lucid {

Storage::Storage(int64_t bytes) : data_(detail::allocate(bytes)), bytes_(bytes), owned_(true) {}

Storage::Storage(void* data, int64_t bytes, Deleter deleter, void* context) noexcept
    : data_(data), bytes_(bytes), deleter_(deleter), context_(context) {}

Storage::~Storage() {
  if (owned_) {
    detail::deallocate(data_, bytes_);
  } else if (deleter_) {
    deleter_(data_, context_);
  }
}

}  // namespace lucid
