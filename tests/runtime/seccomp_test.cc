#include "runtime/seccomp.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.h"
#include "loop/sys.h"
#include "runtime/capabilities.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;

namespace {

// The errno that a system call gives under a filter, 0 when it succeeds; tried in a child.
int errno_under(std::vector<sock_filter> program, long number, long a = 0, long b = 0, long c = 0) {
  pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) ::_exit(255);
    ::_exit(::syscall(number, a, b, c) < 0 ? errno : 0);
  }
  int status = 0;
  sys::retry([&] { return ::waitpid(pid, &status, 0); });
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

std::vector<sock_filter> builtin(const TemporaryDirectory& cache, uint64_t capabilities) {
  return seccomp_filter({}, capabilities, cache.path() + "/deep/cache");
}

std::vector<sock_filter> from_text(const TemporaryDirectory& directory, std::string_view text,
                                   uint64_t capabilities = 0) {
  return seccomp_filter({Seccomp::Kind::file, "profile.json", std::string(text)}, capabilities,
                        directory.path() + "/cache");
}

std::string failure(std::string_view text) {
  TemporaryDirectory directory;
  try {
    from_text(directory, text);
    return {};
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
    return error.what();
  }
}

constexpr uint64_t admin = uint64_t{1} << CAP_SYS_ADMIN;

}  // namespace

TEST_CASE("the default profile allows everyday calls and denies the dangerous ones") {
  TemporaryDirectory cache;
  std::vector<sock_filter> program = builtin(cache, docker_default_capabilities());
  CHECK(errno_under(program, SYS_getppid) == 0);
  CHECK(errno_under(program, SYS_socket, AF_UNIX, SOCK_STREAM) == 0);
  CHECK(errno_under(program, SYS_socket, AF_VSOCK, SOCK_STREAM) == EPERM);
  CHECK(errno_under(program, SYS_io_uring_setup, 1) == EPERM);
  CHECK(errno_under(program, SYS_keyctl) == EPERM);
  CHECK(errno_under(program, SYS_bpf) == EPERM);
  CHECK(errno_under(program, SYS_mount) == EPERM);
  CHECK(errno_under(program, SYS_userfaultfd) == EPERM);
  CHECK(errno_under(program, SYS_unshare, CLONE_NEWNS) == EPERM);
  CHECK(errno_under(program, SYS_clone, CLONE_NEWUSER) == EPERM);
  CHECK(errno_under(program, SYS_clone3) == ENOSYS);
  CHECK(errno_under(program, SYS_personality, 0xffffffff) == 0);
  CHECK(errno_under(program, SYS_personality, 0x0400000) == EPERM);  // ADDR_NO_RANDOMIZE alone is not Docker's
}

TEST_CASE("calls newer than the profile look unimplemented, so that libc falls back") {
  TemporaryDirectory cache;
  std::vector<sock_filter> program = builtin(cache, 0);
  CHECK(errno_under(program, 999) == ENOSYS);
  CHECK(errno_under(program, 452, AT_FDCWD, 0, 0) != EPERM);  // fchmodat2
}

TEST_CASE("CAP_SYS_ADMIN brings its calls back") {
  TemporaryDirectory cache;
  std::vector<sock_filter> program = builtin(cache, admin);
  CHECK(errno_under(program, SYS_clone3) == EINVAL);
  CHECK(errno_under(program, SYS_unshare, 0) == 0);
}

TEST_CASE("an unconfined container has no filter") {
  CHECK(seccomp_filter({Seccomp::Kind::unconfined, ""}, 0, "/nonexistent").empty());
}

TEST_CASE("a damaged cache entry is noticed and made anew") {
  TemporaryDirectory cache;
  std::vector<sock_filter> first = builtin(cache, 0);
  Fd dir = sys::open_dir(cache.fd(), "deep/cache");
  std::vector<std::string> files = sys::list_dir(dir);
  REQUIRE(files.size() == 1);
  std::string whole = sys::read_file(dir, files[0]);
  for (size_t keep : {size_t{0}, size_t{5}, whole.size() / 2, whole.size() - 1}) {
    sys::write_file_atomically(dir, files[0], whole.substr(0, keep));
    CHECK(builtin(cache, 0).size() == first.size());
    CHECK(sys::read_file(dir, files[0]) == whole);
  }
  for (size_t at = 0; at < whole.size(); at += 97) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    sys::write_file_atomically(dir, files[0], flipped);
    std::vector<sock_filter> again = builtin(cache, 0);
    REQUIRE(again.size() == first.size());
    CHECK(std::equal(again.begin(), again.end(), first.begin(), [](const sock_filter& a, const sock_filter& b) {
      return a.code == b.code && a.jt == b.jt && a.jf == b.jf && a.k == b.k;
    }));
  }
}

TEST_CASE("a cache that cannot be written is no error") {
  CHECK_FALSE(seccomp_filter({}, 0, "/proc/nowhere/cache").empty());
}

TEST_CASE("a user's profile decides, with its conditions") {
  TemporaryDirectory directory;
  std::string_view text = R"({"defaultAction":"SCMP_ACT_ALLOW","archMap":null,"syscalls":[
    {"names":["getppid","no_such_call"],"action":"SCMP_ACT_ERRNO","errnoRet":7,"args":[],
     "includes":{},"excludes":{"caps":["CAP_SYS_ADMIN"]}},
    {"names":["sync"],"action":"SCMP_ACT_ERRNO","includes":{"minKernel":"99.0"}},
    {"name":"getpgid","action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":5,"op":"SCMP_CMP_EQ"},
                                                          {"index":0,"value":6,"op":"SCMP_CMP_EQ"}]}]})";
  std::vector<sock_filter> program = from_text(directory, text);
  CHECK(errno_under(program, SYS_getppid) == 7);
  CHECK(errno_under(program, SYS_sync) == 0);
  CHECK(errno_under(program, SYS_getpgid, 0) == 0);
  CHECK(errno_under(program, SYS_getpgid, 5) == EPERM);
  CHECK(errno_under(program, SYS_getpgid, 6) == EPERM);
  CHECK(errno_under(from_text(directory, text, admin), SYS_getppid) == 0);
}

TEST_CASE("a bad profile fails with its path and what is wrong") {
  CHECK(failure("{").find("it is not JSON") != std::string::npos);
  CHECK(failure("[]").find("it is not a JSON object") != std::string::npos);
  CHECK(failure("{}").find("no \"defaultAction\"") != std::string::npos);
  CHECK(failure(R"({"defaultAction":"ALLOW"})").find("the action \"ALLOW\" is not known") != std::string::npos);
  CHECK(failure(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":{}})").find("is not a list") != std::string::npos);
  CHECK(failure(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ERRNO"}]})")
            .find("names no system call") != std::string::npos);
  CHECK(failure(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["sync"],"action":"SCMP_ACT_ERRNO",
                   "args":[{"index":9}]}]})")
            .find("\"index\" is not a whole number up to 5") != std::string::npos);
  CHECK(failure(std::string((1u << 20) + 1, ' ')).find("1 MiB") != std::string::npos);
  CHECK_THROWS_AS(seccomp_filter({Seccomp::Kind::file, "/nonexistent.json"}, 0, "/tmp"), Error);
}

TEST_CASE("a record of an older build has the profile's place only: it is read at the start") {
  TemporaryDirectory directory;
  Seccomp older{Seccomp::Kind::file, directory.path() + "/profile.json"};
  sys::write_file_atomically(
      directory.fd(), "profile.json",
      R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["sync"],"action":"SCMP_ACT_ERRNO"}]})");
  CHECK(errno_under(seccomp_filter(older, 0, directory.path() + "/cache"), SYS_sync) == EPERM);
  sys::write_file_atomically(directory.fd(), "profile.json", std::string((1u << 20) + 1, ' '));
  CHECK_THROWS_WITH(seccomp_filter(older, 0, directory.path() + "/cache"), Catch::Contains("1 MiB"));
}

TEST_CASE("a privileged process has no filter unless a profile was asked for") {
  TemporaryDirectory directory;
  std::string cache = directory.path() + "/cache";
  CHECK(process_filter({}, true, 0, cache).empty());
  CHECK_FALSE(process_filter({}, false, 0, cache).empty());
  Seccomp asked{Seccomp::Kind::file, "p",
                R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["sync"],"action":"SCMP_ACT_ERRNO"}]})"};
  CHECK_FALSE(process_filter(asked, true, 0, cache).empty());
}
