#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>

#include "catch.h"
#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/etc_files.h"
#include "runtime/launch_failure.h"
#include "runtime/mount_sources.h"
#include "runtime/mountinfo.h"
#include "runtime/plan.h"
#include "runtime/post_mortem.h"
#include "runtime/rootfs.h"
#include "runtime/sysctls.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;
using Catch::Matchers::Contains;

namespace {

// A container's directory and `count` layers, each with a file named after it.
OverlayRequest make_layers(const TemporaryDirectory& dir, int count) {
  OverlayRequest request;
  request.container_dir = dir.path() + "/container";
  sys::mkdirs(request.container_dir, 0755);
  for (int i = 0; i < count; ++i) {
    std::string layer = fmt::format("{}/layer{}", dir.path(), i);
    sys::mkdirs(layer, 0755);
    sys::write_file_atomically(sys::cwd(), fmt::format("{}/file{}", layer, i), "x");
    sys::write_file_atomically(sys::cwd(), layer + "/same", std::to_string(i));
    request.lower_dirs.push_back(layer);
  }
  return request;
}

}  // namespace

TEST_CASE("an overlay of 127 layers shows them all, the last on top") {
  TemporaryDirectory dir;
  Fd root = mount_overlay(make_layers(dir, 127));
  CHECK(sys::list_dir(sys::open_dir(root, ".")).size() == 128);
  CHECK(sys::read_file(root, "same") == "126");
}

TEST_CASE("the way for kernels before 6.5 gives the same root") {
  TemporaryDirectory dir;
  OverlayRequest request = make_layers(dir, 3);
  sys::mkdirs(request.container_dir + "/upper", 0755);
  sys::mkdirs(request.container_dir + "/work", 0755);
  Fd root = mount_overlay_by_one_string(request);
  CHECK(sys::read_file(root, "same") == "2");
  sys::write_all(sys::openat(root, "new", O_WRONLY | O_CREAT, 0644), "y");
  CHECK(sys::read_file(sys::cwd(), request.container_dir + "/upper/new") == "y");
}

TEST_CASE("an image without layers has an empty root") {
  TemporaryDirectory dir;
  Fd root = mount_overlay(make_layers(dir, 0));
  CHECK(sys::list_dir(sys::open_dir(root, ".")).empty());
}

TEST_CASE("a layer that is gone is named") {
  TemporaryDirectory dir;
  OverlayRequest request = make_layers(dir, 2);
  request.lower_dirs[1] += "-gone";
  CHECK_THROWS_WITH(mount_overlay(request), Contains("layer1-gone is missing"));
}

TEST_CASE("an overlay on an overlay says where to put --root") {
  TemporaryDirectory dir;
  Fd outer = mount_overlay(make_layers(dir, 1));
  OverlayRequest inner;
  inner.container_dir = fmt::format("/proc/self/fd/{}/inner", outer.get());
  sys::mkdirat(outer, "inner", 0755);
  try {
    mount_overlay(inner);
    // Newer kernels stack overlays; then there is nothing to say.
  } catch (Error& error) {
    CHECK_THAT(error.text(), Contains("pass --root on a disk filesystem"));
  }
}

TEST_CASE("paths are cleaned by their letters") {
  CHECK(clean_path("/") == "/");
  CHECK(clean_path("//a/./b//../c/") == "/a/c");
  CHECK(clean_path("/../../x") == "/x");
  CHECK_THROWS_WITH(clean_path("a"), Contains("not absolute"));
}

TEST_CASE("mounts are put where their parents are already, whoever added them") {
  std::vector<OpenedMount> mounts;
  for (const char* destination : {"/etc/hosts", "/a/b/c", "/etc", "/dev/shm", "/dev"})
    mounts.push_back({Fd(), destination, true});
  put_parents_first(mounts);
  std::vector<std::string> order;
  for (const OpenedMount& mount : mounts) order.push_back(mount.destination);
  CHECK(order == std::vector<std::string>{"/etc", "/dev", "/etc/hosts", "/dev/shm", "/a/b/c"});
}

TEST_CASE("a line of mountinfo says whether its mount propagates") {
  constexpr std::string_view text =
      "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
      "22 21 0:5 / /dev rw - devtmpfs devtmpfs rw\n"
      "122 21 0:6 /shared:9 /my\\040data rw master:1 propagate_from:2 - tmpfs shared:3 rw\n";
  CHECK(find_mount(text, 21)->shared);
  CHECK_FALSE(find_mount(text, 21)->slave);
  CHECK_FALSE(find_mount(text, 22)->shared);
  CHECK_FALSE(find_mount(text, 22)->slave);
  CHECK(find_mount(text, 22)->mount_point == "/dev");
  CHECK(find_mount(text, 122)->slave);
  CHECK_FALSE(find_mount(text, 122)->shared);
  CHECK(find_mount(text, 122)->mount_point == "/my\\040data");
  CHECK_FALSE(find_mount(text, 2));
  CHECK_FALSE(find_mount("", 1));
}

TEST_CASE("resolv.conf keeps the host's lines except those that flags replace") {
  Spec spec;
  std::string host = "# c\nnameserver 1.1.1.1\nsearch example.org\noptions ndots:1\n";
  CHECK(resolv_conf(spec, host) == host);
  spec.dns = {"9.9.9.9"};
  CHECK(resolv_conf(spec, host) == "# c\nsearch example.org\noptions ndots:1\nnameserver 9.9.9.9\n");
  spec.dns_search = {"."};
  spec.dns_options = {"a", "b"};
  CHECK(resolv_conf(spec, host) == "# c\nnameserver 9.9.9.9\noptions a b\n");
  spec.dns = {"9.9.9.9\nnameserver 6.6.6.6"};
  CHECK_THROWS_AS(resolv_conf(spec, host), Error);
}

TEST_CASE("hosts has the standard lines and the added ones") {
  Spec spec;
  spec.extra_hosts = {{"db", "10.0.0.1"}};
  CHECK_THAT(hosts_file(spec, ""), Contains("127.0.0.1\tlocalhost\n") && Contains("10.0.0.1\tdb\n"));
  spec.network = NetworkMode::host;
  CHECK(hosts_file(spec, "1.2.3.4 me") == "1.2.3.4 me\n10.0.0.1\tdb\n");
}

TEST_CASE("only sysctls of the container's namespaces have a path") {
  Spec own, host;
  host.network = NetworkMode::host;
  host.shared.host_ipc = host.shared.host_uts = true;
  CHECK(sysctl_path("net.ipv4.ip_forward", own) == "/proc/sys/net/ipv4/ip_forward");
  CHECK(sysctl_path("net/ipv4/conf/eth0.1/forwarding", own) ==
        "/proc/sys/net/ipv4/conf/eth0.1/forwarding");
  CHECK_THROWS_WITH(sysctl_path("net.ipv4.ip_forward", host), Contains("shares its network"));
  CHECK_THROWS_WITH(sysctl_path("kernel.domainname", host), Contains("shares its UTS namespace"));
  CHECK_THROWS_WITH(sysctl_path("kernel.msgmax", host), Contains("shares its IPC namespace"));
  CHECK_THROWS_WITH(sysctl_path("fs.mqueue.msg_max", host), Contains("shares its IPC namespace"));
  CHECK_THROWS_WITH(sysctl_path("vm.swappiness", own), Contains("would change the host"));
  CHECK_THROWS_AS(sysctl_path("net..kernel.panic", own), Error);
  CHECK_THROWS_AS(sysctl_path("net/../kernel/panic", own), Error);
}

TEST_CASE("the environment gets what Docker adds, once") {
  std::vector<std::string> env = complete_environment({"HOME=/x"}, "box", "/home", true);
  CHECK(env == std::vector<std::string>{"HOME=/x", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                        "HOSTNAME=box", "TERM=xterm"});
}

TEST_CASE("a name alone takes the variable away, also one that would be added") {
  CHECK(complete_environment({"PATH=/bin", "FOO", "HOSTNAME", "TERM", "HOMER=x"}, "box", "/home", true) ==
        std::vector<std::string>{"PATH=/bin", "HOMER=x", "HOME=/home"});
}

TEST_CASE("words of an image's file cannot drive the terminal") {
  CHECK(exec_failure("/x", ENOENT, "#!\x1b[2J\n").text().find('\x1b') == std::string::npos);
  CHECK_THAT(exec_failure("/x", ENOENT, "#!").text(), Contains("interpreter \"\""));
}

TEST_CASE("a post-mortem names the signal or the memory limit, and is empty for a plain exit") {
  CHECK(post_mortem({false, 3, false}, {}).empty());
  CHECK(post_mortem({true, 11, true}, {}) == "killed by SIGSEGV (Segmentation fault), core dumped");
  OomReport oom{.killed = true, .limit_bytes = 64u << 20, .peak_bytes = 3u << 19};
  CHECK_THAT(post_mortem({true, 9, false}, oom), Contains("limit of 64 MiB (peak 1.5 MiB)"));
}
