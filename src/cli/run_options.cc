#include "cli/command.h"

namespace ccocker::cli {
namespace {

constexpr const char* later_links = "links are not needed: containers on one network find each other by name";
constexpr const char* one_driver = "there is one kind of volume, and it needs no driver: leave it away";
constexpr const char* no_swappiness =
    "swappiness is not set for containers, and cgroup v2 cannot; --memory-swap limits their swap";
constexpr const char* oom_killer_stays =
    "the OOM killer is not switched off for containers, and cgroup v2 cannot; --oom-score-adj says who goes first";
constexpr const char* one_runtime = "ccocker is the runtime, and has no other: leave it away";
constexpr const char* later_namespaces = "sharing this namespace comes with a later version";

// Rows that Docker has and this version has not say so instead of "unknown flag".
constexpr Option options[] = {
    {"attach", 'a', Takes::list, "STREAM", "Show only these: STDIN, STDOUT, STDERR (default both that are written)"},
    {"bind-pid", 0, Takes::text, "PID", "Stop it when this process ends"},
    {"add-host", 0, Takes::list, "NAME:ADDRESS", "Add a line to the container's /etc/hosts"},
    {"ca-file", 0, Takes::text, "FILE", "Trust the certificates in this PEM file too while pulling"},
    {"cap-add", 0, Takes::list, "CAPABILITY", "Give a capability (or ALL)"},
    {"cap-drop", 0, Takes::list, "CAPABILITY", "Take a capability away (or ALL)"},
    {"cidfile", 0, Takes::text, "FILE", "Write the container's ID to a new file"},
    {"cpu-period", 0, Takes::text, "MICROSECONDS", "The period that --cpu-quota counts in (default 100000)"},
    {"cpu-quota", 0, Takes::text, "MICROSECONDS", "CPU time in each period"},
    {"cpu-shares", 'c', Takes::text, "N", "CPU weight beside other containers, 2 to 262144 (1024 is usual)"},
    {"cpus", 0, Takes::text, "CPUS", "How many CPUs' time it may use, such as 0.5"},
    {"cpuset-cpus", 0, Takes::text, "LIST", "CPUs it may run on, such as 0-3,5"},
    {"cpuset-mems", 0, Takes::text, "LIST", "Memory nodes it may use, such as 0"},
    {"detach", 'd', Takes::nothing, "", "Leave it to a supervisor in the background and print its ID"},
    {"detach-keys", 0, Takes::text, "KEYS", "The keys that leave it running (default ctrl-p,ctrl-q with -it)"},
    {"device", 0, Takes::list, "PATH[:INSIDE][:rwm]", "Give a device of the host"},
    {"disable-content-trust", 0, Takes::nothing, "", "Check no signatures (the default, and all there is)"},
    {"dns", 0, Takes::list, "ADDRESS", "A name server for /etc/resolv.conf"},
    {"dns-option", 0, Takes::list, "WORD", "An option for /etc/resolv.conf"},
    {"dns-opt", 0, Takes::list, "WORD", "The same", "dns-option"},
    {"dns-search", 0, Takes::list, "DOMAIN", "A search domain for /etc/resolv.conf"},
    {"entrypoint", 0, Takes::text, "COMMAND", "Run this instead of the image's entrypoint"},
    {"env", 'e', Takes::list, "NAME[=VALUE]",
     "Set a variable; NAME alone takes the caller's value, or the variable away"},
    {"env-file", 0, Takes::list, "FILE", "Set variables from the lines of a file"},
    {"group-add", 0, Takes::list, "GROUP", "One more group for the process, by name or number"},
    {"health-cmd", 0, Takes::text, "COMMAND", "Check its health: a shell command inside, tcp:PORT or http:PORT/PATH"},
    {"health-interval", 0, Takes::text, "SPAN", "From one check to the next (default 30s)"},
    {"health-retries", 0, Takes::text, "N", "Failures in a row that make it unhealthy (default 3)"},
    {"health-start-interval", 0, Takes::text, "SPAN", "From check to check while it starts (default 5s)"},
    {"health-start-period", 0, Takes::text, "SPAN", "How long failures do not count at the start (default 0s)"},
    {"health-timeout", 0, Takes::text, "SPAN", "How long one check may take (default 30s)"},
    {"hostname", 'h', Takes::text, "NAME", "The container's host name (default: its short ID)"},
    {"ipc", 0, Takes::text, "private|shareable|host", "Share the host's IPC namespace and /dev/shm"},
    {"isolation", 0, Takes::text, "default", "Only 'default' is there on Linux"},
    {"init", 0, Takes::nothing, "", "Run a small init as PID 1 that forwards signals and reaps zombies"},
    {"insecure-registry", 0, Takes::list, "HOST[:PORT]", "Pull from this registry by plain HTTP or unverified TLS"},
    {"interactive", 'i', Takes::nothing, "", "Keep standard input open"},
    {"label", 'l', Takes::list, "KEY[=VALUE]", "Label the container"},
    {"label-file", 0, Takes::list, "FILE", "Label it from the lines of a file"},
    {"log-driver", 0, Takes::text, "json-file|journald|none", "Where its output is kept (default json-file)"},
    {"log-opt", 0, Takes::list, "NAME=VALUE", "max-size=SIZE and max-file=N of the log's files (default 10m, 3)"},
    {"mem", 0, Takes::text, "SIZE", "Like --memory; a number without a unit is in MB"},
    {"memory", 'm', Takes::text, "SIZE", "Memory limit, such as 64m; a number without a unit is in bytes"},
    {"memory-reservation", 0, Takes::text, "SIZE", "Memory that is kept for it under pressure"},
    {"memory-swap", 0, Takes::text, "SIZE", "Memory and swap together; -1 is no limit (default: twice the memory)"},
    {"mount", 0, Takes::list, "KEY=VALUE,...",
     "Mount: type=bind|volume|tmpfs,source=PATH|NAME,target=PATH[,readonly]..."},
    {"name", 0, Takes::text, "NAME", "The container's name"},
    {"ip", 0, Takes::text, "ADDRESS", "Its IPv4 address on its first network (default: the first that is free)"},
    {"ip6", 0, Takes::text, "ADDRESS", "Its IPv6 address on its first network"},
    {"mac-address", 0, Takes::text, "MAC", "The MAC address of its first interface (default: from its address)"},
    {"network", 0, Takes::list, "NETWORK",
     "Its network: bridge (the default), none, host, container:NAME, or one of 'ccocker network create'; several can "
     "be given"},
    {"net", 0, Takes::list, "NETWORK", "The same", "network"},
    {"network-alias", 0, Takes::list, "NAME", "One more name that others on its first network find it by"},
    {"no-healthcheck", 0, Takes::nothing, "", "Leave the image's health check out"},
    {"on-pressure", 0, Takes::list, "RESOURCE:some|full=STALL/WINDOW=ACTION",
     "event, pause or kill when it stalls so long for memory, cpu or io"},
    {"on-unhealthy", 0, Takes::text, "none|stop|restart", "What to do when it becomes unhealthy (default none)"},
    {"publish", 'p', Takes::list, "[IP:][PORT:]PORT[/udp]", "Lead a port of the host to one of the container"},
    {"publish-all", 'P', Takes::nothing, "", "Publish every exposed port, on ports that the kernel chooses"},
    {"expose", 0, Takes::list, "PORT[/udp]", "One more port that -P publishes"},
    {"oom-score-adj", 0, Takes::text, "N", "How gladly the kernel kills it without memory, -1000 to 1000"},
    {"pids-limit", 0, Takes::text, "N", "How many processes and threads it may have; -1 is no limit"},
    {"pids", 0, Takes::text, "N", "The same", "pids-limit"},
    {"pid", 0, Takes::text, "host|container:NAME", "Share the PID namespace of the host or of another container"},
    {"platform", 0, Takes::text, "OS/ARCH[/VARIANT]", "Which platform's image to take"},
    {"privileged", 0, Takes::nothing, "", "Give all capabilities and devices, mask nothing"},
    {"pull", 0, Takes::text, "always|missing|never", "When to pull the image (default missing)"},
    {"quiet", 'q', Takes::nothing, "", "No progress while pulling"},
    {"read-only", 0, Takes::nothing, "", "Mount the root filesystem read-only"},
    {"restart", 0, Takes::text, "no|on-failure[:N]|always|unless-stopped", "When to start it again (default no)"},
    {"rm", 0, Takes::maybe, "", "Remove it when it has ended; --rm=on-success only after exit code 0"},
    {"security-opt", 0, Takes::list, "OPTION", "seccomp=FILE|unconfined, no-new-privileges, systempaths=unconfined"},
    {"shm-size", 0, Takes::text, "SIZE", "Size of /dev/shm (default 64m)"},
    {"sig-proxy", 0, Takes::nothing, "", "Pass signals on (the default); with =false they leave it running"},
    {"stop-signal", 0, Takes::text, "SIGNAL", "The signal that asks it to stop (default SIGTERM, or the image's)"},
    {"stop-timeout", 0, Takes::text, "SECONDS", "From the stop signal to SIGKILL (default 10; -1 waits for ever)"},
    {"swap", 0, Takes::text, "SIZE", "Swap on top of the memory; a number without a unit is in MB"},
    {"sysctl", 0, Takes::list, "NAME=VALUE", "A kernel setting of the container's namespaces"},
    {"timing", 0, Takes::nothing, "", "Print a waterfall of the start to standard error"},
    {"tmpfs", 0, Takes::list, "PATH[:OPTIONS]", "Mount a tmpfs, such as /tmp:size=64m,mode=1777"},
    {"tty", 't', Takes::nothing, "", "Give it a terminal"},
    {"ulimit", 0, Takes::list, "NAME=SOFT[:HARD]", "A resource limit of its processes, such as nofile=1024:4096"},
    {"uts", 0, Takes::text, "host", "Share the host's UTS namespace: its host name"},
    {"user", 'u', Takes::text, "USER[:GROUP]", "Run as this user, by name or number"},
    {"volume", 'v', Takes::list, "[PATH:|NAME:]INSIDE[:ro]",
     "Mount a path of the host or a volume, an anonymous one without a name"},
    {"volumes-from", 0, Takes::list, "CONTAINER[:ro]", "Mount what another container has mounted"},
    {"workdir", 'w', Takes::text, "DIR", "Working directory inside"},
    // What comes later.
    {"link", 0, Takes::list, "", "", nullptr, later_links},
    {"volume-driver", 0, Takes::text, "", "", nullptr, one_driver},
    {"userns", 0, Takes::text, "", "", nullptr, later_namespaces},
    {"cgroupns", 0, Takes::text, "", "", nullptr, later_namespaces},
    {"cgroup-parent", 0, Takes::text, "", "", nullptr, "choosing the parent group comes with a later version"},
    {"memory-swappiness", 0, Takes::text, "", "", nullptr, no_swappiness},
    {"oom-kill-disable", 0, Takes::nothing, "", "", nullptr, oom_killer_stays},
    {"runtime", 0, Takes::text, "", "", nullptr, one_runtime},
    {"gpus", 0, Takes::text, "", "", nullptr, "GPUs are not supported; give single devices with --device"},
};

}  // namespace

std::span<const Option> run_options() { return options; }
std::span<const Option> create_options() { return options; }

}  // namespace ccocker::cli
