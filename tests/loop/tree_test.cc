#include <fcntl.h>
#include <sys/resource.h>

#include "catch.h"
#include "loop/error.h"
#include "loop/sys.h"
#include "loop/tree_levels.h"
#include "temporary_directory.h"

using namespace ccocker;

namespace {

// Each level holds a file beside the next one.
void make_deep(FdView top, const std::string& name, unsigned levels) {
  Fd at = sys::openat(top, ".", O_RDONLY | O_DIRECTORY);
  std::string next = name;
  for (unsigned level = 0; level < levels; ++level) {
    sys::mkdirat(at, next, 0700);
    at = sys::openat(at, next, O_RDONLY | O_DIRECTORY);
    sys::openat(at, "file", O_WRONLY | O_CREAT, 0600);
    next = "d";
  }
}

}  // namespace

TEST_CASE("a tree is removed however deep it is, with few descriptors, and links are not followed") {
  TemporaryDirectory dir;
  Fd top = sys::open_dir(sys::cwd(), dir.path());
  sys::mkdirat(top, "outside", 0700);
  sys::openat(top, "outside/precious", O_WRONLY | O_CREAT, 0600);
  sys::mkdirat(top, "tree", 0700);
  Fd tree = sys::open_dir(top, "tree");
  make_deep(tree, "deep", 5000);
  make_deep(tree, "moved-up-0", 200);  // what a removal itself might call something
  for (int i = 0; i < 20; ++i) make_deep(tree, "branch" + std::to_string(i), 130);
  sys::symlinkat("../outside", tree, "link");
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit few{120, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  sys::remove_tree(top, "tree");
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK_FALSE(sys::stat_if_exists(top, "tree"));
  CHECK(sys::stat_if_exists(top, "outside/precious"));
  sys::remove_tree(top, "tree");  // absence is fine
  sys::remove_tree(top, "outside/precious");
  CHECK_FALSE(sys::stat_if_exists(top, "outside/precious"));
}

TEST_CASE("what is walked has a depth that nothing real exceeds") {
  std::string path = "d";
  for (size_t level = 1; level < tree_levels_max; ++level) path += "/d";
  CHECK_NOTHROW(require_walkable(path));
  CHECK_THROWS_WITH(require_walkable(path + "/d"), Catch::Matchers::Contains("is deeper than 512 directories"));
}
