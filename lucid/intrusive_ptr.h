// A reference-counted pointer of one word; the count lives in the object.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace lucid {

/// Base of objects held by IntrusivePtr. Threads may share them.
class RefCounted {
 public:
  RefCounted() noexcept = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  virtual ~RefCounted() = default;

  int64_t use_count() const noexcept { return count_.load(std::memory_order_acquire); }

 protected:
  /// What happens when the last reference goes; a class whose objects form long chains overrides
  /// it so that freeing one does not recurse through them all.
  virtual void destroy() noexcept { delete this; }

 private:
  template <class T>
  friend class IntrusivePtr;

  void retain() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

  std::atomic<int64_t> count_{0};
};

template <class T>
class IntrusivePtr {
 public:
  IntrusivePtr() noexcept = default;
  IntrusivePtr(T* object) noexcept : object_(object) {
    if (object_) retain(object_);
  }
  IntrusivePtr(const IntrusivePtr& other) noexcept : IntrusivePtr(other.object_) {}
  IntrusivePtr(IntrusivePtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
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

}  // namespace lucid
