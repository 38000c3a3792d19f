#pragma once
// /etc/resolv.conf, /etc/hosts and /etc/hostname of a container: files in its own directory, bound over the image's.
#include <string>
#include <vector>

#include "loop/fd.h"
#include "runtime/mount_sources.h"
#include "runtime/spec.h"

namespace ccocker::runtime {

// What the container's networks put into these files.
struct EtcNetwork {
  std::vector<std::pair<std::string, std::string>> hosts;  // address, names: the container's own
  std::string gateway;                                     // what "host-gateway" in --add-host stands for
  std::string name_server;                                 // a resolver of ours instead of all others
  std::vector<std::string> replaced_name_servers;          // instead of the host's, where those are loopback ones
  std::string shared_dir;                                  // of the container whose network is shared: its files
};

std::string resolv_conf(const Spec& spec, const std::string& of_host, const EtcNetwork& network = {});  // resolv.conf(5)
std::string hosts_file(const Spec& spec, const std::string& of_host, const EtcNetwork& network = {});   // hosts(5)

// Writes the three into `container_dir` and opens them for binding, except where the Spec mounts something itself.
// Errc::invalid for a name, address or option that would not stay on its line.
std::vector<OpenedMount> open_etc_files(const Spec& spec, FdView container_dir, const std::string& hostname,
                                        const EtcNetwork& network = {});

}  // namespace ccocker::runtime
