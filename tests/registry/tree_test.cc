// What a layer's tar becomes on the disk.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "catch.h"
#include "loop/error.h"
#include "loop/sys.h"
#include "registry/tar_unpacker.h"
#include "registry/tree_writer.h"
#include "registry/tree_writer_path.h"
#include "tar_builder.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

// A tree in a directory of its own, beside which something lies that nothing may touch.
struct Tree {
  TemporaryDirectory outer;
  Fd root;
  uint64_t entries = 0;

  Tree() {
    sys::mkdirat(outer.fd(), "tree", 0755);
    sys::mkdirat(outer.fd(), "outside", 0755);
    sys::write_all(sys::openat(outer.fd(), "outside/file", O_WRONLY | O_CREAT, 0644), "untouched");
    root = sys::open_dir(outer.fd(), "tree");
  }

  Tree& unpack(const std::string& tar, size_t piece_bytes = 100'000) {
    TreeWriter writer(root, outer.fd());
    TarUnpacker unpacker(writer);
    for (size_t at = 0; at < tar.size(); at += piece_bytes) {
      unpacker.feed(std::as_bytes(std::span(tar)).subspan(at, std::min(piece_bytes, tar.size() - at)));
      while (!unpacker.step()) {
      }
    }
    while (!unpacker.finish()) {
    }
    entries = writer.entries();
    return *this;
  }

  struct stat stat(const std::string& path) {
    return sys::fstatat(root, path, AT_SYMLINK_NOFOLLOW);
  }
  bool has(const std::string& path) { return sys::stat_if_exists(root, path, AT_SYMLINK_NOFOLLOW).has_value(); }
  std::string read(const std::string& path) { return sys::read_file(root, path); }
  std::string xattr(const std::string& path, const char* name) {
    char value[256];
    std::string full = outer.path() + "/tree/" + path;
    ssize_t length = ::lgetxattr(full.c_str(), name, value, sizeof value);
    return length < 0 ? "" : std::string(value, static_cast<size_t>(length));
  }
  bool is_whiteout(const std::string& path) {
    return has(path) && S_ISCHR(stat(path).st_mode) && stat(path).st_rdev == makedev(0, 0);
  }
  bool is_opaque(const std::string& path) { return xattr(path, "trusted.overlay.opaque") == "y"; }
  bool outside_is_untouched() {
    return sys::read_file(outer.fd(), "outside/file") == "untouched" &&
           sys::list_dir(sys::open_dir(outer.fd(), "outside")).size() == 1 && sys::list_dir(outer.fd()).size() == 2;
  }
};

bool is_root() { return ::geteuid() == 0; }

std::string refusal(const std::string& tar) {
  Tree tree;
  std::string text = "no refusal";
  try {
    tree.unpack(tar);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::corrupt);
    text = error.what();
  }
  CHECK(tree.outside_is_untouched());
  return text;
}

}  // namespace

TEST_CASE("names in a tar are made relative to the layer's root") {
  CHECK(clean_path("a/b") == "a/b");
  CHECK(clean_path("/etc//passwd/") == "etc/passwd");
  CHECK(clean_path("./a/./b/.") == "a/b");
  CHECK(clean_path("./") == "");
  CHECK(clean_path("a/../b") == "b");
  CHECK(clean_path("a/..") == "");
  CHECK(clean_path("...") == "...");
  for (std::string bad : {"..", "../x", "a/../../x", "/../x", "a/b/../../../etc"})
    CHECK_THROWS_AS(clean_path(bad), Error);
  CHECK_THROWS_AS(clean_path(std::string(5000, 'a')), Error);
  std::string deep;
  for (int i = 0; i < 600; ++i) deep += "a/";
  CHECK_THROWS_AS(clean_path(deep), Error);
  CHECK(printable_name("gr\xc3\xbcn \xff\n") == "gr\xc3\xbcn \\xff\\x0a");
}

TEST_CASE("files, directories, links, fifos and devices keep what their tar says") {
  if (!is_root()) return;
  mode_t old = ::umask(077);
  Tree tree;
  TarBuilder tar;
  tar.dir("d", 0751)
      .add({.name = "d/f", .content = "hello", .mode = 0640, .uid = 1000, .gid = 2000, .mtime = 1'234'567'890})
      .add({.name = "d/suid", .content = "s", .mode = 04755, .uid = 7, .gid = 8})
      .dir("tmp", 01777)
      .dir("sgid", 02775)
      .add({.name = "sgid/inside", .content = "x", .mode = 0600})
      .dir("sgid/sub", 0700)
      .symlink("l", "d/../../up")
      .hard_link("h", "d/f")
      .add({.name = "fifo", .type = '6', .mode = 0622, .uid = 5})
      .add({.name = "null", .type = '3', .mode = 0666, .major = 1, .minor = 3})
      .add({.name = "disk", .type = '4', .mode = 0660, .gid = 6, .major = 8, .minor = 1});
  tree.unpack(tar.end());
  ::umask(old);
  CHECK(tree.entries == 12);
  CHECK(tree.stat("d").st_mode == (S_IFDIR | 0751));
  CHECK(tree.read("d/f") == "hello");
  struct stat file = tree.stat("d/f");
  CHECK(file.st_mode == (S_IFREG | 0640));
  CHECK(file.st_uid == 1000);
  CHECK(file.st_gid == 2000);
  CHECK(file.st_mtim.tv_sec == 1'234'567'890);
  CHECK(file.st_nlink == 2);
  CHECK(tree.stat("h").st_ino == file.st_ino);
  CHECK(tree.stat("d/suid").st_mode == (S_IFREG | 04755));
  CHECK(tree.stat("d/suid").st_uid == 7);
  CHECK(tree.stat("tmp").st_mode == (S_IFDIR | 01777));
  CHECK(tree.stat("sgid").st_mode == (S_IFDIR | 02775));
  CHECK(tree.stat("sgid/inside").st_gid == 0);
  CHECK(tree.stat("sgid/sub").st_mode == (S_IFDIR | 0700));
  CHECK(sys::readlinkat(tree.root, "l") == "d/../../up");
  CHECK(tree.stat("l").st_mtim.tv_sec == 1'600'000'000);
  CHECK(tree.stat("fifo").st_mode == (S_IFIFO | 0622));
  CHECK(tree.stat("fifo").st_uid == 5);
  CHECK(tree.stat("null").st_rdev == makedev(1, 3));
  CHECK(tree.stat("disk").st_mode == (S_IFBLK | 0660));
  CHECK(tree.stat("disk").st_gid == 6);
  CHECK(tree.stat("d").st_mtim.tv_sec == 1'600'000'000);
  CHECK(tree.stat("tmp").st_mtim.tv_sec == 1'600'000'000);
}

TEST_CASE("pax times have nanoseconds, and a directory's time survives what is written into it later") {
  Tree tree;
  TarBuilder tar;
  tar.add({.name = "d", .type = '5', .mode = 0755, .pax = {{"mtime", "1500000000.123456789"}}})
      .add({.name = "d/f", .content = "x", .pax = {{"mtime", "-5.5"}}});
  tree.unpack(tar.end());
  CHECK(tree.stat("d").st_mtim.tv_sec == 1'500'000'000);
  CHECK(tree.stat("d").st_mtim.tv_nsec == 123'456'789);
  CHECK(tree.stat("d/f").st_mtim.tv_sec < 0);
}

TEST_CASE("extended attributes are kept, file capabilities too, but none of overlayfs's own") {
  if (!is_root()) return;
  Tree tree;
  std::string capability("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  TarBuilder tar;
  tar.add({.name = "ping",
           .content = std::string(70'000, 'p'),
           .mode = 0755,
           .uid = 3,
           .pax = {{"SCHILY.xattr.security.capability", capability}, {"SCHILY.xattr.user.note", "hi"}}})
      .add({.name = "evil",
            .type = '5',
            .mode = 0755,
            .pax = {{"SCHILY.xattr.trusted.overlay.opaque", "y"}, {"SCHILY.xattr.trusted.overlay.redirect", "/x"}}})
      .add({.name = "link", .type = '2', .link = "ping", .pax = {{"SCHILY.xattr.trusted.t", "on a link"}}});
  tree.unpack(tar.end());
  CHECK(tree.xattr("ping", "security.capability") == capability);
  CHECK(tree.xattr("link", "trusted.t") == "on a link");
  CHECK_FALSE(tree.is_opaque("evil"));
  CHECK(tree.xattr("evil", "trusted.overlay.redirect").empty());
}

TEST_CASE("long names and names that are not UTF-8 arrive as they are") {
  Tree tree;
  std::string long_name = std::string(120, 'l') + "/" + std::string(200, 'n');
  TarBuilder tar;
  tar.file(long_name, "long").file("bad\xff\xfe", "bytes").file("gr\xc3\xbcn", "green");
  tar.add({.name = "short", .content = "pax", .pax = {{"path", "pax\xff\xc3name"}}});
  tar.add({.name = "l", .type = '2', .link = "t\xff"});
  tar.add({.name = "l2", .type = '2', .link = "t", .pax = {{"linkpath", "\xe4" + std::string(300, 'x')}}});
  tree.unpack(tar.end(), 777);
  CHECK(tree.read(long_name) == "long");
  CHECK(tree.read("bad\xff\xfe") == "bytes");
  CHECK(tree.read("gr\xc3\xbcn") == "green");
  CHECK(tree.read("pax\xff\xc3name") == "pax");
  CHECK(sys::readlinkat(tree.root, "l") == "t\xff");
  CHECK(sys::readlinkat(tree.root, "l2") == "\xe4" + std::string(300, 'x'));
}

TEST_CASE("a sparse file keeps its holes") {
  TemporaryDirectory source;
  sys::write_all(sys::openat(source.fd(), "sparse", O_WRONLY | O_CREAT, 0644), "begin");
  Fd file = sys::openat(source.fd(), "sparse", O_WRONLY);
  REQUIRE(::pwrite(file.get(), "middle", 6, 20 << 20) == 6);
  sys::ftruncate(file, 50 << 20);
  for (std::string format : {"gnu", "posix"}) {
    std::string tar = filtered("tar -C " + source.path() + " -S --format=" + format + " -cf - sparse", "");
    REQUIRE_FALSE(tar.empty());
    Tree tree;
    tree.unpack(tar);
    struct stat status = tree.stat("sparse");
    CHECK(status.st_size == 50 << 20);
    CHECK(status.st_blocks < 200);
    std::string content = tree.read("sparse");
    CHECK(content.substr(0, 6) == std::string("begin\0", 6));
    CHECK(content.substr(20 << 20, 7) == std::string("middle\0", 7));
  }
}

TEST_CASE("missing parents are made, and later entries replace earlier ones of any type") {
  Tree tree;
  TarBuilder tar;
  tar.file("a/b/c/file")
      .file("x", "first")
      .file("x", "second")
      .dir("d")
      .file("d/inside")
      .file("d", "now a file")
      .file("f", "file")
      .dir("f", 0700)
      .symlink("s", "a")
      .dir("s")
      .file("s/new")
      .dir("keep", 0700)
      .file("keep/inside")
      .dir("keep", 0755)
      .file("t", "1")
      .symlink("t", "x")
      .file("h", "1")
      .hard_link("h", "x");
  tree.unpack(tar.end());
  CHECK(tree.stat("a/b").st_mode == (S_IFDIR | 0755));
  CHECK(tree.read("x") == "second");
  CHECK(tree.read("d") == "now a file");
  CHECK(tree.stat("f").st_mode == (S_IFDIR | 0700));
  CHECK(S_ISDIR(tree.stat("s").st_mode));
  CHECK_FALSE(tree.has("a/new"));
  CHECK(tree.has("keep/inside"));
  CHECK(tree.stat("keep").st_mode == (S_IFDIR | 0755));
  CHECK(S_ISLNK(tree.stat("t").st_mode));
  CHECK(tree.stat("h").st_ino == tree.stat("x").st_ino);
}

TEST_CASE("the root of a layer takes the attributes of its entry") {
  Tree tree;
  TarBuilder tar;
  tar.dir("./", 0711).file("./f");
  tree.unpack(tar.end());
  CHECK(tree.stat(".").st_mode == (S_IFDIR | 0711));
  CHECK(tree.stat(".").st_mtim.tv_sec == 1'600'000'000);
  CHECK(tree.has("f"));
}

TEST_CASE("entries below a link of the same layer land where a chroot would put them") {
  Tree tree;
  TarBuilder tar;
  tar.dir("usr/lib").symlink("lib", "usr/lib").symlink("abs", "/usr/lib").symlink("up", "../../../usr/lib");
  tar.file("lib/a").file("abs/b").file("up/c").file("abs/deep/d");
  tree.unpack(tar.end());
  for (std::string name : {"a", "b", "c", "deep/d"}) CHECK(tree.has("usr/lib/" + name));
  CHECK(tree.outside_is_untouched());
}

TEST_CASE("nothing leaves the layer's root") {
  CHECK_THAT(refusal(TarBuilder().file("../outside/file", "gotcha").end()), Catch::Contains("leaves the layer's root"));
  CHECK_THAT(refusal(TarBuilder().file("a/../../outside/x").end()), Catch::Contains("leaves the layer's root"));
  CHECK_THAT(refusal(TarBuilder().hard_link("h", "../outside/file").end()), Catch::Contains("leaves the layer's root"));
  CHECK_THAT(refusal(TarBuilder().symlink("l", "../outside").hard_link("h", "l/file").end()),
             Catch::Contains("not a file of the same layer"));
  CHECK_THAT(refusal(TarBuilder().symlink("l", "../outside").file("l/new").end()), Catch::Contains("in the way"));
  CHECK_THAT(refusal(TarBuilder().symlink("l", "/etc").file("l/new").end()), Catch::Contains("in the way"));
  CHECK_THAT(refusal(TarBuilder().symlink("l", "../outside").file(".wh.l").file("l/.wh.file").end()),
             Catch::Contains("in the way"));
  CHECK_THAT(refusal(TarBuilder().file(".wh...").end()), Catch::Contains("whiteout of no name"));
  CHECK_THAT(refusal(TarBuilder().file(".wh.").end()), Catch::Contains("whiteout of no name"));
  CHECK_THAT(refusal(TarBuilder().symlink("loop", "loop").file("loop/x").end()), Catch::Contains("loop"));
  CHECK_THAT(refusal(TarBuilder().file("./.", "root").end()), Catch::Contains("place of the root"));
  CHECK_THAT(refusal(TarBuilder().file("f").file("f/below").end()), Catch::Contains("in the way"));
  // A file through a link that points outside replaces the link; its target is never written.
  Tree tree;
  tree.unpack(TarBuilder().symlink("l", "../outside/file").file("l", "own").end());
  CHECK(tree.read("l") == "own");
  CHECK(tree.outside_is_untouched());
}

TEST_CASE("hard links point to files of the same layer only") {
  CHECK_THAT(refusal(TarBuilder().hard_link("h", "etc/passwd").end()), Catch::Contains("not a file of the same layer"));
  CHECK_THAT(refusal(TarBuilder().dir("d").hard_link("h", "d").end()), Catch::Contains("not a file of the same layer"));
  CHECK_THAT(refusal(TarBuilder().hard_link("h", "h").end()), Catch::Contains("itself"));
  CHECK_THAT(refusal(TarBuilder().hard_link("h", "/").end()), Catch::Contains("the root"));
  // To a symbolic link: the link itself, not what it points to.
  Tree tree;
  tree.unpack(TarBuilder().symlink("l", "/etc/passwd").hard_link("h", "l").end());
  CHECK(S_ISLNK(tree.stat("h").st_mode));
}

TEST_CASE("whiteouts hide the layers below and nothing of their own layer") {
  if (!is_root()) return;
  Tree tree;
  TarBuilder tar;
  tar.file("d/.wh.gone")
      .dir("o")
      .file("o/.wh..wh..opq")
      .file("o/own")
      .file("late", "1")
      .file(".wh.late")
      .file(".wh.early")
      .file("early", "2")
      .file(".wh.redone")
      .dir("redone")
      .file("redone/x")
      .dir("dir")
      .file(".wh.dir")
      .file(".wh.implied")
      .file("implied/x")
      .file(".wh..wh.plnk/1.2")
      .file(".wh..wh.aufs");
  tree.unpack(tar.end());
  CHECK(tree.is_whiteout("d/gone"));
  CHECK(tree.is_opaque("o"));
  CHECK(tree.has("o/own"));
  CHECK(tree.read("late") == "1");
  CHECK(tree.read("early") == "2");
  CHECK(tree.is_opaque("redone"));
  CHECK(tree.has("redone/x"));
  CHECK(tree.is_opaque("dir"));
  CHECK(tree.is_opaque("implied"));
  CHECK_FALSE(tree.has(".wh..wh.plnk"));
  CHECK_FALSE(tree.has("d/.wh.gone"));
  CHECK_FALSE(tree.has("o/.wh..wh..opq"));
}

TEST_CASE("a tar may come in pieces of any size and without its end marker") {
  std::string content(200'000, 'c');
  TarBuilder tar;
  tar.dir("d").file("d/big", content).file("d/" + std::string(150, 'l'), "long").symlink("s", "d");
  for (size_t piece : {1u, 13u, 511u, 512u, 100'000u}) {
    Tree tree;
    tree.unpack(tar.end(), piece);
    CHECK(tree.entries == 4);
    CHECK((tree.read("d/big") == content));
  }
  Tree tree;
  CHECK(tree.unpack(tar.unended()).entries == 4);
  Tree empty;
  CHECK(empty.unpack("").entries == 0);
  CHECK(empty.unpack(std::string(1024, '\0')).entries == 0);
  CHECK(empty.unpack(TarBuilder().file("f").end() + std::string(5000, 'z')).entries == 1);
}

TEST_CASE("a tar that is cut off or is none is refused") {
  std::string tar = TarBuilder().file("f", std::string(5000, 'f')).end();
  CHECK_THAT(refusal(tar.substr(0, 2000)), Catch::Contains("tar cannot be read"));
  CHECK_THAT(refusal("this is no tar, " + std::string(4000, 'x')), Catch::Contains("tar cannot be read"));
}

TEST_CASE("the times of very many directories spill to a file") {
  Tree tree;
  DirectoryTimes times(tree.outer.fd());
  std::string filler(1000, 'p');
  for (int i = 0; i < 3000; ++i) times.add(filler + std::to_string(i), {.tv_sec = i, .tv_nsec = 5});
  int next = 0;
  times.for_each([&](const std::string& path, timespec time) {
    CHECK((path == filler + std::to_string(next) && time.tv_sec == next && time.tv_nsec == 5));
    ++next;
  });
  CHECK(next == 3000);
  CHECK(tree.outside_is_untouched());
}
