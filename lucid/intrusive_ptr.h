// A reference-counted pointer of one word; the count lives in the object.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "lucid/object_pool.h"

namespace lucid {

template <class T>
class IntrusivePtr;

/// A new object and the first reference to it.
template <class T, class... Arguments>
IntrusivePtr<T> make_intrusive(Arguments&&... arguments);

/// Base of objects held by IntrusivePtr. Threads may share them.
class RefCounted {
 public:
  RefCounted() noexcept = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  virtual ~RefCounted() = default;

  static void* operator new(std::size_t bytes) { return detail::pool_allocate(bytes); }
  static void operator delete(void* object, std::size_t bytes) noexcept {
    detail::pool_deallocate(object, bytes);
  }

  int64_t use_count() const noexcept { return count_.load(std::memory_order_acquire); }

 protected:
  /// What happens when the last reference goes; a class whose objects form long chains overrides
  /// it so that freeing one does not recurse through them all.
  virtual void destroy() noexcept { delete this; }

 private:
  template <class T>
  friend class IntrusivePtr;
  template <class T, class... Arguments>
  friend IntrusivePtr<T> make_intrusive(Arguments&&... arguments);

  void retain() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    // Nobody can share an object of which this is the only reference: no need to count it down in
    // one step, which costs as much as the rest of a small operation's bookkeeping.
    if (count_.load(std::memory_order_acquire) == 1 ||
        count_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy();
    }
  }

  std::atomic<int64_t> count_{0};
};

template <class T>
class IntrusivePtr {
  template <class U>
  friend class IntrusivePtr;
  template <class U, class... Arguments>
  friend IntrusivePtr<U> make_intrusive(Arguments&&... arguments);

 public:
  IntrusivePtr() noexcept = default;
  IntrusivePtr(T* object) noexcept : object_(object) {
    if (object_) retain(object_);
  }
  IntrusivePtr(const IntrusivePtr& other) noexcept : IntrusivePtr(other.object_) {}
  IntrusivePtr(IntrusivePtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
  requires std::convertible_to<U*, T*> IntrusivePtr(IntrusivePtr<U>&& other)
  noexcept : object_(std::exchange(other.object_, nullptr)) {}
  IntrusivePtr& operator=(IntrusivePtr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~IntrusivePtr() {
    if (object_) static_cast<RefCounted*>(object_)->release();
  }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const IntrusivePtr& a, const IntrusivePtr& b) noexcept {
    return a.object_ == b.object_;
  }

 private:
  static void retain(RefCounted* object) noexcept { object->retain(); }

  T* object_ = nullptr;
};

template <class T, class... Arguments>
IntrusivePtr<T> make_intrusive(Arguments&&... arguments) {
  static_assert(alignof(T) <= alignof(std::max_align_t), "the object pool aligns no further");
  IntrusivePtr<T> result;
  result.object_ = new T(std::forward<Arguments>(arguments)...);
  // Nobody else knows it yet.
  static_cast<RefCounted*>(result.object_)->count_.store(1, std::memory_order_relaxed);
  return result;
}

}  // namespace lucid
