#include <signal.h>
#include <sys/resource.h>

#include <linux/mount.h>

#include "catch.h"
#include "cli/env_flags.h"
#include "cli/limit_flags.h"
#include "cli/moment.h"
#include "cli/mount_flags.h"
#include "cli/network_flags.h"
#include "cli/security_flags.h"
#include "cli/size.h"
#include "loop/error.h"
#include "runtime/sysctls.h"

using namespace ccocker;
using namespace ccocker::cli;

namespace {

template <typename Call>
std::string failure(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no failure";
}

Flags flags(std::initializer_list<std::pair<const char*, const char*>> given) {
  Flags out;
  for (auto [name, value] : given) out.add(name, value);
  return out;
}

constexpr int64_t mib = 1 << 20;

}  // namespace

TEST_CASE("sizes take Docker's units of 1024") {
  struct Row {
    const char* text;
    uint64_t bytes;
  };
  constexpr Row rows[] = {{"0", 0},
                          {"64", 64},
                          {"1b", 1},
                          {"64k", 65536},
                          {"64kB", 65536},
                          {"64KiB", 65536},
                          {"64m", 64 << 20},
                          {"1.5g", 1610612736},
                          {"0.5k", 512},
                          {"1 g", 1073741824},
                          {"2T", uint64_t{2} << 40},
                          {"1p", uint64_t{1} << 50},
                          {"0.1k", 102}};
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(parse_size("memory", row.text) == row.bytes);
  }
  for (const char* text :
       {"", "m", "-1", "64x", "1..5m", ".5m", "1.m", "9999999999999999999999", "99999999p", "0x10", "1e3"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_size("memory", text), Error);
  }
  CHECK(failure([] { parse_size("shm-size", "64x"); }) ==
        "--shm-size: '64x' is not valid: expected a size such as 64m or 1.5g (units b, k, m, g, t)");
}

TEST_CASE("sizes print with three or four digits and never carry badly") {
  CHECK(human_size(0) == "0B");
  CHECK(human_size(999) == "999B");
  CHECK(human_size(7'051'234) == "7.05MB");
  CHECK(human_size(999'999) == "1MB");
  CHECK(human_size(187'000'000) == "187MB");
  CHECK(human_binary_size(24105ull << 20) == "23.54GiB");
  CHECK(human_binary_size(1024) == "1KiB");
}

TEST_CASE("gocker's --mem counts megabytes and Docker's -m bytes") {
  CHECK(parse_resources(flags({{"mem", "64"}}), 2).memory_bytes == 64 * mib);
  CHECK(parse_resources(flags({{"mem", "64k"}, {"mem", "1g"}}), 2).memory_bytes == 1024 * mib);
  CHECK(parse_resources(flags({{"memory", "67108864"}}), 2).memory_bytes == 64 * mib);
  CHECK(failure([] {
          parse_resources(flags({{"memory", "64"}}), 2);
        }) == "--memory: '64' is not valid: expected at least 512k; write m behind the number for megabytes");
}

TEST_CASE("swap is limited to twice the memory, to a total, or to what gocker's --swap adds") {
  CHECK(parse_resources(flags({{"memory", "64m"}}), 2).memory_swap_bytes == 128 * mib);
  CHECK(parse_resources(flags({{"memory", "64m"}, {"memory-swap", "-1"}}), 2).memory_swap_bytes == -1);
  CHECK(parse_resources(flags({{"memory", "64m"}, {"memory-swap", "64m"}}), 2).memory_swap_bytes == 64 * mib);
  CHECK(parse_resources(flags({{"mem", "64"}, {"swap", "10"}}), 2).memory_swap_bytes == 74 * mib);
  CHECK(parse_resources(flags({{"mem", "64"}, {"swap", "0"}}), 2).memory_swap_bytes == 64 * mib);
  CHECK_FALSE(parse_resources(flags({}), 2).memory_swap_bytes);
  CHECK_THROWS_AS(parse_resources(flags({{"memory-swap", "64m"}}), 2), Error);
  CHECK_THROWS_AS(parse_resources(flags({{"memory", "64m"}, {"memory-swap", "32m"}}), 2), Error);
  CHECK_THROWS_AS(parse_resources(flags({{"memory", "64m"}, {"memory-reservation", "65m"}}), 2), Error);
  runtime::Resources before;
  before.memory_bytes = 64 * mib;
  before.memory_swap_bytes = 128 * mib;
  CHECK(parse_resources(flags({{"memory-swap", "96m"}}), 2, before).memory_swap_bytes == 96 * mib);
  CHECK(parse_resources(flags({{"memory-swap", "-1"}}), 2, before).memory_swap_bytes == -1);
  CHECK(parse_resources(flags({{"memory", "256m"}, {"memory-swap", "300m"}}), 2, before).memory_swap_bytes == 300 * mib);
  CHECK_FALSE(parse_resources(flags({{"memory", "100m"}}), 2, before).memory_swap_bytes);
  CHECK_THROWS_WITH(parse_resources(flags({{"memory", "129m"}}), 2, before), Catch::Contains("already set memoryswap"));
  CHECK_THROWS_WITH(parse_resources(flags({{"memory-swap", "63m"}}), 2, before), Catch::Contains("67108864 bytes"));
  before.memory_swap_bytes = -1;
  CHECK_FALSE(parse_resources(flags({{"memory", "1g"}}), 2, before).memory_swap_bytes);
}

TEST_CASE("--cpus 0.04 is a quota, not no limit") {
  CHECK(parse_cpus_quota_us("0.04", 2) == 4000);
  CHECK(parse_cpus_quota_us("1.5", 2) == 150000);
  CHECK(parse_cpus_quota_us(".5", 2) == 50000);
  CHECK(parse_cpus_quota_us("2", 2) == 200000);
  CHECK(parse_cpus_quota_us("0.123456789", 2) == 12345);
  for (const char* text : {"", ".", "0", "0.001", "2.1", "-1", "1e1", "half", "1.", "99999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_cpus_quota_us(text, 2), Error);
  }
  runtime::Resources out = parse_resources(flags({{"cpus", "0.5"}}), 2);
  CHECK(out.cpu_quota_us == 50000);
  CHECK(out.cpu_period_us == 100000);
  CHECK_FALSE(parse_resources(flags({{"cpus", "0"}}), 2).cpu_quota_us);
  CHECK_THROWS_AS(parse_resources(flags({{"cpus", "1"}, {"cpu-quota", "50000"}}), 2), Error);
}

TEST_CASE("process limits of 0 and -1 are no limit") {
  CHECK(parse_resources(flags({{"pids-limit", "20"}}), 2).pids_max == 20);
  CHECK(parse_resources(flags({{"pids-limit", "0"}}), 2).pids_max == -1);
  CHECK(parse_resources(flags({{"pids-limit", "-1"}}), 2).pids_max == -1);
  CHECK_THROWS_AS(parse_resources(flags({{"pids-limit", "many"}}), 2), Error);
  CHECK_THROWS_AS(parse_resources(flags({{"pids-limit", "-2"}}), 2), Error);
}

TEST_CASE("CPU lists are checked") {
  CHECK(parse_cpu_list("cpuset-cpus", "0-3,5") == "0-3,5");
  for (const char* text : {"", "a", "3-1", "1-2-3", "0,", "-1", "99999"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_cpu_list("cpuset-cpus", text), Error);
  }
}

TEST_CASE("ulimits have a soft and a hard value") {
  runtime::Rlimit limit = parse_ulimit("nofile=1024:4096");
  CHECK(limit.resource == RLIMIT_NOFILE);
  CHECK((limit.soft == 1024 && limit.hard == 4096));
  limit = parse_ulimit("core=0");
  CHECK((limit.resource == RLIMIT_CORE && limit.soft == 0 && limit.hard == 0));
  CHECK(parse_ulimit("memlock=-1").hard == RLIM_INFINITY);
  for (const char* text :
       {"", "nofile", "nofile=", "nofile=a", "nofile=1:2:3", "nofile=5:4", "what=1", "nofile=-1:5"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_ulimit(text), Error);
  }
}

TEST_CASE("volumes name a path of the host, one inside, and options") {
  ParsedMount parsed = parse_volume("/srv/www:/www:ro,z,rslave", "/home/me");
  CHECK(parsed.mount.source == "/srv/www");
  CHECK(parsed.mount.destination == "/www");
  CHECK(parsed.mount.read_only);
  CHECK(parsed.mount.propagation == "rslave");
  CHECK(parsed.create_source);
  CHECK(parse_volume("./x/../y:/z", "/home/me").mount.source == "/home/me/y");
  CHECK(parse_volume(".:/z", "/home/me").mount.source == "/home/me");
  CHECK(parse_volume("/a//b/./c/:/z/", "/").mount.source == "/a/b/c");
  for (const char* text : {"", "/", "/a:", ":/b", "/a:b", "/a:/b:what", "/a:/b:ro:rw", "/a:/", "/a:/..",
                           "/a:/b:", "n:/b", "na me:/b", "name", "/a:/b:nocopy"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_volume(text, "/"), Error);
  }
}

TEST_CASE("volumes have a name, or none") {
  runtime::Mount named = parse_volume("data:/var/lib:ro,nocopy", "/").mount;
  CHECK((named.kind == runtime::Mount::Kind::volume && named.volume == "data" && named.destination == "/var/lib"));
  CHECK((named.read_only && named.no_copy && named.source.empty()));
  CHECK_FALSE(parse_volume("data:/x", "/").create_source);
  runtime::Mount nameless = parse_volume("/var/lib", "/").mount;
  CHECK((nameless.kind == runtime::Mount::Kind::volume && nameless.volume.empty()));
  runtime::Mount mount = parse_mount("type=volume,src=data,dst=/x,volume-nocopy,readonly", "/").mount;
  CHECK((mount.kind == runtime::Mount::Kind::volume && mount.volume == "data" && mount.no_copy && mount.read_only));
  CHECK(parse_mount("target=/x", "/").mount.kind == runtime::Mount::Kind::volume);
  for (const char* text :
       {"type=volume,src=/a,dst=/x", "type=volume,src=x,dst=/x,bind-recursive=enabled", "type=volume,src=a/b,dst=/x",
        "type=bind,src=/a,dst=/x,volume-nocopy", "type=volume,src=xy,dst=/x,volume-driver=nfs"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_mount(text, "/"), Error);
  }
}

TEST_CASE("moments are spans before now, times and seconds") {
  constexpr int64_t now = 1'700'000'000;
  CHECK(parse_moment("until", "10m", now) == now - 600);
  CHECK(parse_moment("until", "1h30m", now) == now - 5400);
  CHECK(parse_moment("until", "1.5h", now) == now - 5400);
  CHECK(parse_moment("until", "1600000000", now) == 1'600'000'000);
  CHECK(parse_moment("until", "2020-09-13T12:26:40Z", now) == 1'600'000'000);
  CHECK(parse_moment("until", "2020-09-13", now) > 0);
  for (const char* text : {"", "soon", "10", "h", "10x", "1h2", "2020-13-01", "999999999999999999h"}) {
    INFO(text);
    if (std::string_view(text) != "10") CHECK_THROWS_AS(parse_moment("until", text, now), Error);
  }
}

TEST_CASE("--mount takes Docker's keys") {
  ParsedMount parsed = parse_mount("type=bind,source=/a,target=/b,readonly,bind-propagation=rshared", "/");
  CHECK((parsed.mount.source == "/a" && parsed.mount.destination == "/b" && parsed.mount.read_only));
  CHECK(parsed.mount.propagation == "rshared");
  CHECK_FALSE(parsed.create_source);
  CHECK_FALSE(parse_mount("type=bind,src=/a,dst=/b,ro=false", "/").mount.read_only);
  CHECK(parse_mount("type=bind,\"src=/a,b\",dst=/b", "/").mount.source == "/a,b");
  CHECK_FALSE(parse_mount("type=bind,src=/a,dst=/b,bind-recursive=disabled", "/").mount.recursive);
  runtime::Mount tmpfs = parse_mount("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770", "/").mount;
  CHECK(tmpfs.kind == runtime::Mount::Kind::tmpfs);
  CHECK(tmpfs.data == "size=1048576,mode=1770");
  CHECK(tmpfs.flags == (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  for (const char* text :
       {"", "type=bind", "type=bind,source=/a", "type=bind,target=/b", "target=", "type=volume",
        "type=bind,source=/a,target=/b,what=1", "type=tmpfs,source=/a,target=/b", "type=npipe,target=/b",
        "type=bind,source=/a,target=/b,tmpfs-size=1", "type=tmpfs,target=/b,tmpfs-mode=9",
        "type=bind,source=,target=/b", "type=bind,source=/a,target=/b,readonly=perhaps", "\"type=bind"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_mount(text, "/"), Error);
  }
}

TEST_CASE("--tmpfs keeps sizes and modes and turns words into mount flags") {
  runtime::Mount mount = parse_tmpfs("/tmp:size=64m,mode=1777,exec,ro,uid=5");
  CHECK(mount.destination == "/tmp");
  CHECK(mount.data == "size=64m,mode=1777,uid=5");
  CHECK(mount.flags == (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  CHECK(mount.read_only);
  CHECK(parse_tmpfs("/run").data.empty());
  uint64_t usual = parse_tmpfs("/run").flags;
  CHECK(parse_tmpfs("/run:relatime,diratime").flags == usual);
  CHECK(parse_tmpfs("/run:noatime,strictatime").flags == (usual | MOUNT_ATTR_STRICTATIME));
  CHECK(parse_tmpfs("/run:strictatime,noatime").flags == (usual | MOUNT_ATTR_NOATIME));
  CHECK(parse_tmpfs("/run:size=50%").data == "size=50%");
  for (const char* text : {"", "tmp", "/", "/tmp:size=big", "/tmp:mode=8", "/tmp:evil=1", "/tmp:size=1\nx"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_tmpfs(text), Error);
  }
}

TEST_CASE("devices have a path, perhaps another inside, and permissions") {
  CHECK(parse_device("/dev/fuse").destination == "/dev/fuse");
  CHECK(parse_device("/dev/fuse").permissions == "rwm");
  CHECK(parse_device("/dev/fuse:r").permissions == "r");
  CHECK(parse_device("/dev/fuse:/dev/x:rw").destination == "/dev/x");
  for (const char* text : {"", "fuse", "/dev/a:/dev/b:rwx", "/dev/a:b", "/dev/a:/dev/b:rw:m", "/dev/a:/dev/b:"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_device(text), Error);
  }
}

TEST_CASE("environment files follow Docker's rules") {
  HostEnv host = [](const std::string& name) {
    return name == "HERE" ? std::optional<std::string>("yes") : std::nullopt;
  };
  std::vector<std::string> env =
      parse_env_file("f", "# note\nA=1\n\n  B=two words # kept\r\nHERE\nGONE\nQ=\"x\"\nE=", host);
  CHECK(env == std::vector<std::string>{"A=1", "B=two words # kept", "HERE=yes", "Q=\"x\"", "E="});
  CHECK(failure([&] { parse_env_file("f", "A=1\n=x", host); }) == "--env-file: f, line 2: there is no name before '='");
  CHECK(failure([&] { parse_env_file("f", "A B=1", host); }) == "--env-file: f, line 1: the name holds a space");
  CHECK_THROWS_AS(parse_env("env", "=1", host), Error);
  CHECK_FALSE(parse_env("env", "GONE", host));
  CHECK(parse_env("env", "HERE", host) == "HERE=yes");
  CHECK(parse_env_flag("HERE", host) == "HERE=yes");
  CHECK(parse_env_flag("GONE", host) == "GONE");
  CHECK_THROWS_AS(parse_env_flag("", host), Error);
}

TEST_CASE("the environment has Docker's order, and the user's values win") {
  std::vector<std::string> env = make_env({"FOO=1", "PATH=/mine"}, {"PATH=/image", "FOO=0", "LANG=C"}, "box", true);
  CHECK(env == std::vector<std::string>{"PATH=/mine", "HOSTNAME=box", "TERM=xterm", "FOO=1", "LANG=C"});
  CHECK(make_env({"FOO", "HOSTNAME"}, {"FOO=0", "LANG=C"}, "box", false) ==
        std::vector<std::string>{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME", "FOO",
                                 "LANG=C"});
  CHECK(make_env({}, {}, "", false) ==
        std::vector<std::string>{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"});
}

TEST_CASE("hosts, addresses and networks are checked") {
  using Pair = std::pair<std::string, std::string>;
  CHECK(parse_add_host("db:10.0.0.5") == Pair("db", "10.0.0.5"));
  CHECK(parse_add_host("db=::1") == Pair("db", "::1"));
  CHECK(parse_add_host("db:[::1]") == Pair("db", "::1"));
  CHECK_THROWS_AS(parse_add_host("db"), Error);
  CHECK_THROWS_AS(parse_add_host("db:300.1.1.1"), Error);
  CHECK_THROWS_AS(parse_add_host("d b:1.1.1.1"), Error);
  CHECK(parse_add_host("x:host-gateway") == Pair("x", "host-gateway"));
  CHECK_THROWS_AS(parse_hostname("-x"), Error);
  CHECK_THROWS_AS(parse_hostname(std::string(65, 'a')), Error);
  CHECK_THROWS_AS(parse_resolver_word("dns-search", "a\nnameserver 1.1.1.1"), Error);
}

TEST_CASE("security options and sysctls cannot reach the host") {
  runtime::Spec spec;
  auto apply = [&](const char* text) {
    apply_security_option(
        text,
        [](const std::string&, const std::string& path) -> std::string {
          return path == "bad.json" ? "{}" : R"({"defaultAction":"SCMP_ACT_ALLOW"})";
        },
        spec);
  };
  apply("seccomp=unconfined");
  CHECK(spec.seccomp.kind == runtime::Seccomp::Kind::unconfined);
  apply("seccomp:p.json");
  CHECK((spec.seccomp.kind == runtime::Seccomp::Kind::file && spec.seccomp.path == "p.json"));
  CHECK(spec.seccomp.profile == R"({"defaultAction":"SCMP_ACT_ALLOW"})");
  CHECK(failure([&] { apply("seccomp=bad.json"); }) ==
        "--security-opt: the seccomp profile bad.json: it has no \"defaultAction\"");
  apply("no-new-privileges");
  CHECK(spec.process.no_new_privileges);
  apply("no-new-privileges:false");
  CHECK_FALSE(spec.process.no_new_privileges);
  CHECK_THROWS_AS(apply("apparmor=mine"), Error);
  runtime::Spec own, host;
  host.network = runtime::NetworkMode::host;
  CHECK(parse_sysctl("net.core.somaxconn=1", own).first == "net.core.somaxconn");
  CHECK(parse_sysctl("kernel.msgmax=1", host).second == "1");
  CHECK(parse_sysctl("net/core/somaxconn=1", own).first == "net.core.somaxconn");
  CHECK(parse_sysctl("kernel.domainname=a=b", own).second == "a=b");
  std::string vlan = parse_sysctl("net/ipv4/conf/eth0.1/forwarding=1", own).first;
  CHECK(runtime::sysctl_path(vlan, own) == "/proc/sys/net/ipv4/conf/eth0.1/forwarding");
  for (const char* text : {"kernel.panic=1", "vm.swappiness=1", "net", "=1", "net.../../kernel=1", "fs.file-max=1",
                           "net/../kernel/panic=1", "net.//.kernel.panic=1", "net.a b=1", "net.=1"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_sysctl(text, own), Error);
  }
  CHECK_THROWS_AS(parse_sysctl("net.core.somaxconn=1", host), Error);
}

TEST_CASE("signals have names and numbers") {
  CHECK(parse_signal("stop-signal", "SIGTERM") == SIGTERM);
  CHECK(parse_signal("stop-signal", "quit") == SIGQUIT);
  CHECK(parse_signal("stop-signal", "9") == 9);
  CHECK(parse_signal("stop-signal", "SIGRTMIN+3") == SIGRTMIN + 3);
  for (const char* text : {"", "0", "65", "SIGNOPE", "-1", "RTMIN+99", "999999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_signal("stop-signal", text), Error);
  }
}
