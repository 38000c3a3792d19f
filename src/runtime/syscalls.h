#pragma once
// System calls as the kernel gives them: a negative errno, no libc state. The child between clone3 and exec uses only
// these, since it may run while another thread of the parent held a libc lock.
#include <sys/syscall.h>

#include <type_traits>

namespace ccocker::runtime::raw {

template <typename T>
long as_register(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<long>(value);
  } else {
    return static_cast<long>(value);
  }
}
inline long as_register(std::nullptr_t) { return 0; }

#if defined(__x86_64__)
inline long invoke(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
inline long invoke(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#else
#error "src/runtime/syscalls.h needs this architecture's system call instruction"
#endif

// `call<SYS_x>(arguments...)`: the result, or a negative errno.
template <long number, typename... Arguments>
long call(Arguments... arguments) {
  long registers[6] = {as_register(arguments)...};
  return invoke(number, registers[0], registers[1], registers[2], registers[3], registers[4], registers[5]);
}

}  // namespace ccocker::runtime::raw
