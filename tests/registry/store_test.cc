// The store as other parts use it: layers in, images out, removed again, with other processes about.
#include "registry/store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.h"
#include "loop/io.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "registry/builtin.h"
#include "registry/sha256.h"
#include "registry/staging.h"
#include "tar_builder.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

struct Layer {
  std::string blob;
  Digest digest, diff_id;

  explicit Layer(const std::string& tar, const std::string& packer = "gzip -n")
      : blob(filtered(packer, tar)), digest(sha256(blob)), diff_id(sha256(tar)) {}
  Descriptor descriptor() const { return {.media_type = "", .digest = digest, .size_bytes = blob.size(), .urls = {}}; }
};

std::string config_of(const std::vector<Digest>& diff_ids, const std::string& created = "2020-01-01T00:00:00Z") {
  std::string ids;
  for (const Digest& id : diff_ids) ids += (ids.empty() ? "\"" : ",\"") + id.str() + "\"";
  return R"({"architecture":"amd64","os":"linux","created":")" + created +
         R"(","config":{},"rootfs":{"type":"layers","diff_ids":[)" + ids + "]}}";
}

Task<void> put(Store& store, Layer layer, size_t piece_bytes = 1 << 20) {
  std::unique_ptr<LayerWriter> writer = co_await store.begin_layer(layer.descriptor(), layer.diff_id);
  if (!writer) co_return;
  std::span<const std::byte> rest = std::as_bytes(std::span(layer.blob));
  while (!rest.empty()) {
    size_t count = std::min(piece_bytes, rest.size());
    co_await writer->write(rest.first(count));
    rest = rest.subspan(count);
  }
  co_await writer->finish();
}

std::string root_of(const TemporaryDirectory& dir) { return dir.path() + "/root"; }

bool nothing_in_progress(const TemporaryDirectory& dir) {
  return sys::list_dir(sys::open_dir(dir.fd(), "root/staging")).empty();
}

// A child of a killed process holds its staging locks until it is given its first moment of time, in which it lets go of
// them (sync_file_system, WorkerProcess). A command in between leaves what is locked to the one after it.
bool next_commands_clean_up(const TemporaryDirectory& dir) {
  for (int tries = 0; tries < 200; ++tries) {
    Store next_command(root_of(dir));
    if (nothing_in_progress(dir)) return true;
    ::usleep(10'000);
  }
  return false;
}

size_t layer_count(const TemporaryDirectory& dir) {
  return sys::list_dir(sys::open_dir(dir.fd(), "root/layers")).size();
}

// An image of layers that hold one file each, called by `names`.
Digest make_image(Store& store, const std::vector<std::string>& contents, const std::vector<std::string>& names,
                  const std::string& created = "2020-01-01T00:00:00Z", const std::string& manifest = "") {
  Loop loop;
  std::vector<Digest> diff_ids;
  for (const std::string& content : contents) {
    Layer layer(TarBuilder().file("f", content).end());
    loop.run(put(store, layer));
    diff_ids.push_back(layer.diff_id);
  }
  Digest id;
  if (names.empty()) id = loop.run(store.add_image(config_of(diff_ids, created), manifest, std::nullopt));
  for (const std::string& name : names)
    id = loop.run(store.add_image(config_of(diff_ids, created), manifest, parse_reference(name)));
  return id;
}

std::string refusal(Store& store, const std::string& name, const ImageUsers& used, bool force) {
  try {
    store.remove(name, [&] { return used; }, force);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::conflict);
    return error.what();
  }
  return "no refusal";
}

ImageUsers nobody() { return {}; }

ImageUsers user(const Digest& id, bool running) {
  ImageUsers used;
  used.by_image.emplace(id, ImageUser{.container = "0123456789ab", .running = running});
  return used;
}

}  // namespace

TEST_CASE("a layer is unpacked once and published with its tree and record") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Loop loop;
  Layer layer(TarBuilder().dir("d").file("d/f", "content").end());
  for (size_t piece : {1u, 100u}) loop.run(put(store, layer, piece));
  CHECK(store.has_layer(layer.diff_id));
  CHECK(sys::read_file(dir.fd(), "root/layers/" + layer.diff_id.hex() + "/tree/d/f") == "content");
  CHECK(nothing_in_progress(dir));
  CHECK((sys::fstatat(dir.fd(), "root/layers").st_mode & 0777) == 0700);
}

TEST_CASE("whatever the encoding, the DiffID names the layer") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Loop loop;
  for (std::string packer : {"gzip", "zstd", "xz", "bzip2", "cat"}) {
    Layer layer(TarBuilder().file("f", "packed by " + packer).end(), packer);
    if (layer.blob.empty()) continue;
    loop.run(put(store, layer, 3));
    CHECK(store.has_layer(layer.diff_id));
  }
}

TEST_CASE("a blob that is not what its manifest says leaves nothing behind") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Loop loop;
  Layer good(TarBuilder().file("f", std::string(5000, 'f')).end());
  auto refused = [&](Layer layer) {
    std::string text;
    try {
      loop.run(put(store, layer, 1000));
    } catch (const Error& error) {
      text = error.what();
      CHECK(error.code() == Errc::corrupt);
    }
    CHECK(nothing_in_progress(dir));
    CHECK(layer_count(dir) == 0);
    return text;
  };
  Layer other_digest = good;
  other_digest.digest = sha256("other");
  CHECK_THAT(refused(other_digest), Catch::Contains(good.digest.str()) && Catch::Contains(sha256("other").str()));
  Layer other_diff = good;
  other_diff.diff_id = sha256("other");
  CHECK_THAT(refused(other_diff), Catch::Contains("DiffID is " + good.diff_id.str()));
  Layer cut = good;
  cut.blob.resize(cut.blob.size() - 9);
  cut.digest = sha256(cut.blob);
  CHECK_THAT(refused(cut), Catch::Contains("cut off"));
  Layer garbage = good;
  garbage.blob = "<html>no such layer, but a page of a proxy</html>" + std::string(1000, ' ');
  garbage.digest = sha256(garbage.blob);
  CHECK_THAT(refused(garbage), Catch::Contains("tar cannot be read") && Catch::Contains(good.diff_id.str()));
  Layer escape(TarBuilder().file("../../x").end());
  CHECK_THAT(refused(escape), Catch::Contains("../../x leaves the layer's root"));
}

TEST_CASE("a bomb is stopped long before it is unpacked") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Loop loop;
  Layer bomb(TarBuilder().file("f").end());
  // One frame of zeros: zstd packs them 30,000 to 1.
  bomb.blob = filtered("sh -c 'head -c 3000000000 /dev/zero | zstd -1'", "");
  if (bomb.blob.empty()) return;
  bomb.digest = sha256(bomb.blob);
  Task<void> task = put(store, bomb);
  CHECK_THROWS_WITH(loop.run(std::move(task)), Catch::Contains("is a bomb"));
  CHECK(nothing_in_progress(dir));
}

TEST_CASE("a layer longer than its manifest says is stopped at once") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Loop loop;
  Layer layer(TarBuilder().file("f", "x").end());
  layer.blob += "more";
  Descriptor said = layer.descriptor();
  said.size_bytes -= 4;
  auto write = [](Store& to, Layer what, Descriptor descriptor) -> Task<void> {
    std::unique_ptr<LayerWriter> writer = co_await to.begin_layer(descriptor, what.diff_id);
    co_await writer->write(std::as_bytes(std::span(what.blob)));
  };
  Task<void> task = write(store, layer, said);
  CHECK_THROWS_WITH(loop.run(std::move(task)), Catch::Contains("longer than"));
}

TEST_CASE("two tasks that want the same layer unpack it once") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Loop loop;
  Layer layer(TarBuilder().file("f", std::string(100'000, 'f')).end());
  std::vector<Task<void>> both;
  both.push_back(put(store, layer, 100));
  both.push_back(put(store, layer, 100));
  loop.run(all(std::move(both)));
  CHECK(store.has_layer(layer.diff_id));
  CHECK(nothing_in_progress(dir));
}

TEST_CASE("images are found by name, ID and unique prefix") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Digest one = make_image(store, {"base", "one"}, {"app:1", "app:latest"}, "2020-01-01T00:00:00Z");
  Digest two = make_image(store, {"base", "two"}, {"127.0.0.1:5000/x/y:2"}, "2021-01-01T00:00:00Z");
  std::vector<Image> images = store.images();
  REQUIRE(images.size() == 2);
  CHECK(images[0].id == two);
  CHECK(images[1].tags.size() == 2);
  CHECK(store.find("app").id == one);
  CHECK(store.find("docker.io/library/app:1").id == one);
  CHECK(store.find(one.str()).id == one);
  CHECK(store.find(two.short_id()).id == two);
  CHECK(store.find("127.0.0.1:5000/x/y:2").layer_paths.size() == 2);
  CHECK(store.find("app").size_bytes == 7);
  CHECK(sys::exists(store.find("app").layer_paths[1] + "/f"));
  CHECK_THROWS_WITH(store.find("app:2"), Catch::Contains("no such image: app:2"));
  CHECK_THROWS_AS(store.find(std::string(64, '0')), Error);
  CHECK(store.find_reference(parse_reference("app"))->id == one);
  CHECK_FALSE(store.find_reference(parse_reference("app:3")));
  CHECK(layer_count(dir) == 3);
}

TEST_CASE("a tag moves to the image that was added last") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Digest old = make_image(store, {"1"}, {"app"});
  Digest fresh = make_image(store, {"2"}, {"app"});
  CHECK(store.find("app").id == fresh);
  CHECK(store.find(old.str()).tags.empty());
}

TEST_CASE("an image that a moved tag leaves behind has digests and no tag") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  std::string first = R"({"schemaVersion":2})", second = R"({"schemaVersion": 2})";
  Digest old = make_image(store, {"1"}, {"app:1"}, "2020-01-01T00:00:00Z", first);
  make_image(store, {"2"}, {"app:1"}, "2020-01-01T00:00:00Z", second);
  Image image = store.find(old.str());
  CHECK(image.tags.empty());
  CHECK(image.repo_digests == std::vector<Reference>{parse_reference("app@" + sha256(first).str())});
  CHECK(store.remove("app@" + sha256(first).str(), nobody, false).deleted == std::vector<Digest>{old});
}

TEST_CASE("an image from a registry is found by its manifest's digest too") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  std::string manifest = R"({"schemaVersion":2})";
  Digest id = make_image(store, {"1"}, {"app:1"}, "2020-01-01T00:00:00Z", manifest);
  std::string by_digest = "app@" + sha256(manifest).str();
  Image image = store.find(by_digest);
  CHECK(image.id == id);
  CHECK(image.tags.size() == 1);
  CHECK(image.repo_digests.size() == 1);
  CHECK(image.manifest_digests == std::vector<Digest>{sha256(manifest)});
  Removal removal = store.remove("app:1", nobody, false);
  CHECK(removal.untagged == std::vector<std::string>{"app:1", by_digest});
}

TEST_CASE("an image that came through an index is named by the index's digest alone, and goes with it") {
  TemporaryDirectory dir;
  std::string manifest = R"({"schemaVersion":2})";
  Digest index = sha256("the index"), id;
  {
    Store making(root_of(dir));
    id = make_image(making, {"1"}, {}, "2020-01-01T00:00:00Z", manifest);
    Reference tag = parse_reference("app:1"), pinned = parse_reference("app@" + index.str());
    std::string config = making.config_bytes(id);
    Loop loop;
    loop.run(making.add_image(config, manifest, tag, {index}));
    loop.run(making.add_image(config, manifest, pinned, {index}));
  }
  Store store(root_of(dir));
  Image image = store.find("app:1");
  CHECK(image.manifest_digests == std::vector<Digest>{sha256(manifest), index});
  CHECK(image.repo_digests == std::vector<Reference>{parse_reference("app@" + index.str())});
  CHECK(store.remove("app:1", nobody, false).untagged == std::vector<std::string>{"app:1", "app@" + index.str()});
  CHECK(store.images().empty());
}

TEST_CASE("an image whose layers are not there is not added") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Loop loop;
  CHECK_THROWS_WITH(loop.run(store.add_image(config_of({sha256("no")}), "", std::nullopt)),
                    Catch::Contains("not in the store"));
  CHECK(store.images().empty());
}

TEST_CASE("removing names and images says what Docker says") {
  TemporaryDirectory dir;
  Digest one, two;
  {
    Store store(root_of(dir));
    one = make_image(store, {"base", "one"}, {"app:1", "app:2", "other/app:1"});
    two = make_image(store, {"base", "two"}, {"b"});
  }
  Store store(root_of(dir));
  CHECK(refusal(store, one.str(), {}, false) == "conflict: unable to delete " + one.short_id() +
                                                    " (must be forced) - image is referenced in multiple repositories");
  Removal removal = store.remove("app:1", nobody, false);
  CHECK(removal.untagged == std::vector<std::string>{"app:1"});
  CHECK(removal.deleted.empty());
  removal = store.remove(one.short_id(), nobody, true);
  CHECK(removal.untagged.size() == 2);
  REQUIRE(removal.deleted.size() == 2);  // the image and the layer that only it had
  CHECK(removal.deleted[0] == one);
  CHECK(layer_count(dir) == 2);
  removal = store.remove("b", nobody, false);
  CHECK(removal.deleted.size() == 3);
  CHECK(layer_count(dir) == 0);
  CHECK(store.images().empty());
  CHECK(nothing_in_progress(dir));
}

TEST_CASE("an image that a container uses is not removed") {
  TemporaryDirectory dir;
  Digest id;
  {
    Store store(root_of(dir));
    id = make_image(store, {"1"}, {"app", "app:2"});
  }
  Store store(root_of(dir));
  CHECK(store.remove("app:2", [&] { return user(id, true); }, false).untagged.size() == 1);
  CHECK(refusal(store, "app", user(id, true), false) ==
        "conflict: unable to remove repository reference \"app\" (must force) - container 0123456789ab is using its "
        "referenced image " +
            id.short_id());
  CHECK(refusal(store, id.str(), user(id, true), true) ==
        "conflict: unable to delete " + id.short_id() +
            " (cannot be forced) - image is being used by running container 0123456789ab");
  CHECK(refusal(store, id.str(), user(id, false), false) ==
        "conflict: unable to delete " + id.short_id() +
            " (must be forced) - image is being used by stopped container 0123456789ab");
  CHECK(refusal(store, id.str(), std::set<Digest>{id}, true) ==
        "conflict: unable to delete " + id.short_id() +
            " (cannot be forced) - image is being used by running a container");
  Removal removal = store.remove("app", [&] { return user(id, false); }, true);
  CHECK(removal.untagged.size() == 1);
  CHECK(removal.deleted.empty());
  CHECK(store.find(id.str()).tags.empty());
  CHECK(layer_count(dir) == 1);
}

TEST_CASE("an image that somebody holds is not removed, and one that is removed cannot be held") {
  TemporaryDirectory dir;
  {
    Store making(root_of(dir));
    make_image(making, {"1"}, {"app"});
  }
  Store store(root_of(dir)), other(root_of(dir));
  Image image = store.find("app");
  std::optional<Fd> held = store.hold(image);
  REQUIRE(held);
  CHECK(refusal(other, image.id.str(), {}, true) ==
        "conflict: unable to delete " + image.id.short_id() +
            " (cannot be forced) - image is being used by a container that is being made");
  CHECK(other.remove("app", nobody, true).deleted.empty());
  CHECK(store.find(image.id.str()).tags.empty());
  held.reset();
  CHECK(other.remove(image.id.str(), nobody, false).deleted.size() == 2);
  CHECK_FALSE(store.hold(image));
}

TEST_CASE("users of an image are looked for when nobody can hold it any more") {
  TemporaryDirectory dir;
  {
    Store making(root_of(dir));
    make_image(making, {"1"}, {"app"});
  }
  Store store(root_of(dir));
  Image image = store.find("app");
  auto find_users = [&] {
    FdView root = store.root_fd();
    Fd directory = sys::open_dir(root, "images/" + image.id.hex());
    CHECK_FALSE(sys::try_lock(directory, false));
    return user(image.id, true);
  };
  CHECK_THROWS_WITH(store.remove(image.id.str(), find_users, true), Catch::Contains("cannot be forced"));
  CHECK(layer_count(dir) == 1);
}

TEST_CASE("an image that has got a name since it was seen without one stays") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Digest id = make_image(store, {"1"}, {});
  Image seen = store.images().at(0);
  CHECK(seen.tags.empty());
  store.tag(id, parse_reference("keep:me"));
  CHECK_THROWS_WITH(store.remove_as_seen(seen, nobody), Catch::Contains("another name"));
  CHECK(store.find("keep:me").id == id);
  Removal removal = store.remove_as_seen(store.images().at(0), nobody);
  CHECK(removal.untagged == std::vector<std::string>{"keep:me"});
  CHECK(removal.deleted.at(0) == id);
}

TEST_CASE("a layer that an image has several times is one directory, the topmost") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  make_image(store, {"base", "a", "b", "a", "a"}, {"app"});
  Image image = store.find("app");
  REQUIRE(image.config.diff_ids.size() == 5);
  auto directory = [&](size_t layer) {
    return root_of(dir) + "/layers/" + image.config.diff_ids[layer].hex() + "/tree";
  };
  CHECK(image.layer_paths == std::vector<std::string>{directory(0), directory(2), directory(1)});
}

TEST_CASE("names that nobody may give") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Digest id = make_image(store, {"1"}, {"app"});
  for (const char* name : {"builtin/busybox", "sha256:abc", "sha256"})
    CHECK_THROWS_AS(store.tag(id, parse_reference(name)), Error);
  CHECK_THROWS_AS(store.tag(id, parse_reference("app@" + id.str())), Error);
  store.tag(id, parse_reference("my/sha256:abc"));
}

TEST_CASE("more layers than are taken out of their places at once all go") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  std::vector<std::string> contents;
  for (int i = 0; i < 150; ++i) contents.push_back("layer " + std::to_string(i));
  {
    Store making(root_of(dir));
    make_image(making, contents, {"app"});
  }
  Removal removal = store.remove("app", nobody, false);
  CHECK(removal.deleted.size() == 151);
  CHECK(layer_count(dir) == 0);
  CHECK(nothing_in_progress(dir));
}

TEST_CASE("an image waits for the store's lock on the loop, and ends with its scope") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  Loop loop;
  Layer layer(TarBuilder().file("f", "x").end());
  loop.run(put(store, layer));
  Fd held = sys::open_dir(dir.fd(), "root/images");
  REQUIRE(sys::try_lock(held));
  auto add = [&] { return store.add_image(config_of({layer.diff_id}), "", parse_reference("app")); };
  CHECK_THROWS_WITH(loop.run(timeout(std::chrono::milliseconds(50), add())), Catch::Contains("timed out"));
  CHECK(store.images().empty());
  held.reset();
  loop.run(add());
  CHECK(store.images().size() == 1);
}

TEST_CASE("a layer that a pull counts on is not collected by another process") {
  TemporaryDirectory dir;
  Layer layer(TarBuilder().file("f", "pinned").end());
  std::optional<Store> pulling(std::in_place, root_of(dir));
  {
    Loop loop;
    loop.run(put(*pulling, layer));
  }
  Store other(root_of(dir));
  CHECK(other.collect_garbage().deleted.empty());
  CHECK(other.has_layer(layer.diff_id));
  pulling.reset();
  Removal collected = other.collect_garbage();
  CHECK(collected.deleted == std::vector<Digest>{layer.diff_id});
  CHECK(collected.freed_bytes == 6);
  CHECK_FALSE(other.has_layer(layer.diff_id));
}

TEST_CASE("the built-in image is unpacked on first use and replaced when the program carries another") {
  TemporaryDirectory dir;
  Store store(root_of(dir));
  CHECK(store.images().empty());
  Image image = store.builtin();
  CHECK(image.id == sha256(builtin_image().config));
  std::span<const std::byte> tar = builtin_image().tar;
  CHECK(builtin_image().diff_id == sha256({reinterpret_cast<const char*>(tar.data()), tar.size()}));
  CHECK(image.config.cmd == std::vector<std::string>{"sh"});
  REQUIRE(image.layer_paths.size() == 1);
  std::string tree = image.layer_paths[0];
  CHECK(sys::exists(tree + "/bin/sh"));
  CHECK((sys::fstatat(sys::cwd(), tree + "/tmp").st_mode & 07777) == 01777);
  CHECK(sys::fstatat(sys::cwd(), tree + "/etc/passwd").st_uid == 0);
  CHECK(store.builtin().id == image.id);
  REQUIRE(store.images().size() == 1);
  CHECK(store.find("builtin/busybox").id == image.id);
  make_image(store, {"an older busybox"}, {"builtin/busybox"});
  CHECK(store.builtin().id == image.id);
  CHECK(store.find("builtin/busybox").id == image.id);
}

TEST_CASE("a root on a read-only file system can be read") {
  if (::geteuid() != 0) return;
  TemporaryDirectory dir;
  {
    Store store(root_of(dir));
    make_image(store, {"1"}, {"app"});
  }
  pid_t child = ::fork();
  if (child == 0) {
    bool ok = false;
    try {
      if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(9);
      std::string root = root_of(dir);
      if (::mount(root.c_str(), root.c_str(), nullptr, MS_BIND, nullptr) != 0) ::_exit(9);
      if (::mount(nullptr, root.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) != 0) ::_exit(9);
      Store store(root);
      ok = store.images().size() == 1 && store.find("app").tags.size() == 1;
      try {
        store.remove("app", nobody, false);
        ok = false;
      } catch (const Error& error) {
        ok = ok && error.errno_value() == EROFS;
      }
    } catch (const std::exception&) {
      ok = false;
    }
    ::_exit(ok ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("killed at any moment of an unpack, the next command finds a whole layer or nothing") {
  TemporaryDirectory dir;
  TarBuilder tar;
  for (int i = 0; i < 300; ++i)
    tar.file("d" + std::to_string(i % 17) + "/f" + std::to_string(i), std::string(3000, 'k'));
  Layer layer(tar.end());
  uint32_t seed = 20;
  int whole = 0;
  for (int round = 0; round < 40; ++round) {
    seed = seed * 1664525 + 1013904223;
    pid_t child = ::fork();
    if (child == 0) {
      Store store(root_of(dir));
      Loop loop;
      loop.run(put(store, layer, 50));
      loop.run(store.add_image(config_of({layer.diff_id}), "", parse_reference("killed")));
      ::_exit(0);
    }
    ::usleep((seed >> 8) % 60'000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(next_commands_clean_up(dir));
    Store store(root_of(dir));
    std::vector<Image> images = store.images();
    if (store.has_layer(layer.diff_id)) {
      ++whole;
      std::string tree = "root/layers/" + layer.diff_id.hex() + "/tree";
      CHECK(sys::list_dir(sys::open_dir(dir.fd(), tree)).size() == 17);
      CHECK(sys::read_file(dir.fd(), tree + "/d10/f299").size() == 3000);
    }
    for (const Image& image : images) store.remove(image.id.str(), nobody, true);
    store.collect_garbage();
    CHECK(layer_count(dir) == 0);
  }
  INFO(whole << " of 40 were whole");
}
