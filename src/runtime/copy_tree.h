#pragma once
#include "loop/fd.h"

namespace ccocker::runtime {

// Copies what is below `from` into the empty directory `to`, and the owner, mode, times and extended attributes of
// `from` itself: files, directories, links (hard ones within the tree stay such), devices and fifos; sockets are left
// out. Nothing is followed.
void copy_tree(FdView from, FdView to);

}  // namespace ccocker::runtime
