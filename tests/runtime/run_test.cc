#include <sys/resource.h>

#include <sstream>

#include "catch.h"
#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/capabilities.h"
#include "runtime/test_container.h"

using namespace ccocker;
using namespace ccocker::runtime;
using Catch::Matchers::Contains;

namespace {

// What running `spec` throws.
Error failure_of(TestContainers& containers, Spec spec) {
  try {
    containers.run(std::move(spec));
  } catch (Error& error) {
    return error;
  }
  return Error(Errc::failed, "nothing was thrown");
}

// The host's mounts, a line each, without those that other tests may make meanwhile: below /tmp where it is not `own`,
// and named network namespaces.
std::string host_mounts(const std::string& own) {
  std::istringstream lines(sys::read_file(sys::cwd(), "/proc/self/mountinfo"));
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id, parent, device, root, place;
    words >> id >> parent >> device >> root >> place;
    bool others = (place.starts_with("/tmp/") && !place.starts_with(own)) || place.starts_with("/run/netns");
    if (!others) out += line + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("a container's output and exit code reach the caller") {
  TestContainers containers;
  auto outcome = containers.run_shell("echo hello; echo trouble >&2; exit 3");
  CHECK(outcome.out == "hello\n");
  CHECK(outcome.err == "trouble\n");
  CHECK(outcome.result.exit_code == 3);
  CHECK(outcome.result.post_mortem.empty());
}

TEST_CASE("a container that a signal kills gives 128 and the signal's number") {
  TestContainers containers;
  // PID 1 ignores signals it has no handler for, so its child dies and it passes that on.
  auto outcome = containers.run_shell("sh -c 'kill -9 $$'; exit $?");
  CHECK(outcome.result.exit_code == 137);
}

TEST_CASE("a command that is nowhere in PATH is not found, and says where was looked") {
  TestContainers containers;
  Error error = failure_of(containers, containers.spec({"no-such-program"}));
  CHECK(error.code() == Errc::command_not_found);
  CHECK_THAT(error.text(), Contains("not found in PATH (/usr/local/sbin:"));
}

TEST_CASE("a command that cannot be executed says why") {
  TestContainers containers;
  std::string layer = containers.add_layer("odd");
  auto write = [&](const char* name, std::string_view bytes, mode_t mode) {
    sys::write_all(sys::openat(sys::cwd(), layer + "/" + name, 0101 /* O_WRONLY|O_CREAT */, mode), bytes);
  };
  write("not-executable", "#!/bin/sh\n", 0644);
  write("no-format", "what is this\n", 0755);
  write("bad-interpreter", "#!/no/such/shell -x\n", 0755);
  write("crlf", "#!/bin/sh\r\necho hi\r\n", 0755);
  std::string elf = sys::read_file(sys::cwd(), "/bin/busybox").substr(0, 512);
  elf[18] = static_cast<char>(183);  // EM_AARCH64
  elf[19] = 0;
  write("foreign", elf, 0755);
  sys::mkdirs(layer + "/directory", 0755);

  struct Case {
    const char* path;
    Errc code;
    const char* text;
  };
  auto expected = GENERATE(Case{"/not-executable", Errc::cannot_execute, "permission denied"},
                           Case{"/directory", Errc::cannot_execute, "permission denied"},
                           Case{"/no-format", Errc::cannot_execute, "exec format error"},
                           Case{"/foreign", Errc::cannot_execute, "it is a program for arm64, this machine is x86_64"},
                           Case{"/bad-interpreter", Errc::command_not_found, "its interpreter \"/no/such/shell\""},
                           Case{"/crlf", Errc::command_not_found, "CRLF"},
                           Case{"/missing", Errc::command_not_found, "no such file"});
  Spec spec = containers.spec({expected.path});
  spec.lower_dirs.push_back(layer);
  Error error = failure_of(containers, std::move(spec));
  CHECK(error.code() == expected.code);
  CHECK_THAT(error.text(), Contains(expected.text));
}

TEST_CASE("environment, working directory and host name are the container's") {
  TestContainers containers;
  Spec spec = containers.shell("echo $A $HOME $HOSTNAME $(hostname) $(pwd)");
  spec.process.env = {"A=b c"};
  spec.process.cwd = "/made/for/it";
  spec.hostname = "box";
  CHECK(containers.run(spec).out == "b c /root box box /made/for/it\n");
}

TEST_CASE("a container has Docker's capabilities and no more") {
  TestContainers containers;
  auto outcome = containers.run_shell("grep Cap /proc/self/status | tr -d '\\t\\n'");
  CHECK(outcome.out ==
        "CapInh:0000000000000000CapPrm:00000000a80425fbCapEff:00000000a80425fbCapBnd:00000000a80425fb"
        "CapAmb:0000000000000000");
}

TEST_CASE("another user has its identity, its home and no capabilities") {
  TestContainers containers;
  Spec spec = containers.shell("id; echo $HOME; grep CapEff /proc/self/status; echo direct > /dev/stderr");
  spec.process.user = "user";
  auto outcome = containers.run(spec);
  CHECK_THAT(outcome.out, Contains("uid=1000(user) gid=1000(user) groups="));
  CHECK_THAT(outcome.out, Contains("10(wheel)"));
  CHECK_THAT(outcome.out, Contains("/home/user"));
  CHECK_THAT(outcome.out, Contains("CapEff:\t0000000000000000"));
  CHECK(outcome.err == "direct\n");
}

TEST_CASE("the kernel's knobs are masked or read-only") {
  TestContainers containers;
  auto outcome = containers.run_shell(
      "head -c 1 /proc/kcore | wc -c; ls /sys/firmware | wc -l; head -c1 /proc/timer_list | wc -c;"
      "echo x > /proc/sys/kernel/domainname; echo x > /proc/bus/x; echo x > /sys/kernel/mm/ksm/run; true");
  CHECK(outcome.out == "0\n0\n0\n");
  CHECK_THAT(outcome.err, Contains("/proc/sys/kernel/domainname: Read-only file system"));
  CHECK_THAT(outcome.err, Contains("/proc/bus/x"));
  CHECK_THAT(outcome.err, Contains("/sys/kernel/mm/ksm/run: Read-only file system"));
}

TEST_CASE("/dev holds what programs expect") {
  TestContainers containers;
  auto outcome = containers.run_shell(
      "echo gone > /dev/null; head -c 3 /dev/zero | wc -c; test -c /dev/tty; test -c /dev/ptmx && test -d /dev/shm &&"
      "test -d /dev/mqueue && ls /dev/fd/0 && stat -f -c %T /dev/shm && stat -c %a /dev/shm");
  CHECK(outcome.out == "3\n/dev/fd/0\ntmpfs\n1777\n");
  CHECK(outcome.result.exit_code == 0);
}

TEST_CASE("host devices cannot be opened, although mknod works") {
  TestContainers containers;
  // 1:1 is /dev/mem, 10:237 /dev/loop-control.
  auto outcome = containers.run_shell(
      "mknod /tmp/mem c 1 1 && echo made; cat /tmp/mem; mknod /dev/loop b 7 0 && cat /dev/loop; mknod /tmp/null c 1 3 "
      "&& cat /tmp/null && echo fine");
  CHECK(outcome.out == "made\nfine\n");
  CHECK_THAT(outcome.err, Contains("'/tmp/mem': Operation not permitted"));
  CHECK_THAT(outcome.err, Contains("'/dev/loop': Operation not permitted"));
}

TEST_CASE("a device that was given can be opened as far as its permissions go") {
  TestContainers containers;
  Spec spec = containers.shell("exec 3< /dev/given && echo opened; echo x > /dev/given");
  spec.devices = {{"/dev/fuse", "/dev/given", "r"}};
  auto outcome = containers.run(spec);
  CHECK_THAT(outcome.out, Contains("opened\n"));
  CHECK_THAT(outcome.err, Contains("/dev/given: Operation not permitted"));
}

TEST_CASE("a read-only root refuses writes, its tmpfs mounts do not") {
  TestContainers containers;
  Spec spec = containers.shell("touch /x; touch /tmp/y && echo written; touch /dev/shm/z && echo shm");
  spec.root_read_only = true;
  spec.mounts = {{.kind = Mount::Kind::tmpfs, .destination = "/tmp", .data = "size=1m,mode=1777"}};
  auto outcome = containers.run(spec);
  CHECK(outcome.out == "written\nshm\n");
  CHECK_THAT(outcome.err, Contains("/x: Read-only file system"));
}

TEST_CASE("volumes are bound, read-only when asked") {
  TestContainers containers;
  std::string volume = containers.add_layer("volume");
  sys::write_file_atomically(sys::cwd(), volume + "/file", "from outside\n");
  Spec spec = containers.shell("cat /data/file /file; echo inside > /data/new; touch /sealed/new");
  spec.mounts = {{.source = volume, .destination = "/data"},
                 {.source = volume, .destination = "/sealed/deep/../", .read_only = true},
                 {.source = volume + "/file", .destination = "/file", .read_only = true}};
  auto outcome = containers.run(spec);
  CHECK(outcome.out == "from outside\nfrom outside\n");
  CHECK_THAT(outcome.err, Contains("/sealed/new: Read-only file system"));
  CHECK(sys::read_file(sys::cwd(), volume + "/new") == "inside\n");
}

TEST_CASE("a bind source that is not there is named") {
  TestContainers containers;
  Spec spec = containers.spec({"true"});
  spec.mounts = {{.source = "/no/such/thing", .destination = "/data"}};
  Error error = failure_of(containers, spec);
  CHECK(error.code() == Errc::not_found);
  CHECK_THAT(error.text(), Contains("/no/such/thing does not exist"));
}

TEST_CASE("an image's links cannot lead mounts out of the container") {
  TestContainers containers;
  std::string layer = containers.add_layer("hostile");
  std::string outside = containers.add_layer("outside");
  sys::mkdirs(layer + "/etc", 0755);
  sys::symlinkat(outside + "/resolv.conf", sys::cwd(), layer + "/etc/resolv.conf");
  sys::symlinkat("../../../../../.." + outside + "/hosts", sys::cwd(), layer + "/etc/hosts");
  sys::symlinkat(outside, sys::cwd(), layer + "/data");
  Spec spec = containers.shell("cat /etc/hosts | head -1; ls -d " + outside + "/resolv.conf; touch /data/mark");
  spec.lower_dirs.push_back(layer);
  spec.mounts = {{.kind = Mount::Kind::tmpfs, .destination = "/data/sub", .data = "size=1m"}};
  spec.process.cwd = "/data/cwd";
  auto outcome = containers.run(spec);
  CHECK(outcome.out == "127.0.0.1\tlocalhost\n" + outside + "/resolv.conf\n");
  CHECK(outcome.result.exit_code == 0);
  CHECK(sys::list_dir(sys::open_dir(sys::cwd(), outside)).empty());
}

TEST_CASE("nothing can be mounted inside /proc") {
  TestContainers containers;
  std::string layer = containers.add_layer("links");
  sys::symlinkat("/proc/sys", sys::cwd(), layer + "/knobs");
  Spec spec = containers.spec({"true"});
  spec.lower_dirs.push_back(layer);
  std::string destination = GENERATE("/proc/self", "/knobs/kernel");
  spec.mounts = {{.kind = Mount::Kind::tmpfs, .destination = destination}};
  CHECK_THAT(failure_of(containers, spec).text(), Contains("inside /proc"));
}

TEST_CASE("an image whose /proc is a link is refused") {
  TestContainers containers;
  std::string layer = containers.path() + "/linked";
  sys::mkdirs(layer, 0755);
  sys::symlinkat("/tmp", sys::cwd(), layer + "/proc");
  Spec spec = containers.spec({"/bin/true"});
  spec.lower_dirs = {layer};
  CHECK_THAT(failure_of(containers, spec).text(), Contains("/proc"));
}

TEST_CASE("sysctls of the container's namespaces are set, others refused") {
  TestContainers containers;
  Spec spec = containers.shell("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni");
  spec.sysctl = {{"net.ipv4.ip_forward", "1"}, {"kernel.shmmni", "77"}};
  CHECK(containers.run(spec).out == "1\n77\n");
  spec.sysctl = {{"kernel.panic", "1"}};
  Error error = failure_of(containers, spec);
  CHECK(error.code() == Errc::invalid);
  CHECK_THAT(error.text(), Contains("kernel.panic"));
}

TEST_CASE("limits are set, and one that cannot be raised is named") {
  TestContainers containers;
  Spec spec = containers.shell("ulimit -n; ulimit -c");
  spec.process.rlimits = {{RLIMIT_NOFILE, 123, 456}, {RLIMIT_CORE, 0, 0}};
  CHECK(containers.run(spec).out == "123\n0\n");
}

TEST_CASE("a hard limit that cannot be raised is named with the reason") {
  rlimit now;
  ::getrlimit(RLIMIT_NOFILE, &now);
  if (all_capabilities() >> 24 & 1 || now.rlim_max == RLIM_INFINITY) return;  // CAP_SYS_RESOURCE
  TestContainers containers;
  Spec spec = containers.spec({"true"});
  spec.process.rlimits = {{RLIMIT_NOFILE, 1, now.rlim_max + 1}};
  Error error = failure_of(containers, spec);
  CHECK_THAT(error.text(), Contains("limit nofile"));
  CHECK_THAT(error.text(), Contains("CAP_SYS_RESOURCE"));
}

TEST_CASE("a process that the memory limit kills is reported with limit and peak") {
  TestContainers containers;
  Spec spec = containers.shell(
      "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max;"
      "exec dd if=/dev/zero of=/dev/null bs=64M count=1");
  spec.resources.memory_bytes = 16 << 20;
  auto outcome = containers.run(spec);
  CHECK(outcome.out == "16777216\n");
  CHECK(outcome.result.exit_code == 137);
  CHECK(outcome.result.oom_killed);
  CHECK_THAT(outcome.result.post_mortem, Contains("out of memory"));
  CHECK_THAT(outcome.result.post_mortem, Contains("16 MiB"));
}

TEST_CASE("the loopback interface is up without a network") {
  TestContainers containers;
  auto outcome = containers.run_shell(
      "cat /sys/class/net/lo/operstate /proc/net/dev | grep -c -E 'unknown|lo:'; ls /sys/class/net");
  CHECK(outcome.out == "2\nlo\n");
}

TEST_CASE("an init reaps orphans, hands on signals and gives the program's exit code") {
  TestContainers containers;
  Spec spec = containers.shell(
      "echo $$; sh -c 'sleep 0.05 & exec true'; sleep 0.2; grep -l State:.Z /proc/*/status | wc -l; exit 4");
  spec.init = true;
  auto outcome = containers.run(spec);
  CHECK(outcome.out == "2\n0\n");
  CHECK(outcome.result.exit_code == 4);
}

TEST_CASE("standard input is forwarded with its end") {
  TestContainers containers;
  auto outcome = containers.run(containers.shell("cat; echo done"), "some words\n");
  CHECK(outcome.out == "some words\ndone\n");
}

TEST_CASE("without -i standard input is empty") {
  TestContainers containers;
  CHECK(containers.run_shell("cat; echo done").out == "done\n");
}

TEST_CASE("fifty megabytes of output arrive whole") {
  TestContainers containers;
  auto outcome = containers.run_shell("yes 0123456789abcde | head -c 52428800; echo; echo end >&2");
  CHECK(outcome.out.size() == 52428801);
  CHECK(outcome.out.ends_with("\n0123456789abcde\n\n"));
  CHECK(outcome.err == "end\n");
}

TEST_CASE("mounts of a container never appear on the host") {
  TestContainers containers;
  std::string before = host_mounts(containers.path());
  std::string during;
  containers.run(containers.shell("sleep 0.05"), {}, [&](pid_t) { during = host_mounts(containers.path()); });
  CHECK(during == before);
  CHECK(host_mounts(containers.path()) == before);
}

TEST_CASE("two hundred starts in a row succeed") {
  TestContainers containers;
  for (int i = 0; i < 200; ++i) REQUIRE(containers.run(containers.spec({"/bin/true"})).result.exit_code == 0);
}
