#pragma once
#include "cli/options.h"
#include "cli/run_spec.h"
#include "loop/error.h"
#include "runtime/container.h"

namespace ccocker::cli {

// The caller's own machine, environment and files.
Host this_host();

// -i and -t.
runtime::Stdio stdio_of(const Flags& flags);

// Docker's exit code for it is 1, also where other failures give 125.
struct NoTerminal : Error {
  using Error::Error;
};

// NoTerminal for -it without a terminal on standard input.
void require_terminal(const runtime::Stdio& stdio);

}  // namespace ccocker::cli
