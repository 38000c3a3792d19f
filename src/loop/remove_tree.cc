#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::sys {
namespace {

constexpr unsigned removal_levels_max = 64;  // and as many descriptors

// What is deeper than that is moved up to the top first, and found there in the next round.
class TreeRemoval {
 public:
  explicit TreeRemoval(FdView top) : top_(top) {}

  void run() {
    do {
      moved_ = false;
      empty(top_, 1);
    } while (moved_);
  }

 private:
  void empty(FdView dir, unsigned level) {
    for (const std::string& name : list_dir(dir)) remove(dir, name, level);
  }

  void remove(FdView dir, const std::string& name, unsigned level);
  void move_up(FdView dir, const std::string& name);

  FdView top_;
  bool moved_ = false;
  unsigned long count_ = 0;
};

// True when it was no directory, and is gone.
bool unlinked(FdView dir, const std::string& name) {
  if (::unlinkat(dir.get(), name.c_str(), 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) throw Error::sys("unlinkat", name, errno);
  return false;
}

void TreeRemoval::remove(FdView dir, const std::string& name, unsigned level) {
  if (unlinked(dir, name)) return;
  if (level == removal_levels_max) return move_up(dir, name);
  if (std::optional<Fd> below = open_if_exists(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) empty(*below, level + 1);
  unlinkat_if_exists(dir, name, AT_REMOVEDIR);
}

void TreeRemoval::move_up(FdView dir, const std::string& name) {
  moved_ = true;
  while (!rename_noreplace(dir, name, top_, fmt::format("moved-up-{}", count_))) ++count_;
  ++count_;
}

}  // namespace

void remove_tree(FdView dir, const std::string& path) {
  if (unlinked(dir, path)) return;
  if (std::optional<Fd> top = open_if_exists(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) TreeRemoval(*top).run();
  unlinkat_if_exists(dir, path, AT_REMOVEDIR);
}

}  // namespace ccocker::sys
