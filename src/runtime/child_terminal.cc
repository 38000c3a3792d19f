#include "runtime/child_terminal.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <termios.h>

#include <cerrno>

#include "runtime/child_report.h"

namespace ccocker::runtime::child {
namespace {

constexpr long devpts_super_magic = 0x1cd1;

int open_master(const ChildPlan& plan, int dev) {
  open_how how{};
  how.flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  int master = must_fd(plan, Step::open_terminal, raw::call<SYS_openat2>(dev, "pts/ptmx", &how, sizeof how));
  // A running container may have put anything there; only devpts gives a real pty.
  struct statfs status;
  must(plan, Step::open_terminal, raw::call<SYS_fstatfs>(master, &status));
  if (status.f_type != devpts_super_magic) fail(plan, Step::open_terminal, -ENOTTY);
  return master;
}

// A /dev of the user's without a console gets none.
void bind_console(const ChildPlan& plan, int dev, int slave) {
  int tree = must_fd(plan, Step::open_terminal,
                     raw::call<SYS_open_tree>(slave, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
  long bound = raw::call<SYS_move_mount>(tree, "", dev, "console", MOVE_MOUNT_F_EMPTY_PATH);
  if (bound != -ENOENT) must(plan, Step::open_terminal, bound);
  close(tree);
}

}  // namespace

int open_terminal(const ChildPlan& plan, int dev) {
  int master = open_master(plan, dev);
  int locked = 0;
  must(plan, Step::open_terminal, raw::call<SYS_ioctl>(master, TIOCSPTLCK, &locked));
  // TIOCGPTPEER opens the other end without a path that somebody could have replaced.
  int slave =
      must_fd(plan, Step::open_terminal, raw::call<SYS_ioctl>(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  winsize size{plan.rows, plan.columns, 0, 0};
  if (plan.rows) must(plan, Step::open_terminal, raw::call<SYS_ioctl>(master, TIOCSWINSZ, &size));
  if (plan.uid) must(plan, Step::open_terminal, raw::call<SYS_fchown>(slave, plan.uid, static_cast<gid_t>(-1)));
  if (plan.enter_pidfd < 0) bind_console(plan, dev, slave);
  report_terminal(plan, master);
  close(master);
  return slave;
}

}  // namespace ccocker::runtime::child
