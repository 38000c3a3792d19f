#include "registry/platform.h"

#include "catch.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::registry;

TEST_CASE("platforms are read in the spellings of distributions and of Go") {
  struct Row {
    const char *typed, *normal;
  };
  for (const Row& row :
       {Row{"linux/amd64", "linux/amd64"}, Row{"linux/x86_64", "linux/amd64"}, Row{"Linux/AArch64", "linux/arm64"},
        Row{"linux/arm64/v8", "linux/arm64"}, Row{"linux/arm64/8", "linux/arm64"}, Row{"linux/arm", "linux/arm/v7"},
        Row{"linux/armhf", "linux/arm/v7"}, Row{"linux/armel", "linux/arm/v6"}, Row{"linux/arm/v6", "linux/arm/v6"},
        Row{"linux/arm/6", "linux/arm/v6"}, Row{"linux/i386", "linux/386"}, Row{"arm64", "linux/arm64"},
        Row{"amd64", "linux/amd64"}, Row{"linux/amd64/v1", "linux/amd64"}, Row{"linux/amd64/v3", "linux/amd64/v3"},
        Row{"macos/arm64", "darwin/arm64"}, Row{"windows/amd64", "windows/amd64"}}) {
    INFO(row.typed);
    CHECK(parse_platform(row.typed).str() == row.normal);
  }
  CHECK(parse_platform("linux").str() == host_platform().str());
}

TEST_CASE("what is no platform is refused") {
  for (const char* text : {"", "/", "linux/", "linux//v7", "a/b/c/d", "amd46", "linux/am d64"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_platform(text), Error);
  }
}

TEST_CASE("a machine runs what was built for its older variants") {
  CHECK(variants_that_run(parse_platform("linux/arm/v7")) == std::vector<std::string>{"v7", "v6", "v5"});
  CHECK(variants_that_run(parse_platform("linux/arm/v5")) == std::vector<std::string>{"v5"});
  CHECK(variants_that_run(parse_platform("linux/amd64/v3")) == std::vector<std::string>{"v3", "v2", ""});
  CHECK(variants_that_run(parse_platform("linux/amd64")) == std::vector<std::string>{""});
  CHECK(variants_that_run(parse_platform("linux/arm64/v9")) == std::vector<std::string>{"v9", ""});
}

TEST_CASE("uname's machine names become Go's") {
  CHECK(platform_of_machine("x86_64").str() == "linux/amd64");
  CHECK(platform_of_machine("aarch64").str() == "linux/arm64");
  CHECK(platform_of_machine("armv7l").str() == "linux/arm/v7");
  CHECK(platform_of_machine("armv6l").str() == "linux/arm/v6");
  CHECK(platform_of_machine("i686").str() == "linux/386");
  CHECK(platform_of_machine("riscv64").str() == "linux/riscv64");
}
