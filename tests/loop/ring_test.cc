#include "loop/ring.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "catch.h"
#include "loop/error.h"
#include "loop/sys.h"

using namespace ccocker;

namespace {

// Makes io_uring_setup fail with `errnum` in this process, as a container's seccomp profile or an old kernel does.
void forbid_io_uring(int errnum) {
  std::array<sock_filter, 4> code = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(errnum)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  sock_fprog program{.len = code.size(), .filter = code.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

// What opening a ring says in a child process where io_uring_setup fails with `errnum`.
std::string sentence_for(int errnum) {
  sys::Pipe pipe = sys::pipe();
  pid_t pid = ::fork();
  if (pid == 0) {
    forbid_io_uring(errnum);
    try {
      open_kernel_ring(8);
    } catch (const Error& error) {
      if (error.code() == Errc::unsupported) sys::write_all(pipe.write_end, error.what());
    }
    ::_exit(0);
  }
  pipe.write_end.reset();
  std::string text = sys::read_all(pipe.read_end);
  ::waitpid(pid, nullptr, 0);
  return text;
}

}  // namespace

TEST_CASE("where io_uring is missing or forbidden, the sentence names the cure") {
  CHECK_THAT(sentence_for(ENOSYS), Catch::Contains("use Linux 5.19 or newer"));
  CHECK_THAT(sentence_for(EPERM), Catch::Contains("seccomp"));
  CHECK_THAT(sentence_for(ENOMEM), Catch::Contains("RLIMIT_MEMLOCK"));
}

TEST_CASE("a ring takes more entries than it has slots") {
  std::unique_ptr<Ring> ring = open_kernel_ring(4);
  io_uring_sqe entry{};
  for (uint64_t i = 1; i <= 100; ++i) {
    io_uring_prep_nop(&entry);
    entry.user_data = i;
    ring->push(entry);
  }
  size_t seen = 0;
  std::array<Completion, 16> completions;
  while (seen < 100) seen += ring->wait(completions, true);
  CHECK(seen == 100);
}
