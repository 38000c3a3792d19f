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

// A registry's uploads: one session, whose bytes are kept; `trouble` may answer in its place.
struct Uploads {
  std::string kept;
  std::vector<Digest> blobs;
  std::function<std::optional<TestReply>(const TestRequest&)> trouble = [](const TestRequest&) { return std::nullopt; };

  TestReply answer(const TestRequest& request) {
    if (std::optional<TestReply> reply = trouble(request)) return *reply;
    TestReply reply;
    reply.status = 404;
    if (request.method == "POST") {
      kept.clear();
      reply.status = 202;
      reply.headers.push_back("Location: /v2/app/blobs/uploads/1?state=a");
    } else if (request.method == "PATCH") {
      kept += request.body;
      reply.status = 202;
      reply.headers.push_back("Location: /v2/app/blobs/uploads/1?state=b");
    } else if (request.method == "GET") {
      reply.status = 204;
      reply.headers.push_back("Location: /v2/app/blobs/uploads/1?state=c");
      reply.headers.push_back(fmt::format("Range: 0-{}", kept.empty() ? 0 : kept.size() - 1));
    } else if (request.method == "PUT") {
      kept += request.body;
      bool fits = request.path.find("digest=sha256%3A" + sha256(kept).hex()) != std::string::npos;
      reply.status = fits ? 201 : 400;
      if (fits) blobs.push_back(sha256(kept));
    }
    return reply;
  }
};

struct Bench {
  Uploads uploads;
  TestServer server{[this](const TestRequest& request) { return uploads.answer(request); }};
  TemporaryDirectory dir;

  Task<void> work(std::function<Task<void>(BlobUploader&)> body) {
    Http http;
    ClientContext context(http, TlsPolicies({}, ""));
    context.retry.pause_first = 1ms;
    context.retry.pause_max = 4ms;
    context.retry.attempts_max = 4;
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

TEST_CASE("a small blob goes up in one request") {
  Bench bench;
  bench.upload("content");
  CHECK(bench.uploads.blobs == std::vector<Digest>{sha256("content")});
  CHECK(bench.count("PATCH") == 0);
  CHECK(bench.server.requests.back().header("content-type") == "application/octet-stream");
  CHECK(bench.server.requests.back().header("expect").empty());
}

TEST_CASE("a large blob goes up in chunks, and goes on where it broke") {
  Bench bench;
  bool broken = false;
  std::string content = large();
  SECTION("nothing breaks") {}
  SECTION("a chunk fails") {
    bench.uploads.trouble = [&](const TestRequest& request) -> std::optional<TestReply> {
      if (request.method != "PATCH" || bench.uploads.kept.empty() || broken) return std::nullopt;
      broken = true;
      TestReply reply;
      reply.status = 503;
      return reply;
    };
  }
  bench.upload(content);
  CHECK(bench.uploads.blobs == std::vector<Digest>{sha256(content)});
  CHECK(bench.count("POST") == 1);
  CHECK(bench.count("GET") == (broken ? 1 : 0));
}

TEST_CASE("a lost session is begun again; a registry that always fails is not asked for ever") {
  Bench bench;
  unsigned failures = 0;
  bench.uploads.trouble = [&](const TestRequest& request) -> std::optional<TestReply> {
    if (request.method != "PUT" || failures >= 2) return std::nullopt;
    ++failures;
    TestReply reply;
    reply.status = 500;
    return reply;
  };
  bench.upload("content");
  CHECK(bench.count("POST") == 3);
  bench.uploads.trouble = [](const TestRequest&) {
    TestReply reply;
    reply.status = 503;
    return reply;
  };
  CHECK_THROWS_WITH(bench.upload("content"), Catch::Contains("gave up after 4 attempts"));
}

TEST_CASE("a refused upload is told in the registry's own words, at once") {
  Bench bench;
  bench.uploads.trouble = [](const TestRequest&) {
    TestReply reply;
    reply.status = 403;
    reply.body = R"({"errors":[{"code":"DENIED","message":"read only today"}]})";
    return reply;
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
