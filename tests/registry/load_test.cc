#include <fcntl.h>

#include "catch.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "loop/sys.h"
#include "registry/archive.h"
#include "registry/pull.h"
#include "registry/sha256.h"
#include "registry/store.h"
#include "tar_builder.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

std::string layer_tar() { return TarBuilder().file("hello", "from an archive").end(); }

std::string config() {
  return R"({"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[")" +
         sha256(layer_tar()).str() + R"("]}})";
}

std::string saved_by_docker(const std::string& tags = R"(["app:1","localhost:5000/app:2"])") {
  std::string manifest = R"([{"Config":"config.json","RepoTags":)" + tags + R"(,"Layers":["abc/layer.tar"]}])";
  TarBuilder tar;
  tar.file("real/layer.tar", layer_tar()).symlink("abc/layer.tar", "../real/layer.tar").file("config.json", config());
  return tar.file("manifest.json", manifest).end();
}

std::string descriptor(const std::string& type, const std::string& bytes, const std::string& more = "") {
  return R"({"mediaType":"application/vnd.oci.image.)" + type + R"(","digest":")" + sha256(bytes).str() +
         R"(","size":)" + std::to_string(bytes.size()) + more + "}";
}

struct OciParts {
  std::string layer = filtered("gzip -n", layer_tar());
  std::string manifest = R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" +
                         descriptor("config.v1+json", config()) + R"(,"layers":[)" +
                         descriptor("layer.v1.tar+gzip", layer) + "]}";
  std::string index =
      R"({"schemaVersion":2,"manifests":[)" +
      descriptor("manifest.v1+json", manifest, R"(,"annotations":{"org.opencontainers.image.ref.name":"oci/app:3"})") +
      "]}";
  static std::string path(const std::string& bytes) { return "blobs/sha256/" + sha256(bytes).hex(); }
};

std::string oci_archive() {
  OciParts oci;
  TarBuilder tar;
  tar.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})").file("index.json", oci.index);
  for (const std::string& blob : {oci.layer, oci.manifest, config()}) tar.file(OciParts::path(blob), blob);
  return tar.end();
}

struct Place {
  TemporaryDirectory dir;
  Store store{dir.path() + "/root"};
  std::string put(const std::string& name, const std::string& bytes) {
    sys::write_all(sys::openat(dir.fd(), name, O_WRONLY | O_CREAT | O_TRUNC, 0600), bytes);
    return dir.path() + "/" + name;
  }
  std::vector<std::string> load_path(const std::string& path) {
    Loop loop;
    PullObserver observer;
    return loop.run(load(store, path, observer));
  }
};

}  // namespace

TEST_CASE("an archive of docker save is loaded with its names, compressed or not") {
  for (std::string packer : {"cat", "gzip", "xz", "zstd"}) {
    std::string bytes = filtered(packer, saved_by_docker());
    if (bytes.empty()) continue;
    Place place;
    CHECK(place.load_path(place.put("a", bytes)) == std::vector<std::string>{"app:1", "localhost:5000/app:2"});
    Image image = place.store.find("app:1");
    CHECK(image.id == sha256(config()));
    CHECK(sys::read_file(sys::cwd(), image.layer_paths[0] + "/hello") == "from an archive");
    CHECK(sys::list_dir(sys::open_dir(place.dir.fd(), "root/staging")).empty());
  }
}

TEST_CASE("an archive without names gives the image's ID") {
  Place place;
  CHECK(place.load_path(place.put("a", saved_by_docker("null"))) == std::vector<std::string>{sha256(config()).str()});
}

TEST_CASE("an OCI archive and an OCI layout directory are loaded") {
  Place place;
  CHECK(place.load_path(place.put("a", oci_archive())) == std::vector<std::string>{"oci/app:3"});
  CHECK(place.store.find("oci/app:3").manifest_digests.size() == 1);
  Place other;
  OciParts oci;
  sys::mkdirs(other.dir.path() + "/layout/blobs/sha256", 0755);
  other.put("layout/index.json", oci.index);
  for (const std::string& blob : {oci.layer, oci.manifest, config()}) other.put("layout/" + OciParts::path(blob), blob);
  CHECK(other.load_path(other.dir.path() + "/layout") == std::vector<std::string>{"oci/app:3"});
}

TEST_CASE("an archive cannot give names that nobody may give") {
  Place place;
  std::string pinned = "[\"app@" + sha256("another manifest").str() + "\"]";
  CHECK_THROWS_WITH(place.load_path(place.put("a", saved_by_docker(pinned))), Catch::Contains("digest reference"));
  for (const char* name : {R"(["builtin/busybox:latest"])", R"(["app:1","builtin/busybox:latest"])", R"(["sha256:abc"])"})
    CHECK_THROWS_AS(place.load_path(place.put("a", saved_by_docker(name))), Error);
  CHECK(place.store.images().empty());
}

TEST_CASE("archives that are damaged or none are refused by name") {
  Place place;
  std::string whole = saved_by_docker();
  CHECK_THROWS_WITH(place.load_path(place.put("a", "hello")), Catch::Contains("neither manifest.json"));
  CHECK_THROWS_WITH(place.load_path(place.put("a", std::string(600, 'x'))), Catch::Contains("not a tar"));
  CHECK_THROWS_WITH(place.load_path(place.put("a", whole.substr(0, 700))), Catch::Contains("cut off"));
  CHECK_THROWS_WITH(place.load_path(place.dir.path() + "/none"), Catch::Contains("No such file"));
  TarBuilder no_layer;
  no_layer.file("config.json", config()).file("manifest.json", R"([{"Config":"config.json","Layers":["x"]}])");
  CHECK_THROWS_WITH(place.load_path(place.put("a", no_layer.end())), Catch::Contains("has no x"));
  CHECK(place.store.images().empty());
}
