#include "lucid/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lucid/error.h"
#include "lucid/message.h"

namespace lucid::detail {

InputFile::InputFile(std::string operation, std::string path)
    : operation_(std::move(operation)), path_(std::move(path)) {
  // Non-blocking, so that a named pipe is an error and not a wait without end.
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail(std::strerror(errno));
  struct stat info;
  const bool known = ::fstat(descriptor_, &info) == 0;
  if (!known || !S_ISREG(info.st_mode)) {
    const std::string why = known ? "not a regular file" : std::strerror(errno);
    ::close(descriptor_);
    fail(why);
  }
  size_ = info.st_size;
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

void InputFile::read(void* to, int64_t bytes, int64_t position) const {
  constexpr int64_t kMost = int64_t{1} << 30;  // Linux gives no more than 2 GiB at once
  char* next = static_cast<char*>(to);
  while (bytes > 0) {
    const ssize_t got =
        ::pread(descriptor_, next, static_cast<size_t>(std::min(bytes, kMost)), position);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(std::strerror(errno));
    if (got == 0) fail("it became shorter while it was read");
    next += got;
    position += got;
    bytes -= got;
  }
}

void InputFile::fail(const std::string& what) const {
  throw IOError(message(operation_, ": cannot read \"", path_, "\": ", what));
}

}  // namespace lucid::detail
