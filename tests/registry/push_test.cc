// Blobs on their way to a registry, against one that is scripted: requests as the distribution specification wants
// them, and what is done when they fail.
#include <fcntl.h>
#include <fmt/format.h>

#include "catch.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "registry/gzip_encoder.h"
#include "registry/push_blob.h"
#include "registry/push_manifest.h"
#include "registry/sha256.h"
#include "registry/test_registry.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;
using namespace std::chrono_literals;

namespace {

enum class Kind { docker, ghcr, artifact_registry, ecr };

TestReply status(int code, std::vector<std::string> headers = {}, std::string body = {}) {
  TestReply reply;
  reply.status = code;
  reply.headers = std::move(headers);
  reply.body = std::move(body);
  return reply;
}

TestReply silence() {
  TestReply reply;
  reply.silent = true;
  return reply;
}

// A registry's uploads: one session, whose bytes are kept; `trouble` may answer in its place.
struct Uploads {
  Kind kind = Kind::docker;
  std::string kept;
  std::vector<Digest> blobs;
  std::function<std::optional<TestReply>(const TestRequest&)> trouble = [](const TestRequest&) { return std::nullopt; };

  static std::string location(char state) { return fmt::format("Location: /v2/app/blobs/uploads/1?state={}", state); }
  std::string range() const { return fmt::format("Range: 0-{}", kept.empty() ? 0 : kept.size() - 1); }

  TestReply answer(const TestRequest& request) {
    if (std::optional<TestReply> reply = trouble(request)) return *reply;
    if (request.method == "POST") {
      kept.clear();
      return status(202, {location('a')});
    }
    if (request.method == "PATCH") return take_chunk(request);
    if (request.method == "GET") return status(204, {location('c'), range()});
    if (request.method == "PUT") return finish(request);
    for (const Digest& blob : blobs)
      if (request.method == "HEAD" && request.path == "/v2/app/blobs/" + blob.str()) return status(200, {}, kept);
    return status(404);
  }
  TestReply take_chunk(const TestRequest& request) {
    if (kind == Kind::artifact_registry)
      return status(400, {}, R"({"errors":[{"code":"UNSUPPORTED","message":"must use monolithic uploads"}]})");
    if (kind == Kind::ghcr && request.body.size() > size_t{4} << 20) return status(416);
    bool lost = kind == Kind::ecr && !kept.empty();
    if (!lost && !request.header("content-range").starts_with(fmt::format("{}-", kept.size()))) return status(416);
    if (!lost) kept += request.body;
    return status(kind == Kind::ecr ? 201 : 202, {location('b'), range()});
  }
  TestReply finish(const TestRequest& request) {
    kept += request.body;
    bool fits = request.path.find("digest=sha256%3A" + sha256(kept).hex()) != std::string::npos;
    if (fits) blobs.push_back(sha256(kept));
    return status(fits ? 201 : 400);
  }
};

struct Bench {
  Uploads uploads;
  TestServer server{[this](const TestRequest& request) { return uploads.answer(request); }};
  TemporaryDirectory dir;
  std::chrono::seconds stall_limit{30};

  // Runs `trouble` instead of the registry for the first request of `method`.
  void once(std::string method, std::function<TestReply(const TestRequest&)> trouble) {
    uploads.trouble = [method, trouble, done = false](const TestRequest& request) mutable -> std::optional<TestReply> {
      if (request.method != method || std::exchange(done, true)) return std::nullopt;
      return trouble(request);
    };
  }
  const TestRequest& first(const std::string& method) const {
    for (const TestRequest& request : server.requests)
      if (request.method == method) return request;
    throw Error(Errc::not_found, "no request " + method);
  }

  Task<void> work(std::function<Task<void>(BlobUploader&)> body) {
    Http http;
    ClientContext context(http, TlsPolicies({}, ""));
    context.retry.pause_first = 1ms;
    context.retry.pause_max = 4ms;
    context.retry.attempts_max = 4;
    context.stall_limit = stall_limit;
    Client client(std::move(context));
    Reference name = parse_reference(server.host() + "/app:1");
    BlobUploader uploader(client, name);
    std::vector<Task<void>> background;
    background.push_back(http.run());
    background.push_back(server.run());
    Task<void> all = until(body(uploader), std::move(background));
    co_await all;
  }
  void run(std::function<Task<void>(BlobUploader&)> body) {
    Loop loop;
    loop.run(work(std::move(body)));
  }
  void upload(const std::string& content) {
    std::string path = dir.path() + "/blob";
    sys::write_all(sys::openat(sys::cwd(), path, O_WRONLY | O_CREAT | O_TRUNC, 0600), content);
    Fd file = sys::openat(sys::cwd(), path, O_RDONLY);
    Descriptor blob{"", sha256(content), content.size(), {}};
    run([&](BlobUploader& uploader) { return uploader.upload(file, blob, {}); });
  }
  size_t count(const std::string& method) const {
    size_t found = 0;
    for (const TestRequest& request : server.requests) found += request.method == method;
    return found;
  }
};

std::string large() {
  std::string out(size_t{33} << 20, '\0');
  for (size_t i = 0; i < out.size(); i += 4096) out[i] = static_cast<char>(i >> 12);
  return out;
}

}  // namespace

TEST_CASE("a blob goes up in one request, whatever its size and the registry") {
  for (Kind kind : {Kind::docker, Kind::ghcr, Kind::artifact_registry, Kind::ecr}) {
    for (const std::string& content : {std::string("content"), large()}) {
      Bench bench;
      bench.uploads.kind = kind;
      bench.upload(content);
      CHECK(bench.uploads.blobs == std::vector<Digest>{sha256(content)});
      CHECK(bench.count("POST") == 1);
      CHECK(bench.count("PUT") == 1);
      CHECK(bench.count("PATCH") == 0);
      CHECK(bench.server.requests.back().header("content-type") == "application/octet-stream");
      CHECK(bench.server.requests.back().header("content-length") == std::to_string(content.size()));
      CHECK(bench.server.requests.back().header("expect").empty());
    }
  }
}

TEST_CASE("any success is one") {
  int code = GENERATE(200, 201, 202, 204);
  Bench bench;
  bench.uploads.trouble = [&](const TestRequest& request) -> std::optional<TestReply> {
    if (request.method == "POST") return status(code, {Uploads::location('a')});
    return status(code);
  };
  bench.upload("content");
  CHECK(bench.server.requests.size() == 2);
}

TEST_CASE("an upload that broke goes on where the registry stands") {
  Bench bench;
  std::string content = large();
  size_t half = content.size() / 2;
  bench.once("PUT", [&](const TestRequest& request) {
    bench.uploads.kept = request.body.substr(0, half);
    return silence();
  });
  bench.upload(content);
  CHECK(bench.uploads.blobs == std::vector<Digest>{sha256(content)});
  CHECK(bench.count("POST") == 1);
  CHECK(bench.first("PATCH").header("content-range") == fmt::format("{}-{}", half, content.size() - 1));
  CHECK(bench.count("PATCH") == 1);
  CHECK(bench.server.requests.back().body.empty());
}

TEST_CASE("an upload that broke and was forgotten comes in chunks, and goes on after the last that arrived") {
  Bench bench;
  std::string content = large();
  unsigned puts = 0, gets = 0, patches = 0;
  bench.uploads.trouble = [&](const TestRequest& request) -> std::optional<TestReply> {
    if (request.method == "PUT" && ++puts == 1) return silence();
    if (request.method == "GET" && ++gets == 1) return status(404);
    if (request.method == "PATCH" && ++patches == 2) return status(503);
    return std::nullopt;
  };
  bench.upload(content);
  CHECK(bench.uploads.blobs == std::vector<Digest>{sha256(content)});
  CHECK(bench.count("POST") == 2);
  CHECK(bench.count("GET") == 2);
  CHECK(bench.count("PATCH") == 3);
  CHECK(bench.first("PATCH").body.size() == size_t{32} << 20);
}

TEST_CASE("a chunk that was taken in part goes on after that part") {
  Bench bench;
  std::string content = large();
  bool broken = false;
  bench.uploads.trouble = [&](const TestRequest& request) -> std::optional<TestReply> {
    if (request.method == "PUT" && !std::exchange(broken, true)) return silence();
    if (request.method != "PATCH" || request.body.size() < size_t{9} << 20) return std::nullopt;
    bench.uploads.kept += request.body.substr(0, size_t{8} << 20);
    return status(202, {Uploads::location('b'), bench.uploads.range()});
  };
  bench.upload(content);
  CHECK(bench.uploads.blobs == std::vector<Digest>{sha256(content)});
}

TEST_CASE("what breaks at a registry that takes no chunks, or small ones, or loses them, gets there all the same") {
  Kind kind = GENERATE(Kind::docker, Kind::ghcr, Kind::artifact_registry, Kind::ecr);
  Bench bench;
  bench.uploads.kind = kind;
  std::string content = large();
  bench.once("PUT", [](const TestRequest&) { return silence(); });
  bench.upload(content);
  CHECK(bench.uploads.blobs == std::vector<Digest>{sha256(content)});
  bool in_one = kind == Kind::artifact_registry || kind == Kind::ecr;
  CHECK(bench.server.requests.back().body.size() == (in_one ? content.size() : 0));
  CHECK(bench.count("PUT") == 2);
}

TEST_CASE("a proxy that takes small requests only is sent small ones") {
  Bench bench;
  std::string content = large().substr(0, size_t{3} << 20);
  bool chunks = GENERATE(true, false);
  bench.uploads.trouble = [&](const TestRequest& request) -> std::optional<TestReply> {
    if (request.body.size() > 1'000'000) return status(413);
    if (request.method == "PATCH" && !chunks) return status(202, {Uploads::location('b'), "Range: 0-0"});
    return std::nullopt;
  };
  if (!chunks) {
    CHECK_THROWS_WITH(bench.upload(content),
                      Catch::Contains("answers with status 413; in chunks: 127.0.0.1:") &&
                          Catch::Contains("was sent the bytes 0-524287 and says that it has 0-0"));
    return;
  }
  bench.upload(content);
  CHECK(bench.uploads.blobs == std::vector<Digest>{sha256(content)});
  CHECK(bench.server.requests.back().body.empty());
}

TEST_CASE("a registry that knows no upload in one request gets it in another way") {
  int code = GENERATE(404, 405, 501);
  Bench bench;
  bench.uploads.trouble = [&](const TestRequest& request) -> std::optional<TestReply> {
    if (request.method == "PUT" && !request.body.empty()) return status(code);
    return std::nullopt;
  };
  bench.upload("content");
  CHECK(bench.uploads.blobs == std::vector<Digest>{sha256("content")});
  CHECK(bench.count("PATCH") == 1);
}

TEST_CASE("a registry that is slow to finish a blob is waited for") {
  Bench bench;
  bench.stall_limit = 1s;
  bench.once("PUT", [&](const TestRequest& request) {
    TestReply reply = bench.uploads.finish(request);
    reply.delay = 5s;
    return reply;
  });
  bench.upload("x");  // libcurl counts in bytes a second, over the last five
  CHECK(bench.count("PUT") == 1);
}

TEST_CASE("a blob that arrived though its request failed is not sent again") {
  Bench bench;
  bool in_answer = GENERATE(true, false);
  bench.once("PUT", [&](const TestRequest& request) {
    bench.uploads.finish(request);
    return in_answer ? status(504) : silence();
  });
  bench.upload("content");
  CHECK(bench.count("PUT") == 1);
  CHECK(bench.count("POST") == 1);
  CHECK(bench.count("HEAD") == 1);
}

TEST_CASE("an upload that finds no network after the registry has answered is tried again") {
  Bench bench;
  std::string where = GENERATE("127.0.0.1:1", "nosuchhost.invalid");
  bench.once("POST", [&](const TestRequest&) { return status(202, {"Location: http://" + where + "/upload"}); });
  bench.upload("content");
  CHECK(bench.uploads.blobs == std::vector<Digest>{sha256("content")});
}

TEST_CASE("a lost session is begun again; a registry that always fails is not asked for ever") {
  Bench bench;
  unsigned failures = 0;
  bench.uploads.trouble = [&](const TestRequest& request) -> std::optional<TestReply> {
    if (request.method != "PUT" || failures >= 2) return std::nullopt;
    ++failures;
    return status(500);
  };
  bench.upload("content");
  CHECK(bench.count("POST") == 3);
  bench.uploads.trouble = [](const TestRequest&) { return status(503); };
  CHECK_THROWS_WITH(bench.upload("content"), Catch::Contains("gave up after 4 attempts"));
}

TEST_CASE("a refused upload is told in the registry's own words, at once") {
  Bench bench;
  bench.uploads.trouble = [](const TestRequest&) {
    return status(403, {}, R"({"errors":[{"code":"DENIED","message":"read only today"}]})");
  };
  CHECK_THROWS_WITH(bench.upload("content"), Catch::Contains("read only today"));
  CHECK(bench.server.requests.size() == 1);
}

TEST_CASE("mounts: done, or declined with a session that is closed again") {
  Bench bench;
  bool mounted = false;
  int status = 201;
  bench.uploads.trouble = [&](const TestRequest& request) -> std::optional<TestReply> {
    TestReply reply;
    reply.status = request.method == "DELETE" ? 204 : status;
    reply.headers.push_back("Location: /v2/app/blobs/uploads/9");
    return reply;
  };
  auto mount = [&](BlobUploader& uploader, bool& result) -> Task<void> {
    bool done = co_await uploader.mount(sha256("x"), "other/app");
    result = done;
  };
  bench.run([&](BlobUploader& uploader) { return mount(uploader, mounted); });
  CHECK(mounted);
  CHECK(bench.server.requests[0].path.find("from=other%2Fapp") != std::string::npos);
  status = 202;
  bench.run([&](BlobUploader& uploader) { return mount(uploader, mounted); });
  CHECK_FALSE(mounted);
  CHECK(bench.count("DELETE") == 1);
}

TEST_CASE("the same bytes compress to the same gzip") {
  std::string input = large();
  auto pack = [&](size_t piece) {
    GzipEncoder encoder;
    std::string out;
    std::vector<std::byte> buffer(10'000);
    std::span<const std::byte> rest = std::as_bytes(std::span(input));
    for (bool last = false; !last;) {
      size_t count = std::min(piece, rest.size());
      last = count == rest.size();
      std::span<const std::byte> now = rest.first(count);
      for (;;) {
        GzipEncoder::Progress progress = encoder.step(now, buffer, last);
        now = now.subspan(progress.consumed);
        out.append(reinterpret_cast<const char*>(buffer.data()), progress.produced);
        if (progress.produced == 0 && now.empty()) break;
      }
      rest = rest.subspan(count);
    }
    return out;
  };
  std::string packed = pack(256 * 1024);
  CHECK(packed == pack(256 * 1024));
  CHECK(packed.size() < input.size() / 10);
}

TEST_CASE("a manifest made here has OCI's types, and a pulled one is used as it is") {
  Descriptor zstd{"application/vnd.oci.image.layer.v1.tar+zstd", sha256("a"), 1, {}};
  Descriptor docker{"application/vnd.docker.image.rootfs.diff.tar.gzip", sha256("b"), 2, {}};
  PushManifest made = make_manifest(sha256("config"), 6, {zstd, docker});
  CHECK(made.media_type == "application/vnd.oci.image.manifest.v1+json");
  CHECK(made.bytes.find("layer.v1.tar+gzip\",\"digest\":\"" + docker.digest.str()) != std::string::npos);
  Image image;
  image.id = sha256("config");
  image.config.diff_ids = {sha256("x"), sha256("y")};
  CHECK(read_pulled_manifest(made.bytes, image)->layers.size() == 2);
  image.config.diff_ids.pop_back();
  CHECK_FALSE(read_pulled_manifest(made.bytes, image));
  CHECK_FALSE(read_pulled_manifest("{", image));
}
