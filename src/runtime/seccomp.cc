#include "runtime/seccomp.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <span>

#include "loop/sys.h"
#include "runtime/seccomp_cache.h"
#include "runtime/seccomp_profile.h"

namespace ccocker::runtime {
namespace {

constexpr uint32_t default_errno = EPERM;

using Context = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;
using Program = std::vector<sock_filter>;

#if defined(__x86_64__)
constexpr const char* native_architecture = "amd64";
#elif defined(__aarch64__)
constexpr const char* native_architecture = "arm64";
#else
constexpr const char* native_architecture = "riscv64";
#endif

// System calls newer than Debian 12's libseccomp; from 424 on a number is the same on every architecture.
struct NewSyscall {
  const char* name;
  uint32_t number;
};
constexpr NewSyscall new_syscalls[] = {
    {"cachestat", 451},     {"fchmodat2", 452}, {"map_shadow_stack", 453}, {"futex_wake", 454}, {"futex_wait", 455},
    {"futex_requeue", 456}, {"mseal", 462},
};
constexpr uint32_t newest_known_syscall = 462;  // by the default table; above it the answer is ENOSYS
constexpr uint32_t x32_bit = 0x40000000;

struct ActionName {
  const char* name;
  uint32_t action;
};
constexpr ActionName actions[] = {
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
};
struct CompareName {
  const char* name;
  scmp_compare compare;
};
constexpr CompareName compares[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};
struct ArchitectureName {
  const char* name;
  uint32_t token;
};
constexpr ArchitectureName architectures[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64}, {"SCMP_ARCH_X86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32},       {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},       {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},
};

[[noreturn]] void refuse(std::string text) { throw Error(Errc::invalid, std::move(text)); }

void check(int result, const std::string& what) {
  if (result < 0) throw Error(Errc::invalid, fmt::format("libseccomp refuses {}: {}", what, errno_text(-result)));
}

template <typename Row, size_t count>
const Row& row_named(const Row (&rows)[count], const std::string& name, const char* what) {
  for (const Row& row : rows)
    if (name == row.name) return row;
  refuse(fmt::format("{} \"{}\" is not known", what, name.substr(0, 64)));
}

uint32_t action_of(const std::string& name, std::optional<uint32_t> value) {
  if (name == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(value.value_or(default_errno));
  if (name == "SCMP_ACT_TRACE") return SCMP_ACT_TRACE(value.value_or(default_errno));
  return row_named(actions, name, "the action").action;
}

Context new_context(const SeccompProfile& profile) {
  uint32_t action = action_of(profile.default_action, profile.default_errno);
  Context context(::seccomp_init(action), ::seccomp_release);
  if (!context) throw Error(Errc::failed, "libseccomp cannot start a filter");
  // A binary tree instead of a list: the kernel walks it for every system call it cannot answer from its bitmap.
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  for (const std::string& name : profile.architectures) {
    int result = ::seccomp_arch_add(context.get(), row_named(architectures, name, "the architecture").token);
    // One of another byte order or family cannot run here anyway.
    if (result < 0 && result != -EEXIST && result != -EDOM) check(result, "the architecture " + name);
  }
  return context;
}

std::vector<scmp_arg_cmp> conditions_of(const SeccompRule& rule) {
  std::vector<scmp_arg_cmp> all;
  for (const SeccompArgument& it : rule.arguments)
    all.push_back({it.index, row_named(compares, it.op, "the comparison").compare, it.value, it.value_two});
  return all;
}

bool has_repeated_index(const std::vector<scmp_arg_cmp>& conditions) {
  uint32_t seen = 0;
  for (const scmp_arg_cmp& it : conditions) {
    if (seen >> it.arg & 1) return true;
    seen |= 1u << it.arg;
  }
  return false;
}

void add_one(scmp_filter_ctx context, uint32_t action, int number, std::span<const scmp_arg_cmp> conditions) {
  int result =
      ::seccomp_rule_add_array(context, action, number, static_cast<unsigned>(conditions.size()), conditions.data());
  if (result != -EEXIST) check(result, fmt::format("a rule for system call {}", number));
}

// The new system calls that a rule allows, whatever their arguments.
void add_rule(scmp_filter_ctx context, const SeccompRule& rule, uint32_t default_action, std::set<uint32_t>& allowed) {
  uint32_t action = action_of(rule.action, rule.errno_value);
  std::vector<scmp_arg_cmp> conditions = conditions_of(rule);
  if (action == default_action) return;  // libseccomp refuses rules that change nothing
  for (const std::string& name : rule.names) {
    int number = ::seccomp_syscall_resolve_name(name.c_str());
    for (const NewSyscall& it : new_syscalls)
      if (name == it.name && action == SCMP_ACT_ALLOW && conditions.empty()) allowed.insert(it.number);
    if (number == __NR_SCMP_ERROR) continue;  // of another architecture, or newer than this libseccomp
    // Two conditions on one argument are alternatives, as runc reads them.
    if (!has_repeated_index(conditions))
      add_one(context, action, number, conditions);
    else
      for (const scmp_arg_cmp& it : conditions) add_one(context, action, number, {&it, 1});
  }
}

Program exported(scmp_filter_ctx context) {
  Fd memory(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!memory) throw Error::sys("memfd_create");
  check(::seccomp_export_bpf(context, memory.get()), "to write the filter");
  size_t bytes = static_cast<size_t>(sys::fstat(memory).st_size);
  Program program(bytes / sizeof(sock_filter));
  if (::pread(memory.get(), program.data(), bytes, 0) != static_cast<ssize_t>(bytes))
    throw Error::sys("pread", "memfd");
  return program;
}

// What libseccomp does not know goes before its program: allow the listed new system calls; answer those newer than
// the profile with ENOSYS, so that programs fall back instead of giving up (as runc does).
Program with_prelude(Program program, const std::set<uint32_t>& allowed, bool refuses_with_errno) {
  constexpr uint32_t number_offset = offsetof(seccomp_data, nr);
  Program prelude;
  prelude.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number_offset));
  for (uint32_t number : allowed) {
    prelude.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    prelude.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  if (refuses_with_errno) {
    prelude.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32_bit, 2, 0));
    prelude.push_back(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, newest_known_syscall, 0, 1));
    prelude.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  }
  if (prelude.size() > 1) program.insert(program.begin(), prelude.begin(), prelude.end());
  return program;
}

Program compile(const SeccompProfile& profile) {
  Context context = new_context(profile);
  uint32_t default_action = action_of(profile.default_action, profile.default_errno);
  std::set<uint32_t> allowed;
  for (const SeccompRule& rule : profile.rules) add_rule(context.get(), rule, default_action, allowed);
  Program program = with_prelude(exported(context.get()), allowed, profile.default_action == "SCMP_ACT_ERRNO");
  if (program.size() > BPF_MAXINSNS)
    refuse(fmt::format("it makes a filter of {} instructions; the kernel takes {}", program.size(), BPF_MAXINSNS));
  return program;
}

// Those the default profile looks at: other bits make no other filter.
constexpr uint64_t default_profile_capabilities = [] {
  uint64_t mask = 0;
  for (int number :
       {CAP_DAC_READ_SEARCH, CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_CHROOT, CAP_SYS_MODULE, CAP_SYS_PACCT, CAP_SYS_PTRACE,
        CAP_SYS_RAWIO, CAP_SYS_TIME, CAP_SYS_TTY_CONFIG, CAP_SYS_NICE, CAP_SYSLOG, CAP_BPF, CAP_PERFMON})
    mask |= uint64_t{1} << number;
  return mask;
}();

// Of a container that an older build made: its record has the profile's place only.
std::string read_profile(const std::string& path) {
  std::optional<Fd> file = sys::open_if_exists(sys::cwd(), path, O_RDONLY | O_NONBLOCK);
  if (!file) throw Error(Errc::not_found, fmt::format("the seccomp profile {} does not exist", path));
  struct stat status = sys::fstat(*file);
  if (!S_ISREG(status.st_mode)) refuse(fmt::format("the seccomp profile {} is not a regular file", path));
  if (status.st_size > static_cast<off_t>(seccomp_profile_bytes_max))
    refuse(fmt::format("the seccomp profile {} has {} bytes; the limit is 1 MiB", path, status.st_size));
  return sys::read_all(*file);
}

Program builtin_filter(uint64_t capabilities, const SeccompCache& cache) {
  capabilities &= default_profile_capabilities;
  std::string key = fmt::format("{} builtin {} {:x}", CCOCKER_VERSION, native_architecture, capabilities);
  if (std::optional<Program> known = cache.load(key)) return std::move(*known);
  Program program = compile(default_seccomp_profile(seccomp_conditions(capabilities)));
  cache.store(key, program);
  return program;
}

Program file_filter(const Seccomp& seccomp, uint64_t capabilities, const SeccompCache& cache) {
  std::string text = seccomp.profile.empty() ? read_profile(seccomp.path) : seccomp.profile;
  SeccompConditions conditions = seccomp_conditions(capabilities);
  std::string key = fmt::format("{} file {} {:x} {:x} ", CCOCKER_VERSION, native_architecture, capabilities,
                                conditions.kernel_version) +
                    text;
  if (std::optional<Program> known = cache.load(key)) return std::move(*known);
  try {
    Program program = compile(parse_seccomp_profile(text, conditions));
    cache.store(key, program);
    return program;
  } catch (Error& error) {
    throw std::move(error).in("the seccomp profile " + seccomp.path);
  }
}

}  // namespace

SeccompConditions seccomp_conditions(uint64_t capabilities) {
  utsname system;
  unsigned major = 0, minor = 0;
  if (::uname(&system) == 0) static_cast<void>(std::sscanf(system.release, "%u.%u", &major, &minor));
  return {capabilities, native_architecture, major << 16 | minor};
}

std::vector<sock_filter> seccomp_filter(const Seccomp& seccomp, uint64_t capabilities, const std::string& cache_dir) {
  SeccompCache cache(cache_dir);
  if (seccomp.kind == Seccomp::Kind::unconfined) return {};
  if (seccomp.kind == Seccomp::Kind::file) return file_filter(seccomp, capabilities, cache);
  return builtin_filter(capabilities, cache);
}

std::vector<sock_filter> process_filter(const Seccomp& seccomp, bool privileged, uint64_t capabilities,
                                        const std::string& cache_dir) {
  if (privileged && seccomp.kind == Seccomp::Kind::builtin) return {};
  return seccomp_filter(seccomp, capabilities, cache_dir);
}

}  // namespace ccocker::runtime
