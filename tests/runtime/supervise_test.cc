#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "catch.h"
#include "loop/loop.h"
#include "loop/sys.h"
#include "runtime/test_container.h"

using namespace ccocker;
using namespace ccocker::runtime;
using Catch::Matchers::Contains;

namespace {

constexpr int patience_ms = 120'000;

// Forks a process that runs `body` and exits with what it gives. The test's own state must not be touched by it.
template <typename Body>
Fd fork_process(Body body) {
  pid_t pid = ::fork();
  if (pid == 0) {
    int code = 99;
    try {
      code = body();
    } catch (std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
    }
    ::fflush(nullptr);
    ::_exit(code);
  }
  return sys::pidfd_open(pid);
}

bool ends_in_time(FdView pidfd) {
  pollfd wait{pidfd.get(), POLLIN, 0};
  return ::poll(&wait, 1, patience_ms) == 1;
}

int exit_code(FdView pidfd) {
  if (!ends_in_time(pidfd)) sys::pidfd_send_signal(pidfd, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED);
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

int run_here(TestContainers& test, Spec spec, Stdio stdio, std::function<void(pid_t)> started = {}) {
  CreateRequest create;
  create.spec = std::move(spec);
  create.auto_remove = true;
  Container container = test.containers().create(std::move(create));
  Loop loop;
  return loop.run(test.containers().run(container.id, stdio, std::move(started))).exit_code;
}

// Reads from `fd` until `text` has come; what was read so far.
std::string read_until(FdView fd, std::string_view text) {
  std::string seen;
  char buffer[4096];
  pollfd wait{fd.get(), POLLIN, 0};
  while (seen.find(text) == std::string::npos && ::poll(&wait, 1, patience_ms) == 1) {
    ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count <= 0) break;
    seen.append(buffer, static_cast<size_t>(count));
  }
  return seen;
}

template <typename Condition>
bool soon(Condition condition) {
  for (int ms = 0; ms < patience_ms; ms += 10) {
    if (condition()) return true;
    ::usleep(10'000);
  }
  return false;
}

// What stands behind NAME: in a file of /proc; nothing when it has gone.
std::string field_of(const std::string& path, const std::string& name) {
  std::string text = sys::read_file_if_exists(sys::cwd(), path).value_or("");
  size_t at = text.find("\n" + name + ":");
  if (at == std::string::npos) return {};
  at = text.find_first_not_of(" \t", at + name.size() + 2);
  return text.substr(at, text.find('\n', at) - at);
}

pid_t pid_of(FdView pidfd) { return std::stoi(field_of(fmt::format("/proc/self/fdinfo/{}", pidfd.get()), "Pid")); }

bool is_pending(pid_t pid, int signal) {
  std::string mask = field_of(fmt::format("/proc/{}/status", pid), "ShdPnd");
  return !mask.empty() && (std::stoull(mask, nullptr, 16) >> (signal - 1) & 1);
}

bool child_runs(pid_t pid, const std::string& program) {
  std::string children =
      sys::read_file_if_exists(sys::cwd(), fmt::format("/proc/{0}/task/{0}/children", pid)).value_or("");
  return !children.empty() &&
         sys::read_file_if_exists(sys::cwd(), fmt::format("/proc/{}/comm", std::stoi(children))).value_or("") ==
             program + "\n";
}

// A supervisor in a process of its own, on pipes.
struct Supervisor {
  Fd pidfd, out;
};

Supervisor supervise(TestContainers& test, Spec spec) {
  sys::Pipe out = sys::pipe();
  Fd pidfd = fork_process([&] {
    ::dup2(out.write_end.get(), STDOUT_FILENO);
    out.read_end.reset();
    out.write_end.reset();
    return run_here(test, std::move(spec), {});
  });
  return {std::move(pidfd), std::move(out.read_end)};
}

}  // namespace

TEST_CASE("SIGTERM to the supervisor reaches the container's process") {
  TestContainers test;
  Supervisor supervisor =
      supervise(test, test.shell("trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.01; done"));
  CHECK(read_until(supervisor.out, "ready") == "ready\n");
  sys::pidfd_send_signal(supervisor.pidfd, SIGTERM);
  CHECK(read_until(supervisor.out, "got it") == "got it\n");
  CHECK(exit_code(supervisor.pidfd) == 5);
}

TEST_CASE("three interrupts end a container that does not listen") {
  TestContainers test;
  Supervisor supervisor = supervise(test, test.spec({"sleep", "1000"}));  // which has no handlers
  pid_t pid = pid_of(supervisor.pidfd);
  REQUIRE(soon([&] { return child_runs(pid, "sleep"); }));
  for (int i = 0; i < 3; ++i) {
    sys::pidfd_send_signal(supervisor.pidfd, SIGINT);
    CHECK(soon([&] { return !is_pending(pid, SIGINT); }));  // signals of one number are not queued
  }
  CHECK(ends_in_time(supervisor.pidfd));
  CHECK(exit_code(supervisor.pidfd) == 137);
}

TEST_CASE("no process of the container outlives a killed supervisor") {
  TestContainers test;
  bool init = GENERATE(false, true);
  Spec spec = test.shell("sleep 1000 & sleep 1000 & echo ready; wait");
  spec.init = init;
  spec.process.user = GENERATE("", "1000");
  Supervisor supervisor = supervise(test, spec);
  CHECK(read_until(supervisor.out, "ready") == "ready\n");
  sys::pidfd_send_signal(supervisor.pidfd, SIGKILL);
  CHECK(exit_code(supervisor.pidfd) == 137);
  std::string events = "populated 1";
  for (int i = 0; i < 500 && events.find("populated 1") != std::string::npos; ++i) {
    ::usleep(10'000);
    events.clear();
    std::string parent = "/sys/fs/cgroup/unified/" + test.cgroup_parent();
    if (!sys::exists(parent)) parent = "/sys/fs/cgroup/" + test.cgroup_parent();
    events = sys::read_file_if_exists(sys::cwd(), parent + "/cgroup.events").value_or("");
  }
  CHECK(events.find("populated 1") == std::string::npos);
}

TEST_CASE("a closed standard output reaches the program as SIGPIPE") {
  TestContainers test;
  Supervisor supervisor = supervise(test, test.spec({"yes"}));
  CHECK_THAT(read_until(supervisor.out, "y\ny\n"), Contains("y\ny\n"));
  supervisor.out.reset();
  // PID 1 ignores SIGPIPE's default; yes sees EPIPE and ends by itself.
  CHECK(exit_code(supervisor.pidfd) != 0);
}

namespace {

struct Pty {
  Fd master, slave;
};

Pty open_pty() {
  Pty pty;
  pty.master = Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ::grantpt(pty.master.get());
  ::unlockpt(pty.master.get());
  pty.slave = sys::openat(sys::cwd(), ::ptsname(pty.master.get()), O_RDWR | O_NOCTTY);
  return pty;
}

Fd supervise_on_terminal(TestContainers& test, Spec spec, const Pty& pty) {
  return fork_process([&] {
    ::setsid();
    for (int fd = 0; fd < 3; ++fd) ::dup2(pty.slave.get(), fd);
    ::ioctl(0, TIOCSCTTY, 0);
    Stdio stdio{.interactive = true, .terminal = true};
    return run_here(test, std::move(spec), stdio);
  });
}

}  // namespace

TEST_CASE("a terminal inside has the size of ours, hears ^C, and ours is sane afterwards") {
  TestContainers test;
  Pty pty = open_pty();
  winsize size{33, 77, 0, 0};
  ::ioctl(pty.master.get(), TIOCSWINSZ, &size);
  termios before, during, after;
  ::tcgetattr(pty.slave.get(), &before);
  Spec spec = test.shell(
      "trap 'echo interrupted' INT; trap 'echo size $(stty size)' WINCH; tty; test -t 1 && stty size;"
      "test -c /dev/console && echo console; read line; echo read $line; sleep 0.2; read line; exit 6");
  Fd supervisor = supervise_on_terminal(test, spec, pty);
  std::string greeting = read_until(pty.master, "console");
  CHECK_THAT(greeting, Contains("/dev/pts/0"));
  CHECK_THAT(greeting, Contains("33 77"));
  ::tcgetattr(pty.slave.get(), &during);
  CHECK((during.c_lflag & ICANON) == 0);
  sys::write_all(pty.master, "words\n");
  CHECK_THAT(read_until(pty.master, "read words"), Contains("read words"));
  sys::write_all(pty.master, "\x03");
  CHECK_THAT(read_until(pty.master, "interrupted"), Contains("interrupted"));
  sys::write_all(pty.master, "bye\n");
  CHECK(exit_code(supervisor) == 6);
  ::tcgetattr(pty.slave.get(), &after);
  CHECK(after.c_lflag == before.c_lflag);
  CHECK(after.c_iflag == before.c_iflag);
}

TEST_CASE("a new size of our terminal reaches the one inside") {
  TestContainers test;
  Pty pty = open_pty();
  Spec spec = test.shell("trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.01; done");
  Fd supervisor = supervise_on_terminal(test, spec, pty);
  CHECK_THAT(read_until(pty.master, "ready"), Contains("ready"));
  winsize size{20, 90, 0, 0};
  ::ioctl(pty.master.get(), TIOCSWINSZ, &size);
  CHECK_THAT(read_until(pty.master, "20 90"), Contains("20 90"));
  CHECK(exit_code(supervisor) == 0);
}

TEST_CASE("our terminal is sane after SIGTERM ended the supervision") {
  TestContainers test;
  Pty pty = open_pty();
  termios before, after;
  ::tcgetattr(pty.slave.get(), &before);
  Fd supervisor =
      supervise_on_terminal(test, test.shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"), pty);
  CHECK_THAT(read_until(pty.master, "ready"), Contains("ready"));
  sys::pidfd_send_signal(supervisor, SIGTERM);
  CHECK(exit_code(supervisor) == 7);
  ::tcgetattr(pty.slave.get(), &after);
  CHECK(after.c_lflag == before.c_lflag);
}
