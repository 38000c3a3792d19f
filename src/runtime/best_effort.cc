#include "runtime/best_effort.h"

#include "loop/error.h"
#include "runtime/notice.h"

namespace ccocker::runtime {

Task<void> best_effort(Task<void> task, std::string doing) {
  try {
    co_await task;
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    notice(doing + ": " + error.text());
  }
}

}  // namespace ccocker::runtime
