#pragma once
#include <string>

#include "registry/tree_writer_directories.h"

namespace ccocker::registry {

// Turns a whiteout of the OCI image specification (layer.md, "Whiteouts") into overlayfs's: ".wh.NAME" becomes a
// character device 0:0 called NAME, ".wh..wh..opq" makes its directory opaque. What the same layer holds under NAME
// stays: a whiteout speaks of the layers below, in any order of the entries. False: `path` is an ordinary entry.
bool write_whiteout(TreeDirectories& directories, const std::string& path);

}  // namespace ccocker::registry
