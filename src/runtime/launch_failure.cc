#include "runtime/launch_failure.h"

#include <elf.h>
#include <endian.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "runtime/capabilities.h"

namespace ccocker::runtime {
namespace {

struct StepText {
  Step step;
  std::string_view doing;
};
constexpr StepText step_texts[] = {
    {Step::setup, "preparing the process"},
    {Step::join_cgroup, "joining the container's cgroup"},
    {Step::cgroup_namespace, "making a cgroup namespace"},
    {Step::enter_namespaces, "entering the container's namespaces"},
    {Step::loopback, "bringing up the loopback interface"},
    {Step::private_mounts, "making the mounts private"},
    {Step::attach_root, "attaching the root filesystem"},
    {Step::pivot_root, "changing the root"},
    {Step::detach_host, "detaching the host's root"},
    {Step::mount_proc, "mounting /proc (it must be a directory in the image)"},
    {Step::mount_dev, "mounting /dev (it must be a directory in the image)"},
    {Step::make_node, "filling /dev"},
    {Step::mount_pts, "mounting /dev/pts"},
    {Step::mount_shm, "mounting /dev/shm"},
    {Step::mount_mqueue, "mounting /dev/mqueue"},
    {Step::mount_sys, "mounting /sys (it must be a directory in the image)"},
    {Step::mount_cgroup, "mounting /sys/fs/cgroup"},
    {Step::open_terminal, "opening a terminal inside"},
    {Step::hostname, "setting the host name"},
    {Step::read_only_root, "making the root read-only"},
    {Step::oom_score_adj, "setting the OOM score adjustment"},
    {Step::stdio, "wiring standard input and output"},
    {Step::wait_for_parent, "waiting for the supervisor"},
    {Step::init_program, "executing ccocker-init, from which the program is started"},
    {Step::fork_init, "starting the program below the init"},
    {Step::bounding_set, "dropping capabilities"},
    {Step::groups, "setting the supplementary groups"},
    {Step::gid, "setting the group ID"},
    {Step::uid, "setting the user ID"},
    {Step::capabilities, "setting the capabilities"},
    {Step::seccomp, "loading the seccomp filter"},
    {Step::no_new_privileges, "setting no_new_privs"},
};

struct LimitName {
  int resource;
  std::string_view name;
};
constexpr LimitName limit_names[] = {
    {RLIMIT_AS, "as"},           {RLIMIT_CORE, "core"},         {RLIMIT_CPU, "cpu"},
    {RLIMIT_DATA, "data"},       {RLIMIT_FSIZE, "fsize"},       {RLIMIT_LOCKS, "locks"},
    {RLIMIT_MEMLOCK, "memlock"}, {RLIMIT_MSGQUEUE, "msgqueue"}, {RLIMIT_NICE, "nice"},
    {RLIMIT_NOFILE, "nofile"},   {RLIMIT_NPROC, "nproc"},       {RLIMIT_RSS, "rss"},
    {RLIMIT_RTPRIO, "rtprio"},   {RLIMIT_RTTIME, "rttime"},     {RLIMIT_SIGPENDING, "sigpending"},
    {RLIMIT_STACK, "stack"},
};

std::string_view limit_name(int resource) {
  for (const LimitName& limit : limit_names)
    if (limit.resource == resource) return limit.name;
  return "?";
}

std::string what_was_done(const InitReport& report, const Plan& plan) {
  uint32_t detail = report.detail;
  switch (report.step) {
    case Step::mount_destination:
      return "making the mount point " + plan.mount_destination(detail);
    case Step::attach_mount:
      return "mounting at " + plan.mount_destination(detail);
    case Step::device_node:
      return "making the device node " + plan.device(detail);
    case Step::sysctl:
      return "setting " + plan.sysctl(detail);
    case Step::read_only_path:
      return "making read-only " + plan.read_only(detail);
    case Step::masked_path:
      return "masking " + plan.masked(detail);
    case Step::limit:
      return fmt::format("setting the limit {}", limit_name(plan.limit(detail).resource));
    case Step::working_directory:
      return "entering the working directory " + plan.cwd();
    default:
      break;
  }
  for (const StepText& text : step_texts)
    if (text.step == report.step) return std::string(text.doing);
  return "starting the process";
}

std::string_view cure_for(const InitReport& report) {
  if (report.step == Step::limit && report.errnum == EPERM)
    return "raising a hard limit takes CAP_SYS_RESOURCE, which ccocker does not have here";
  if (report.step == Step::oom_score_adj && report.errnum == EACCES)
    return "lowering it takes CAP_SYS_RESOURCE, which ccocker does not have here";
  if (report.step == Step::working_directory && report.errnum == ENOTDIR) return "it is not a directory";
  if (report.step == Step::attach_mount && report.errnum == ENOTDIR)
    return "a file can only be mounted over a file, a directory over a directory";
  if (report.step == Step::init_program && (report.errnum == EPERM || report.errnum == ENOSYS))
    return "the container's seccomp profile must allow execveat and fcntl";
  if (report.step == Step::mount_destination && report.errnum == EROFS)
    return "what is mounted above it is read-only and has nothing there to mount over";
  if (report.step == Step::open_terminal && (report.errnum == ENOENT || report.errnum == ENOTTY))
    return "what is mounted at /dev must have a devpts at /dev/pts";
  if (report.step == Step::join_cgroup && report.errnum == ENOSPC) return "the cpuset is empty";
  return "";
}

// The machine an ELF file is for, by the name users know.
struct Machine {
  uint16_t number;
  std::string_view name;
};
constexpr Machine machines[] = {{EM_X86_64, "x86_64"}, {EM_386, "i386"},      {EM_AARCH64, "arm64"},
                                {EM_ARM, "arm"},       {EM_RISCV, "riscv64"}, {EM_PPC64, "ppc64le"},
                                {EM_S390, "s390x"},    {EM_MIPS, "mips"},     {258, "loongarch64"}};
#if defined(__x86_64__)
constexpr uint16_t own_machine = EM_X86_64;
#else
constexpr uint16_t own_machine = EM_AARCH64;
#endif

std::string machine_name(uint16_t number) {
  for (const Machine& machine : machines)
    if (machine.number == number) return std::string(machine.name);
  return fmt::format("machine {}", number);
}

// Words out of an image's file, safe to print on a terminal.
std::string printable(std::string_view words) {
  std::string text(words);
  for (char& c : text)
    if (c < ' ' || c == 127) c = '?';
  return text;
}

bool is_elf(std::string_view head) { return head.size() >= sizeof(Elf64_Ehdr) && head.starts_with(ELFMAG); }

uint16_t elf_machine(std::string_view head) {
  uint16_t machine;
  std::memcpy(&machine, head.data() + offsetof(Elf64_Ehdr, e_machine), sizeof machine);  // the same place in 32 bits
  return head[EI_DATA] == ELFDATA2MSB ? be16toh(machine) : le16toh(machine);
}

// The path in PT_INTERP of a 64-bit ELF file, when it lies within the head.
std::optional<std::string> elf_interpreter(std::string_view head) {
  Elf64_Ehdr header;
  std::memcpy(&header, head.data(), sizeof header);
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    size_t offset = header.e_phoff + i * sizeof segment;
    if (header.e_phoff > head.size() || offset + sizeof segment > head.size()) return std::nullopt;
    std::memcpy(&segment, head.data() + offset, sizeof segment);
    if (segment.p_type != PT_INTERP) continue;
    if (segment.p_offset > head.size() || segment.p_filesz > head.size() - segment.p_offset) return std::nullopt;
    return std::string(head.substr(segment.p_offset, segment.p_filesz).data());
  }
  return std::nullopt;
}

Error missing_interpreter(const std::string& path, std::string_view head) {
  std::string_view line = head.substr(2, std::min(head.find('\n'), head.size()) - 2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.ends_with('\r'))
    return Error(Errc::command_not_found,
                 fmt::format("cannot run {}: its first line ends in a carriage return (CRLF), so the interpreter "
                             "\"{}\\r\" does not exist; convert the script with dos2unix",
                             path, printable(line.substr(0, line.size() - 1))));
  std::string_view interpreter = line.substr(0, line.find_first_of(" \t"));
  return Error(Errc::command_not_found,
               fmt::format("cannot run {}: its interpreter \"{}\" (named in its first line) does not exist in the "
                           "container",
                           path, printable(interpreter)));
}

Error missing_loader(const std::string& path, std::string_view head) {
  std::optional<std::string> loader = elf_interpreter(head);
  return Error(Errc::command_not_found,
               fmt::format("cannot run {}: its dynamic loader {} does not exist in the container; the program was "
                           "built for another C library",
                           path, loader ? "\"" + printable(*loader) + "\"" : "(PT_INTERP)"));
}

Error wrong_format(const std::string& path, std::string_view head) {
  if (is_elf(head) && elf_machine(head) != own_machine)
    return Error(
        Errc::cannot_execute,
        fmt::format("cannot run {}: it is a program for {}, this machine is {}; use an image for this platform", path,
                    machine_name(elf_machine(head)), machine_name(own_machine)));
  if (is_elf(head)) return Error(Errc::cannot_execute, fmt::format("cannot run {}: the ELF file is damaged", path));
  return Error(
      Errc::cannot_execute,
      fmt::format("cannot run {}: it is neither a program nor a script with a \"#!\" line (exec format error)", path));
}

Error not_found(const Plan& plan) {
  const std::string& name = plan.arguments()[0];
  if (name.find('/') != std::string::npos)
    return Error(Errc::command_not_found, fmt::format("cannot run {}: no such file in the container", name));
  return Error(Errc::command_not_found,
               fmt::format("cannot run \"{}\": executable file not found in PATH ({})", name, plan.search_path()));
}

}  // namespace

Error exec_failure(const std::string& path, int errnum, std::string_view head) {
  if (errnum == ENOENT && head.starts_with("#!")) return missing_interpreter(path, head);
  if (errnum == ENOENT && is_elf(head)) return missing_loader(path, head);
  if (errnum == ENOEXEC) return wrong_format(path, head);
  if (errnum == EACCES)
    return Error(Errc::cannot_execute,
                 fmt::format("cannot run {}: permission denied; it must be a file with execute permission for the "
                             "user, on a mount without noexec",
                             path));
  if (errnum == E2BIG)
    return Error(Errc::cannot_execute, fmt::format("cannot run {}: its arguments and environment are too long", path));
  if (errnum == ENOENT || errnum == ENOTDIR)
    return Error(Errc::command_not_found, fmt::format("cannot run {}: no such file in the container", path));
  return Error(Errc::cannot_execute, fmt::format("cannot run {}: {}", path, errno_text(errnum)));
}

Error launch_failure(const InitReport& report, std::string_view head, const Plan& plan) {
  if (report.step == Step::exec) {
    bool absent = head.empty() && (report.errnum == ENOENT || report.errnum == ENOTDIR);
    if (absent || report.detail >= plan.programs().size()) return not_found(plan);
    return exec_failure(plan.programs()[report.detail], report.errnum, head);
  }
  if (report.step == Step::mount_inside_proc)
    return Error(Errc::invalid,
                 fmt::format("the mount at {} would be inside /proc, where nothing can be mounted safely",
                             plan.mount_destination(report.detail)));
  Error error = Error::sys(what_was_done(report, plan), {}, report.errnum);
  std::string_view cure = cure_for(report);
  if (!cure.empty()) return std::move(error).advise(cure);
  return error;
}

Error clone_failure(int errnum, uint64_t namespaces) {
  Error error = Error::sys("clone3", fmt::format("namespaces {:#x}", namespaces), errnum);
  if (errnum == EPERM) return std::move(error).advise("containers need root (CAP_SYS_ADMIN)");
  if (errnum == ENOSPC) return std::move(error).advise("a limit in /proc/sys/user/max_*_namespaces is reached");
  if (errnum == EAGAIN) return std::move(error).advise("the limit of processes is reached (pids cgroup or ulimit -u)");
  if (errnum == ENOSYS) return std::move(error).advise("ccocker needs Linux 5.12 or later");
  return error;
}

}  // namespace ccocker::runtime
