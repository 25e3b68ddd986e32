#include "lucid/kernels/dispatch.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "lucid/kernels/tables.h"

namespace lucid::kernels {
namespace {

/// __builtin_cpu_supports also asks whether the operating system saves the registers.
bool usable(const char* name) noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (std::strcmp(name, "avx2") == 0) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
  if (std::strcmp(name, "avx512") == 0) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("fma");
  }
#else
  (void)name;
#endif
  return true;  // what the platform itself promises
}

constexpr const Tables* kCompiled[] = {
    &reference_tables,
#if defined(__x86_64__)
    &sse2_tables,
    &avx2_tables,
    &avx512_tables,
#elif defined(__aarch64__)
    &neon_tables,
#endif
};

struct Available {
  const Tables* tables[std::size(kCompiled)];
  int count = 0;

  Available() noexcept {
    for (const Tables* t : kCompiled) {
      if (usable(t->of_float.name)) tables[count++] = t;
    }
  }
  const Tables* find(const char* name) const noexcept {
    for (int i = 0; i < count; ++i) {
      if (std::strcmp(tables[i]->of_float.name, name) == 0) return tables[i];
    }
    return nullptr;
  }
};

const Available& available() noexcept {
  static const Available all;
  return all;
}

/// What LUCID_ARCH asks for, read once: the best table if it is unset, empty or unknown.
struct Request {
  const Tables* tables;
  char rejected[64] = {};

  Request() noexcept {
    const Available& all = available();
    tables = all.tables[all.count - 1];
    const char* name = std::getenv("LUCID_ARCH");
    if (name == nullptr || *name == '\0') return;
    if (const Tables* found = all.find(name)) {
      tables = found;
    } else {
      std::strncpy(rejected, name, sizeof rejected - 1);
    }
  }
};

const Request& request() noexcept {
  static const Request read;
  return read;
}

constinit std::atomic<const Tables*> current{nullptr};

const Tables& active_tables() noexcept {
  if (const Tables* tables = current.load(std::memory_order_acquire)) return *tables;
  const Tables* none = nullptr;
  const Tables* first = request().tables;
  return current.compare_exchange_strong(none, first) ? *first : *none;
}

template <class T>
const KernelTable<T>& of_type(const Tables& tables) noexcept;
template <>
const KernelTable<float>& of_type(const Tables& tables) noexcept {
  return tables.of_float;
}
template <>
const KernelTable<double>& of_type(const Tables& tables) noexcept {
  return tables.of_double;
}

}  // namespace

template <class T>
const KernelTable<T>& active() noexcept {
  return of_type<T>(active_tables());
}
template const KernelTable<float>& active() noexcept;
template const KernelTable<double>& active() noexcept;

int available_count() noexcept {
  return available().count;
}

const char* available_name(int index) noexcept {
  return available().tables[index]->of_float.name;
}

template <class T>
const KernelTable<T>* find(const char* name) noexcept {
  const Tables* tables = name == nullptr ? nullptr : available().find(name);
  return tables == nullptr ? nullptr : &of_type<T>(*tables);
}
template const KernelTable<float>* find(const char*) noexcept;
template const KernelTable<double>* find(const char*) noexcept;

bool select(const char* name) noexcept {
  const Tables* tables = name == nullptr ? nullptr : available().find(name);
  if (tables == nullptr) return false;
  current.store(tables, std::memory_order_release);
  return true;
}

const char* rejected_request() noexcept {
  return request().rejected[0] == '\0' ? nullptr : request().rejected;
}

}  // namespace lucid::kernels
