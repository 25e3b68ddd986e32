#include "lucid/io/temporary_name.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <random>
#include <string_view>

#include "lucid/message.h"

namespace lucid::detail {
namespace {

constexpr size_t kSaltDigits = 8;

std::string hexadecimal(uint64_t value, int digits) {
  char text[17];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}

// What comes before the numbers. Of a name too long for that, its start and a hash of the whole
// (64-bit FNV-1a), so that another target's names are never taken for this one's.
std::string prefix_of(const std::string& target) {
  constexpr size_t kLongestBase = 180;                            // file systems take 255
  const std::string base = target.substr(target.rfind('/') + 1);  // npos + 1 is 0
  if (base.size() <= kLongestBase) return base + ".tmp";
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : base) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return base.substr(0, kLongestBase) + "~" + hexadecimal(hash, 16) + ".tmp";
}

bool take(std::string_view& text, const char* alphabet, size_t least, size_t most) {
  const size_t count = std::min(text.find_first_not_of(alphabet), text.size());
  text.remove_prefix(count);
  return count >= least && count <= most;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// The numbers of temporary_name(), and nothing else.
bool is_temporary(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  constexpr const char* kDigits = "0123456789";
  return take(name, kDigits, 1, 10) && take(name, '-') &&
         take(name, "0123456789abcdef", kSaltDigits, kSaltDigits) && take(name, '-') &&
         take(name, kDigits, 1, 10) && name.empty();
}

void remove_if_stale(int folder, const char* name) noexcept {
  const int file = ::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return;
  struct stat info;
  // A writer that renamed the file before it was locked here has taken the name away with it.
  if (::fstat(file, &info) == 0 && S_ISREG(info.st_mode) && ::flock(file, LOCK_EX | LOCK_NB) == 0) {
    ::unlinkat(folder, name, 0);
  }
  ::close(file);
}

}  // namespace

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string temporary_name(const std::string& target) {
  static std::atomic<unsigned> counter{0};
  static const unsigned salt = std::random_device{}();
  return message(target.substr(0, target.rfind('/') + 1), prefix_of(target), ::getpid(), "-",
                 hexadecimal(salt, kSaltDigits), "-", counter++);
}

void remove_stale_temporaries(const std::string& target) noexcept try {
  const std::string prefix = prefix_of(target);
  DIR* folder = ::opendir(folder_of(target).c_str());
  if (!folder) return;
  while (const dirent* entry = ::readdir(folder)) {
    if (is_temporary(entry->d_name, prefix)) remove_if_stale(::dirfd(folder), entry->d_name);
  }
  ::closedir(folder);
} catch (...) {  // out of memory: nothing is removed this time
}

}  // namespace lucid::detail
