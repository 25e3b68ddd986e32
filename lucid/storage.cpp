#include "lucid/storage.h"

#include "lucid/allocator.h"
#include "lucid/arena.h"

namespace lucid {

Storage::Storage(int64_t bytes) : bytes_(bytes), owned_(true) {
  if (detail::Arena* const arena = detail::Arena::current()) {
    const detail::Arena::Block block = arena->take(bytes);
    data_ = block.data;
    context_ = block.arena;
    place_ = block.place;
  } else {
    data_ = detail::allocate(bytes);
  }
}

Storage::Storage(void* data, int64_t bytes, Deleter deleter, void* context) noexcept
    : data_(data), bytes_(bytes), deleter_(deleter), context_(context) {}

Storage::~Storage() {
  if (owned_ && context_) {
    static_cast<detail::Arena*>(context_)->give_back(data_, bytes_, place_);
  } else if (owned_) {
    detail::deallocate(data_, bytes_);
  } else if (deleter_) {
    deleter_(data_, context_);
  }
}

}  // namespace lucid
