#include "registry/reference.h"

#include "catch.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::registry;

namespace {

const std::string hex(64, 'a');

struct Row {
  std::string typed, full, familiar;
};

std::string fault_of(const std::string& text) {
  try {
    parse_reference(text);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
    return error.text();
  }
  return "it was accepted";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("names are completed as Docker completes them") {
  const Row rows[] = {
      {"alpine", "docker.io/library/alpine:latest", "alpine:latest"},
      {"alpine:3.20", "docker.io/library/alpine:3.20", "alpine:3.20"},
      {"user/app", "docker.io/user/app:latest", "user/app:latest"},
      {"docker.io/alpine", "docker.io/library/alpine:latest", "alpine:latest"},
      {"docker.io/library/alpine", "docker.io/library/alpine:latest", "alpine:latest"},
      {"index.docker.io/alpine:1", "docker.io/library/alpine:1", "alpine:1"},
      {"index.docker.io/user/app:1", "docker.io/user/app:1", "user/app:1"},
      {"localhost/app", "localhost/app:latest", "localhost/app:latest"},
      {"localhost:5000/app:2", "localhost:5000/app:2", "localhost:5000/app:2"},
      {"127.0.0.1:5000/a/b/c:2", "127.0.0.1:5000/a/b/c:2", "127.0.0.1:5000/a/b/c:2"},
      {"[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"},
      {"[fe80::1]/app", "[fe80::1]/app:latest", "[fe80::1]/app:latest"},
      {"ghcr.io/Own", "", ""},
      {"Host/app", "Host/app:latest", "Host/app:latest"},
      {"host.example:443/app@sha256:" + hex, "host.example:443/app@sha256:" + hex,
       "host.example:443/app@sha256:" + hex},
      {"app:1@sha256:" + hex, "docker.io/library/app:1@sha256:" + hex, "app:1@sha256:" + hex},
      {"app@sha256:" + hex, "docker.io/library/app@sha256:" + hex, "app@sha256:" + hex},
      {"a__b/c-d---e.f_g", "docker.io/a__b/c-d---e.f_g:latest", "a__b/c-d---e.f_g:latest"},
      {"library/library/x", "docker.io/library/library/x:latest", "library/library/x:latest"},
      {"docker.io/builtin/busybox", "docker.io/builtin/busybox:latest", "docker.io/builtin/busybox:latest"},
      {"docker.io/localhost/app", "docker.io/localhost/app:latest", "docker.io/localhost/app:latest"},
      {"builtin/busybox", "builtin/busybox:latest", "builtin/busybox:latest"},
      {"library/" + hex, "docker.io/library/" + hex + ":latest", "library/" + hex + ":latest"},
  };
  for (const Row& row : rows) {
    INFO(row.typed);
    if (row.full.empty()) {
      CHECK_THROWS_AS(parse_reference(row.typed), Error);
      continue;
    }
    Reference reference = parse_reference(row.typed);
    CHECK(reference.full() == row.full);
    CHECK(reference.familiar() == row.familiar);
    CHECK(parse_reference(row.full) == reference);
    CHECK(parse_reference(row.familiar) == reference);
  }
}

TEST_CASE("a port is not a tag, and a digest is not one either") {
  Reference reference = parse_reference("host:5000/img");
  CHECK(reference.registry == "host:5000");
  CHECK(reference.repository == "img");
  CHECK(reference.tag == "latest");
  reference = parse_reference("img@sha256:" + hex);
  CHECK(reference.tag.empty());
  CHECK(reference.digest.hex() == hex);
}

TEST_CASE("a name that does not parse is refused with the part that is wrong") {
  CHECK(has(fault_of(""), "empty"));
  CHECK(has(fault_of("Alpine"), "repository name \"Alpine\" must be lowercase"));
  CHECK(has(fault_of("host.example/Team/app"), "must be lowercase"));
  CHECK(has(fault_of(hex), "image ID"));
  CHECK(has(fault_of("https://host/app"), "leave out \"https://\""));
  CHECK(has(fault_of("app:"), "tag behind ':' is empty"));
  CHECK(has(fault_of("app:-x"), "tag \"-x\""));
  CHECK(has(fault_of("app:a:b"), "tag \"a:b\""));
  CHECK(has(fault_of("app@sha256:12"), "64 lower-case hex digits"));
  CHECK(has(fault_of("a//b"), "empty part"));
  CHECK(has(fault_of("/a"), "empty part"));
  CHECK(has(fault_of("a/"), "empty part"));
  CHECK(has(fault_of("a..b"), "separates words"));
  CHECK(has(fault_of("a___b"), "separates words"));
  CHECK(has(fault_of("a._b"), "separates words"));
  CHECK(has(fault_of("-a"), "begin and end"));
  CHECK(has(fault_of("a-"), "begin and end"));
  CHECK(has(fault_of("a b"), "' ' cannot stand"));
  CHECK(has(fault_of("host:port/app"), "no registry host"));
  CHECK(has(fault_of("-host.x/app"), "no registry host"));
  CHECK(has(fault_of(":5000/app"), "no registry host"));
  CHECK(has(fault_of("host.example/" + std::string(256, 'a')), "at most 255"));
  CHECK(has(fault_of(std::string(250, 'a')), "at most 255"));
  CHECK(has(fault_of("app:" + std::string(129, 'a')), "at most 128"));
  CHECK(has(fault_of("../etc"), "no registry host"));
}

TEST_CASE("the longest names are accepted") {
  CHECK(parse_reference("host.example/" + std::string(255, 'a')).repository.size() == 255);
  CHECK(parse_reference("app:" + std::string(128, 'a')).tag.size() == 128);
}
