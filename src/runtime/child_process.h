#pragma once
// The second half of the child's life: what the process may do, and the program it becomes.
#include "runtime/child_plan.h"

namespace ccocker::runtime::child {

// The kernel kills us when the supervisor dies; one that died before this has closed its end of the socket, and the
// child leaves. The kernel forgets it when the user changes, so it is asked for twice.
void die_with_parent(const ChildPlan& plan);
void set_limits(const ChildPlan& plan);
void enter_working_directory(const ChildPlan& plan, int root);
// Makes plan.stdio (or `slave` when it is not negative) descriptors 0, 1 and 2.
void wire_stdio(const ChildPlan& plan, int slave);
// Groups, user, capabilities, no_new_privs and the seccomp filter, for good.
void give_up_privileges(const ChildPlan& plan);
// The report socket is ccocker-init's next. Before the seccomp filter, which need not allow it to us then.
void keep_socket_through_exec(const ChildPlan& plan);
[[noreturn]] void become_init_program(const ChildPlan& plan);

}  // namespace ccocker::runtime::child
