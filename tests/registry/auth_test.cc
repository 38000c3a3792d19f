#include "catch.h"
#include "loop/error.h"
#include "registry/auth_challenge.h"
#include "registry/docker_config.h"
#include "registry/http_text.h"
#include "registry/retry.h"

using namespace ccocker;
using namespace ccocker::registry;
using namespace std::chrono_literals;

namespace {

RegistryLogins logins_of(const DockerConfig& config, const std::string& registry) {
  RegistryLogins logins;
  add_logins(config, registry, logins);
  return logins;
}

Credentials find_login(const DockerConfig& config, const std::string& registry, const std::string& repository = "") {
  return logins_of(config, registry).for_repository(repository);
}

}  // namespace

TEST_CASE("a Bearer challenge gives realm, service and scope") {
  auto challenges = parse_challenges(
      R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")");
  REQUIRE(challenges.size() == 1);
  CHECK(challenges[0].scheme == "bearer");
  CHECK(challenges[0].parameter("realm") == "https://auth.docker.io/token");
  CHECK(challenges[0].parameter("service") == "registry.docker.io");
  CHECK(challenges[0].parameter("scope") == "repository:a/b:pull,push");
  CHECK(challenges[0].parameter("error").empty());
}

TEST_CASE("several challenges in one header are told apart") {
  auto challenges =
      parse_challenges(R"(Negotiate YII=, BASIC Realm = "a \"b\", c" , Bearer realm=https,service="s", Digest)");
  REQUIRE(challenges.size() == 4);
  CHECK(challenges[0].scheme == "negotiate");
  CHECK(challenges[1].scheme == "basic");
  CHECK(challenges[1].parameter("realm") == R"(a "b", c)");
  CHECK(challenges[2].scheme == "bearer");
  CHECK(challenges[2].parameter("realm") == "https");
  CHECK(challenges[2].parameter("service") == "s");
  CHECK(challenges[3].scheme == "digest");
}

TEST_CASE("headers that do not parse give no challenge and no failure") {
  for (const char* text : {"", ",", "\"", "=", ", ,=x", "Bearer realm=\"unterminated", "Basic \\"}) {
    INFO(text);
    CHECK_NOTHROW(parse_challenges(text));
  }
}

TEST_CASE("tokens come under either name and with a lifetime within reason") {
  CHECK(parse_token_answer(R"({"token":"a"})").value == "a");
  CHECK(parse_token_answer(R"({"token":"a"})").lifetime == 60s);
  CHECK(parse_token_answer(R"({"access_token":"b","expires_in":300})").value == "b");
  CHECK(parse_token_answer(R"({"access_token":"b","expires_in":300})").lifetime == 300s);
  CHECK(parse_token_answer(R"({"token":"a","expires_in":-5})").lifetime == 60s);
  CHECK(parse_token_answer(R"({"token":"a","expires_in":1})").lifetime == 60s);
  CHECK(parse_token_answer(R"({"token":"a","expires_in":9000000000000000000})").lifetime == 604800s);
  CHECK_THROWS_WITH(parse_token_answer("{}"), "the token server's answer has no token");
  CHECK_THROWS_WITH(parse_token_answer("<html>"), "the token server's answer is not JSON");
  CHECK_THROWS_AS(parse_token_answer("{\"token\":\"a\\r\\nX-Evil: 1\"}"), Error);
}

TEST_CASE("base64 goes there and back") {
  for (const char* text : {"", "a", "ab", "abc", "user:pass word", "\xff\xfe"})
    CHECK(base64_decode(base64_encode(text)) == std::string(text));
  CHECK(base64_encode("me:secret") == "bWU6c2VjcmV0");
  CHECK(base64_decode("bWU6c2VjcmV") == std::string("me:secre"));
  CHECK_FALSE(base64_decode("a"));
  CHECK_FALSE(base64_decode("a*b="));
}

TEST_CASE("Docker's configuration gives logins by host, in every spelling of the key") {
  DockerConfig config = parse_docker_config(R"({
    "auths": {
      "https://index.docker.io/v1/": {"auth": "bWU6c2VjcmV0"},
      "registry.example:5000": {"username": "u", "password": "p"},
      "http://plain.example/v2/": {"auth": "bWU6c2VjcmV0", "identitytoken": "idt"},
      "kept.example": {}
    },
    "credHelpers": {"gcr.io": "gcloud"}, "credsStore": "pass", "HttpHeaders": {"X": "y"}})",
                                            "config.json");
  CHECK(find_login(config, "docker.io").username == "me");
  CHECK(find_login(config, "docker.io").password == "secret");
  CHECK(find_login(config, "docker.io").source == "config.json");
  CHECK(find_login(config, "registry.example:5000").password == "p");
  CHECK(find_login(config, "plain.example").identity_token == "idt");
  CHECK(find_login(config, "kept.example").empty());
  CHECK(find_login(config, "other.example").empty());
  CHECK(find_helper(config, "gcr.io") == "gcloud");
  CHECK(find_helper(config, "docker.io") == "pass");
}

TEST_CASE("the most specific login is taken, as in containers-auth.json(5)") {
  DockerConfig config = parse_docker_config(R"({"auths": {
    "host:5000/org": {"username": "org"}, "host:5000/org/app": {"username": "app"}, "host:5000": {"username": "all"},
    "host:50001/org": {"username": "other"}, "docker.io/library": {"username": "library"},
    "https://api.example/v1/": {"username": "https"}, "api.example/v2/": {"username": "v2"},
    "https://scheme.example/org": {"username": "scheme"},
    "http://exact.example": {"username": "http"}, "exact.example": {"username": "exact"}}})",
                                            "auth.json");
  CHECK(find_login(config, "host:5000", "org/app").username == "app");
  CHECK(find_login(config, "host:5000", "org/app/deeper").username == "app");
  CHECK(find_login(config, "host:5000", "org/apple").username == "org");
  CHECK(find_login(config, "host:5000", "organisation/app").username == "all");
  CHECK(find_login(config, "host:5000").username == "all");
  CHECK(find_login(config, "host:50001").empty());
  CHECK(find_login(config, "docker.io", "library/alpine").username == "library");
  CHECK(find_login(config, "docker.io", "me/alpine").empty());
  CHECK(find_login(config, "api.example").username == "v2");
  CHECK(find_login(config, "scheme.example", "any").username == "scheme");
  CHECK(find_login(config, "exact.example").username == "exact");
}

TEST_CASE("an entry that does not parse is a fault for its own registry only") {
  DockerConfig config = parse_docker_config(
      R"({"auths":{"bad":{"auth":"!!!"},"odd":{"username":7},"good":{"auth":"bWU6c2VjcmV0"}}})", "config.json");
  CHECK(find_login(config, "good").username == "me");
  CHECK_FALSE(logins_of(config, "good").fault);
  CHECK(find_login(config, "bad").empty());
  REQUIRE(logins_of(config, "bad").fault);
  CHECK(logins_of(config, "bad").fault->text() ==
        "config.json: field \"auths.bad.auth\" is not base64 of user:password");
  CHECK(logins_of(config, "odd").fault);
}

TEST_CASE("a configuration that does not parse names the file or the field") {
  CHECK_THROWS_WITH(parse_docker_config("{", "/root/.docker/config.json"), "/root/.docker/config.json is not JSON");
  DockerConfig no_colon = parse_docker_config(R"({"auths":{"h":{"auth":"bm9jb2xvbg=="}}})", "f");
  CHECK(logins_of(no_colon, "h").fault->text() == "f: field \"auths.h.auth\" is not base64 of user:password");
  CHECK_THROWS_AS(parse_docker_config(R"({"auths":{"h":1}})", "f"), Error);
  CHECK_THROWS_AS(parse_docker_config(R"({"credsStore":"../../bin/sh"})", "f"), Error);
}

TEST_CASE("pauses between attempts double, vary, and have an end") {
  RetryPolicy policy;
  for (int i = 0; i < 100; ++i) {
    CHECK(policy.pause_before(2) >= 250ms);
    CHECK(policy.pause_before(2) <= 500ms);
    CHECK(policy.pause_before(4) >= 1000ms);
    CHECK(policy.pause_before(4) <= 2000ms);
    CHECK(policy.pause_before(4'000'000'000u) <= policy.pause_max);
  }
}

TEST_CASE("Retry-After is seconds or a date") {
  CHECK(parse_retry_after("7", 0) == 7s);
  CHECK(parse_retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 40) == 60s);
  CHECK(parse_retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 400) == 0s);
  CHECK_FALSE(parse_retry_after("", 0));
  CHECK_FALSE(parse_retry_after("soon", 0));
  CHECK_FALSE(parse_retry_after("-3", 0));
}

TEST_CASE("what a server says is fit for a terminal") {
  CHECK(one_line("a\x1b[31mb\r\nc") == "a [31mb c");
  CHECK(one_line(std::string(1000, 'x')).size() == 300);
  CHECK(server_message(R"({"errors":[{"code":"DENIED","message":"no\u0007"}]})") == "DENIED: no");
  CHECK(server_message(R"({"details":"incorrect username or password"})") == "incorrect username or password");
  CHECK(server_message("<html>").empty());
  CHECK(server_message(R"({"errors":[1]})").empty());
}
