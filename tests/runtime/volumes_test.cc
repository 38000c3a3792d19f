#include "runtime/volumes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "catch.h"
#include "loop/sys.h"
#include "runtime/copy_tree.h"
#include "runtime/tree_size.h"
#include "runtime/volume_name.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;

namespace {

void write_file(const std::string& path, const std::string& content) {
  sys::write_all(sys::openat(sys::cwd(), path, O_WRONLY | O_CREAT | O_TRUNC, 0640), content);
}

Mount volume_mount(const std::string& name, const std::string& destination) {
  Mount mount;
  mount.kind = Mount::Kind::volume;
  mount.volume = name;
  mount.destination = destination;
  return mount;
}

}  // namespace

TEST_CASE("a volume is made once, found, listed and removed") {
  TemporaryDirectory dir;
  Volumes volumes(dir.path());
  bool made = false;
  Volume volume = volumes.create("data", {{"a", "b"}}, made);
  CHECK(made);
  CHECK(sys::exists(volume.mountpoint));
  CHECK(volumes.create("data", {}, made).labels == std::map<std::string, std::string>{{"a", "b"}});
  CHECK_FALSE(made);
  CHECK(volumes.create("", {}, made).anonymous);
  CHECK(volumes.list().size() == 2);
  volumes.remove("data");
  CHECK_THROWS_AS(volumes.find("data"), Error);
  CHECK_THROWS_AS(volumes.remove("../volumes"), Error);
  CHECK(volumes.remove_unused([](const Volume& it) { return it.anonymous; }).size() == 1);
  CHECK(volumes.list().empty());
}

TEST_CASE("names of volumes are Docker's") {
  for (const char* name : {"ab", "A0", "a_.-", "9x"}) CHECK(checked_volume_name(name) == name);
  for (const char* name : {"", "a", ".a", "-a", "a/b", "a b", "a\n", "..", "\xc3\xa4" "a"})
    CHECK_THROWS_AS(checked_volume_name(name), Error);
  CHECK_THROWS_AS(checked_volume_name(std::string(256, 'a')), Error);
}

TEST_CASE("a container's record keeps its volumes from removal") {
  TemporaryDirectory dir;
  Volumes volumes(dir.path());
  ContainerRecord record;
  record.container.id = std::string(64, 'a');
  record.spec.mounts.push_back(volume_mount("data", "/data"));
  record.spec.mounts.push_back(volume_mount("", "/anon"));
  std::vector<std::string> made = prepare_volumes(volumes, record.spec, {"/data", "/image"});
  CHECK(made.size() == 3);  // the image's /data is the flag's
  CHECK(record.spec.mounts.size() == 3);
  sys::mkdirs(container_dir(dir.path(), record.container.id), 0700);
  save_record(dir.path(), record);
  CHECK_THROWS_WITH(volumes.remove("data"), Catch::Contains("volume is in use") && Catch::Contains(record.container.id));
  remove_anonymous_volumes(dir.path(), dir.path() + "/state", record.spec);
  CHECK(volumes.list().size() == 3);
  sys::remove_tree(sys::cwd(), container_dir(dir.path(), record.container.id));
  remove_anonymous_volumes(dir.path(), dir.path() + "/state", record.spec);
  REQUIRE(volumes.list().size() == 1);
  CHECK(volumes.list()[0].name == "data");
}

TEST_CASE("an anonymous volume that a container mounts by its name stays") {
  TemporaryDirectory dir;
  Volumes volumes(dir.path());
  bool made = false;
  std::string name = volumes.create("", {}, made).name;
  Spec spec;
  spec.mounts = {volume_mount(name, "/named"), volume_mount("", "/anon")};
  prepare_volumes(volumes, spec, {});
  CHECK_FALSE(spec.mounts[0].made_up);
  CHECK(spec.mounts[1].made_up);
  remove_anonymous_volumes(dir.path(), dir.path() + "/state", spec);
  REQUIRE(volumes.list().size() == 1);
  CHECK(volumes.list()[0].name == name);
}

TEST_CASE("no volume goes while the record of a container cannot be read") {
  TemporaryDirectory dir;
  Volumes volumes(dir.path());
  bool made = false;
  volumes.create("data", {}, made);
  std::string id(64, 'b');
  sys::mkdirs(container_dir(dir.path(), id), 0700);
  auto all = [](const Volume&) { return true; };
  for (const char* text : {"", "{", R"({"version":1000})"}) {
    write_file(container_dir(dir.path(), id) + "/config.json", text);
    CHECK_THROWS_WITH(volumes.remove_unused(all), Catch::Contains("container bbbbbbbbbbbb cannot be read"));
    CHECK_THROWS_WITH(volumes.remove("data"), Catch::Contains("remove the container first"));
    CHECK(sys::exists(dir.path() + "/volumes/data/_data"));
  }
  sys::remove_tree(sys::cwd(), container_dir(dir.path(), id));
  CHECK(volumes.remove_unused(all).size() == 1);
}

TEST_CASE("any number of volumes goes at once") {
  TemporaryDirectory dir;
  Volumes volumes(dir.path());
  bool made = false;
  for (int i = 0; i < 201; ++i) volumes.create("", {}, made);
  volumes.create("named", {}, made);
  CHECK(volumes.remove_unused([](const Volume& it) { return it.anonymous; }).size() == 201);
  CHECK(volumes.list().size() == 1);
}

TEST_CASE("what a killed removal has left goes at the next look, what another process removes does not") {
  TemporaryDirectory dir;
  Volumes volumes(dir.path());
  std::string left = dir.path() + "/volumes/.removed-left", busy = dir.path() + "/volumes/.removed-busy";
  for (const std::string& path : {left, busy}) {
    sys::mkdirs(path + "/_data/d", 0755);
    write_file(path + "/_data/d/f", "x");
  }
  Fd other = sys::open_dir(sys::cwd(), busy);
  REQUIRE(sys::try_lock(other));
  CHECK(volumes.list().empty());
  CHECK_FALSE(sys::exists(left));
  CHECK(sys::exists(busy + "/_data/d/f"));
  other.reset();
  CHECK(volumes.remove_unused([](const Volume&) { return true; }).empty());
  CHECK_FALSE(sys::exists(busy));
}

TEST_CASE("an empty volume is filled once, whatever was cut short before") {
  TemporaryDirectory dir;
  Volumes volumes(dir.path());
  Spec spec;
  spec.mounts.push_back(volume_mount("data", "/srv/www"));
  prepare_volumes(volumes, spec, {});
  std::string data = spec.mounts[0].source;
  sys::mkdirs(dir.path() + "/rootfs/srv/www", 0755);
  write_file(dir.path() + "/rootfs/srv/www/index", "hello");
  Fd rootfs = sys::open_dir(sys::cwd(), dir.path() + "/rootfs");
  sys::mkdirs(dir.path() + "/first", 0700);
  sys::mkdirs(dir.path() + "/second", 0700);
  Fd first = sys::open_dir(sys::cwd(), dir.path() + "/first"),
     second = sys::open_dir(sys::cwd(), dir.path() + "/second");
  // What a killed start leaves: part of the files and the mark.
  write_file(data + "/half", "x");
  write_file(dir.path() + "/volumes/data/filling", "");
  fill_volumes(spec, first, false, rootfs);
  CHECK(sys::read_file(sys::cwd(), data + "/index") == "hello");
  CHECK_FALSE(sys::exists(data + "/half"));
  write_file(data + "/index", "changed");
  fill_volumes(spec, first, false, rootfs);
  CHECK(sys::read_file(sys::cwd(), data + "/index") == "changed");
  // An image's link out of its root is followed inside it.
  sys::symlinkat("/etc", rootfs, "out");
  Spec other;
  other.mounts.push_back(volume_mount("other", "/out"));
  prepare_volumes(volumes, other, {});
  fill_volumes(other, second, false, rootfs);
  CHECK(sys::list_dir(sys::open_dir(sys::cwd(), other.mounts[0].source)).empty());
}

TEST_CASE("a volume that its container has emptied stays empty at later starts, and a new container fills it") {
  TemporaryDirectory dir;
  Volumes volumes(dir.path());
  Spec spec;
  spec.mounts.push_back(volume_mount("data", "/srv"));
  prepare_volumes(volumes, spec, {});
  std::string data = spec.mounts[0].source, seed = data + "/seed";
  for (const char* name : {"/rootfs/srv", "/first", "/older", "/second"}) sys::mkdirs(dir.path() + name, 0755);
  write_file(dir.path() + "/rootfs/srv/seed", "x");
  Fd rootfs = sys::open_dir(sys::cwd(), dir.path() + "/rootfs");
  Fd first = sys::open_dir(sys::cwd(), dir.path() + "/first"), older = sys::open_dir(sys::cwd(), dir.path() + "/older"),
     second = sys::open_dir(sys::cwd(), dir.path() + "/second");
  fill_volumes(spec, first, false, rootfs);
  REQUIRE(sys::exists(seed));
  sys::unlinkat(sys::cwd(), seed);
  REQUIRE(::chmod(data.c_str(), 0700) == 0);
  fill_volumes(spec, first, false, rootfs);
  fill_volumes(spec, older, true, rootfs);  // it ran before there was a mark
  CHECK_FALSE(sys::exists(seed));
  struct stat status {};
  REQUIRE(::stat(data.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
  fill_volumes(spec, second, false, rootfs);
  CHECK(sys::exists(seed));
  // Another container's copy was cut short: whoever comes next ends it.
  write_file(dir.path() + "/volumes/data/filling", "");
  write_file(data + "/half", "x");
  fill_volumes(spec, first, true, rootfs);
  CHECK(sys::exists(seed));
  CHECK_FALSE(sys::exists(data + "/half"));
}

TEST_CASE("a tree's size counts each file once, and links by their text") {
  TemporaryDirectory dir;
  sys::mkdirs(dir.path() + "/a/b", 0755);
  write_file(dir.path() + "/a/b/f", "12345");
  sys::linkat(sys::cwd(), dir.path() + "/a/b/f", sys::cwd(), dir.path() + "/g");
  sys::symlinkat("/etc", sys::cwd(), dir.path() + "/l");
  CHECK(tree_bytes(dir.path()) == 9);
}

TEST_CASE("a volume's record that does not parse is corrupt") {
  Volume volume;
  volume.created = "2026-01-01T00:00:00Z";
  volume.labels = {{"k", "v"}};
  CHECK(volume_from_json(volume_to_json(volume)).labels == volume.labels);
  for (const char* text : {"", "{}", "[]", R"({"version":1})", R"({"version":1,"created":1,"labels":{},"anonymous":false})"})
    CHECK_THROWS_AS(volume_from_json(text), Error);
}
