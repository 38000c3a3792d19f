#include "loop/io.h"

#include <netinet/in.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace std::chrono_literals;

namespace {

Task<std::string> read_to_end(FdView fd) {
  std::string text;
  std::array<std::byte, 7> buffer{};
  for (;;) {
    size_t count = co_await io::read(fd, buffer);
    if (count == 0) co_return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
}

Task<std::string> file_round_trip(FdView dir) {
  Fd out = co_await io::openat(dir, "file", O_CREAT | O_WRONLY, 0600);
  co_await io::write_all(out, "through the ring");
  co_await io::fsync(out);
  co_await io::close(std::move(out));
  struct statx status = co_await io::statx(dir, "file");
  if (status.stx_size != 16) throw Error(Errc::failed, "the size is wrong");
  Fd in = co_await io::openat(dir, "file", O_RDONLY);
  std::string text = co_await read_to_end(in);
  co_return text;
}

Task<void> open_missing(FdView dir) { co_await io::openat(dir, "nothing-here", O_RDONLY); }

Task<void> serve_one(FdView listener) {
  Fd peer = co_await io::accept(listener);
  co_await io::write_all(peer, "hello");
}

Task<std::string> ask(sockaddr_in address) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  co_await io::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  std::string text = co_await read_to_end(socket);
  co_return text;
}

Task<std::string> serve_and_ask(FdView listener, sockaddr_in address) {
  std::vector<Task<void>> background;
  background.push_back(serve_one(listener));
  std::string text = co_await until(ask(address), std::move(background));
  co_return text;
}

Task<std::string> through_splice(FdView from, FdView to_write, FdView to_read) {
  size_t moved = co_await io::splice(from, to_write, 1024);
  std::array<std::byte, 64> buffer{};
  size_t count = co_await io::read(to_read, buffer);
  if (count != moved) throw Error(Errc::failed, "splice lost bytes");
  co_return std::string(reinterpret_cast<const char*>(buffer.data()), count);
}

io::ExitStatus end_of_child(Loop& loop, void (*body)()) {
  pid_t pid = ::fork();
  if (pid == 0) {
    body();
    ::_exit(9);
  }
  Fd pidfd = sys::pidfd_open(pid);
  return loop.run(io::wait_exit(pidfd));
}

}  // namespace

TEST_CASE("a file is opened, written, read and closed through the ring") {
  Loop loop;
  TemporaryDirectory directory;
  CHECK(loop.run(file_round_trip(directory.fd())) == "through the ring");
}

TEST_CASE("an error names the call and its path") {
  Loop loop;
  TemporaryDirectory directory;
  try {
    loop.run(open_missing(directory.fd()));
    FAIL("it should have failed");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "openat nothing-here: No such file or directory (ENOENT)");
    CHECK(error.errno_value() == ENOENT);
  }
}

TEST_CASE("connect, accept, send and receive meet on the one loop") {
  Loop loop;
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(::listen(listener.get(), 1) == 0);
  REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  CHECK(loop.run(serve_and_ask(listener, address)) == "hello");
}

TEST_CASE("splice moves bytes from pipe to pipe") {
  Loop loop;
  sys::Pipe first = sys::pipe(), second = sys::pipe();
  sys::write_all(first.write_end, "spliced");
  CHECK(loop.run(through_splice(first.read_end, second.write_end, second.read_end)) == "spliced");
}

TEST_CASE("the end of a child is its exit code or its signal") {
  Loop loop;
  io::ExitStatus exited = end_of_child(loop, [] { ::_exit(3); });
  CHECK_FALSE(exited.signaled);
  CHECK(exited.value == 3);
  io::ExitStatus killed = end_of_child(loop, [] { ::raise(SIGKILL); });
  CHECK(killed.signaled);
  CHECK(killed.value == SIGKILL);
}

TEST_CASE("a signal arrives as a number") {
  Loop loop;
  io::SignalSource signals({SIGUSR1});
  ::kill(::getpid(), SIGUSR1);
  CHECK(loop.run(timeout(1s, signals.next())) == SIGUSR1);
}
