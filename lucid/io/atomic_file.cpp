#include "lucid/io/atomic_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "lucid/error.h"
#include "lucid/io/temporary_name.h"
#include "lucid/message.h"

namespace lucid::detail {
namespace {

// Where the symbolic link leads, one step on; empty if the path is none.
std::string follow_link(const std::string& path) {
  std::array<char, PATH_MAX> buffer;
  const ssize_t length = ::readlink(path.c_str(), buffer.data(), buffer.size());
  if (length <= 0) return "";
  const std::string to(buffer.data(), static_cast<size_t>(length));
  return to.front() == '/' ? to : path.substr(0, path.rfind('/') + 1) + to;
}

// Where symbolic links lead, so that writing goes through them as it does for other programs; there
// need not be a file yet.
std::string follow_links(const std::string& path) {
  constexpr int kMostLinks = 40;  // as Linux follows
  std::string end = path;
  for (int links = 0; links < kMostLinks; ++links) {
    if (char* resolved = ::realpath(end.c_str(), nullptr)) {
      end = resolved;
      std::free(resolved);
      return end;
    }
    if (errno != ENOENT) return end;
    std::string next = follow_link(end);
    if (next.empty()) return end;
    end = std::move(next);
  }
  return end;
}

// Tells others that a writer is alive. False if one of them had its hands on the file already,
// between its creation and this: it takes the file for a dead writer's and removes it.
bool lock(int descriptor) {
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) return true;  // a file system without locks, where nobody removes anything
  }
  struct stat info;
  return ::fstat(descriptor, &info) != 0 || info.st_nlink > 0;
}

}  // namespace

AtomicFile::AtomicFile(std::string operation, std::string path)
    : operation_(std::move(operation)), path_(std::move(path)), target_(follow_links(path_)) {
  struct stat old;
  const bool exists = ::stat(target_.c_str(), &old) == 0;
  if (!exists && errno == ELOOP) fail("follow its symbolic links");  // which stay as they are
  if (exists && !S_ISREG(old.st_mode)) {
    throw IOError(message(operation_, ": cannot write \"", path_, "\": it is not a regular file"));
  }
  remove_stale_temporaries(target_);
  create_temporary();
  if (exists) static_cast<void>(::fchmod(descriptor_, old.st_mode & 07777));
}

void AtomicFile::create_temporary() {
  constexpr int kAttempts = 100;
  for (int i = 0; i < kAttempts; ++i) {
    temporary_ = temporary_name(target_);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) {
      if (lock(descriptor_)) return;
      ::unlink(temporary_.c_str());
      ::close(descriptor_);
      descriptor_ = -1;
      errno = EAGAIN;
    } else if (errno != EEXIST && errno != EINTR) {
      break;
    }
  }
  temporary_.clear();
  fail("create a file in its folder");
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  if (descriptor_ >= 0) ::close(descriptor_);
}

void AtomicFile::fail(const char* what) const {
  const int error = errno;
  throw IOError(message(operation_, ": cannot write \"", path_, "\": failed to ", what, ": ",
                        std::strerror(error)));
}

void AtomicFile::write(const void* data, size_t bytes) {
  overwrite(data, bytes, size_);
  size_ += static_cast<int64_t>(bytes);
}

void AtomicFile::overwrite(const void* data, size_t bytes, int64_t position) {
  constexpr size_t kMost = size_t{1} << 30;  // Linux takes no more than 2 GiB at once
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::pwrite(descriptor_, next, std::min(bytes, kMost), position);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    next += written;
    position += written;
    bytes -= static_cast<size_t>(written);
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail("flush");
  // Still open, and so locked: until it has its new name it must not look like a dead writer's.
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("rename");
  temporary_.clear();
  ::close(descriptor_);
  descriptor_ = -1;
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
