#pragma once
// /etc/resolv.conf, /etc/hosts and /etc/hostname of a container: files in its own directory, bound over the image's.
#include <string>
#include <vector>

#include "loop/fd.h"
#include "runtime/mount_sources.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

std::string resolv_conf(const Spec& spec, const std::string& of_host);  // resolv.conf(5)
std::string hosts_file(const Spec& spec, const std::string& of_host);   // hosts(5)

// Writes the three into `container_dir` and opens them for binding, except where the Spec mounts something itself.
// Errc::invalid for a name, address or option that would not stay on its line.
std::vector<OpenedMount> open_etc_files(const Spec& spec, FdView container_dir, const std::string& hostname);

}  // namespace ccocker::runtime
