#include "registry/digest.h"

#include "catch.h"
#include "loop/error.h"

using namespace ccocker;
using registry::Digest;

TEST_CASE("a digest is sha256 and 64 lower-case hex digits") {
  std::string hex(64, 'a');
  CHECK(Digest::parse("sha256:" + hex).hex() == hex);
  CHECK(Digest::parse("sha256:" + hex).str() == "sha256:" + hex);
  for (std::string bad : {"", "sha256", "sha256:", "sha256:abc", "sha512:00"})
    CHECK_THROWS_AS(Digest::parse(bad), Error);
  CHECK_THROWS_AS(Digest::parse("sha256:" + std::string(64, 'A')), Error);
  CHECK_THROWS_AS(Digest::parse("sha256:" + std::string(65, 'a')), Error);
}
