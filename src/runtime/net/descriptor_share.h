#pragma once
#include "loop/fd.h"
#include "loop/sys.h"

namespace ccocker::runtime {

// What of its descriptors a supervisor may give to connections: the last ones are left to whatever else it has to do
// (look-ups of names, answers to other ccocker processes, a restart). The kernel always gives the lowest number that is
// free (open(2)), so that connections which keep to numbers below a bound leave those above it to others.
class DescriptorShare {
 public:
  // Of those that are free now; `any` is an open one.
  explicit DescriptorShare(FdView any);

  // Whether a connection may keep this one. False is told to the user, once.
  bool covers(FdView fd) const;
  // The same of the descriptor that is opened next; `any` is an open one.
  bool covers_next(FdView any) const;
  // Pipes may come a little nearer to the limit: connections that have been taken are to go on.
  bool covers(const sys::Pipe& pipe) const;

 private:
  int reserved(int limit) const;
  int lowest_free_;
};

}  // namespace ccocker::runtime
