#pragma once
// What a seccomp profile says, whether it is Docker's default or a user's JSON; no JSON and no libseccomp in here.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccocker::runtime {

struct SeccompArgument {
  uint32_t index = 0;  // 0..5
  std::string op;      // SCMP_CMP_EQ...
  uint64_t value = 0, value_two = 0;
};

struct SeccompRule {
  std::vector<std::string> names;
  std::string action;  // SCMP_ACT_ALLOW...
  std::optional<uint32_t> errno_value;
  std::vector<SeccompArgument> arguments;
};

struct SeccompProfile {
  std::string default_action;
  std::optional<uint32_t> default_errno;
  std::vector<std::string> architectures;  // SCMP_ARCH_X86_64..., besides the native one
  std::vector<SeccompRule> rules;          // those whose conditions hold for this container and this machine
};

// What a rule's "includes" and "excludes" are held against.
struct SeccompConditions {
  uint64_t capabilities = 0;
  std::string architecture;     // as Go names it: "amd64"
  uint32_t kernel_version = 0;  // major << 16 | minor
};
SeccompConditions seccomp_conditions(uint64_t capabilities);  // of this machine

// Docker's default, as a table.
SeccompProfile default_seccomp_profile(const SeccompConditions& conditions);
constexpr size_t seccomp_profile_bytes_max = 1u << 20;
// A profile in Docker's JSON form, of at most seccomp_profile_bytes_max. Errc::invalid with what is wrong.
SeccompProfile parse_seccomp_profile(std::string_view json, const SeccompConditions& conditions);

}  // namespace ccocker::runtime
