#pragma once
#include <string>

#include "loop/task.h"
#include "registry/archive.h"

namespace ccocker::registry {

// Opens an image archive: a layout directory, a tar, a compressed tar, or any of the tars on standard input ("-").
// What cannot be seeked in is first written, decompressed, to a nameless file below `root`.
Task<ArchiveFiles> open_archive(std::string root, std::string path);

// What `from` gives from here on, decompressed, in a nameless file below `root`.
Task<Fd> spool_plain(FdView from, std::string root);

}  // namespace ccocker::registry
