#include "registry/http_proxy.h"

#include "catch.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "registry/client.h"
#include "registry/proxy_text.h"
#include "registry/test_registry.h"
#include "setting.h"

using namespace ccocker;
using namespace ccocker::registry;
using namespace std::chrono_literals;

namespace {

const UrlOrigin registry_origin{"https", "registry.example.com", "443"};

void check_lists(bool left_out, const std::string& url, std::initializer_list<const char*> lists) {
  std::optional<UrlOrigin> origin = url_origin(url);
  REQUIRE(origin);
  for (const char* list : lists) {
    INFO("no_proxy=" << list << " " << url);
    CHECK(is_in_no_proxy(list, origin->host, origin->port) == left_out);
  }
}

// All variables that name a proxy, for a while.
struct Proxies {
  explicit Proxies(const char* name = nullptr, const std::string& value = "") {
    for (const char* other :
         {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"})
      settings.push_back(std::make_unique<Setting>(other, std::nullopt));
    if (name) settings.push_back(std::make_unique<Setting>(name, value));
  }
  ~Proxies() {
    while (!settings.empty()) settings.pop_back();  // the last first
  }
  std::vector<std::unique_ptr<Setting>> settings;
};

struct Outcome {
  Error error{Errc::failed, "it went well"};
  std::vector<std::string> notes;
};

// Asks a registry that only a proxy could know.
Task<std::string> manifest_of(std::string name, TestServer* proxy, std::vector<std::string> insecure,
                              Outcome& outcome) {
  Http http;
  ClientContext context(http, TlsPolicies(std::move(insecure), "", {}));
  context.retry.pause_first = 1ms;
  context.retry.pause_max = 4ms;
  context.note = [&outcome](const std::string& line) { outcome.notes.push_back(line); };
  Client client(std::move(context));
  std::vector<Task<void>> background;
  background.push_back(http.run());
  if (proxy) background.push_back(proxy->run());
  Reference reference = parse_reference(name);
  Task<ManifestAnswer> work = until(client.manifest(reference), std::move(background));
  ManifestAnswer answer = co_await work;
  co_return answer.bytes;
}

Outcome pull_through(TestServer* proxy, std::vector<std::string> insecure = {}) {
  Outcome outcome;
  try {
    Loop loop;
    loop.run(manifest_of("registry.invalid/app", proxy, std::move(insecure), outcome));
  } catch (const Error& error) {
    outcome.error = error;
  }
  return outcome;
}

TestReply status(int code) {
  TestReply reply;
  reply.status = code;
  return reply;
}

}  // namespace

TEST_CASE("the proxy comes from the environment, by the scheme") {
  UrlOrigin plain{"http", "registry.example.com", "80"};
  {
    Proxies proxies;
    CHECK(proxy_for(registry_origin).empty());
  }
  {
    Proxies proxies("HTTPS_PROXY", "http://proxy:3128");
    CHECK(proxy_for(registry_origin) == "http://proxy:3128");
    CHECK(proxy_for(plain).empty());
    CHECK(proxy_for({"https", "localhost", "5000"}).empty());
    CHECK(proxy_for({"https", "127.0.0.1", "5000"}).empty());
    Setting lower("https_proxy", "other:1");
    CHECK(proxy_for(registry_origin) == "other:1");
    Setting none("NO_PROXY", "internal,.example.com");
    CHECK(proxy_for(registry_origin).empty());
  }
  {
    Proxies proxies("HTTP_PROXY", "proxy:3128");
    CHECK(proxy_for(plain) == "proxy:3128");
    CHECK(proxy_for(registry_origin).empty());
  }
  Proxies proxies("ALL_PROXY", "socks5://proxy");
  CHECK(proxy_for(registry_origin) == "socks5://proxy");
  CHECK(proxy_for(plain) == "socks5://proxy");
}

TEST_CASE("no_proxy takes names with all below them, addresses, networks and ports") {
  std::string host = "https://registry.example.com/v2/";
  check_lists(true, host,
              {"registry.example.com", "example.com", ".example.com", "EXAMPLE.com", "other, example.com",
               "other example.com", "*", "example.com:443", "registry.example.com.", ",,com"});
  check_lists(false, host,
              {"", "ample.com", "a.registry.example.com", "example.com:5000", "example", ",", "10.0.0.0/8"});
  check_lists(true, "https://10.1.2.3:5000/",
              {"10.0.0.0/8", "10.1.2.3", "10.1.2.2/31", "10.1.2.3:5000", "0.0.0.0/0", "10.1.2.3/32"});
  check_lists(false, "https://10.1.2.3:5000/",
              {"10.1.2.0/32", "10.1.2.3/33", "10.1.2.3/", "10.1.2.3/x", "10.1.2.3:443", "::/0", "2.3", "/8"});
  check_lists(true, "https://[fd00::1]:5000/", {"fd00::/8", "fd00::1", "[fd00::1]", "[fd00::1]:5000", "::/0"});
  check_lists(false, "https://[fd00::1]:5000/", {"fe80::/10", "[fd00::1]:443", "fd00::/129", "0.0.0.0/0", "fd00::2"});
}

TEST_CASE("a proxy is shown without its password") {
  CHECK(shown_proxy("http://me:secret@proxy:3128/") == "http://me@proxy:3128");
  CHECK(shown_proxy("http://me:se/cr@et@proxy:3128") == "http://me@proxy:3128");
  CHECK(shown_proxy("me:secret@proxy") == "http://me@proxy");
  CHECK(shown_proxy("me:se://cret@proxy") == "http://me@proxy");
  CHECK(shown_proxy("http://me@proxy:3128") == "http://me@proxy:3128");
  CHECK(shown_proxy("127.0.0.1:9") == "http://127.0.0.1:9");
  CHECK(shown_proxy("socks5h://[::1]:1080") == "socks5h://[::1]:1080");
}

TEST_CASE("a proxy that refuses the connection is named, and not the registry") {
  Proxies proxies("HTTPS_PROXY", "http://me:s3cret@127.0.0.1:1");
  Outcome outcome = pull_through(nullptr);
  CHECK(outcome.error.code() == Errc::network);
  CHECK(outcome.error.text() ==
        "cannot reach registry.invalid: the proxy http://me@127.0.0.1:1 refuses the connection; check HTTPS_PROXY, "
        "HTTP_PROXY and NO_PROXY");
}

TEST_CASE("what a proxy refuses is said in its name and not tried again") {
  int answer = 407;
  TestServer proxy([&](const TestRequest& request) {
    CHECK(request.method == "CONNECT");
    CHECK(request.path == "registry.invalid:443");
    return status(answer);
  });
  {
    Proxies proxies("https_proxy", proxy.host());
    Outcome outcome = pull_through(&proxy);
    CHECK(outcome.error.code() == Errc::denied);
    CHECK(outcome.error.text().starts_with("the proxy http://" + proxy.host() + " wants a login"));
    CHECK(outcome.notes.empty());
    CHECK(proxy.requests.size() == 1);
  }
  Proxies proxies("https_proxy", "http://me:s3cret@" + proxy.host());
  Outcome outcome = pull_through(&proxy);
  CHECK(outcome.error.text() == "the proxy http://me@" + proxy.host() + " does not accept the login in its URL (407)");
  answer = 403;
  proxy.requests.clear();
  outcome = pull_through(&proxy);
  CHECK(outcome.error.code() == Errc::denied);
  CHECK(outcome.error.text().starts_with("the proxy http://me@" + proxy.host() +
                                         " refuses to connect to registry.invalid (403)"));
  CHECK(outcome.notes.empty());
  CHECK(proxy.requests.size() == 1);
  answer = 502;
  proxy.requests.clear();
  outcome = pull_through(&proxy);
  CHECK(outcome.error.code() == Errc::network);
  CHECK(outcome.error.text().find("answers with status 502") != std::string::npos);
  CHECK(proxy.requests.size() == 6);
}

TEST_CASE("a proxy's wish for a login is not taken for the registry's in plain HTTP either") {
  TestServer proxy([&](const TestRequest&) { return status(407); });
  Proxies proxies("ALL_PROXY", proxy.host());
  Outcome outcome = pull_through(&proxy, {"registry.invalid"});
  CHECK(outcome.error.code() == Errc::denied);
  CHECK(outcome.error.text().starts_with("the proxy http://" + proxy.host() + " wants a login"));
  CHECK(proxy.count("http://registry.invalid/") == 1);
}

TEST_CASE("a registry in plain HTTP is reached through a proxy that connects to no such port") {
  TestServer proxy([&](const TestRequest& request) {
    if (request.method == "CONNECT") return status(403);
    TestReply reply;
    reply.body = R"({"schemaVersion":2})";
    return reply;
  });
  Proxies proxies("ALL_PROXY", proxy.host());
  CHECK(pull_through(&proxy, {"registry.invalid"}).error.text() == "it went well");
}
