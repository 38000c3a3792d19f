#include "registry/credential_helper.h"

#include <sys/stat.h>

#include <cstdlib>

#include "catch.h"
#include "loop/loop.h"
#include "loop/sys.h"
#include "setting.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

struct Home {
  Home() : path("PATH", directory.path() + ":" + std::getenv("PATH")), config("DOCKER_CONFIG", directory.path()) {}
  void helper(const std::string& name, const std::string& script) {
    sys::write_file_atomically(directory.fd(), "docker-credential-" + name, "#!/bin/sh\n" + script, 0755);
  }
  void configure(const std::string& json) { sys::write_file_atomically(directory.fd(), "config.json", json); }
  Credentials find(const std::string& registry) {
    Loop loop;
    return loop.run(find_credentials(registry));
  }
  RegistryLogins find_all(const std::string& registry) {
    Loop loop;
    return loop.run(find_logins(registry));
  }
  TemporaryDirectory directory;
  Setting path, config;
};

std::string fault_of(Home& home, const std::string& registry) {
  try {
    home.find(registry);
  } catch (const Error& error) {
    return error.text();
  }
  return "it went well";
}

}  // namespace

TEST_CASE("a helper is asked by the registry's key and gives the login") {
  Home home;
  home.helper("test", R"(read key; echo "{\"ServerURL\":\"$key\",\"Username\":\"for $key\",\"Secret\":\"s $1\"}")");
  home.configure(R"({"credsStore":"test"})");
  CHECK(home.find("host:5000").username == "for host:5000");
  CHECK(home.find("host:5000").password == "s get");
  CHECK(home.find("docker.io").username == "for https://index.docker.io/v1/");
}

TEST_CASE("a helper's identity token is told from a password") {
  Home home;
  home.helper("test", R"(echo '{"Username":"<token>","Secret":"idt"}')");
  home.configure(R"({"credHelpers":{"host":"test"}})");
  CHECK(home.find("host").identity_token == "idt");
  CHECK(home.find("other").empty());
}

TEST_CASE("a helper that knows no login leaves the file's own") {
  Home home;
  home.helper("test", "echo credentials not found in native keychain; exit 1");
  home.configure(R"({"credsStore":"test","auths":{"host":{"auth":"bWU6c2VjcmV0"}}})");
  CHECK(home.find("host").username == "me");
  CHECK(home.find("other").empty());
}

TEST_CASE("a helper that is missing or fails is named") {
  Home home;
  home.configure(R"({"credsStore":"nowhere"})");
  CHECK(fault_of(home, "host").find("the credential helper docker-credential-nowhere is not in PATH") == 0);
  home.helper("bad", "echo the keyring is locked; exit 3");
  home.configure(R"({"credsStore":"bad"})");
  CHECK(fault_of(home, "host") ==
        "asking docker-credential-bad for the login to host: it ended with exit code 3: the keyring is locked");
  home.helper("odd", "echo '<html>'");
  home.configure(R"({"credsStore":"odd"})");
  CHECK(fault_of(home, "host") == "asking docker-credential-odd for the login to host: its answer is not JSON");
}

TEST_CASE("a helper that is missing does not hide what other entries and files have") {
  Home home;
  Setting second("REGISTRY_AUTH_FILE", home.directory.path() + "/auth.json");
  home.configure(R"({"credsStore":"nowhere","auths":{"host":{"auth":"bWU6c2VjcmV0"}}})");
  CHECK(home.find("host").username == "me");
  CHECK(fault_of(home, "other").find("docker-credential-nowhere is not in PATH") != std::string::npos);
  sys::write_file_atomically(home.directory.fd(), "auth.json", R"({"auths":{"other/org":{"auth":"bWU6c2VjcmV0"}}})");
  CHECK(home.find_all("other").for_repository("org/app").username == "me");
  CHECK(home.find_all("other").for_repository("else").empty());
  REQUIRE(home.find_all("other").fault);
  home.configure("{");
  CHECK(home.find_all("other").for_repository("org/app").username == "me");
  CHECK(home.find_all("other").fault->text().find("config.json is not JSON") != std::string::npos);
}

TEST_CASE("a bad entry of another registry is nobody's fault") {
  Home home;
  home.configure(R"({"auths":{"other.example":{"auth":"!!!"}}})");
  CHECK(home.find("host").empty());
  CHECK(fault_of(home, "other.example").find("is not base64 of user:password") != std::string::npos);
}
