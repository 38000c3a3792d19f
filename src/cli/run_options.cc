#include "cli/command.h"

namespace ccocker::cli {
namespace {

constexpr const char* later_detach = "containers in the background come with a later version; use '&' of the shell";
constexpr const char* later_links = "links are not needed: containers on one network find each other by name";
constexpr const char* later_volumes = "volumes with names come with a later version; use -v /HOST/PATH:/PATH/INSIDE";
constexpr const char* later_health = "health checks come with a later version";
constexpr const char* later_logs = "log drivers come with a later version; output goes to the caller";
constexpr const char* later_namespaces = "sharing this namespace comes with a later version";
constexpr const char* later_stop = "it belongs to 'ccocker stop', which comes with a later version";

// Rows that Docker has and this version has not say so instead of "unknown flag".
constexpr Option options[] = {
    {"add-host", 0, Takes::list, "NAME:ADDRESS", "Add a line to the container's /etc/hosts"},
    {"cap-add", 0, Takes::list, "CAPABILITY", "Give a capability (or ALL)"},
    {"cap-drop", 0, Takes::list, "CAPABILITY", "Take a capability away (or ALL)"},
    {"cidfile", 0, Takes::text, "FILE", "Write the container's ID to a new file"},
    {"cpu-period", 0, Takes::text, "MICROSECONDS", "The period that --cpu-quota counts in (default 100000)"},
    {"cpu-quota", 0, Takes::text, "MICROSECONDS", "CPU time in each period"},
    {"cpu-shares", 0, Takes::text, "N", "CPU weight beside other containers, 2 to 262144 (1024 is usual)"},
    {"cpus", 0, Takes::text, "CPUS", "How many CPUs' time it may use, such as 0.5"},
    {"cpuset-cpus", 0, Takes::text, "LIST", "CPUs it may run on, such as 0-3,5"},
    {"cpuset-mems", 0, Takes::text, "LIST", "Memory nodes it may use, such as 0"},
    {"device", 0, Takes::list, "PATH[:INSIDE][:rwm]", "Give a device of the host"},
    {"dns", 0, Takes::list, "ADDRESS", "A name server for /etc/resolv.conf"},
    {"dns-option", 0, Takes::list, "WORD", "An option for /etc/resolv.conf"},
    {"dns-opt", 0, Takes::list, "WORD", "The same", "dns-option"},
    {"dns-search", 0, Takes::list, "DOMAIN", "A search domain for /etc/resolv.conf"},
    {"entrypoint", 0, Takes::text, "COMMAND", "Run this instead of the image's entrypoint"},
    {"env", 'e', Takes::list, "NAME[=VALUE]", "Set a variable; NAME alone takes the caller's value"},
    {"env-file", 0, Takes::list, "FILE", "Set variables from the lines of a file"},
    {"group-add", 0, Takes::list, "GROUP", "One more group for the process, by name or number"},
    {"hostname", 'h', Takes::text, "NAME", "The container's host name (default: its short ID)"},
    {"init", 0, Takes::nothing, "", "Run a small init as PID 1 that forwards signals and reaps zombies"},
    {"interactive", 'i', Takes::nothing, "", "Keep standard input open"},
    {"label", 'l', Takes::list, "KEY[=VALUE]", "Label the container"},
    {"label-file", 0, Takes::list, "FILE", "Label it from the lines of a file"},
    {"mem", 0, Takes::text, "SIZE", "Like --memory; a number without a unit is in MB"},
    {"memory", 'm', Takes::text, "SIZE", "Memory limit, such as 64m; a number without a unit is in bytes"},
    {"memory-reservation", 0, Takes::text, "SIZE", "Memory that is kept for it under pressure"},
    {"memory-swap", 0, Takes::text, "SIZE", "Memory and swap together; -1 is no limit (default: twice the memory)"},
    {"mount", 0, Takes::list, "KEY=VALUE,...", "Mount: type=bind|tmpfs,source=PATH,target=PATH[,readonly]..."},
    {"name", 0, Takes::text, "NAME", "The container's name"},
    {"mac-address", 0, Takes::text, "MAC", "The MAC address of its first interface (default: from its address)"},
    {"ip", 0, Takes::text, "ADDRESS", "Its IPv4 address on its first network (default: the first that is free)"},
    {"ip6", 0, Takes::text, "ADDRESS", "Its IPv6 address on its first network"},
    {"network", 0, Takes::list, "NETWORK",
     "Its network: bridge (the default), none, host, container:NAME, or one of 'ccocker network create'; several can "
     "be given"},
    {"net", 0, Takes::list, "NETWORK", "The same", "network"},
    {"network-alias", 0, Takes::list, "NAME", "One more name that others on its first network find it by"},
    {"publish", 'p', Takes::list, "[IP:][PORT:]PORT[/udp]", "Lead a port of the host to one of the container"},
    {"publish-all", 'P', Takes::nothing, "", "Publish every exposed port, on ports that the kernel chooses"},
    {"expose", 0, Takes::list, "PORT[/udp]", "One more port that -P publishes"},
    {"oom-score-adj", 0, Takes::text, "N", "How gladly the kernel kills it without memory, -1000 to 1000"},
    {"pids-limit", 0, Takes::text, "N", "How many processes and threads it may have; -1 is no limit"},
    {"pids", 0, Takes::text, "N", "The same", "pids-limit"},
    {"platform", 0, Takes::text, "OS/ARCH[/VARIANT]", "Which platform's image to take"},
    {"privileged", 0, Takes::nothing, "", "Give all capabilities and devices, mask nothing"},
    {"pull", 0, Takes::text, "always|missing|never", "When to pull the image (default missing)"},
    {"quiet", 'q', Takes::nothing, "", "No progress while pulling"},
    {"read-only", 0, Takes::nothing, "", "Mount the root filesystem read-only"},
    {"rm", 0, Takes::nothing, "", "Remove the container when it has ended"},
    {"security-opt", 0, Takes::list, "OPTION", "seccomp=FILE|unconfined, no-new-privileges, systempaths=unconfined"},
    {"shm-size", 0, Takes::text, "SIZE", "Size of /dev/shm (default 64m)"},
    {"stop-signal", 0, Takes::text, "SIGNAL", "The signal that asks it to stop (default SIGTERM, or the image's)"},
    {"swap", 0, Takes::text, "SIZE", "Swap on top of the memory; a number without a unit is in MB"},
    {"sysctl", 0, Takes::list, "NAME=VALUE", "A kernel setting of the container's namespaces"},
    {"timing", 0, Takes::nothing, "", "Print a waterfall of the start to standard error"},
    {"tmpfs", 0, Takes::list, "PATH[:OPTIONS]", "Mount a tmpfs, such as /tmp:size=64m,mode=1777"},
    {"tty", 't', Takes::nothing, "", "Give it a terminal"},
    {"ulimit", 0, Takes::list, "NAME=SOFT[:HARD]", "A resource limit of its processes, such as nofile=1024:4096"},
    {"user", 'u', Takes::text, "USER[:GROUP]", "Run as this user, by name or number"},
    {"volume", 'v', Takes::list, "PATH:INSIDE[:ro]", "Mount a directory or file of the host"},
    {"workdir", 'w', Takes::text, "DIR", "Working directory inside"},
    // What comes later.
    {"detach", 'd', Takes::nothing, "", "", nullptr, later_detach},
    {"link", 0, Takes::list, "", "", nullptr, later_links},
    {"volumes-from", 0, Takes::list, "", "", nullptr, later_volumes},
    {"volume-driver", 0, Takes::text, "", "", nullptr, later_volumes},
    {"restart", 0, Takes::text, "", "", nullptr, "restart policies come with a later version"},
    {"stop-timeout", 0, Takes::text, "", "", nullptr, later_stop},
    {"detach-keys", 0, Takes::text, "", "", nullptr, "detaching comes with a later version"},
    {"attach", 'a', Takes::list, "", "", nullptr, "choosing streams comes with a later version; all are attached"},
    {"health-cmd", 0, Takes::text, "", "", nullptr, later_health},
    {"health-interval", 0, Takes::text, "", "", nullptr, later_health},
    {"health-retries", 0, Takes::text, "", "", nullptr, later_health},
    {"health-timeout", 0, Takes::text, "", "", nullptr, later_health},
    {"no-healthcheck", 0, Takes::nothing, "", "", nullptr, later_health},
    {"log-driver", 0, Takes::text, "", "", nullptr, later_logs},
    {"log-opt", 0, Takes::list, "", "", nullptr, later_logs},
    {"pid", 0, Takes::text, "", "", nullptr, later_namespaces},
    {"ipc", 0, Takes::text, "", "", nullptr, later_namespaces},
    {"uts", 0, Takes::text, "", "", nullptr, later_namespaces},
    {"userns", 0, Takes::text, "", "", nullptr, later_namespaces},
    {"cgroupns", 0, Takes::text, "", "", nullptr, later_namespaces},
    {"cgroup-parent", 0, Takes::text, "", "", nullptr, "choosing the parent group comes with a later version"},
    {"gpus", 0, Takes::text, "", "", nullptr, "GPUs are not supported; give single devices with --device"},
};

}  // namespace

std::span<const Option> run_options() { return options; }

}  // namespace ccocker::cli
