#include "runtime/cgroup/cgroup.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include "catch.h"
#include "loop/io.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/cgroup/layout.h"
#include "runtime/cgroup/limits.h"
#include "runtime/id.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;
using namespace std::chrono_literals;

namespace {

const std::string& test_parent() {
  static const std::string parent = "ccocker-test-cgroup-" + std::to_string(::getpid());
  return parent;
}

// A group of its own that takes all it holds with it.
struct TestGroup {
  std::string id = random_id();
  Cgroup group;
  explicit TestGroup(const Resources& resources) : group(Cgroup::create(test_parent(), id, resources)) {}
  ~TestGroup() { Loop().run(Cgroup::clean(test_parent(), id)); }
};

// Runs `body` in a child inside the group; gives its pid.
template <typename Body>
pid_t run_inside(const Cgroup& group, Body body) {
  std::vector<Fd> v1 = group.v1_procs();
  pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid != 0) return pid;
  if (group.v2_dir()) sys::write_kernel_file(group.v2_dir(), "cgroup.procs", "0");
  for (const Fd& tasks : v1)
    if (::write(tasks.get(), "0", 1) != 1) ::_exit(99);
  ::_exit(body());
}

int wait_child(pid_t pid) {
  int status = 0;
  REQUIRE(sys::retry([&] { return ::waitpid(pid, &status, 0); }) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

constexpr size_t mebibyte = 1 << 20;

int use_memory(size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 98;
  std::memset(memory, 1, bytes);
  return 0;
}

long milliseconds_of(clockid_t clock) {
  timespec now;
  ::clock_gettime(clock, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

// Uses what CPU it gets for a while; gives the percent of one that it had.
int spin(std::chrono::milliseconds wall) {
  long start = milliseconds_of(CLOCK_MONOTONIC), used_before = milliseconds_of(CLOCK_PROCESS_CPUTIME_ID), used, passed;
  do {
    used = milliseconds_of(CLOCK_PROCESS_CPUTIME_ID) - used_before;
    passed = milliseconds_of(CLOCK_MONOTONIC) - start;
  } while (passed < wall.count());
  return static_cast<int>(100 * used / passed);
}

// The same in a group of its own with that much CPU in each period of 100 ms: the most of several times, as the machine
// may be busy with others, which ends when it is `enough`.
int spin_with_quota(int64_t quota_us, int enough) {
  Resources resources;
  resources.cpu_quota_us = quota_us;
  TestGroup it(resources);
  int most = 0;
  for (int i = 0; i < 10 && most < enough; ++i)
    most = std::max(most, wait_child(run_inside(it.group, [] { return spin(1000ms); })));
  return most;
}

std::string refusal(const Resources& resources) {
  try {
    check_limits(resources, {"0-3", "0"});
    return {};
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
    return error.what();
  }
}

Resources memory(int64_t bytes) {
  Resources it;
  it.memory_bytes = bytes;
  return it;
}

Task<void> set_flag(Task<void> task, bool& flag) {
  co_await task;
  flag = true;
}

}  // namespace

TEST_CASE("a group without limits tracks and kills what is inside, and leaves nothing") {
  std::string id = random_id();
  Cgroup group = Cgroup::create(test_parent(), id, {});
  CHECK_FALSE(group.populated());
  pid_t pid = run_inside(group, [] {
    if (::fork() == 0) ::setsid();  // a child that leaves the session is inside all the same
    for (;;) ::pause();
    return 0;
  });
  while (group.processes().size() < 2) ::usleep(1000);
  CHECK(group.populated());
  group.kill();
  CHECK(wait_child(pid) == 128 + SIGKILL);
  Loop().run(group.remove());
  CHECK_FALSE(Cgroup::open(test_parent(), id));
  if (!CgroupLayout::host().v2().empty()) CHECK_FALSE(sys::exists(CgroupLayout::host().v2() + "/" + test_parent()));
}

TEST_CASE("a memory hog is killed, and the report has limit and peak") {
  Resources resources = memory(32 * mebibyte);
  TestGroup it(resources);
  pid_t modest = run_inside(it.group, [] { return use_memory(8 * mebibyte); });
  CHECK(wait_child(modest) == 0);
  CHECK_FALSE(it.group.oom().killed);
  pid_t hog = run_inside(it.group, [] { return use_memory(128 * mebibyte); });
  CHECK(wait_child(hog) == 128 + SIGKILL);
  OomReport report = it.group.oom();
  CHECK(report.killed);
  CHECK(report.limit_bytes == 32 * mebibyte);
  REQUIRE(report.peak_bytes);
  CHECK(*report.peak_bytes > 24 * mebibyte);
  CHECK(*report.peak_bytes <= 32 * mebibyte);
}

TEST_CASE("a watcher hears of an OOM kill") {
  TestGroup it(memory(16 * mebibyte));
  Loop loop;
  int kills = 0;
  sys::Pipe watched = sys::pipe();
  pid_t hog = run_inside(it.group, [&] {
    char byte;
    return ::read(watched.read_end.get(), &byte, 1) == 1 ? use_memory(128 * mebibyte) : 97;
  });
  Fd pidfd = sys::pidfd_open(hog);
  auto until_heard = [](FdView child, FdView tell, int& heard) -> Task<void> {
    co_await io::yield();  // the watcher has had its turn and waits
    sys::write_all(tell, "x");
    co_await io::wait_exit(child);
    for (int i = 0; i < 1000 && heard == 0; ++i) co_await io::sleep(10ms);
  };
  std::vector<Task<void>> background;
  background.push_back(it.group.watch_oom([&] { ++kills; }));
  loop.run(until(until_heard(pidfd, watched.write_end, kills), std::move(background)));
  CHECK(kills == 1);
}

TEST_CASE("watching a group without a memory limit gives back at once") {
  TestGroup it({});
  bool ended = false;
  Loop().run(set_flag(it.group.watch_oom([] {}), ended));
  CHECK(ended);
}

TEST_CASE("forks stop at the limit of processes") {
  Resources resources;
  resources.pids_max = 5;
  TestGroup it(resources);
  pid_t bomb = run_inside(it.group, [] {
    int made = 0;
    while (made < 100) {
      pid_t pid = ::fork();
      if (pid == 0)
        for (;;) ::pause();
      if (pid < 0) break;
      ++made;
    }
    return made;
  });
  CHECK(wait_child(bomb) == 4);
  it.group.kill();
}

TEST_CASE("half a CPU is about half a CPU, and 0.04 of one is a limit") {
  int percent = spin_with_quota(50'000, 40);
  CHECK(percent >= 40);
  CHECK(percent <= 65);
  CHECK(spin_with_quota(4'000, 1) <= 12);
}

TEST_CASE("a CPU set binds what is inside") {
  Resources resources;
  resources.cpuset_cpus = "0";
  TestGroup it(resources);
  pid_t pid = run_inside(it.group, [] {
    cpu_set_t set;
    ::sched_getaffinity(0, sizeof set, &set);
    return CPU_COUNT(&set) == 1 && CPU_ISSET(0, &set) ? 0 : 1;
  });
  CHECK(wait_child(pid) == 0);
}

TEST_CASE("every limit at once is set and read back, and an opened group has them all") {
  Resources all = memory(64 * mebibyte);
  all.memory_reservation_bytes = 32 * mebibyte;
  all.cpu_shares = 512;
  all.cpu_quota_us = 100'000;
  all.cpuset_cpus = "0";
  all.cpuset_mems = "0";
  all.pids_max = 50;
  TestGroup it(all);
  std::optional<Cgroup> opened = Cgroup::open(test_parent(), it.id);
  REQUIRE(opened);
  CHECK(opened->oom().limit_bytes == 64 * mebibyte);
  CHECK(wait_child(run_inside(*opened, [] { return 0; })) == 0);
}

TEST_CASE("a group made by a container below its own is killed and removed with it") {
  if (CgroupLayout::host().v2().empty()) {
    WARN("skipped: this machine has no v2 control groups");
    return;
  }
  TestGroup it({});
  sys::mkdirat(it.group.v2_dir(), "sub", 0755);
  sys::mkdirat(it.group.v2_dir(), "sub/deeper", 0755);
  pid_t pid = run_inside(it.group, [&] {
    sys::write_kernel_file(it.group.v2_dir(), "sub/deeper/cgroup.procs", "0");
    for (;;) ::pause();
    return 0;
  });
  while (it.group.processes().empty()) ::usleep(1000);
  ::usleep(20'000);
  CHECK(it.group.processes() == std::vector<pid_t>{pid});
  it.group.kill();
  CHECK(wait_child(pid) == 128 + SIGKILL);
  Loop().run(it.group.remove());
  CHECK_FALSE(Cgroup::open(test_parent(), it.id));
}

TEST_CASE("killing in a group that others have removed meanwhile is no failure") {
  TestGroup mine({});
  std::optional<Cgroup> theirs = Cgroup::open(test_parent(), mine.id);
  REQUIRE(theirs);
  Loop loop;
  loop.run(theirs->remove());
  CHECK_NOTHROW(mine.group.kill());
}

TEST_CASE("a limit for a group that others have removed meanwhile says that its container has ended") {
  TestGroup test({});
  Loop().run(Cgroup::clean(test_parent(), test.id));
  Resources limits;
  limits.pids_max = 5;
  CHECK_THROWS_WITH(test.group.change_limits(limits), Catch::Contains("is not running"));
}

TEST_CASE("waiting for a group that stays populated ends at its limit") {
  TestGroup it({});
  pid_t pid = run_inside(it.group, [] {
    for (;;) ::pause();
    return 0;
  });
  while (!it.group.populated()) ::usleep(1000);
  try {
    Loop().run(it.group.wait_empty(50ms));
    FAIL("it should have timed out");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::timed_out);
  }
  it.group.kill();
  wait_child(pid);
}

TEST_CASE("many processes make and remove groups below one parent without losing a race") {
  test_parent();
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      try {
        for (int turn = 0; turn < 50; ++turn) {
          Cgroup group = Cgroup::create(test_parent(), random_id(), {});
          Loop().run(group.remove());
        }
        ::_exit(0);
      } catch (const std::exception& error) {
        static_cast<void>(!::write(2, error.what(), std::strlen(error.what())));
        ::_exit(1);
      }
    }
    children.push_back(pid);
  }
  for (pid_t pid : children) CHECK(wait_child(pid) == 0);
}

TEST_CASE("odd parents are refused and nothing is made") {
  for (const char* parent : {"", "/x", "../x", "a/../../x", "a//b", ".."})
    CHECK_THROWS_AS(Cgroup::create(parent, random_id(), {}), Error);
}

TEST_CASE("limits that cannot hold are refused in a sentence") {
  CHECK(refusal({}).empty());
  CHECK(refusal(memory(6 * mebibyte)).empty());
  CHECK(refusal(memory(4 * mebibyte)).find("the least is 6 MiB") != std::string::npos);
  Resources it = memory(64 * mebibyte);
  it.memory_swap_bytes = 32 * mebibyte;
  CHECK(refusal(it).find("below the memory limit") != std::string::npos);
  it.memory_swap_bytes = -1;
  CHECK(refusal(it).empty());
  it.memory_bytes.reset();
  it.memory_swap_bytes = 32 * mebibyte;
  CHECK(refusal(it).find("needs a memory limit") != std::string::npos);
  Resources cpu;
  cpu.cpu_quota_us = 400'000;
  CHECK(refusal(cpu).empty());
  cpu.cpu_quota_us = 450'000;
  CHECK(refusal(cpu) == "4.5 CPUs were asked for, this machine has 4");
  cpu.cpu_quota_us = 999;
  CHECK(refusal(cpu).find("are too few") != std::string::npos);
  cpu.cpu_quota_us = INT64_MAX;
  CHECK_FALSE(refusal(cpu).empty());
  Resources set;
  set.cpuset_cpus = "0,5";
  CHECK(refusal(set) == "CPU 5 is not available; this machine has 0-3");
  for (const char* bad : {"x", "1-", "-1", "3-1", "1,,2", "1,", "0-99999999", "1 2", "0x1"}) {
    set.cpuset_cpus = bad;
    CHECK_FALSE(refusal(set).empty());
  }
}

TEST_CASE("limits become the files of either version") {
  Resources it = memory(64 * mebibyte);
  it.cpu_quota_us = 4'000;
  it.cpu_shares = 1024;
  std::map<std::string, std::string> v2, v1;
  for (const CgroupSetting& setting : settings_v2(it)) v2[setting.file] = setting.value;
  for (const CgroupSetting& setting : settings_v1(it)) v1[setting.file] = setting.value;
  CHECK(v2["memory.max"] == "67108864");
  CHECK(v2["memory.swap.max"] == "67108864");
  CHECK(v2["cpu.max"] == "4000 100000");
  CHECK(v2["cpu.weight"] == "39");
  CHECK(v1["memory.memsw.limit_in_bytes"] == "134217728");
  CHECK(v1["cpu.cfs_quota_us"] == "4000");
  CHECK(v1["cpu.shares"] == "1024");
}

TEST_CASE("the layouts of control groups are told apart") {
  TemporaryDirectory top;
  auto pure_v2 = [&](const std::string& path) { return path == top.path() ? CgroupFs::v2 : CgroupFs::none; };
  sys::write_file_atomically(top.fd(), "cgroup.controllers", "cpu memory pids\n");
  CgroupLayout v2 = CgroupLayout::detect(top.path(), pure_v2);
  CHECK(v2.v2() == top.path());
  CHECK(v2.v2_has("pids"));
  CHECK_FALSE(v2.v2_has("pid"));
  CHECK(v2.v1("memory").empty());
  auto hybrid = [&](const std::string& path) {
    if (path == top.path() + "/unified") return CgroupFs::v2;
    return path == top.path() + "/memory" ? CgroupFs::v1 : CgroupFs::none;
  };
  CgroupLayout mixed = CgroupLayout::detect(top.path(), hybrid);
  CHECK(mixed.v2() == top.path() + "/unified");
  CHECK(mixed.v1("memory") == top.path() + "/memory");
  CHECK(mixed.v1("cpu").empty());
  CHECK_FALSE(mixed.v2_has("memory"));
  auto pure_v1 = [&](const std::string& path) {
    return path.ends_with("/freezer") || path.ends_with("/pids") ? CgroupFs::v1 : CgroupFs::none;
  };
  CgroupLayout v1 = CgroupLayout::detect(top.path(), pure_v1);
  CHECK(v1.v2().empty());
  CHECK(v1.v1_controllers() == std::vector<std::string>{"freezer", "pids"});
}
