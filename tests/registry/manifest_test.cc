#include "registry/manifest.h"

#include <fmt/format.h>

#include "catch.h"
#include "loop/error.h"
#include "registry/archive.h"
#include "registry/platform.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

std::string digest_of(char c) { return "sha256:" + std::string(64, c); }

std::string descriptor(char c, std::string_view type, const std::string& more = {}) {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":7{}}})", type, digest_of(c), more);
}

std::string entry(char c, const std::string& os, const std::string& arch, const std::string& variant = {}) {
  return descriptor(c, media_type::oci_manifest,
                    fmt::format(R"(,"platform":{{"os":"{}","architecture":"{}","variant":"{}"}})", os, arch, variant));
}

std::string index_of(const std::string& entries) {
  return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})", media_type::oci_index, entries);
}

std::string manifest_of(const std::string& config, const std::string& layers) {
  return fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]}})", config, layers);
}

Error fault_of(const std::string& bytes, std::string_view type = {}) {
  try {
    parse_manifest(bytes, type);
  } catch (const Error& error) {
    return error;
  }
  return Error(Errc::failed, "it was accepted");
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string config_fault(const std::string& bytes) {
  try {
    parse_image_config(bytes);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::corrupt);
    return error.text();
  }
  return "it was accepted";
}

char chosen(const Index& index, const std::string& platform) {
  return choose_platform(index, parse_platform(platform)).descriptor.digest.hex()[0];
}

}  // namespace

TEST_CASE("an OCI manifest gives its config and its layers from the lowest up") {
  std::string bytes = manifest_of(descriptor('a', media_type::oci_config),
                                  descriptor('b', "application/vnd.oci.image.layer.v1.tar+gzip") + "," +
                                      descriptor('c', "application/vnd.oci.image.layer.v1.tar+zstd"));
  Manifest manifest = std::get<Manifest>(parse_manifest(bytes, media_type::oci_manifest));
  CHECK(manifest.config.digest.str() == digest_of('a'));
  REQUIRE(manifest.layers.size() == 2);
  CHECK(manifest.layers[0].digest.str() == digest_of('b'));
  CHECK(manifest.layers[1].size_bytes == 7);
}

TEST_CASE("an index is chosen from by platform, with older variants as a fallback") {
  std::string bytes = index_of(entry('a', "linux", "amd64") + "," + entry('b', "linux", "arm64", "v8") + "," +
                               entry('c', "linux", "arm", "v6") + "," + entry('d', "unknown", "unknown") + "," +
                               entry('e', "windows", "amd64"));
  Index index = std::get<Index>(parse_manifest(bytes));
  CHECK(chosen(index, "linux/amd64") == 'a');
  CHECK(chosen(index, "linux/amd64/v3") == 'a');
  CHECK(chosen(index, "linux/arm64") == 'b');
  CHECK(chosen(index, "linux/arm64/v8") == 'b');
  CHECK(chosen(index, "linux/arm/v7") == 'c');
  CHECK(chosen(index, "windows/amd64") == 'e');
  try {
    choose_platform(index, parse_platform("linux/s390x"));
    FAIL("there is none");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::not_found);
    CHECK(error.text() ==
          "no image for platform linux/s390x; there are: linux/amd64, linux/arm64, linux/arm/v6, windows/amd64");
  }
}

TEST_CASE("an index of one image needs no platform, attestations do not count") {
  Index index = std::get<Index>(
      parse_manifest(index_of(descriptor('a', media_type::oci_manifest) + "," + entry('d', "unknown", "unknown"))));
  CHECK(chosen(index, "linux/amd64") == 'a');
  CHECK(index.entries[1].attestation);
}

TEST_CASE("an index of attestations alone offers nothing") {
  Index index = std::get<Index>(parse_manifest(index_of(entry('d', "unknown", "unknown"))));
  CHECK_THROWS_WITH(choose_platform(index, parse_platform("linux/amd64")),
                    "no image for platform linux/amd64; there are: nothing");
}

TEST_CASE("schema 1 is refused by name") {
  Error error = fault_of(R"({"schemaVersion":1,"name":"x","fsLayers":[]})");
  CHECK(error.code() == Errc::unsupported);
  CHECK(has(error.text(), "schema 1"));
}

TEST_CASE("what is no image is refused with its type") {
  Error error = fault_of(manifest_of(descriptor('a', "application/vnd.cncf.helm.config.v1+json"), ""));
  CHECK(error.code() == Errc::unsupported);
  CHECK(has(error.text(), "application/vnd.cncf.helm.config.v1+json"));
}

TEST_CASE("a Docker manifest may have a config of a type that an old registry guessed") {
  for (const char* type : {"application/json", "text/html", "text/plain; charset=utf-8", "application/octet-stream"}) {
    std::string bytes = manifest_of(descriptor('a', type), "");
    CHECK(std::get<Manifest>(parse_manifest(bytes, media_type::docker_manifest)).config.digest.str() == digest_of('a'));
  }
  Error error = fault_of(manifest_of(descriptor('a', "application/json"), ""), media_type::oci_manifest);
  CHECK(error.code() == Errc::unsupported);
}

TEST_CASE("an index with an unknown digest algorithm serves the platforms that have another") {
  std::string sha512 = fmt::format(
      R"({{"mediaType":"{}","digest":"sha512:{}","size":7,"platform":{{"os":"linux","architecture":"s390x"}}}})",
      media_type::oci_manifest, std::string(128, 'b'));
  Index index = std::get<Index>(parse_manifest(index_of(sha512 + "," + entry('a', "linux", "amd64"))));
  CHECK(chosen(index, "linux/amd64") == 'a');
  CHECK_THROWS_WITH(chosen(index, "linux/arm64"),
                    "no image for platform linux/arm64; there are: linux/s390x, linux/amd64");
  try {
    chosen(index, "linux/s390x");
    FAIL("there is none");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::unsupported);
    CHECK(has(error.text(), "the index's image for linux/s390x is out of reach: "));
    CHECK(has(error.text(), "uses sha512; only sha256 is supported"));
  }
  index = std::get<Index>(parse_manifest(index_of(sha512 + "," + entry('c', "linux", "s390x"))));
  CHECK(chosen(index, "linux/s390x") == 'c');
}

TEST_CASE("a manifest that lies is corrupt and the sentence names the field") {
  auto corrupt = [](const std::string& bytes, const std::string& part, std::string_view type = {}) {
    Error error = fault_of(bytes, type);
    INFO(error.text());
    CHECK(error.code() == Errc::corrupt);
    CHECK(has(error.text(), part));
  };
  std::string config = descriptor('a', media_type::oci_config);
  corrupt("", "not JSON");
  corrupt("<html>", "not JSON");
  corrupt("[]", "not a JSON object");
  corrupt(R"({"schemaVersion":3})", "schemaVersion");
  corrupt(R"({"schemaVersion":"2"})", "schemaVersion");
  corrupt(R"({"schemaVersion":2})", "\"config\" is missing");
  corrupt(manifest_of(R"("x")", ""), "config.");
  corrupt(manifest_of(R"({"digest":"sha256:1","size":1})", ""), "config.digest");
  corrupt(manifest_of(fmt::format(R"({{"digest":"{}","size":-1}})", digest_of('a')), ""), "config.size");
  corrupt(manifest_of(fmt::format(R"({{"digest":"{}","size":1e30}})", digest_of('a')), ""), "config.size");
  corrupt(manifest_of(fmt::format(R"({{"digest":"{}","size":99999999}})", digest_of('a')), ""), "config.size");
  corrupt(manifest_of(config, R"({"size":1})"), "layers[0].digest\" is missing");
  corrupt(R"({"schemaVersion":2,"layers":[],"manifests":[]})", "both");
  corrupt(manifest_of(config, ""), "mediaType", media_type::oci_index);
  corrupt(std::string(manifest_bytes_max + 1, ' '), "at most");
  corrupt(std::string(100'000, '['), "nested more than 100 levels");
}

TEST_CASE("another digest algorithm is unsupported, not corrupt") {
  Error error = fault_of(manifest_of(R"({"digest":"sha512:12","size":1})", ""));
  CHECK(error.code() == Errc::unsupported);
  CHECK(has(error.text(), "sha512"));
}

TEST_CASE("an image config gives how to run the image") {
  ImageConfig config =
      parse_image_config(R"({"architecture":"arm64","variant":"v8","os":"linux","created":"2024-01-02T03:04:05Z",
    "author":"me","config":{"User":"web","Env":["A=1","B=2"],"Entrypoint":["/bin/sh","-c"],"Cmd":null,"WorkingDir":"/srv",
    "StopSignal":"SIGINT","ExposedPorts":{"80/tcp":{}},"Volumes":{"/data":{}},"Labels":{"k":"v"},
    "Healthcheck":{"Test":["NONE"]}},"rootfs":{"type":"layers","diff_ids":[")" +
                         digest_of('a') + R"("]},"history":[]})");
  CHECK(config.platform.str() == "linux/arm64");
  CHECK(config.user == "web");
  CHECK(config.env == std::vector<std::string>{"A=1", "B=2"});
  CHECK(config.entrypoint == std::vector<std::string>{"/bin/sh", "-c"});
  CHECK(config.cmd.empty());
  CHECK(config.working_dir == "/srv");
  CHECK(config.stop_signal == "SIGINT");
  CHECK(config.exposed_ports == std::vector<std::string>{"80/tcp"});
  CHECK(config.volumes == std::vector<std::string>{"/data"});
  CHECK(config.labels.at("k") == "v");
  CHECK(config.healthcheck_json == R"({"Test":["NONE"]})");
  CHECK(config.diff_ids.size() == 1);
}

TEST_CASE("a config with wrong fields is corrupt") {
  CHECK_THROWS_WITH(parse_image_config("{}"), "field \"rootfs\" is missing from the image config");
  CHECK(has(config_fault(R"({"rootfs":{"diff_ids":["x"]}})"), "rootfs.diff_ids"));
  CHECK(has(config_fault(R"({"config":{"Env":"A=1"},"rootfs":{}})"), "config.Env"));
  CHECK(has(config_fault(R"({"config":{"Env":[1]},"rootfs":{}})"), "config.Env"));
  CHECK(has(config_fault(R"({"rootfs":{"type":"blocks"}})"), "rootfs.type"));
}

TEST_CASE("documents nested deeper than any real one are refused, not walked over") {
  auto config_with = [](size_t levels) {
    return R"({"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]},"config":{"Healthcheck":)" +
           std::string(levels, '[') + std::string(levels, ']') + "}}";
  };
  CHECK(parse_image_config(config_with(50)).healthcheck_json == std::string(50, '[') + std::string(50, ']'));
  CHECK_THROWS_WITH(parse_image_config(config_with(1'000'000)),
                    "the image config: its JSON is nested more than 100 levels deep");
  std::string nested = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  CHECK_THROWS_WITH(parse_saved_images(nested), "manifest.json: its JSON is nested more than 100 levels deep");
}

TEST_CASE("a config with fewer diff IDs than layers does not go through") {
  Manifest manifest;
  manifest.layers.resize(2);
  CHECK_THROWS_WITH(check_layer_count(manifest, ImageConfig{}),
                    "the manifest has 2 layers, but the config names 0 diff IDs");
}
