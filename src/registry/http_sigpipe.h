#pragma once
#include <signal.h>

namespace ccocker::registry {

// While it lives a write to a closed pipe or connection is an error (EPIPE) and no deadly signal. OpenSSL writes to
// its sockets without MSG_NOSIGNAL, and pipes know no such flag.
class IgnoreSigpipe {
 public:
  IgnoreSigpipe() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &old_);
  }
  IgnoreSigpipe(const IgnoreSigpipe&) = delete;
  IgnoreSigpipe& operator=(const IgnoreSigpipe&) = delete;
  ~IgnoreSigpipe() { ::sigaction(SIGPIPE, &old_, nullptr); }

 private:
  struct sigaction old_ {};
};

}  // namespace ccocker::registry
