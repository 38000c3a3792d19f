#pragma once
// Paths inside a root that a hostile image may have filled with links: every look-up is openat2 with RESOLVE_IN_ROOT,
// so that a link, absolute or with "..", ends inside, whatever changes while we look.
#include <sys/types.h>

namespace ccocker::runtime::child {

enum class Missing { make_directory, make_file };

// Opens `path` (absolute) inside the directory `root` as an O_PATH descriptor; what is missing on the way, also behind
// dangling links, is made. A negative errno when it cannot be. `made` is set when it was not there.
long open_or_make(int root, const char* path, Missing missing, bool* made = nullptr);

// The same for what has to be there already: -ENOENT when it is not.
long open_inside(int root, const char* path);

// Makes the device node `path` inside `root`, with the directories on the way; what is there stays. 0 or -errno.
long make_node(int root, const char* path, mode_t mode, dev_t device);

}  // namespace ccocker::runtime::child
