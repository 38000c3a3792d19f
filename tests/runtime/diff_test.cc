#include "runtime/diff.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "catch.h"
#include "loop/sys.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;

namespace {

// An overlay's directories, made by hand.
class Layers {
 public:
  Layers() {
    for (const char* layer : {"base", "top", "upper"}) sys::mkdirs(at(layer, ""), 0755);
  }
  std::string at(const std::string& layer, const std::string& path) const { return dir_.path() + "/" + layer + path; }
  void directory(const std::string& layer, const std::string& path) { sys::mkdirs(at(layer, path), 0755); }
  void file(const std::string& layer, const std::string& path) {
    sys::openat(sys::cwd(), at(layer, path), O_WRONLY | O_CREAT, 0644);
  }
  void whiteout(const std::string& layer, const std::string& path) {
    sys::mknodat(sys::cwd(), at(layer, path), S_IFCHR, 0);
  }
  void opaque(const std::string& layer, const std::string& path) {
    directory(layer, path);
    REQUIRE(::setxattr(at(layer, path).c_str(), "trusted.overlay.opaque", "y", 1, 0) == 0);
  }
  std::vector<std::string> changes(const std::vector<std::string>& ignored = {}) const {
    std::vector<std::string> lines;
    for (const Change& it : overlay_changes(at("upper", ""), {at("base", ""), at("top", "")}, ignored))
      lines.push_back(std::string(1, static_cast<char>(it.kind)) + " " + it.path);
    return lines;
  }

 private:
  TemporaryDirectory dir_;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("what is new is added, what was there is changed, directories above too") {
  Layers layers;
  layers.directory("base", "/etc/deep");
  layers.file("base", "/etc/deep/old");
  layers.directory("upper", "/etc/deep");
  layers.file("upper", "/etc/deep/old");
  layers.file("upper", "/etc/deep/new");
  layers.directory("upper", "/data");
  CHECK(layers.changes() == Lines{"A /data", "C /etc", "C /etc/deep", "A /etc/deep/new", "C /etc/deep/old"});
}

TEST_CASE("whiteouts are deletions of what the layers show, not of what they hide from each other") {
  Layers layers;
  layers.file("base", "/gone");
  layers.file("base", "/hidden");
  layers.whiteout("top", "/hidden");
  layers.whiteout("upper", "/gone");
  layers.whiteout("upper", "/hidden");
  layers.whiteout("upper", "/never");
  CHECK(layers.changes() == Lines{"D /gone"});
  layers.file("upper", "/hidden2");
  CHECK(layers.changes() == Lines{"D /gone", "A /hidden2"});
}

TEST_CASE("an opaque directory deletes what it does not have again") {
  Layers layers;
  layers.directory("base", "/d");
  layers.file("base", "/d/kept");
  layers.file("base", "/d/lost");
  layers.opaque("upper", "/d");
  layers.file("upper", "/d/kept");
  layers.file("upper", "/d/new");
  CHECK(layers.changes() == Lines{"C /d", "C /d/kept", "D /d/lost", "A /d/new"});
}

TEST_CASE("an opaque directory in the image hides what is below it") {
  Layers layers;
  layers.directory("base", "/d");
  layers.file("base", "/d/old");
  layers.opaque("top", "/d");
  layers.directory("upper", "/d");
  layers.file("upper", "/d/old");
  CHECK(layers.changes() == Lines{"C /d", "A /d/old"});
}

TEST_CASE("a directory counts for its mode and owner, and what is ours does not count") {
  Layers layers;
  layers.directory("base", "/same");
  layers.directory("base", "/mode");
  layers.directory("upper", "/same");
  layers.directory("upper", "/mode");
  ::chmod(layers.at("upper", "/mode").c_str(), 0700);
  layers.directory("upper", "/proc");
  CHECK(layers.changes({"/proc"}) == Lines{"C /mode"});
}

TEST_CASE("links in a layer are not followed") {
  Layers layers;
  layers.directory("base", "/real");
  layers.file("base", "/real/x");
  sys::symlinkat("real", sys::cwd(), layers.at("base", "/link"));
  layers.directory("upper", "/link");
  layers.file("upper", "/link/x");
  CHECK(layers.changes() == Lines{"C /link", "A /link/x"});
}

TEST_CASE("a container that never started has no changes") {
  TemporaryDirectory dir;
  CHECK(overlay_changes(dir.path() + "/upper", {dir.path()}, {}).empty());
}
