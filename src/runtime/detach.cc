#include "runtime/detach.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>

#include "loop/error.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

constexpr char started_word = 'k';
constexpr char failed_word = 'f';  // then the error

// What the caller left open for its own use (a pipe that somebody waits on to end) must not live as long as we do. Our
// own descriptors all close on exec, which tells them apart.
void close_inherited() {
  for (const std::string& name : sys::list_dir(sys::open_dir(sys::cwd(), "/proc/self/fd"))) {
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    int flags = fd > STDERR_FILENO ? ::fcntl(fd, F_GETFD) : -1;
    if (flags >= 0 && !(flags & FD_CLOEXEC)) ::close(fd);
  }
}

void say_failed(FdView report, const Error& error) {
  std::string words = failed_word + error.to_bytes();
  static_cast<void>(!::write(report.get(), words.data(), words.size()));
}

[[noreturn]] void be_detached(Fd report, const std::function<void(const SayStarted&)>& body) {
  ::signal(SIGPIPE, SIG_IGN);
  try {
    leave_caller();
    body([&report] {
      static_cast<void>(!::write(report.get(), &started_word, 1));
      report.reset();
    });
  } catch (const Error& error) {
    if (report) say_failed(report, error);
  } catch (const std::exception& error) {
    if (report) say_failed(report, Error(Errc::failed, error.what()));
  }
  ::_exit(0);  // the caller's objects are not ours to destroy
}

std::string read_report(FdView report) {
  std::string text;
  char buffer[4096];
  for (;;) {
    ssize_t count = sys::retry([&] { return ::read(report.get(), buffer, sizeof buffer); });
    if (count <= 0) return text;
    text.append(buffer, static_cast<size_t>(count));
  }
}

}  // namespace

void leave_caller() {
  ::setsid();
  // A stopped or nohup'ed caller's settings are not ours.
  for (int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP}) ::signal(signal, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  Fd null = sys::openat(sys::cwd(), "/dev/null", O_RDWR);
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null.get(), fd);
  close_inherited();
  static_cast<void>(!::chdir("/"));
  ::umask(022);
}

void run_detached(const std::function<void(const SayStarted&)>& body) {
  sys::Pipe report = sys::pipe();
  ::fflush(nullptr);
  pid_t pid = ::fork();
  if (pid < 0) throw Error::sys("fork");
  if (pid == 0) {
    report.read_end.reset();
    be_detached(std::move(report.write_end), body);
  }
  report.write_end.reset();
  std::string text = read_report(report.read_end);
  if (text.starts_with(started_word)) return;
  if (text.starts_with(failed_word)) throw Error::from_bytes(std::string_view(text).substr(1));
  throw Error(Errc::failed, "the container's supervisor was killed before it could start the container");
}

}  // namespace ccocker::runtime
