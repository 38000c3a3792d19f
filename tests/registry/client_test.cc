#include "registry/client.h"

#include <fmt/format.h>

#include "catch.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "registry/sha256.h"
#include "registry/test_registry.h"

using namespace ccocker;
using namespace ccocker::registry;
using namespace std::chrono_literals;

namespace {

const std::string small_manifest = R"({"schemaVersion":2})";

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  INFO(part);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

std::string pattern(size_t bytes) {
  std::string out(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(i * 2654435761u >> 13);
  return out;
}

// One client against one scripted server; failures repeat quickly.
struct Bench {
  explicit Bench(TestServer::Handler handler) : server(std::move(handler)) {}

  ClientContext context(Http& http) {
    ClientContext made(http, TlsPolicies({}, ""));
    made.retry.pause_first = 1ms;
    made.retry.pause_max = 4ms;
    made.retry.attempts_max = attempts_max;
    made.stall_limit = stall_limit;
    made.connect_limit = 10s;
    made.note = [this](const std::string& line) { notes.push_back(line); };
    made.find_logins = [this](std::string) { return give(); };
    return made;
  }
  Task<RegistryLogins> give() {
    ++looked_up;
    RegistryLogins found = logins;
    if (!login.empty()) found.by_path[""] = login;
    co_return found;
  }

  Reference reference(const std::string& rest = "app:1") { return parse_reference(server.host() + "/" + rest); }

  template <typename T>
  T run(std::function<Task<T>(Client&)> work) {
    Loop loop;
    return loop.run(main(std::move(work)));
  }
  template <typename T>
  Task<T> main(std::function<Task<T>(Client&)> work) {
    Http http;
    Client client(context(http));
    std::vector<Task<void>> background;
    background.push_back(http.run());
    background.push_back(server.run());
    for (TestServer* other : others) background.push_back(other->run());
    Task<T> body = until(work(client), std::move(background));
    T value = co_await body;
    co_return value;
  }

  static Ask upload_to(const TestServer& other) {
    Ask ask;
    ask.method = Method::post;
    ask.url = "http://" + other.host() + "/upload";
    return ask;
  }

  ManifestAnswer manifest(Reference wanted) {
    return run<ManifestAnswer>([&](Client& client) { return client.manifest(wanted); });
  }
  std::string blob(const std::string& content) {
    Descriptor descriptor{"", sha256(content), content.size(), {}};
    return run<std::string>([&](Client& client) { return read_blob(client, reference(), descriptor); });
  }
  Task<std::string> read_blob(Client& client, Reference from, Descriptor descriptor) {
    BlobStream stream(client, from, descriptor, [this](const std::string& line) { notes.push_back(line); });
    std::string out;
    std::vector<std::byte> piece;
    for (;;) {
      co_await stream.next(piece);
      if (piece.empty()) co_return out;
      out.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
  }

  TestServer server;
  std::vector<TestServer*> others;  // that run beside it
  Credentials login;                // for all of the registry
  RegistryLogins logins;            // beside it
  unsigned looked_up = 0;
  unsigned attempts_max = 4;
  std::chrono::seconds stall_limit{10};
  std::vector<std::string> notes;
};

template <typename Call>
Error fault_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(Errc::failed, "it went well");
}

TestReply status(int code, std::vector<std::string> headers = {}, std::string body = {}) {
  TestReply reply;
  reply.status = code;
  reply.headers = std::move(headers);
  reply.body = std::move(body);
  return reply;
}

}  // namespace

TEST_CASE("a manifest comes with its type and its digest") {
  Bench bench([](const TestRequest& request) {
    CHECK(request.path == "/v2/app/manifests/1");
    CHECK(request.header("accept").find("application/vnd.oci.image.index.v1+json") != std::string::npos);
    return status(200, {"Content-Type: application/x-test", "Docker-Content-Digest: " + sha256(small_manifest).str()},
                  small_manifest);
  });
  ManifestAnswer answer = bench.manifest(bench.reference());
  CHECK(answer.bytes == small_manifest);
  CHECK(answer.content_type == "application/x-test");
  CHECK(answer.digest == sha256(small_manifest));
}

TEST_CASE("a manifest that is not what its digest says is corrupt") {
  Bench bench([](const TestRequest&) {
    return status(200, {"Docker-Content-Digest: " + sha256("other").str()}, small_manifest);
  });
  Error error = fault_of([&] { bench.manifest(bench.reference()); });
  CHECK(error.code() == Errc::corrupt);
  has(error.text(), "the registry says sha256:");
  error = fault_of([&] { bench.manifest(bench.reference("app@" + sha256("wanted").str())); });
  CHECK(error.code() == Errc::corrupt);
  has(error.text(), "the reference says sha256:");
}

TEST_CASE("what a registry refuses is said with its own words") {
  Bench bench([](const TestRequest&) {
    return status(404, {}, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest \u001b[31munknown"}]})");
  });
  Error error = fault_of([&] { bench.manifest(bench.reference()); });
  CHECK(error.code() == Errc::not_found);
  has(error.text(), "not found on 127.0.0.1:");
  has(error.text(), "MANIFEST_UNKNOWN: manifest [31munknown");
  CHECK(bench.server.requests.size() == 1);
  Bench forbidden([](const TestRequest&) { return status(403); });
  error = fault_of([&] { forbidden.manifest(forbidden.reference()); });
  CHECK(error.code() == Errc::denied);
  has(error.text(), "access to app on 127.0.0.1:");
  has(error.text(), "ccocker login");
}

TEST_CASE("a server that is busy is asked again, and after a while no more") {
  unsigned failures = 2;
  Bench bench([&](const TestRequest&) {
    if (failures > 0 && failures--) return status(503, {"Retry-After: 0"});
    return status(200, {}, small_manifest);
  });
  CHECK(bench.manifest(bench.reference()).bytes == small_manifest);
  CHECK(bench.notes.size() == 2);
  has(bench.notes.at(0), "retrying in 0.0 s: 127.0.0.1:");
  has(bench.notes.at(0), "answers with status 503");
  failures = 100;
  Error error = fault_of([&] { bench.manifest(bench.reference()); });
  CHECK(error.code() == Errc::network);
  has(error.text(), "gave up after 4 attempts");
}

TEST_CASE("too many requests: Retry-After is honoured, unless it asks for too long") {
  bool first = true;
  Bench bench([&](const TestRequest&) {
    if (std::exchange(first, false)) return status(429, {"Retry-After: 1"});
    return status(200, {}, small_manifest);
  });
  auto start = std::chrono::steady_clock::now();
  bench.manifest(bench.reference());
  CHECK(std::chrono::steady_clock::now() - start >= 1s);
  Bench patient([&](const TestRequest&) { return status(429, {"Retry-After: 86400"}); });
  Error error = fault_of([&] { patient.manifest(patient.reference()); });
  has(error.text(), "too many requests");
  has(error.text(), "it asks to wait 86400 s");
  CHECK(patient.server.requests.size() == 1);
}

TEST_CASE("a refused connection is said at once") {
  Bench bench([](const TestRequest&) { return TestReply{}; });
  Reference nobody = parse_reference("127.0.0.1:1/app");
  Error error = fault_of([&] { bench.manifest(nobody); });
  CHECK(error.code() == Errc::network);
  has(error.text(), "cannot connect to 127.0.0.1:1: connection refused");
  CHECK(bench.notes.empty());
}

TEST_CASE("a network that fails after the registry has answered is waited for") {
  std::string content = pattern(1000), where = GENERATE("127.0.0.1:1", "nosuchhost.invalid");
  unsigned failures = 2;
  Bench bench([&](const TestRequest& request) {
    if (request.path.find("/manifests/") != std::string::npos) return status(200, {}, small_manifest);
    if (failures > 0 && failures--) return status(307, {"Location: http://" + where + "/gone"});
    return ranged(request, content);
  });
  auto pull = [&](Client& client) -> Task<std::string> {
    return [](Client& inner, Bench& self, std::string wanted) -> Task<std::string> {
      ManifestAnswer manifest = co_await inner.manifest(self.reference());
      Descriptor descriptor{"", sha256(wanted), wanted.size(), {}};
      Task<std::string> blob = self.read_blob(inner, self.reference(), descriptor);
      std::string got = co_await blob;
      co_return got;
    }(client, bench, content);
  };
  CHECK(bench.run<std::string>(pull) == content);
  CHECK(bench.notes.size() == 2);
}

TEST_CASE("a host without an address is said by name") {
  Bench bench([](const TestRequest&) { return TestReply{}; });
  Error error = fault_of([&] { bench.manifest(parse_reference("registry.invalid/app")); });
  CHECK(error.code() == Errc::network);
  has(error.text(), "registry.invalid");
}

TEST_CASE("a blob is streamed whole") {
  std::string content = pattern(5 << 20);
  Bench bench([&](const TestRequest& request) { return ranged(request, content); });
  CHECK(bench.blob(content) == content);
  CHECK(bench.server.requests.size() == 1);
  Bench empty([&](const TestRequest&) { return TestReply{}; });
  CHECK(empty.blob("") == "");
}

TEST_CASE("a blob that breaks off is resumed where it stopped") {
  std::string content = pattern(3 << 20);
  for (int kind = 0; kind < 3; ++kind) {
    unsigned breaks = 3;
    INFO("kind of break: " << kind);
    Bench bench([&](const TestRequest& request) {
      TestReply reply = ranged(request, content);
      if (breaks == 0) return reply;
      --breaks;
      reply.cut_after = 300'000 + breaks;
      reply.reset = kind == 1;
      reply.stall = kind == 2 && breaks == 0;
      return reply;
    });
    if (kind == 2) bench.stall_limit = 2s;  // which a test has to wait for
    CHECK(bench.blob(content) == content);
    CHECK(bench.server.requests.size() == 4);
    has(bench.server.requests.at(1).header("range"), "bytes=");
    CHECK(bench.notes.size() == 3);
  }
}

TEST_CASE("a server that knows no ranges sends it all again, and the old part is skipped") {
  std::string content = pattern(2 << 20);
  unsigned breaks = 2;
  Bench bench([&](const TestRequest&) {
    TestReply reply = status(200, {}, content);
    if (breaks > 0 && breaks--) reply.cut_after = 700'000;
    return reply;
  });
  CHECK(bench.blob(content) == content);
  CHECK(bench.server.requests.size() == 3);
}

TEST_CASE("a blob that never gets further is given up") {
  std::string content = pattern(1 << 20);
  Bench bench([&](const TestRequest& request) {
    TestReply reply = ranged(request, content);
    reply.cut_after = 10;
    return reply;
  });
  Error error = fault_of([&] { bench.blob(content); });
  CHECK(error.code() == Errc::network);
  has(error.text(), "gave up after 4 attempts");
}

TEST_CASE("a blob of another size than its descriptor is corrupt") {
  std::string content = pattern(1000);
  Bench shorter([&](const TestRequest&) { return status(200, {}, content.substr(0, 900)); });
  Error error = fault_of([&] { shorter.blob(content); });
  CHECK(error.code() == Errc::corrupt);
  CHECK(error.text() == "expected 1000 bytes, the registry has 900");
  Bench longer([&](const TestRequest&) {
    TestReply reply = status(200, {}, content + "more");
    reply.no_length = true;
    return reply;
  });
  error = fault_of([&] { longer.blob(content); });
  CHECK(error.code() == Errc::corrupt);
  CHECK(error.text() == "the registry sends more than the expected 1000 bytes");
}

TEST_CASE("a foreign layer that is not there is told as one") {
  Bench bench([](const TestRequest&) { return status(404); });
  Descriptor layer{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", sha256("x"), 1, {}};
  Error error = fault_of([&] {
    bench.run<std::string>([&](Client& client) { return bench.read_blob(client, bench.reference(), layer); });
  });
  has(error.text(), "not found on 127.0.0.1:");
  has(error.text(), "it is a foreign layer");
}

TEST_CASE("a wrong range is refused") {
  std::string content = pattern(1000);
  Bench bench([&](const TestRequest& request) {
    TestReply reply = ranged(request, content);
    if (reply.status == 206) reply.headers = {"Content-Range: bytes 0-999/1000"};
    reply.cut_after = 500;
    return reply;
  });
  Error error = fault_of([&] { bench.blob(content); });
  CHECK(error.code() == Errc::corrupt);
  has(error.text(), "sent range \"bytes 0-999/1000\"");
}

TEST_CASE("a token is asked for, used, and renewed when the registry wants another") {
  std::string valid = "t1";
  TestServer* server = nullptr;
  Bench bench([&](const TestRequest& request) {
    if (request.path.starts_with("/token")) {
      CHECK(request.header("authorization") == "Basic bWU6c2VjcmV0");
      has(request.path, "service=the%20registry");
      has(request.path, "scope=repository%3Aapp%3Apull");
      return status(200, {}, R"({"token":")" + valid + R"(","expires_in":300})");
    }
    if (request.header("authorization") != "Bearer " + valid)
      return status(401, {fmt::format(R"(WWW-Authenticate: Bearer realm="http://{}/token",service="the registry")",
                                      server->host())});
    return status(200, {}, small_manifest);
  });
  server = &bench.server;
  bench.login = {"me", "secret", "", "a test"};
  std::string both = bench.run<std::string>([&](Client& client) -> Task<std::string> {
    return [](Client& inner, Reference reference, std::string& token) -> Task<std::string> {
      ManifestAnswer first = co_await inner.manifest(reference);
      ManifestAnswer again = co_await inner.manifest(reference);
      token = "t2";
      ManifestAnswer renewed = co_await inner.manifest(reference);
      co_return first.bytes + again.bytes + renewed.bytes;
    }(client, bench.reference(), valid);
  });
  CHECK(both == small_manifest + small_manifest + small_manifest);
  CHECK(bench.server.count("/token") == 2);
  CHECK(bench.server.count("/manifests/") == 5);
}

TEST_CASE("an identity token is exchanged by POST") {
  TestServer* server = nullptr;
  Bench bench([&](const TestRequest& request) {
    if (request.path == "/token") {
      CHECK(request.method == "POST");
      has(request.body, "grant_type=refresh_token");
      has(request.body, "refresh_token=id%2Btoken");
      return status(200, {}, R"({"access_token":"fresh"})");
    }
    if (request.header("authorization") != "Bearer fresh")
      return status(401, {fmt::format(R"(WWW-Authenticate: Bearer realm="http://{}/token")", server->host())});
    return status(200, {}, small_manifest);
  });
  server = &bench.server;
  bench.login.identity_token = "id+token";
  CHECK(bench.manifest(bench.reference()).bytes == small_manifest);
}

TEST_CASE("Basic: the login is sent when asked for, a wrong or missing one is denied") {
  Bench bench([](const TestRequest& request) {
    if (request.header("authorization") == "Basic bWU6c2VjcmV0") return status(200, {}, small_manifest);
    return status(401, {R"(WWW-Authenticate: Basic realm="here")"});
  });
  Error error = fault_of([&] { bench.manifest(bench.reference()); });
  CHECK(error.code() == Errc::denied);
  has(error.text(), "wants a login, and none is configured");
  bench.login = {"me", "secret", "", "config.json"};
  CHECK(bench.manifest(bench.reference()).bytes == small_manifest);
  bench.login = {"me", "wrong", "", "config.json"};
  error = fault_of([&] { bench.manifest(bench.reference()); });
  CHECK(error.code() == Errc::denied);
  has(error.text(), "does not accept the login from config.json");
}

TEST_CASE("a login that cannot be looked up does not keep a public image away, and is told once") {
  TestServer* server = nullptr;
  bool is_public = true;
  Credentials bench_login;
  Bench bench([&](const TestRequest& request) {
    if (request.path.starts_with("/token")) {
      CHECK(request.header("authorization").empty() == bench_login.empty());
      return status(200, {}, R"({"token":"anonymous"})");
    }
    if (is_public && request.header("authorization") == "Bearer anonymous") return status(200, {}, small_manifest);
    return status(401, {fmt::format(R"(WWW-Authenticate: Bearer realm="http://{}/token")", server->host())});
  });
  server = &bench.server;
  bench.logins.fault = Error(Errc::not_found, "the helper is not in PATH");
  bench.run<std::string>([&](Client& client) -> Task<std::string> {
    return [](Client& inner, Reference one, Reference other) -> Task<std::string> {
      ManifestAnswer first = co_await inner.manifest(one);
      ManifestAnswer second = co_await inner.manifest(other);
      co_return first.bytes + second.bytes;
    }(client, bench.reference("one:1"), bench.reference("other:1"));
  });
  REQUIRE(bench.notes.size() == 1);
  has(bench.notes[0], "going on without a login to " + bench.server.host() + ": the helper is not in PATH");
  CHECK(bench.looked_up == 1);
  is_public = false;
  Error error = fault_of([&] { bench.manifest(bench.reference()); });
  CHECK(error.code() == Errc::denied);
  has(error.text(), "access to app on " + bench.server.host() + " is denied");
  has(error.text(), "no login was sent: the helper is not in PATH");
  bench_login = bench.login = {"me", "secret", "", "a test"};
  error = fault_of([&] { bench.manifest(bench.reference()); });
  CHECK(error.text().find("no login was sent") == std::string::npos);
}

TEST_CASE("a token server that wants a login is told apart from one that could not be looked up") {
  TestServer* server = nullptr;
  Bench bench([&](const TestRequest& request) {
    if (request.path.starts_with("/token")) return status(401);
    return status(401, {fmt::format(R"(WWW-Authenticate: Bearer realm="http://{}/token")", server->host())});
  });
  server = &bench.server;
  has(fault_of([&] { bench.manifest(bench.reference()); }).text(), "wants a login, and none is configured");
  bench.logins.fault = Error(Errc::failed, "the keyring is locked");
  Error error = fault_of([&] { bench.manifest(bench.reference()); });
  CHECK(error.code() == Errc::denied);
  has(error.text(), "wants a login; no login was sent: the keyring is locked");
}

TEST_CASE("Basic: a login that cannot be looked up is the error") {
  Bench bench([](const TestRequest&) { return status(401, {R"(WWW-Authenticate: Basic realm="here")"}); });
  bench.logins.fault = Error(Errc::not_found, "the helper is not in PATH");
  Error error = fault_of([&] { bench.manifest(bench.reference()); });
  CHECK(error.code() == Errc::not_found);
  CHECK(error.text() == "the helper is not in PATH");
  CHECK(bench.notes.empty());
}

TEST_CASE("each organisation of a registry gets its own login and no other's, by Basic and by token") {
  for (bool by_token : {false, true}) {
    INFO("by token: " << by_token);
    TestServer* server = nullptr;
    Bench bench([&](const TestRequest& request) {
      std::string given = request.header("authorization");
      if (request.path.starts_with("/token")) {
        bool one = request.path.find("org1%2F") != std::string::npos,
             two = request.path.find("org2%2F") != std::string::npos;
        CHECK(given == "Basic " + base64_encode(one ? "me1:secret1" : two ? "me2:secret2" : "me:secret"));
        return status(200, {}, R"({"token":"t"})");
      }
      if (by_token && given == "Bearer t") return status(200, {}, small_manifest);
      if (by_token)
        return status(401, {fmt::format(R"(WWW-Authenticate: Bearer realm="http://{}/token")", server->host())});
      if (given.empty()) return status(401, {"WWW-Authenticate: Basic realm=here"});
      bool one = request.path.starts_with("/v2/org1/"), two = request.path.starts_with("/v2/org2/");
      CHECK(given == "Basic " + base64_encode(one ? "me1:secret1" : two ? "me2:secret2" : "me:secret"));
      return status(200, {}, small_manifest);
    });
    server = &bench.server;
    bench.logins.by_path = {{"org1", {"me1", "secret1", "", "a test"}}, {"org2", {"me2", "secret2", "", "a test"}}};
    bench.login = {"me", "secret", "", "a test"};
    auto all = [&](Client& client) -> Task<bool> {
      return [](Client& inner, std::vector<Reference> references) -> Task<bool> {
        for (Reference& reference : references) co_await inner.manifest(reference);
        co_return true;
      }(client, {bench.reference("org1/a:1"), bench.reference("org2/a/b:1"), bench.reference("org22/a:1")});
    };
    CHECK(bench.run<bool>(all));
    CHECK(bench.looked_up == 1);
  }
}

TEST_CASE("a redirect to another server takes no Authorization along") {
  std::string content = pattern(100'000);
  TestServer elsewhere([&](const TestRequest& request) {
    CHECK(request.header("authorization").empty());
    return ranged(request, content);
  });
  Bench bench([&](const TestRequest& request) {
    if (request.header("authorization").empty()) return status(401, {"WWW-Authenticate: Basic realm=x"});
    if (request.path.find("blobs") != std::string::npos) return status(302, {"Location: /moved/here"});
    CHECK(request.header("authorization") == "Basic bWU6c2VjcmV0");
    return status(307, {"Location: http://" + elsewhere.host() + "/cdn"});
  });
  bench.login = {"me", "secret", "", "a test"};
  bench.others = {&elsewhere};
  CHECK(bench.blob(content) == content);
  CHECK(elsewhere.requests.size() == 1);
}

TEST_CASE("whoever answers in the registry's place names no token server for its login") {
  TestServer* self = nullptr;
  TestServer elsewhere([&](const TestRequest& request) {
    if (request.path.starts_with("/token")) return status(200, {}, R"({"token":"t"})");
    return status(401, {fmt::format(R"(WWW-Authenticate: Bearer realm="http://{}/token")", self->host())});
  });
  self = &elsewhere;
  Bench bench([&](const TestRequest&) { return status(307, {"Location: http://" + elsewhere.host() + "/cdn"}); });
  bench.others = {&elsewhere};
  for (const Credentials& login : {Credentials{"me", "secret", "", "a test"}, Credentials{"", "", "idt", "a test"}}) {
    bench.login = login;
    Error error = fault_of([&] { bench.manifest(bench.reference()); });
    CHECK(error.code() == Errc::denied);
    has(error.text(), bench.server.host() + " sends this request on to http://" + elsewhere.host());
  }
  CHECK(elsewhere.count("/token") == 0);
  auto upload = [&](Client& client) { return client.exchange(bench.reference(), bench.upload_to(elsewhere)); };
  CHECK(fault_of([&] { bench.run<std::expected<Answer, Failure>>(upload); }).code() == Errc::denied);
  CHECK(elsewhere.count("/upload") == 1);
  CHECK(elsewhere.count("/token") == 0);
}

TEST_CASE("a registry that wants a login and redirects to a host that wants another is not logged in to twice") {
  TestServer elsewhere([](const TestRequest& request) {
    CHECK(request.header("authorization").empty());
    return status(401, {"WWW-Authenticate: Basic realm=there"});
  });
  Bench bench([&](const TestRequest& request) {
    if (request.header("authorization").empty()) return status(401, {"WWW-Authenticate: Basic realm=here"});
    return status(307, {"Location: http://" + elsewhere.host() + "/cdn"});
  });
  bench.others = {&elsewhere};
  bench.login = {"me", "secret", "", "a test"};
  has(fault_of([&] { bench.manifest(bench.reference()); }).text(), "sends this request on to");
  CHECK(elsewhere.requests.size() == 1);
}

TEST_CASE("a token server may redirect; the login stays with the origin it was made for") {
  TestServer elsewhere([](const TestRequest& request) {
    CHECK(request.header("authorization").empty());
    return status(200, {}, R"({"token":"t"})");
  });
  TestServer* server = nullptr;
  Bench bench([&](const TestRequest& request) {
    if (request.path.starts_with("/token")) return status(307, {"Location: /other?service=x"});
    if (request.path.starts_with("/other")) {
      CHECK(request.header("authorization") == "Basic bWU6c2VjcmV0");
      return status(308, {"Location: http://" + elsewhere.host() + "/third"});
    }
    if (request.header("authorization") == "Bearer t") return status(200, {}, small_manifest);
    return status(401, {fmt::format(R"(WWW-Authenticate: Bearer realm="http://{}/token")", server->host())});
  });
  server = &bench.server;
  bench.others = {&elsewhere};
  bench.login = {"me", "secret", "", "a test"};
  CHECK(bench.manifest(bench.reference()).bytes == small_manifest);
  CHECK(elsewhere.requests.size() == 1);
  bench.login = {"", "", "idt", "a test"};
  has(fault_of([&] { bench.manifest(bench.reference()); }).text(), "answers 307");
  CHECK(elsewhere.requests.size() == 1);
}

TEST_CASE("a token that lives for a second serves the request that it was fetched for") {
  TestServer* server = nullptr;
  Bench bench([&](const TestRequest& request) {
    if (request.path.starts_with("/token")) return status(200, {}, R"({"token":"t","expires_in":1})");
    if (request.header("authorization") == "Bearer t") return status(200, {}, small_manifest);
    return status(401, {fmt::format(R"(WWW-Authenticate: Bearer realm="http://{}/token")", server->host())});
  });
  server = &bench.server;
  CHECK(bench.manifest(bench.reference()).bytes == small_manifest);
}

TEST_CASE("a registry that refuses a login unasked is quoted") {
  Bench bench([](const TestRequest&) { return status(403, {}, R"({"message":"not from here"})"); });
  bench.login = {"me", "secret", "", "a test"};
  auto check = [&](Client& client) -> Task<bool> {
    return [](Client& inner, std::string registry) -> Task<bool> {
      co_await inner.check_login(registry);
      co_return true;
    }(client, bench.server.host());
  };
  Error error = fault_of([&] { bench.run<bool>(check); });
  CHECK(error.code() == Errc::denied);
  has(error.text(), bench.server.host() + " refuses access (not from here)");
}

TEST_CASE("redirects in a circle end") {
  Bench bench([](const TestRequest& request) { return status(302, {"Location: " + request.path}); });
  Error error = fault_of([&] { bench.manifest(bench.reference()); });
  has(error.text(), "redirects too many times");
}

TEST_CASE("a registry that answers with a page is no registry") {
  Bench bench([](const TestRequest&) { return status(200, {"Docker-Content-Digest: sha256:xyz"}, "<html>"); });
  CHECK(fault_of([&] { bench.manifest(bench.reference()); }).code() == Errc::invalid);
}

TEST_CASE("a cancelled download ends without leaving anything in flight") {
  std::string content = pattern(1 << 20);
  Bench bench([&](const TestRequest& request) {
    TestReply reply = ranged(request, content);
    reply.cut_after = 1000;
    reply.stall = true;
    return reply;
  });
  Descriptor descriptor{"", sha256(content), content.size(), {}};
  Error error = fault_of([&] {
    bench.run<std::string>([&](Client& client) -> Task<std::string> {
      return timeout(100ms, bench.read_blob(client, bench.reference(), descriptor));
    });
  });
  CHECK(error.code() == Errc::timed_out);
}
