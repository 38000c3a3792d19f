#include "runtime/capabilities.h"

#include <linux/capability.h>

#include "catch.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::runtime;

namespace {
uint64_t bit(int number) { return uint64_t{1} << number; }
std::string failure(const std::vector<std::string>& add) {
  try {
    apply_capabilities(0, add, {});
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}
}  // namespace

TEST_CASE("a capability is named with or without CAP_ in any case") {
  CHECK(parse_capability("NET_ADMIN") == bit(CAP_NET_ADMIN));
  CHECK(parse_capability("cap_net_admin") == bit(CAP_NET_ADMIN));
  CHECK(parse_capability("Cap_Checkpoint_Restore") == bit(CAP_CHECKPOINT_RESTORE));
  CHECK(parse_capability("all") == all_capabilities());
  CHECK(capability_name(CAP_BPF) == "CAP_BPF");
  CHECK(capability_name(63) == "CAP_63");
}

TEST_CASE("Docker's defaults are fourteen of what we have ourselves") {
  CHECK(docker_default_capabilities() == (uint64_t{0xa80425fb} & all_capabilities()));
}

TEST_CASE("an unknown capability fails with the nearest name") {
  CHECK(failure({"NET_ADMN"}) == "unknown capability \"NET_ADMN\"; did you mean NET_ADMIN?");
  CHECK(failure({"BANANA"}) == "unknown capability \"BANANA\"");
  CHECK(failure({""}).starts_with("unknown capability \"\""));
  CHECK(failure({std::string(100'000, 'x')}).size() < 200);
}

TEST_CASE("ALL is added and dropped as Docker does it") {
  uint64_t basis = docker_default_capabilities();
  CHECK(apply_capabilities(basis, {}, {}) == basis);
  CHECK(apply_capabilities(basis, {"NET_ADMIN"}, {"chown"}) == ((basis & ~bit(CAP_CHOWN)) | bit(CAP_NET_ADMIN)));
  CHECK(apply_capabilities(basis, {}, {"ALL"}) == 0);
  CHECK(apply_capabilities(basis, {"CHOWN"}, {"ALL"}) == bit(CAP_CHOWN));
  CHECK(apply_capabilities(basis, {"ALL"}, {"CHOWN"}) == (all_capabilities() & ~bit(CAP_CHOWN)));
  CHECK(apply_capabilities(basis, {"ALL"}, {"ALL"}) == all_capabilities());
}

TEST_CASE("a capability we lack ourselves cannot be added") {
  for (int number = 0; number <= CAP_CHECKPOINT_RESTORE; ++number) {
    if (all_capabilities() & bit(number)) continue;
    CHECK(failure({capability_name(number)}).find("cannot be added") != std::string::npos);
    CHECK((apply_capabilities(0, {"ALL"}, {}) & bit(number)) == 0);
  }
}
