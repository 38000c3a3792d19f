#pragma once
#include <functional>
#include <string>

namespace ccocker::runtime {

// Forks a process that lives on without the caller: in a session of its own, at /, with /dev/null as its standard
// streams and none of the descriptors that the caller was given. It runs `body` and is gone after it. Gives back when
// `body` has called its argument; an Error of `body` before that is thrown here, with its code. To be called without a
// Loop: the child makes its own.
using SayStarted = std::function<void()>;
void run_detached(const std::function<void(const SayStarted&)>& body);

// The same place for a process that was forked already: session, directory, streams, descriptors. SIGPIPE is ignored.
void leave_caller();

}  // namespace ccocker::runtime
