#include "registry/credential_helper.h"

#include <sys/stat.h>

#include <cstdlib>

#include "catch.h"
#include "loop/loop.h"
#include "loop/sys.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

// Sets an environment variable for a while.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~Setting() {
    if (old_)
      ::setenv(name_, old_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

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
