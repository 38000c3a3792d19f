#pragma once
// What ccocker-init is told, behind the program's environment, so that its arguments read like a command:
//   argv    "ccocker-init" "--" ARGUMENT...
//   envp    VARIABLE... "" PROGRAM... ORDER
// ORDER is three decimal numbers with blanks between them: the report socket, how many PROGRAMs follow, and flags.
// Included by src/init, too, which has no C library.

namespace ccocker::init {

enum Flag : unsigned {
  stay_pid_one = 1,  // --init: fork, and serve the program as its init
  is_subreaper = 2,  // with it: not the first process of its PID namespace
  has_terminal = 4,  // with it: the program's group goes into the foreground of descriptor 0
};

struct Order {
  int socket = -1;
  unsigned programs_count = 0, flags = 0;
  char* const* programs = nullptr;  // tried in turn, as execvp(3) would; ORDER follows them
  const char* const* arguments = nullptr;
  const char* const* environment = nullptr;
};

constexpr unsigned skipped_arguments = 2;  // "ccocker-init" and "--"

}  // namespace ccocker::init
