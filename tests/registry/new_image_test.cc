// Images made here: configs, changes of Dockerfile instructions, and tars of trees that unpack to the same tree.
#include "registry/new_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "catch.h"
#include "loop/loop.h"
#include "loop/sys.h"
#include "registry/config_change.h"
#include "registry/docker_config_edit.h"
#include "registry/manifest.h"
#include "registry/sha256.h"
#include "registry/store.h"
#include "registry/tar_format.h"
#include "registry/tree_tar.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

std::string changed(const std::string& config, const std::string& change) {
  return apply_config_changes(config, {change});
}

Task<void> write_tree(FdView root, bool upper, ByteSink& to) {
  TreeTarOptions options;
  options.overlay_upper = upper;
  co_await write_tree_tar(root, options, to);
}

void write_file(const std::string& path, const std::string& content, mode_t mode = 0644) {
  Fd file = sys::openat(sys::cwd(), path, O_WRONLY | O_CREAT | O_TRUNC, mode);
  sys::write_all(file, content);
  sys::fchmod(file, mode);
}

}  // namespace

TEST_CASE("Dockerfile instructions change a config") {
  CHECK(changed("{}", R"(CMD ["a", "b"])") == R"({"Cmd":["a","b"]})");
  CHECK(changed("{}", "cmd echo  $X") == R"({"Cmd":["/bin/sh","-c","echo  $X"]})");
  CHECK(changed("{}", "ENTRYPOINT [\"x\"]") == R"({"Entrypoint":["x"]})");
  CHECK(changed(R"({"Env":["A=1","B=2"]})", "ENV A=3 C='x y'") == R"({"Env":["A=3","B=2","C=x y"]})");
  CHECK(changed("{}", "ENV A the rest of it") == R"({"Env":["A=the rest of it"]})");
  CHECK(changed("{}", "EXPOSE 80 53/udp") == R"({"ExposedPorts":{"80/tcp":{},"53/udp":{}}})");
  CHECK(changed("{}", "LABEL a=b \"c d\"=e") == R"({"Labels":{"a":"b","c d":"e"}})");
  CHECK(changed("{}", R"(VOLUME ["/a", "/b"])") == R"({"Volumes":{"/a":{},"/b":{}}})");
  CHECK(changed(R"({"WorkingDir":"/a"})", "WORKDIR b") == R"({"WorkingDir":"/a/b"})");
  CHECK(changed("{}", "USER 5:6") == R"({"User":"5:6"})");
  CHECK(changed("{}", "STOPSIGNAL SIGQUIT") == R"({"StopSignal":"SIGQUIT"})");
  CHECK(changed("{}", "HEALTHCHECK CMD true") == R"({"Healthcheck":{"Test":["CMD-SHELL","true"]}})");
  for (const char* bad : {"RUN true", "", "ENV", "ENV A", "EXPOSE x", "EXPOSE 99999", "USER", "USER a b", "VOLUME",
                          "LABEL a=\"b", "WORKDIR", "HEALTHCHECK maybe", "FROM x"}) {
    INFO(bad);
    CHECK_THROWS_AS(changed("{}", bad), Error);
  }
}

TEST_CASE("a committed config keeps the image's and adds the container's") {
  std::string base =
      R"({"architecture":"amd64","os":"linux","config":{"Entrypoint":["/e"],"Cmd":["c"],"ExposedPorts":{"1/tcp":{}}},)"
      R"("history":[{"created_by":"first"}],"rootfs":{"type":"layers","diff_ids":[]},"container":"x"})";
  CommitConfig commit;
  commit.command = {"/e", "arg"};
  commit.env = {"A=1"};
  commit.exposed_ports = {"1/tcp", "2/udp"};
  commit.healthcheck_json = R"({"Test":["CMD","x"]})";
  commit.author = "me";
  commit.created = "2026-01-01T00:00:00Z";
  Digest layer = sha256("layer");
  ImageConfig config = parse_image_config(commit_config(base, commit, layer));
  CHECK(config.entrypoint == std::vector<std::string>{"/e"});
  CHECK(config.cmd == std::vector<std::string>{"arg"});
  CHECK(config.env == std::vector<std::string>{"A=1"});
  CHECK(config.author == "me");
  CHECK(config.exposed_ports == std::vector<std::string>{"1/tcp", "2/udp"});
  CHECK(config.healthcheck_json == commit.healthcheck_json);
  CHECK(config.diff_ids == std::vector<Digest>{layer});
  commit.command = {"other"};
  config = parse_image_config(commit_config(base, commit, layer));
  CHECK(config.entrypoint.empty());
  CHECK(config.cmd == std::vector<std::string>{"other"});
  commit.command = {"/own", "x"};
  commit.entrypoint_words = 1;
  config = parse_image_config(commit_config(base, commit, layer));
  CHECK(config.entrypoint == std::vector<std::string>{"/own"});
  CHECK(config.cmd == std::vector<std::string>{"x"});
  commit.entrypoint_words = 2;
  CHECK(parse_image_config(commit_config(base, commit, layer)).cmd.empty());
}

TEST_CASE("a tree's tar unpacks to the same tree, and an upper directory's to its changes") {
  TemporaryDirectory dir;
  std::string from = dir.path() + "/from";
  sys::mkdirs(from + "/d/deep", 0750);
  write_file(from + "/d/file", std::string(300'000, 'x'), 04755);
  sys::linkat(sys::cwd(), from + "/d/file", sys::cwd(), from + "/d/again");
  sys::symlinkat(std::string(150, 'l'), sys::cwd(), from + "/link");
  write_file(from + "/" + std::string(200, 'n'), "long name");
  sys::mknodat(sys::cwd(), from + "/gone", S_IFCHR, 0);
  ::setxattr((from + "/d").c_str(), "trusted.overlay.opaque", "y", 1, 0);
  ::setxattr((from + "/d/file").c_str(), "user.color", "blue", 4, 0);
  bool has_user_xattrs = ::getxattr((from + "/d/file").c_str(), "user.color", nullptr, 0) == 4;
  Store store(dir.path() + "/root");
  Loop loop;
  Fd root = sys::open_dir(sys::cwd(), from);
  WriteTar write = [&root](ByteSink& to) { return write_tree(root, true, to); };
  Digest layer = loop.run(add_layer(store, std::move(write)));
  std::string tree = dir.path() + "/root/layers/" + layer.hex() + "/tree";
  CHECK(sys::read_file(sys::cwd(), tree + "/d/again") == std::string(300'000, 'x'));
  struct stat file = sys::fstatat(sys::cwd(), tree + "/d/file");
  CHECK((file.st_mode & 07777) == 04755);
  CHECK(file.st_nlink == 2);
  CHECK((sys::fstatat(sys::cwd(), tree + "/d").st_mode & 07777) == 0750);
  CHECK(sys::readlinkat(sys::cwd(), tree + "/link") == std::string(150, 'l'));
  CHECK(sys::read_file(sys::cwd(), tree + "/" + std::string(200, 'n')) == "long name");
  struct stat gone = sys::fstatat(sys::cwd(), tree + "/gone", AT_SYMLINK_NOFOLLOW);
  CHECK((S_ISCHR(gone.st_mode) && gone.st_rdev == 0));
  CHECK(::getxattr((tree + "/d").c_str(), "trusted.overlay.opaque", nullptr, 0) == 1);
  if (has_user_xattrs) CHECK(::getxattr((tree + "/d/file").c_str(), "user.color", nullptr, 0) == 4);
}

TEST_CASE("tar headers hold what ustar cannot in pax records") {
  std::string plain = tar_header({.name = "f", .bytes = 5});
  CHECK(plain.size() == 512);
  CHECK(tar_header({.name = "f", .bytes = 9ull << 30}).find("size=9663676416\n") != std::string::npos);
  CHECK(tar_header({.name = "f", .uid = 5'000'000}).find("uid=5000000\n") != std::string::npos);
  CHECK(tar_padding(512).empty());
  CHECK(tar_padding(513).size() == 511);
}

TEST_CASE("a login goes into config.json and out of it, and nothing else changes") {
  Credentials login;
  login.username = "u";
  login.password = "p";
  std::string text = with_login(R"({"z":1,"auths":{"https://host/v1/":{"auth":"x"}},"a":{}})", "host", login, false);
  CHECK(text ==
        "{\n\t\"z\": 1,\n\t\"auths\": {\n\t\t\"host\": {\n\t\t\t\"auth\": \"dTpw\"\n\t\t}\n\t},\n\t\"a\": {}\n}");
  bool found = false;
  CHECK(without_login(text, "host", found) == "{\n\t\"z\": 1,\n\t\"auths\": {},\n\t\"a\": {}\n}");
  CHECK(found);
  without_login("", "host", found);
  CHECK_FALSE(found);
  CHECK(with_login("", "docker.io", login, true).find("\"https://index.docker.io/v1/\": {}") != std::string::npos);
  CHECK_THROWS_AS(with_login("[]", "host", login, false), Error);
  CHECK_THROWS_AS(with_login(R"({"auths": 5})", "host", login, false), Error);
}
