// ccocker-init: what every process of a container is between its set-up and its own program. The child of a start is a
// copy of ccocker, and an image can name /proc/self/exe as a script's interpreter: the kernel would run the host's
// ccocker inside the container, which could then change the host's file (CVE-2019-5736). So the child becomes this
// program first, out of a sealed memory file of its own (runtime/init_program.h); it holds nothing of the host.
// Static and without a C library: it starts in a fraction of a millisecond and takes a few pages.
#include <fcntl.h>

#include <cerrno>

#include "init/pid_one.h"
#include "init/report.h"
#include "runtime/child_plan.h"
#include "runtime/init_order.h"
#include "runtime/syscalls.h"

namespace ccocker::init {

namespace raw = runtime::raw;
using runtime::program_head_bytes_max;
using runtime::Step;

namespace {

// The number at `text`, which is moved behind it and the blank there.
unsigned take_number(const char*& text) {
  unsigned value = 0;
  for (; *text >= '0' && *text <= '9'; ++text) value = value * 10 + static_cast<unsigned>(*text - '0');
  if (*text == ' ') ++text;
  return value;
}

// The stack as the kernel lays it out: argc, arguments, a null, environment, a null (execve(2), and elf(5)). What
// follows the variables is cut off from them.
Order read_order(long* stack) {
  auto arguments = reinterpret_cast<char**>(stack + 1);
  char** environment = arguments + stack[0] + 1;
  unsigned words = 0;
  while (environment[words]) ++words;
  if (stack[0] <= static_cast<long>(skipped_arguments) || words == 0) leave(125);  // it was not ccocker that started us
  const char* text = environment[words - 1];
  Order order;
  order.socket = static_cast<int>(take_number(text));
  order.programs_count = take_number(text);
  order.flags = take_number(text);
  if (order.programs_count + 2 > words) leave(125);
  order.arguments = arguments + skipped_arguments;
  order.environment = environment;
  order.programs = environment + words - 1 - order.programs_count;
  environment[words - 2 - order.programs_count] = nullptr;
  return order;
}

// Reads the beginning of the file that could not be executed; 0 when it cannot even be opened.
unsigned long read_head(const char* path, char* head) {
  long fd = raw::call<SYS_openat>(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0) return 0;
  long count = raw::call<SYS_read>(fd, head, program_head_bytes_max);
  raw::call<SYS_close>(fd);
  return count < 0 ? 0 : static_cast<unsigned long>(count);
}

[[noreturn]] void explain(const Order& order, long failure, unsigned program) {
  char head[program_head_bytes_max];
  fail_exec(order, failure, program, head, read_head(order.programs[program], head));
}

// What exec says about a program that is there although exec did not find it: its interpreter is missing.
[[noreturn]] void explain_missing(const Order& order) {
  char head[program_head_bytes_max];
  for (unsigned i = 0; i < order.programs_count; ++i) {
    unsigned long head_bytes = read_head(order.programs[i], head);
    if (head_bytes) fail_exec(order, -ENOENT, i, head, head_bytes);
  }
  fail_exec(order, -ENOENT, 0, nullptr, 0);
}

[[noreturn]] void become_program(const Order& order) {
  long denied = 0;
  unsigned denied_program = 0;
  for (unsigned i = 0; i < order.programs_count; ++i) {
    long result = raw::call<SYS_execve>(order.programs[i], order.arguments, order.environment);
    if (result == -ENOENT || result == -ENOTDIR) continue;
    if (result != -EACCES) explain(order, result, i);
    if (!denied) denied_program = i;
    denied = result;
  }
  if (denied) explain(order, denied, denied_program);
  explain_missing(order);
}

}  // namespace

extern "C" [[noreturn]] void ccocker_init(long* stack) {
  Order order = read_order(stack);
  // It came through our own exec; at the program's it must close, which is what the parent waits for.
  long result = raw::call<SYS_fcntl>(order.socket, F_SETFD, FD_CLOEXEC);
  if (result < 0) fail(order, Step::init_program, result);
  if (order.flags & stay_pid_one) stay_as_init(order);
  become_program(order);
}

}  // namespace ccocker::init

#if defined(__x86_64__)
asm(".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call ccocker_init\n");
#elif defined(__aarch64__)
asm(".globl _start\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  bl ccocker_init\n");
#else
#error "src/init/main.cc needs this architecture's entry"
#endif

// The compiler may ask for these, whatever it is told.
extern "C" void* memset(void* to, int byte, unsigned long count) {
  auto* bytes = static_cast<volatile unsigned char*>(to);
  for (unsigned long i = 0; i < count; ++i) bytes[i] = static_cast<unsigned char>(byte);
  return to;
}
extern "C" void* memcpy(void* to, const void* from, unsigned long count) {
  auto* target = static_cast<volatile unsigned char*>(to);
  auto* source = static_cast<const unsigned char*>(from);
  for (unsigned long i = 0; i < count; ++i) target[i] = source[i];
  return to;
}
