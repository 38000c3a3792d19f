#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "catch.h"
#include "loop/sys.h"
#include "runtime/copy/tree_sink.h"
#include "runtime/copy/tree_source.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;

namespace {

class Trees {
 public:
  Trees() {
    ::umask(0);
    for (const char* name : {"/from", "/root", "/outside"}) sys::mkdirs(path(name), 0755);
    root_ = sys::openat(sys::cwd(), path("/root"), O_PATH | O_DIRECTORY);
  }
  ~Trees() { ::umask(022); }
  std::string path(const std::string& below) const { return dir_.path() + below; }
  FdView root() const { return root_; }
  void file(const std::string& below, std::string_view text, mode_t mode = 0644) {
    sys::write_all(sys::openat(sys::cwd(), path(below), O_WRONLY | O_CREAT | O_TRUNC, mode), text);
  }
  std::string text(const std::string& below) const { return sys::read_file(sys::cwd(), path(below)); }
  struct stat status(const std::string& below) const {
    return sys::fstatat(sys::cwd(), path(below), AT_SYMLINK_NOFOLLOW);
  }

  void copy(const std::string& from, const std::string& to, TreeSinkOptions options = {}) {
    Fd top = sys::openat(sys::cwd(), path(from), O_PATH | O_NOFOLLOW);
    TreeSink sink(root_, to, std::move(options));
    copy_tree(top, {}, sink);
  }
  std::string failure(const std::string& from, const std::string& to) {
    try {
      copy(from, to);
    } catch (const Error& error) {
      return error.what();
    }
    return "no failure";
  }

 private:
  TemporaryDirectory dir_;
  Fd root_;
};

}  // namespace

TEST_CASE("a tree arrives with modes, owners, times, links, nodes and attributes") {
  Trees trees;
  sys::mkdirs(trees.path("/from/d/sub"), 0755);
  trees.file("/from/d/file", "content", 0640);
  ::chown(trees.path("/from/d/file").c_str(), 1234, 55);
  ::chmod(trees.path("/from/d/file").c_str(), 04750);
  ::setxattr(trees.path("/from/d/file").c_str(), "trusted.other", "no", 2, 0);
  sys::linkat(sys::cwd(), trees.path("/from/d/file"), sys::cwd(), trees.path("/from/d/other"));
  sys::symlinkat("/etc/passwd", sys::cwd(), trees.path("/from/d/link"));
  sys::mknodat(sys::cwd(), trees.path("/from/d/null"), S_IFCHR | 0666, makedev(1, 3));
  sys::mknodat(sys::cwd(), trees.path("/from/d/fifo"), S_IFIFO | 0600, 0);
  timespec old[] = {{1000, 5}, {2000, 7}};
  for (const char* name : {"/from/d/file", "/from/d/link", "/from/d/sub"})
    ::utimensat(AT_FDCWD, trees.path(name).c_str(), old, AT_SYMLINK_NOFOLLOW);
  trees.copy("/from/d", "/copy");
  CHECK(trees.text("/root/copy/file") == "content");
  struct stat file = trees.status("/root/copy/file");
  CHECK(file.st_mode == (S_IFREG | 04750));
  CHECK(file.st_uid == 1234);
  CHECK(file.st_gid == 55);
  CHECK(file.st_mtim.tv_sec == 2000);
  CHECK(file.st_mtim.tv_nsec == 7);
  CHECK(trees.status("/root/copy/other").st_ino == file.st_ino);
  CHECK(sys::readlinkat(sys::cwd(), trees.path("/root/copy/link")) == "/etc/passwd");
  CHECK(trees.status("/root/copy/link").st_mtim.tv_sec == 2000);
  CHECK(trees.status("/root/copy/sub").st_mtim.tv_sec == 2000);
  CHECK(trees.status("/root/copy/null").st_rdev == makedev(1, 3));
  CHECK(trees.status("/root/copy/fifo").st_mode == (S_IFIFO | 0600));
  CHECK(::getxattr(trees.path("/root/copy/file").c_str(), "trusted.other", nullptr, 0) < 0);
}

TEST_CASE("an owner can be given to all that is made") {
  Trees trees;
  trees.file("/from/x", "1");
  ::chown(trees.path("/from/x").c_str(), 1234, 55);
  trees.copy("/from/x", "/y", {.owner = Owner{7, 8}, .top_is_there = false, .label = {}});
  CHECK(trees.status("/root/y").st_uid == 7);
  CHECK(trees.status("/root/y").st_gid == 8);
}

TEST_CASE("holes stay holes, and a file that is nearly all hole costs nothing") {
  Trees trees;
  trees.file("/from/sparse", "begin");
  REQUIRE(::truncate(trees.path("/from/sparse").c_str(), off_t{1} << 40) == 0);
  trees.copy("/from/sparse", "/sparse");
  CHECK(trees.status("/root/sparse").st_size == off_t{1} << 40);
  CHECK(trees.status("/root/sparse").st_blocks < 1000);
}

TEST_CASE("links in the destination stay inside its root") {
  Trees trees;
  trees.file("/from/x", "new");
  trees.file("/outside/x", "old");
  sys::symlinkat(trees.path("/outside"), sys::cwd(), trees.path("/root/absolute"));
  sys::symlinkat("../../../../../../../../../..", sys::cwd(), trees.path("/root/up"));
  CHECK(trees.failure("/from/x", "/absolute/x") == "/absolute is not a directory");  // of the root, it is not there
  CHECK(trees.text("/outside/x") == "old");
  trees.copy("/from/x", "/up/x");
  CHECK(trees.text("/root/x") == "new");
  CHECK_FALSE(sys::exists("/x"));
}

TEST_CASE("a link in the place of a file is replaced, not written through") {
  Trees trees;
  trees.file("/from/x", "new");
  trees.file("/outside/victim", "old");
  sys::symlinkat(trees.path("/outside/victim"), sys::cwd(), trees.path("/root/x"));
  trees.copy("/from/x", "/x");
  CHECK(trees.text("/outside/victim") == "old");
  CHECK(trees.text("/root/x") == "new");
  CHECK(S_ISREG(trees.status("/root/x").st_mode));
}

TEST_CASE("directories merge; a directory and something else do not replace each other") {
  Trees trees;
  sys::mkdirs(trees.path("/from/d/in"), 0755);
  trees.file("/from/d/in/new", "1");
  sys::mkdirs(trees.path("/root/d/in"), 0700);
  trees.file("/root/d/in/old", "2");
  trees.copy("/from/d", "/d");
  CHECK(trees.text("/root/d/in/new") == "1");
  CHECK(trees.text("/root/d/in/old") == "2");
  CHECK(trees.status("/root/d/in").st_mode == (S_IFDIR | 0755));
  trees.file("/from/f", "");
  sys::mkdirs(trees.path("/root/f"), 0755);
  CHECK(trees.failure("/from/f", "/f") == "cannot overwrite directory /f with non-directory");
  trees.file("/root/g", "");
  CHECK(trees.failure("/from/d", "/g") == "cannot overwrite non-directory /g with directory");
}

TEST_CASE("the content of a directory leaves the one it goes into as it was") {
  Trees trees;
  sys::mkdirs(trees.path("/from/d"), 0700);
  trees.file("/from/d/x", "1");
  sys::mkdirs(trees.path("/root/there"), 0755);
  trees.copy("/from/d", "/there", {.owner = {}, .top_is_there = true, .label = {}});
  CHECK(trees.status("/root/there").st_mode == (S_IFDIR | 0755));
  CHECK(trees.text("/root/there/x") == "1");
}

TEST_CASE("a source is copied as what it is: a fifo is not read, a link not followed") {
  Trees trees;
  sys::mknodat(sys::cwd(), trees.path("/from/fifo"), S_IFIFO | 0600, 0);
  sys::symlinkat("nowhere", sys::cwd(), trees.path("/from/link"));
  trees.copy("/from", "/copy");
  CHECK(S_ISFIFO(trees.status("/root/copy/fifo").st_mode));
  CHECK(S_ISLNK(trees.status("/root/copy/link").st_mode));
}
