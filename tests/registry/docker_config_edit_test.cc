#include "registry/docker_config_edit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "catch.h"
#include "loop/sys.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

struct Rights {
  uid_t uid;
  gid_t gid;
  mode_t mode;
  bool operator==(const Rights&) const = default;
};

struct Home {
  std::string path(const std::string& name) const { return directory.path() + "/" + name; }
  Rights rights(const std::string& name) const {
    struct stat found = sys::fstatat(directory.fd(), name);
    return {found.st_uid, found.st_gid, found.st_mode & 07777};
  }
  void give(const std::string& name, uid_t uid, gid_t gid) const {
    REQUIRE(::chown(path(name).c_str(), uid, gid) == 0);
  }
  TemporaryDirectory directory;
};

bool is_root() {
  if (::geteuid() == 0) return true;
  WARN("skipped: giving files away takes root");
  return false;
}

}  // namespace

TEST_CASE("a file keeps its owner and its mode when a login is written") {
  if (!is_root()) return;
  Home home;
  sys::write_file_atomically(home.directory.fd(), "config.json", "{}");
  REQUIRE(::chmod(home.path("config.json").c_str(), 0640) == 0);
  home.give("config.json", 1000, 1001);
  write_docker_config(home.path("config.json"), "{ }");
  CHECK(home.rights("config.json") == Rights{1000, 1001, 0640});
  CHECK(sys::read_file(home.directory.fd(), "config.json") == "{ }");
  CHECK(sys::list_dir(home.directory.fd()).size() == 1);
}

TEST_CASE("a new file, and the directories for it, belong to whom the place belongs") {
  if (!is_root()) return;
  Home home;
  home.give(".", 1000, 1001);
  write_docker_config(home.path("a/.docker/config.json"), "{}");
  CHECK(home.rights("a") == Rights{1000, 1001, 0700});
  CHECK(home.rights("a/.docker") == Rights{1000, 1001, 0700});
  CHECK(home.rights("a/.docker/config.json") == Rights{1000, 1001, 0600});
}

TEST_CASE("a link stays a link, and what it leads to is written, there or not") {
  Home home;
  sys::mkdirs(home.path("kept"), 0700);
  sys::symlinkat("second", home.directory.fd(), "config.json");
  sys::symlinkat("kept/real.json", home.directory.fd(), "second");
  for (const char* text : {"{}", "{ }"}) {
    write_docker_config(home.path("config.json"), text);
    CHECK(sys::readlinkat(home.directory.fd(), "config.json") == "second");
    CHECK(sys::readlinkat(home.directory.fd(), "second") == "kept/real.json");
    CHECK(sys::read_file(home.directory.fd(), "kept/real.json") == text);
  }
  sys::symlinkat("circle", home.directory.fd(), "circle");
  CHECK_THROWS_AS(write_docker_config(home.path("circle"), "{}"), Error);
}

TEST_CASE("a login and a logout leave those for an organisation of the registry alone") {
  std::string text = R"({"auths":{"host:5000/org":{"auth":"YTpi"},"https://host:5000/v1/":{"auth":"YTpi"}}})";
  bool found = false;
  std::string without = without_login(text, "host:5000", found);
  CHECK(found);
  CHECK(without.find("host:5000/org") != std::string::npos);
  CHECK(without.find("https://") == std::string::npos);
  std::string with = with_login(text, "host:5000", {"me", "secret", "", ""}, false);
  CHECK(with.find("host:5000/org") != std::string::npos);
  CHECK(with.find("https://") == std::string::npos);
}
