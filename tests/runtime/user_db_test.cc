#include "runtime/user_db.h"

#include <sys/stat.h>

#include "catch.h"
#include "loop/sys.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;

namespace {

constexpr const char* passwd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "broken line\n"
    "short:x:7\n"
    "nan:x:seven:7::/:\n"
    "#app:x:1:1::/wrong:\n"
    "\n"
    "app:x:1000:1001:An app:/home/app:/bin/sh\r\n"
    "1234:x:55:66::/named-by-number:\n"
    "homeless:x:70:70:::\n"
    "app:x:2000:2000::/second:/bin/sh";
constexpr const char* group =
    "root:x:0:\n"
    "wheel:x:10:root,app\n"
    "bad:x:huge:app\n"
    "video:x:27:someone,app\n"
    "apple:x:28:apples\n"
    "nomembers:x:29\n"
    "big:x:4294967295:app\n";

ResolvedUser resolve(const std::string& user, const std::vector<std::string>& additional = {}) {
  return resolve_user_in(passwd, group, user, additional);
}

std::string failure(const std::string& user, const std::vector<std::string>& additional = {}) {
  try {
    resolve(user, additional);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("no user is root with root's groups") {
  ResolvedUser user = resolve("");
  CHECK(user.uid == 0);
  CHECK(user.gid == 0);
  CHECK(user.groups == std::vector<uint32_t>{10});
  CHECK(user.home == "/root");
}

TEST_CASE("a name and its number give the same user") {
  for (const char* text : {"app", "1000"}) {
    ResolvedUser user = resolve(text);
    CHECK(user.uid == 1000);
    CHECK(user.gid == 1001);
    CHECK(user.groups == std::vector<uint32_t>{10, 27});
    CHECK(user.home == "/home/app");
  }
  CHECK(resolve("1234").uid == 55);
  CHECK(resolve("homeless").home == "/");
}

TEST_CASE("a number needs no entry") {
  ResolvedUser user = resolve("4000:5000");
  CHECK(user.uid == 4000);
  CHECK(user.gid == 5000);
  CHECK(user.groups.empty());
  CHECK(user.home == "/");
  CHECK(resolve("4000").gid == 0);
  CHECK(resolve_user_in("", "", "12:34").gid == 34);
}

TEST_CASE("a given group replaces the user's groups") {
  ResolvedUser user = resolve("app:video");
  CHECK(user.gid == 27);
  CHECK(user.groups.empty());
  CHECK(resolve("app:").gid == 1001);
  CHECK(resolve(":video").uid == 0);
  CHECK(resolve("app:28", {"wheel", "4242", "wheel"}).groups == std::vector<uint32_t>{10, 4242});
  CHECK(resolve("app", {"nomembers"}).groups == std::vector<uint32_t>{10, 27, 29});
}

TEST_CASE("unknown names say so as Docker does") {
  CHECK(failure("nobody") == "unable to find user nobody: no matching entries in passwd file");
  CHECK(failure("broken line") == "unable to find user broken line: no matching entries in passwd file");
  CHECK(failure("short").starts_with("unable to find user"));
  CHECK(failure("#app").starts_with("unable to find user"));
  CHECK(failure("app:cats") == "unable to find group cats: no matching entries in group file");
  CHECK(failure("app", {"cats"}) == "unable to find group cats: no matching entries in group file");
  CHECK(failure("-1").starts_with("unable to find user"));
  CHECK(failure("2147483648") == "user 2147483648 is out of range; it is 0 to 2147483647");
  CHECK(failure("0:99999999999999999999").find("out of range") != std::string::npos);
}

TEST_CASE("the databases' links stay inside the container") {
  TemporaryDirectory root;
  sys::mkdirs(root.path() + "/etc/deep", 0755);
  CHECK(resolve_user(root.fd(), "5").uid == 5);
  sys::write_file_atomically(root.fd(), "etc/deep/mine", "inside:x:42:42::/in:\n");
  sys::symlinkat("/etc/deep/mine", root.fd(), "etc/passwd");
  CHECK(resolve_user(root.fd(), "inside").uid == 42);
  sys::symlinkat("../../../../../../etc/group", root.fd(), "etc/group");
  CHECK(resolve_user(root.fd(), "inside").gid == 42);  // a link to itself, inside
}

TEST_CASE("a passwd that is a FIFO or a directory is refused without waiting") {
  TemporaryDirectory root;
  sys::mkdirs(root.path() + "/etc", 0755);
  sys::mknodat(root.fd(), "etc/passwd", S_IFIFO | 0644, 0);
  CHECK_THROWS_AS(resolve_user(root.fd(), "app"), Error);
  sys::unlinkat(root.fd(), "etc/passwd");
  sys::mkdirat(root.fd(), "etc/passwd", 0755);
  CHECK_THROWS_AS(resolve_user(root.fd(), "app"), Error);
}
