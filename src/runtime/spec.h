#pragma once
// The in-memory OCI runtime-spec configuration (config.md, config-linux.md). cli/run fills it from the image and the
// flags, everything below knows only this.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ccocker::runtime {

struct Rlimit {
  int resource;  // RLIMIT_*
  uint64_t soft, hard;
};

struct User {
  uint32_t uid = 0, gid = 0;
  std::vector<uint32_t> additional_gids;
};

struct Process {
  bool terminal = false;
  std::vector<std::string> args;  // args[0] is looked up in PATH of `env`, inside
  std::vector<std::string> env;   // NAME=value; NAME alone: it has none, nor one of what is added
  std::string cwd = "/";          // created when missing; exec wants it there
  // user[:group] as typed; names are looked up in the container's /etc/passwd and /etc/group. Empty is root.
  std::string user;
  std::vector<std::string> additional_groups;  // --group-add, names or numbers
  uint64_t capabilities = 0;                   // bit mask by CAP_* number
  std::vector<Rlimit> rlimits;
  bool no_new_privileges = false;
  std::optional<int> oom_score_adj;
  mode_t umask = 0022;
};

struct Mount {
  enum class Kind { bind, tmpfs, volume };
  // Which flag it was written with, for showing it again; `none`: the image's, or one of an older record.
  enum class Flag { none, volume, mount, tmpfs, volumes_from };
  Kind kind = Kind::bind;
  std::string source{};       // bind: absolute path on the host; volume: that of its files
  std::string destination{};  // absolute path in the container
  bool read_only = false;
  bool recursive = true;  // bind: with submounts
  std::string data{};     // tmpfs: "size=64m,mode=1777"
  std::string propagation = "rprivate";
  std::string volume{};  // volume: its name; empty until one is made up
  bool no_copy = false;  // volume: stays empty on its first use
  bool made_up = false;  // volume: nobody named it here, so it goes with the container where that takes volumes along
  uint64_t flags = 0;    // MOUNT_ATTR_* besides read-only (tmpfs: nosuid, nodev, noexec)
  Flag flag = Flag::none;
};

struct Device {
  std::string source, destination;
  std::string permissions = "rwm";
};

struct Resources {
  std::optional<int64_t> memory_bytes;       // hard limit
  std::optional<int64_t> memory_swap_bytes;  // memory plus swap, as Docker counts; -1 is unlimited
  std::optional<int64_t> memory_reservation_bytes;
  std::optional<int64_t> cpu_quota_us, cpu_period_us;
  std::optional<uint64_t> cpu_shares;  // 2..262144, v1's unit
  std::string cpuset_cpus, cpuset_mems;
  std::optional<int64_t> pids_max;  // -1 is unlimited
};

enum class NetworkMode { none, host, bridge, container };

// A network that the container is on, and what it asks for there.
struct NetworkEndpoint {
  std::string network;               // its name
  std::string ip, ip6, mac;          // empty: chosen
  std::vector<std::string> aliases;  // further names that others on the network find it by
};

// -p: ports of the host, the first that is free, that lead to one of the container.
struct PublishedPort {
  std::string host_address;                    // empty: every one
  uint16_t host_port = 0, host_port_last = 0;  // 0: the kernel chooses
  uint16_t container_port = 0;
  std::string protocol = "tcp";  // or "udp"
};

struct Seccomp {
  enum class Kind { builtin, unconfined, file };
  Kind kind = Kind::builtin;
  std::string path;  // file: where the profile was read from
  // file: the profile in Docker's JSON form. Empty in records of older builds, which read `path` at every start.
  std::string profile{};
};

enum class NamespaceMode { own, host, container };

// Namespaces beside that of the network that the container may share (namespaces(7)).
struct SharedNamespaces {
  NamespaceMode pid = NamespaceMode::own;
  std::string pid_container;  // with `container`: whose, by ID
  bool host_ipc = false;      // System V objects, message queues and /dev/shm
  bool host_uts = false;      // host name and domain name
};

struct Spec {
  Process process;
  std::vector<std::string> lower_dirs;  // absolute, lowest first
  bool root_read_only = false;
  std::string hostname;  // empty: the short container ID
  NetworkMode network = NetworkMode::none;
  std::vector<NetworkEndpoint> networks;  // with `bridge`
  std::string network_container;          // with `container`: whose network it shares, by ID
  SharedNamespaces shared;
  std::vector<PublishedPort> ports;
  std::vector<std::string> exposed_ports;  // "80/tcp", of the image and --expose
  bool publish_all = false;                // exposed ports too, each on a port that the kernel chooses
  std::vector<Mount> mounts;
  std::vector<Device> devices;
  Resources resources;
  Seccomp seccomp;
  std::map<std::string, std::string> sysctl;
  std::vector<std::pair<std::string, std::string>> extra_hosts;  // name, address
  std::vector<std::string> dns, dns_search, dns_options;
  uint64_t shm_size_bytes = 64u << 20;
  bool privileged = false;  // all capabilities, all devices, nothing masked, /sys writable
  bool init = false;        // a small init of our own as PID 1
  std::vector<std::string> masked_paths, readonly_paths;  // filled with Docker's by default_spec()
  std::string cgroup_parent = "ccocker";
  std::string stop_signal;  // what asks it to stop, "SIGQUIT"; empty is SIGTERM
};

// A Spec with Docker's defaults: capabilities, masked and read-only paths.
Spec default_spec();

}  // namespace ccocker::runtime
