#pragma once
#include <string>

#include "loop/fd.h"

namespace ccocker::registry {

// Sets an extended attribute of an image's file. overlayfs's own attributes are left out: an image must not redirect
// or hide what is below it. A file system without that kind of attribute is no error, as in Docker.
void set_file_xattr(FdView file, const std::string& name, const std::string& value);
// The same for what cannot be opened: links, devices, fifos. Needs /proc.
void set_link_xattr(FdView parent, const std::string& entry, const std::string& name, const std::string& value);

}  // namespace ccocker::registry
