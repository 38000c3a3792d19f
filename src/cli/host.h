#pragma once
#include "cli/options.h"
#include "cli/run_spec.h"
#include "runtime/container.h"

namespace ccocker::cli {

// The caller's own machine, environment and files.
Host this_host();

// -i and -t. Errc::invalid for -it without a terminal on standard input.
runtime::Stdio stdio_of(const Flags& flags);

}  // namespace ccocker::cli
