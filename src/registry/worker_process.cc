#include "registry/worker_process.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"

namespace ccocker::registry {
namespace {

constexpr char done_word = 'd';    // then the result
constexpr char failed_word = 'f';  // then the error

// Locks and connections of ours would live as long as the child.
void close_all_but(std::vector<int> kept) {
  std::ranges::sort(kept);
  unsigned first = STDERR_FILENO + 1;
  for (int fd : kept) {
    if (static_cast<unsigned>(fd) > first) ::close_range(first, static_cast<unsigned>(fd) - 1, 0);
    first = std::max(first, static_cast<unsigned>(fd) + 1);
  }
  ::close_range(first, ~0U, 0);
}

std::string do_work(const std::function<std::string()>& body) {
  try {
    return done_word + body();
  } catch (const Error& error) {
    return failed_word + error.to_bytes();
  } catch (const std::exception& error) {
    return failed_word + Error(Errc::failed, error.what()).to_bytes();
  }
}

// The caller's objects are not the child's to destroy.
[[noreturn]] void be_worker(pid_t parent, FdView report, const std::function<std::string()>& body) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it was killed before that
  std::string words = do_work(body);
  static_cast<void>(!::write(report.get(), words.data(), words.size()));
  ::_exit(0);
}

Task<std::string> read_to_end(FdView pipe) {
  std::string text;
  std::array<std::byte, 4096> buffer;
  for (;;) {
    size_t count = co_await io::read(pipe, buffer);
    if (count == 0) co_return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
}

}  // namespace

WorkerProcess::WorkerProcess(std::string task, const std::vector<FdView>& descriptors,
                             const std::function<std::string()>& body)
    : WorkerProcess(std::move(task)) {  // from here on the destructor kills it, whatever fails
  sys::Pipe report = sys::pipe();
  pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw Error::sys("fork");
  if (pid_ == 0) {
    std::vector<int> kept = {report.write_end.get()};
    for (FdView fd : descriptors) kept.push_back(fd.get());
    close_all_but(std::move(kept));
    be_worker(parent, report.write_end, body);
  }
  report_ = std::move(report.read_end);
  pidfd_ = sys::pidfd_open(pid_);
}

WorkerProcess::~WorkerProcess() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  sys::retry([this] { return ::waitpid(pid_, nullptr, 0); });
}

Task<Result<std::string>> WorkerProcess::result() {
  std::string words = co_await read_to_end(report_);
  io::ExitStatus status = co_await shielded(io::wait_exit(pidfd_));
  pid_ = 0;
  if (words.starts_with(done_word)) co_return words.substr(1);
  if (words.starts_with(failed_word)) co_return std::unexpected(Error::from_bytes(std::string_view(words).substr(1)));
  std::string end = status.signaled
                        ? fmt::format("was killed by signal {} ({})", status.value, ::strsignal(status.value))
                        : fmt::format("ended with code {}", status.value);
  co_return std::unexpected(Error(Errc::failed, fmt::format("the process {} {}", task_, end)));
}

}  // namespace ccocker::registry
