#include "lucid/object_pool.h"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace lucid::detail {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool pooled = false;  // a sanitizer must see every object come and go
#elif defined(__has_feature)
constexpr bool pooled = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool pooled = true;
#endif

constexpr std::size_t step = 32;
constexpr std::size_t largest = 512;
constexpr std::size_t class_count = largest / step;
// Kept for each class and thread: enough for the tape of a few hundred operations.
constexpr std::size_t most_bytes = 128 << 10;

struct FreeObject {
  FreeObject* next;
};

struct Pool {
  FreeObject* free[class_count] = {};
  uint32_t count[class_count] = {};
  bool closed = false;
};

// Without a constructor or destructor, so that using it takes no check.
constinit thread_local Pool pool;

// Gives everything back when the thread ends; later objects go straight to the system.
struct Closer {
  ~Closer() {
    pool.closed = true;
    for (std::size_t i = 0; i < class_count; ++i) {
      while (FreeObject* object = pool.free[i]) {
        pool.free[i] = object->next;
        std::free(object);
      }
      pool.count[i] = 0;
    }
  }
};

void close_at_thread_end() noexcept {
  static thread_local const Closer closer;
}

std::size_t class_of(std::size_t bytes) noexcept {
  return (bytes - 1) / step;
}

}  // namespace

void* pool_allocate(std::size_t bytes) {
  const std::size_t rounded = (bytes + step - 1) / step * step;
  if (pooled && rounded <= largest) {
    const std::size_t index = class_of(bytes);
    if (FreeObject* object = pool.free[index]) {
      pool.free[index] = object->next;
      --pool.count[index];
      return object;
    }
  }
  void* object = std::malloc(rounded);
  if (!object) throw std::bad_alloc();
  return object;
}

void pool_deallocate(void* object, std::size_t bytes) noexcept {
  if (pooled && bytes <= largest && !pool.closed) {
    const std::size_t index = class_of(bytes);
    if (pool.count[index] * (index + 1) * step < most_bytes) {
      if (!pool.free[index]) close_at_thread_end();
      auto* freed = static_cast<FreeObject*>(object);
      freed->next = pool.free[index];
      pool.free[index] = freed;
      ++pool.count[index];
      return;
    }
  }
  std::free(object);
}

}  // namespace lucid::detail
