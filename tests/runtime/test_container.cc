#include "runtime/test_container.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop/loop.h"
#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

void copy_file(const std::string& from, const std::string& to, mode_t mode) {
  Fd target = sys::openat(sys::cwd(), to, O_WRONLY | O_CREAT | O_TRUNC, mode);
  sys::write_all(target, sys::read_file(sys::cwd(), from));
}

void write_file(const std::string& path, std::string_view text) {
  sys::write_all(sys::openat(sys::cwd(), path, O_WRONLY | O_CREAT | O_TRUNC, 0644), text);
}

constexpr const char* applets[] = {
    "sh",    "echo", "cat",  "ls",   "id",  "mount",    "grep", "sleep", "true", "false",  "kill",     "touch",
    "mknod", "env",  "pwd",  "head", "dd",  "hostname", "ps",   "stat",  "ln",   "mkdir",  "readlink", "wc",
    "chmod", "rm",   "test", "tr",   "tty", "stty",     "yes",  "seq",   "sync", "umount", "cut"};

void make_busybox_tree(const std::string& top) {
  for (const char* dir : {"", "/bin", "/etc", "/tmp", "/proc", "/sys", "/dev", "/root"}) sys::mkdirs(top + dir, 0755);
  ::chmod((top + "/tmp").c_str(), 01777);
  copy_file("/bin/busybox", top + "/bin/busybox", 0755);
  for (const char* applet : applets) sys::symlinkat("busybox", sys::cwd(), top + "/bin/" + applet);
  write_file(top + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n");
  write_file(top + "/etc/group", "root:x:0:\nuser:x:1000:\nwheel:x:10:user\n");
}

}  // namespace

TestContainers::TestContainers()
    : cgroup_parent_(fmt::format("ccocker-test-{}", ::getpid())),
      containers_(directory_.path() + "/root", directory_.path() + "/state") {
  make_busybox_tree(directory_.path() + "/busybox");
}

// What a killed supervisor left goes as it would for the next command.
TestContainers::~TestContainers() {
  Loop loop;
  loop.run(containers_.sweep());
}

Spec TestContainers::spec(std::vector<std::string> args) const {
  Spec spec = default_spec();
  spec.lower_dirs = {directory_.path() + "/busybox"};
  spec.process.args = std::move(args);
  spec.cgroup_parent = cgroup_parent_;
  return spec;
}

std::string TestContainers::add_layer(const std::string& name) {
  std::string path = directory_.path() + "/" + name;
  sys::mkdirs(path, 0755);
  return path;
}

TestContainers::Outcome TestContainers::run(Spec spec, const std::string& in, std::function<void(pid_t)> started) {
  CreateRequest request;
  request.spec = std::move(spec);
  request.image = "busybox";
  request.auto_remove = true;
  Container container = containers_.create(std::move(request));
  CaughtOutput caught(directory_.path(), in);
  Stdio stdio;
  stdio.interactive = !in.empty();
  Loop loop;
  RunResult result = loop.run(containers_.run(container.id, stdio, std::move(started)));
  return {std::move(result), caught.out(), caught.err()};
}

CaughtOutput::CaughtOutput(const std::string& dir, const std::string& in) : dir_(dir) {
  ::fflush(stdout);
  ::fflush(stderr);
  write_file(dir + "/in", in);
  Fd files[3] = {sys::openat(sys::cwd(), dir + "/in", O_RDONLY),
                 sys::openat(sys::cwd(), dir + "/out", O_WRONLY | O_CREAT | O_TRUNC, 0600),
                 sys::openat(sys::cwd(), dir + "/err", O_WRONLY | O_CREAT | O_TRUNC, 0600)};
  for (int i = 0; i < 3; ++i) {
    saved_[i] = sys::dup(FdView(i));
    ::dup2(files[i].get(), i);
  }
}

CaughtOutput::~CaughtOutput() {
  ::fflush(stdout);
  ::fflush(stderr);
  for (int i = 0; i < 3; ++i) ::dup2(saved_[i].get(), i);
}

std::string CaughtOutput::out() const { return sys::read_file(sys::cwd(), dir_ + "/out"); }
std::string CaughtOutput::err() const { return sys::read_file(sys::cwd(), dir_ + "/err"); }

}  // namespace ccocker::runtime
