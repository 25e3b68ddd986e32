// Files that appear whole or not at all, and what is left of writers that were killed.
#include "lucid/io/atomic_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include "lucid/error.h"
#include "lucid/io/temporary_name.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"

namespace lucid::detail {
namespace {

using test::TemporaryFolder;

void write_file(const std::string& path, const std::string& bytes) {
  AtomicFile file("save", path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

// Whether a file with this name is gone after another for `target` was written.
bool is_removed(const TemporaryFolder& folder, const std::string& target, const std::string& name) {
  folder.write(name, "left");
  write_file(folder.file(target), "new");
  CHECK(folder.read(target) == "new");
  return !std::filesystem::exists(folder.file(name));
}

// A name as temporary_name() gives it, without the folder.
std::string name_for(const TemporaryFolder& folder, const std::string& target) {
  return temporary_name(folder.file(target)).substr(folder.path().size() + 1);
}

TEST_CASE("AtomicFile: nothing is there before commit, and nothing after a writer that gave up") {
  const TemporaryFolder folder;
  {
    AtomicFile file("save", folder.file("file"));
    file.write("ab", 2);
    file.write("cd", 2);
    CHECK(file.size() == 4);
    file.overwrite("X", 1, 1);
    CHECK_FALSE(std::filesystem::exists(folder.file("file")));
    CHECK(folder.count() == 1);
    file.commit();
    CHECK(folder.read("file") == "aXcd");
  }
  CHECK(folder.count() == 1);
  {
    AtomicFile file("save", folder.file("file"));
    file.write("new", 3);
  }
  CHECK(folder.count() == 1);
  CHECK(folder.read("file") == "aXcd");
}

TEST_CASE("AtomicFile: what a dead writer left is removed by the next for the same path") {
  const TemporaryFolder folder;
  CHECK(is_removed(folder, "file", name_for(folder, "file")));
  CHECK(is_removed(folder, "file", "file.tmp1-0123abcd-0"));
  CHECK(is_removed(folder, "a.tmp1-0123abcd-0", name_for(folder, "a.tmp1-0123abcd-0")));
  const std::string longest(255, 'n');
  CHECK(is_removed(folder, longest, name_for(folder, longest)));
  std::filesystem::create_symlink("file", folder.file("link"));
  folder.write("file.tmp1-0123abcd-0", "left");
  write_file(folder.file("link"), "through");
  CHECK_FALSE(std::filesystem::exists(folder.file("file.tmp1-0123abcd-0")));
  CHECK(folder.read("file") == "through");
}

TEST_CASE("AtomicFile: symbolic links are followed, also to a file that is not there yet") {
  const TemporaryFolder folder;
  const auto link = [&](const std::string& to, const char* name) {
    std::filesystem::create_symlink(to, folder.file(name));
  };
  const auto is_link = [&](const char* name) {
    return std::filesystem::is_symlink(folder.file(name));
  };
  std::filesystem::create_directory(folder.file("runs"));
  link("real", "latest");
  link(folder.file("runs/real"), "absolute");
  link("runs/next", "first");
  link("../last", "runs/next");
  for (const char* bytes : {"absent", "there"}) {
    write_file(folder.file("latest"), bytes);
    write_file(folder.file("absolute"), bytes);
    write_file(folder.file("first"), bytes);
    for (const char* name : {"latest", "absolute", "first", "runs/next"}) CHECK(is_link(name));
    for (const char* name : {"real", "runs/real", "last"}) {
      CHECK_FALSE(is_link(name));
      CHECK(folder.read(name) == bytes);
    }
  }
  link("nowhere/file", "lost");
  link("b", "a");
  link("a", "b");
  const size_t count = folder.count();
  CHECK(test::contains(
      test::message_of<IOError>([&] { write_file(folder.file("lost"), "new"); }),
      "save: cannot write \"" + folder.file("lost") + "\": failed to create a file in its folder"));
  CHECK(test::contains(test::message_of<IOError>([&] { write_file(folder.file("a"), "new"); }),
                       "failed to follow its symbolic links: Too many levels"));
  for (const char* name : {"lost", "a", "b"}) CHECK(is_link(name));
  CHECK(folder.count() == count);
}

TEST_CASE("AtomicFile: other files stay") {
  const TemporaryFolder folder;
  for (const char* name :
       {"file.tmp", "file.tmp1", "file.tmp1-0123abcd", "file.tmp1-0123abcd-",
        "file.tmp1-0123abcd-0x", "file.tmp1-0123abc-0", "file.tmp1-0123abcde-0",
        "file.tmp1-0123ABCD-0", "file.tmp-0123abcd-0", "file.tmp1-0123abcd-0.tmp1-0123abcd-0",
        "file.tmp12345678901-0123abcd-0", "other.tmp1-0123abcd-0", "xfile.tmp1-0123abcd-0",
        "file2.tmp1-0123abcd-0", ".tmp1-0123abcd-0", "file.txt"}) {
    INFO(name);
    CHECK_FALSE(is_removed(folder, "file", name));
  }
  // Names too long to be kept whole, alike in the part that is kept.
  const std::string longest(250, 'n');
  CHECK_FALSE(is_removed(folder, longest + "1", name_for(folder, longest + "2")));
  std::filesystem::create_directory(folder.file("file.tmp1-0123abcd-0"));
  std::filesystem::create_symlink("other", folder.file("file.tmp2-0123abcd-0"));
  REQUIRE(::mkfifo(folder.file("file.tmp3-0123abcd-0").c_str(), 0600) == 0);
  const size_t count = folder.count();
  write_file(folder.file("file"), "new");
  CHECK(folder.count() == count);
}

TEST_CASE("AtomicFile: a living writer's file stays, also another process's") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  AtomicFile first("save", path);
  first.write("first", 5);
  write_file(path, "second");
  CHECK(folder.count() == 2);
  first.commit();
  CHECK(folder.read("file") == "first");

  const std::string live = folder.write("file.tmp1-0123abcd-0", "theirs");
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const int file = ::open(live.c_str(), O_WRONLY);
    const char done = ::flock(file, LOCK_EX) == 0 ? 'y' : 'n';
    static_cast<void>(::write(ready[1], &done, 1) + ::pause());
    ::_exit(0);
  }
  char locked = 0;
  REQUIRE(::read(ready[0], &locked, 1) == 1);
  CHECK(locked == 'y');
  write_file(path, "third");
  CHECK(folder.read("file.tmp1-0123abcd-0") == "theirs");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  write_file(path, "fourth");
  CHECK(folder.count() == 1);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("AtomicFile: many writers of one path at once do not take each other for dead") {
  const TemporaryFolder folder;
  const std::string path = folder.file("file");
  std::vector<std::thread> writers;
  std::atomic<int> failures{0};
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      const std::string bytes(5000, static_cast<char>('a' + i));
      for (int round = 0; round < 50; ++round) {
        try {
          write_file(path, bytes);
        } catch (const IOError&) {
          ++failures;
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(failures == 0);
  CHECK(folder.count() == 1);
  const std::string bytes = folder.read("file");
  CHECK(bytes == std::string(5000, bytes[0]));
}

}  // namespace
}  // namespace lucid::detail
