#include "registry/pull.h"

#include <fmt/format.h>

#include "catch.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "registry/manifest.h"
#include "registry/sha256.h"
#include "registry/test_registry.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::registry;
using namespace std::chrono_literals;

namespace {

// A ustar archive of one file that root owns.
std::string tar_of(const std::string& name, const std::string& content) {
  std::string header(512, '\0');
  auto put = [&](size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", content.size()));
  put(136, "00000000000");
  put(148, "        ");
  put(156, "0");
  put(257, std::string("ustar\0"
                       "00",
                       8));
  unsigned sum = 0;
  for (char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  std::string tar = header + content;
  tar.resize((tar.size() + 511) / 512 * 512 + 1024);
  return tar;
}

std::string descriptor_of(std::string_view type, const std::string& bytes, size_t size) {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}}})", type, sha256(bytes).str(), size);
}

// A registry with images made of plain tar layers.
class Images {
 public:
  // Puts an image at /v2/NAME/manifests/TAG and gives its manifest's digest.
  Digest add(const std::string& name, const std::string& tag, const std::vector<std::string>& layers,
             const std::string& architecture = "amd64") {
    std::string diff_ids, descriptors;
    for (const std::string& layer : layers) {
      blobs[sha256(layer).str()] = layer;
      diff_ids += fmt::format(R"({}"{}")", diff_ids.empty() ? "" : ",", sha256(layer).str());
      descriptors += (descriptors.empty() ? "" : ",") +
                     descriptor_of("application/vnd.oci.image.layer.v1.tar", layer, layer.size());
    }
    std::string config = fmt::format(
        R"({{"os":"linux","architecture":"{}","config":{{"Cmd":["{}"]}},"rootfs":{{"type":"layers","diff_ids":[{}]}}}})",
        architecture, name, diff_ids);
    blobs[sha256(config).str()] = config;
    return put(
        name, tag,
        fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]}})", media_type::oci_manifest,
                    descriptor_of(media_type::oci_config, config, config.size()), descriptors));
  }
  Digest put(const std::string& name, const std::string& tag, const std::string& manifest) {
    manifests[name + "/manifests/" + tag] = manifest;
    manifests[name + "/manifests/" + sha256(manifest).str()] = manifest;
    return sha256(manifest);
  }

  TestReply answer(const TestRequest& request) const {
    TestReply reply;
    std::string path = request.path.substr(std::string("/v2/").size());
    auto manifest = manifests.find(path);
    if (manifest != manifests.end()) {
      reply.headers.push_back("Docker-Content-Digest: " + sha256(manifest->second).str());
      reply.body = manifest->second;
      return reply;
    }
    auto blob = blobs.find(path.substr(path.rfind('/') + 1));
    if (blob != blobs.end()) return ranged(request, blob->second);
    reply.status = 404;
    return reply;
  }

  std::map<std::string, std::string> manifests, blobs;
};

struct Watcher : PullObserver {
  void layer_progress(const Digest& layer, LayerState state, uint64_t, uint64_t) override {
    states[layer].push_back(state);
    if (full_disk && state == LayerState::downloading) throw Error::sys("write", "x", ENOSPC);
  }
  void note(const std::string& line) override { notes.push_back(line); }
  std::map<Digest, std::vector<LayerState>> states;
  std::vector<std::string> notes;
  bool full_disk = false;
};

struct Bench {
  Bench()
      : server([this](const TestRequest& request) { return handler(request); }), store(directory.path() + "/root") {}

  std::vector<PullOutcome> try_all(const std::vector<std::string>& names) {
    Loop loop;
    return loop.run(main(names));
  }
  std::vector<PullOutcome> pull_all(const std::vector<std::string>& names) {
    std::vector<PullOutcome> outcomes = try_all(names);
    for (const PullOutcome& outcome : outcomes)
      if (outcome.failure) throw Error(*outcome.failure);
    return outcomes;
  }
  Task<std::vector<PullOutcome>> main(std::vector<std::string> names) {
    std::vector<Reference> references;
    for (const std::string& name : names) references.push_back(parse_reference(server.host() + "/" + name));
    PullOptions options;
    options.platform = {"linux", "amd64", ""};
    options.retry.pause_first = 1ms;
    options.retry.attempts_max = 3;
    std::vector<Task<void>> background;
    background.push_back(server.run());
    Task<std::vector<PullOutcome>> all = until(pull(store, references, options, watcher), std::move(background));
    std::vector<PullOutcome> outcomes = co_await all;
    co_return outcomes;
  }
  std::string fault_of(const std::vector<std::string>& names) {
    try {
      pull_all(names);
    } catch (const Error& error) {
      return error.text();
    }
    return "it went well";
  }
  std::optional<Image> stored(const std::string& name) {
    return store.find_reference(parse_reference(server.host() + "/" + name));
  }
  std::vector<std::string> entries(const std::string& name) {
    return sys::list_dir(sys::open_dir(sys::cwd(), directory.path() + "/root/" + name));
  }

  Images images;
  TestServer::Handler handler = [this](const TestRequest& request) { return images.answer(request); };
  TemporaryDirectory directory;
  TestServer server;
  Store store;
  Watcher watcher;
};

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  INFO(part);
  CHECK(text.find(part) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("a pulled image is in the store with its config and its files") {
  Bench bench;
  Digest digest = bench.images.add("app", "1", {tar_of("a", "first"), tar_of("b", "second")});
  std::vector<PullOutcome> outcomes = bench.pull_all({"app:1"});
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].manifest_digest == digest);
  CHECK_FALSE(outcomes[0].up_to_date);
  std::optional<Image> image = bench.stored("app:1");
  REQUIRE(image);
  CHECK(image->id == outcomes[0].image_id);
  CHECK(image->config.cmd == std::vector<std::string>{"app"});
  REQUIRE(image->layer_paths.size() == 2);
  CHECK(sys::read_file(sys::cwd(), image->layer_paths[0] + "/a") == "first");
  CHECK(sys::read_file(sys::cwd(), image->layer_paths[1] + "/b") == "second");
  CHECK(bench.entries("staging").empty());
}

TEST_CASE("an unchanged image costs one request, by digest none") {
  Bench bench;
  Digest digest = bench.images.add("app", "1", {tar_of("a", "x")});
  bench.pull_all({"app:1", "app@" + digest.str()});
  bench.server.requests.clear();
  std::vector<PullOutcome> outcomes = bench.pull_all({"app:1"});
  CHECK(outcomes[0].up_to_date);
  CHECK(outcomes[0].manifest_digest == digest);
  REQUIRE(bench.server.requests.size() == 1);
  CHECK(bench.server.requests[0].method == "HEAD");
  bench.server.requests.clear();
  CHECK(bench.pull_all({"app@" + digest.str()})[0].up_to_date);
  CHECK(bench.server.requests.empty());
  bench.images.add("app", "1", {tar_of("a", "y")});
  CHECK_FALSE(bench.pull_all({"app:1"})[0].up_to_date);
  CHECK(sys::read_file(sys::cwd(), bench.stored("app:1")->layer_paths[0] + "/a") == "y");
}

TEST_CASE("layers that images share are fetched once") {
  Bench bench;
  std::string base = tar_of("base", std::string(200'000, 'b'));
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) {
    bench.images.add(fmt::format("app{}", i), "1", {base, tar_of("own", std::to_string(i)), base});
    names.push_back(fmt::format("app{}:1", i));
  }
  CHECK(bench.pull_all(names).size() == 12);
  CHECK(bench.server.count(sha256(base).str()) == 1);
  CHECK(bench.server.count("/blobs/") == 1 + 12 + 12);
  CHECK(bench.store.images().size() == 12);
}

TEST_CASE("an index gives the image of the platform that is asked for") {
  Bench bench;
  bench.images.add("app", "arm", {tar_of("a", "arm")}, "arm64");
  bench.images.add("app", "amd", {tar_of("a", "amd")}, "amd64");
  auto entry = [&](const std::string& tag, const std::string& architecture) {
    const std::string& bytes = bench.images.manifests.at("app/manifests/" + tag);
    std::string descriptor = descriptor_of(media_type::oci_manifest, bytes, bytes.size());
    descriptor.pop_back();
    return fmt::format(R"({},"platform":{{"os":"linux","architecture":"{}"}}}})", descriptor, architecture);
  };
  Digest index = bench.images.put(
      "app", "1",
      fmt::format(R"({{"schemaVersion":2,"manifests":[{},{}]}})", entry("arm", "arm64"), entry("amd", "amd64")));
  std::vector<PullOutcome> outcomes = bench.pull_all({"app:1"});
  CHECK(outcomes[0].manifest_digest == index);
  CHECK(sys::read_file(sys::cwd(), bench.stored("app:1")->layer_paths[0] + "/a") == "amd");
  CHECK(bench.pull_all({"app:1"})[0].up_to_date);
  bench.images.put("app", "2", fmt::format(R"({{"schemaVersion":2,"manifests":[{}]}})", entry("arm", "arm64")));
  has(bench.fault_of({"app:2"}), "app:2: no image for platform linux/amd64; there are: linux/arm64");
}

TEST_CASE("an image for another platform that has no index is pulled with a note") {
  Bench bench;
  bench.images.add("app", "1", {tar_of("a", "arm")}, "arm64");
  bench.pull_all({"app:1"});
  REQUIRE(bench.watcher.notes.size() == 1);
  has(bench.watcher.notes[0], "app:1 is for linux/arm64, not for linux/amd64");
}

TEST_CASE("a layer that is not what its digest says publishes nothing") {
  Bench bench;
  std::string layer = tar_of("a", "true");
  bench.images.add("app", "1", {layer});
  bench.images.blobs[sha256(layer).str()] = tar_of("a", "evil");
  std::string fault = bench.fault_of({"app:1"});
  has(fault, "pulling " + bench.server.host() + "/app:1: layer sha256:" + sha256(layer).short_id() + ": ");
  CHECK_FALSE(bench.stored("app:1"));
  CHECK(bench.entries("layers").empty());
  CHECK(bench.entries("staging").empty());
}

TEST_CASE("images that fail leave the others to go on, and each failure names its image") {
  Bench bench;
  bench.images.add("good", "1", {tar_of("a", "x")});
  std::vector<PullOutcome> outcomes = bench.try_all({"missing:1", "good:1"});
  REQUIRE(outcomes.size() == 2);
  REQUIRE(outcomes[0].failure);
  has(outcomes[0].failure->text(), "pulling " + bench.server.host() + "/missing:1: not found on " + bench.server.host());
  CHECK_FALSE(outcomes[1].failure);
  CHECK(bench.stored("good:1")->id == outcomes[1].image_id);
}

TEST_CASE("an image whose layer fails gives up its other layers, and who needs one of them fetches it") {
  Bench bench;
  std::string shared = tar_of("shared", std::string(100'000, 's')), lost = tar_of("lost", "");
  bench.images.add("bad", "1", {shared, lost});
  bench.images.add("good", "1", {shared});
  bench.images.blobs.erase(sha256(lost).str());
  bench.handler = [&](const TestRequest& request) {
    TestReply reply = bench.images.answer(request);
    if (request.path.find("bad/blobs/" + sha256(shared).str()) == std::string::npos) return reply;
    reply.cut_after = 1000;
    reply.stall = true;
    return reply;
  };
  auto start = std::chrono::steady_clock::now();
  std::vector<PullOutcome> outcomes = bench.try_all({"bad:1", "good:1"});
  REQUIRE(outcomes[0].failure);
  has(outcomes[0].failure->text(), "/bad:1: layer sha256:" + sha256(lost).short_id());
  CHECK_FALSE(outcomes[1].failure);
  CHECK(bench.stored("good:1"));
  CHECK(std::chrono::steady_clock::now() - start < 10s);
  CHECK(bench.entries("staging").empty());
}

TEST_CASE("a layer that one repository does not have is fetched from another, once") {
  Bench bench;
  std::string shared = tar_of("shared", "s");
  bench.images.add("bad", "1", {shared, tar_of("own", "1")});
  bench.images.add("bad", "2", {shared, tar_of("own", "2")});
  bench.images.add("good", "1", {shared});
  bench.handler = [&](const TestRequest& request) {
    TestReply reply = bench.images.answer(request);
    if (request.path.find("bad/blobs/" + sha256(shared).str()) != std::string::npos) reply.status = 404;
    return reply;
  };
  std::vector<PullOutcome> outcomes = bench.try_all({"bad:1", "bad:2", "good:1"});
  CHECK_FALSE(outcomes[2].failure);
  CHECK(bench.stored("good:1"));
  CHECK(bench.server.count("good/blobs/" + sha256(shared).str()) == 1);
  // In whatever order their requests came: bad ones fail, or find what the good one has fetched.
  for (size_t i : {0, 1})
    CHECK(outcomes[i].failure.has_value() != bench.stored(fmt::format("bad:{}", i + 1)).has_value());
}

TEST_CASE("what all images would meet ends the pull and is told once") {
  Bench bench;
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    bench.images.add(fmt::format("app{}", i), "1", {tar_of("own", std::to_string(i))});
    names.push_back(fmt::format("app{}:1", i));
  }
  bench.watcher.full_disk = true;
  std::vector<PullOutcome> outcomes = bench.try_all(names);
  auto told = [](const PullOutcome& outcome) { return outcome.failure && outcome.failure->code() != Errc::cancelled; };
  CHECK(std::ranges::count_if(outcomes, told) == 1);
}

TEST_CASE("a layer whose connection breaks is finished, and the retry is told") {
  Bench bench;
  std::string layer = tar_of("a", std::string(3'000'000, 'x'));
  bench.images.add("app", "1", {layer});
  bool broken = false;
  bench.handler = [&](const TestRequest& request) {
    TestReply reply = bench.images.answer(request);
    if (request.path.find(sha256(layer).str()) != std::string::npos && !std::exchange(broken, true))
      reply.cut_after = 1'000'000;
    return reply;
  };
  bench.pull_all({"app:1"});
  CHECK(bench.stored("app:1"));
  CHECK(bench.watcher.notes.size() == 1);
  const std::vector<LayerState>& states = bench.watcher.states.at(sha256(layer));
  CHECK(std::ranges::find(states, LayerState::retrying) != states.end());
  CHECK(states.back() == LayerState::done);
}

TEST_CASE("a config with another number of layers than the manifest is refused") {
  Bench bench;
  bench.images.add("app", "1", {tar_of("a", "x")});
  std::string& manifest = bench.images.manifests.at("app/manifests/1");
  manifest = manifest.substr(0, manifest.find("\"layers\"")) + "\"layers\":[]}";
  has(bench.fault_of({"app:1"}), "the manifest has 0 layers, but the config names 1 diff IDs");
}

TEST_CASE("the built-in images are not pulled") {
  Bench bench;
  Loop loop;
  std::vector<PullOutcome> outcomes = loop.run(pull(bench.store, {parse_reference("builtin/busybox")}, {}, bench.watcher));
  REQUIRE(outcomes[0].failure);
  has(outcomes[0].failure->text(), "carried inside ccocker");
}
