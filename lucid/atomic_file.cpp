#include "lucid/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Where a symbolic link leads, so that writing goes through it as it does for other programs.
std::string follow_links(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (!resolved) return path;
  std::string result = resolved;
  std::free(resolved);
  return result;
}

// Unique among the processes of this machine, and most likely among machines that share the folder.
std::string temporary_name(const std::string& target) {
  static std::atomic<unsigned> counter{0};
  static const unsigned salt = std::random_device{}();
  constexpr size_t kLongestBase = 180;  // file systems take 255
  const size_t slash = target.rfind('/');
  const size_t base = slash == std::string::npos ? 0 : slash + 1;
  return message(target.substr(0, base), target.substr(base, kLongestBase), ".tmp", ::getpid(), "-",
                 salt, "-", counter++);
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(follow_links(path)) {
  struct stat old;
  const bool exists = ::stat(target_.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) {
    throw IOError(message("save: cannot write \"", path_, "\": it is not a regular file"));
  }
  create_temporary();
  if (exists) static_cast<void>(::fchmod(descriptor_, old.st_mode & 07777));
}

void AtomicFile::create_temporary() {
  constexpr int kAttempts = 100;
  for (int i = 0; i < kAttempts; ++i) {
    temporary_ = temporary_name(target_);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) return;
    if (errno != EEXIST && errno != EINTR) break;
  }
  temporary_.clear();
  fail("create a file in its folder");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* what) const {
  const int error = errno;
  throw IOError(
      message("save: cannot write \"", path_, "\": failed to ", what, ": ", std::strerror(error)));
}

void AtomicFile::write(const void* data, size_t bytes) {
  constexpr size_t kMost = size_t{1} << 30;  // Linux takes no more than 2 GiB at once
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor_, next, bytes < kMost ? bytes : kMost);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    next += written;
    bytes -= static_cast<size_t>(written);
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail("flush");
  const int closing = descriptor_;
  descriptor_ = -1;
  if (::close(closing) != 0) fail("close");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("rename");
  temporary_.clear();
  // From here on the new file is there; this makes the rename itself survive a power cut.
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;  // a folder that may be written but not read
  const bool flushed = ::fsync(folder) == 0 || errno == EINVAL;
  const int error = errno;
  ::close(folder);
  errno = error;
  if (!flushed) fail("flush its folder");
}

}  // namespace lucid::detail
