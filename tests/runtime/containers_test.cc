#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <set>

#include "catch.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/layout.h"
#include "runtime/container.h"
#include "runtime/id.h"
#include "runtime/name.h"
#include "runtime/record.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;
using namespace std::chrono_literals;

namespace {

// As `run` does: a taken name is swept for, and tried once more.
Container create_swept(Containers& containers, Loop& loop, const CreateRequest& request) {
  try {
    return containers.create(request);
  } catch (const Error& error) {
    if (error.code() != Errc::conflict) throw;
  }
  loop.run(containers.sweep());
  return containers.create(request);
}

const std::string& test_parent() {
  static const std::string parent = "ccocker-test-containers-" + std::to_string(::getpid());
  return parent;
}

struct Place {
  // A test that fails on its way leaves nothing running either.
  ~Place() {
    std::string parent = CgroupLayout::host().v2() + "/" + test_parent();
    if (!sys::exists(parent)) return;
    for (const std::string& id : sys::list_dir(sys::open_dir(sys::cwd(), parent)))
      if (is_id(id)) run(Cgroup::clean(test_parent(), id));
  }
  TemporaryDirectory directory;
  std::string root = directory.path() + "/root", state = directory.path() + "/state";
  Containers containers{root, state};
  // A loop for each task: there is one at a time, and forked children have their own.
  static void run(Task<void> task) { Loop().run(std::move(task)); }
};

CreateRequest request(const std::string& name = {}, bool auto_remove = false) {
  CreateRequest it;
  it.name = name;
  it.image = "builtin/busybox";
  it.image_id = "sha256:" + std::string(64, 'a');
  it.auto_remove = auto_remove;
  it.spec.process.args = {"sh", "-c", "true"};
  it.spec.cgroup_parent = test_parent();
  return it;
}

size_t entries(const std::string& path) {
  if (!sys::exists(path)) return 0;
  return sys::list_dir(sys::open_dir(sys::cwd(), path)).size();
}

// Besides "names".
size_t container_dirs(const Place& place) {
  return entries(place.root + "/containers") - sys::exists(place.root + "/containers/names");
}

template <typename Action>
Errc code_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return Errc::failed;
}

// Runs `body` in a child that ends without running our destructors; gives its pid.
template <typename Body>
pid_t fork_child(Body body) {
  pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid != 0) return pid;
  int code = 1;
  try {
    code = body();
  } catch (const std::exception& error) {
    static_cast<void>(!::write(2, error.what(), std::char_traits<char>::length(error.what())));
  }
  ::_exit(code);
}

int wait_child(pid_t pid) {
  int status = 0;
  REQUIRE(sys::retry([&] { return ::waitpid(pid, &status, 0); }) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool skipped_without_v2() {
  if (!CgroupLayout::host().v2().empty()) return false;
  WARN("skipped: this machine has no v2 control groups");
  return true;
}

bool group_exists(const std::string& id) { return Cgroup::open(test_parent(), id).has_value(); }

// A supervisor with a container process that never ends by itself; says 'x' on `ready` when it runs.
int supervise_forever(const std::string& root, const std::string& state, const std::string& id, FdView ready) {
  Containers containers(root, state);
  ContainerClaim claim = containers.claim(id);
  Cgroup group = Cgroup::create(claim.record().spec.cgroup_parent, id, {});
  sys::Pipe execs = sys::pipe();
  pid_t child = ::fork();
  if (child == 0) {
    sys::write_kernel_file(group.v2_dir(), "cgroup.procs", "0");
    ::close(1);
    ::execlp("sleep", "sleep", "1000", nullptr);
    ::_exit(127);
  }
  // Exec closes the child's copies of the lock and of this pipe.
  execs.write_end.reset();
  char byte;
  static_cast<void>(!::read(execs.read_end.get(), &byte, 1));
  claim.mark_running(child);
  sys::write_all(ready, "x");
  for (;;) ::pause();
}

}  // namespace

TEST_CASE("a created container is found by ID, prefix and name, with its whole spec") {
  Place place;
  CreateRequest wanted = request("web");
  wanted.labels = {{"a", "b"}};
  wanted.spec.process.env = {"A=1", "LATIN=\xe9t\xe9"};
  wanted.spec.process.oom_score_adj = -5;
  wanted.spec.mounts.push_back({Mount::Kind::tmpfs, "", "/tmp", true, true, "size=1m", "rprivate", "", false, true, 4});
  wanted.spec.extra_hosts = {{"a", "1.2.3.4"}};
  wanted.spec.resources.memory_bytes = 1 << 30;
  Container made = place.containers.create(wanted);
  CHECK(is_id(made.id));
  CHECK(made.status == Status::created);
  for (const std::string& key : {made.id, made.id.substr(0, 12), std::string("web"), std::string("/web")})
    CHECK(place.containers.find(key).id == made.id);
  ContainerClaim claim = place.containers.claim(made.id);
  const Spec& spec = claim.record().spec;
  CHECK(spec.process.env == wanted.spec.process.env);
  CHECK(spec.process.oom_score_adj == -5);
  CHECK(spec.mounts.at(0).kind == Mount::Kind::tmpfs);
  CHECK(spec.mounts.at(0).flags == 4);
  CHECK(spec.extra_hosts == wanted.spec.extra_hosts);
  CHECK(spec.resources.memory_bytes == 1 << 30);
  CHECK(!spec.resources.pids_max);
  CHECK(claim.record().container.labels == wanted.labels);
  CHECK(place.containers.used_images() == std::map<std::string, std::string>{{made.image_id, "web"}});
}

TEST_CASE("unknown and ambiguous container names are told apart") {
  Place place;
  CHECK(code_of([&] { place.containers.find("nobody"); }) == Errc::not_found);
  CHECK(code_of([&] { place.containers.find(""); }) == Errc::not_found);
  CHECK(code_of([&] { place.containers.find("../names"); }) == Errc::not_found);
  CHECK(code_of([&] { place.containers.claim("nobody"); }) == Errc::not_found);
  std::map<char, int> firsts;
  for (int i = 0; i < 17; ++i) ++firsts[place.containers.create(request()).id[0]];
  for (auto [digit, count] : firsts)
    if (count > 1) CHECK(code_of([&, d = digit] { place.containers.find(std::string(1, d)); }) == Errc::conflict);
}

TEST_CASE("lists are newest first") {
  Place place;
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) made.push_back(place.containers.create(request()).id);
  std::vector<Container> all = place.containers.list();
  REQUIRE(all.size() == 5);
  for (size_t i = 0; i < 5; ++i) CHECK(all[i].id == made[4 - i]);
}

TEST_CASE("names are checked as Docker checks them") {
  CHECK(checked_name("/web-1.a_b") == "web-1.a_b");
  for (const char* bad : {"", "a", "-ab", "a b", "a/b", "..", "é1"})
    CHECK(code_of([&] { checked_name(bad); }) == Errc::invalid);
  CHECK(code_of([&] { checked_name(std::string(201, 'a')); }) == Errc::invalid);
  std::set<std::string> made;
  for (int i = 0; i < 50; ++i) made.insert(checked_name(made_up_name(i / 10)));
  CHECK(made.size() > 40);
}

TEST_CASE("a name is given once, and is free again after its container is removed") {
  Place place;
  Container first = place.containers.create(request("web"));
  CHECK(code_of([&] { place.containers.create(request("web")); }) == Errc::conflict);
  CHECK(container_dirs(place) == 1);
  CHECK(entries(place.state + "/containers") == 1);
  Place::run(place.containers.remove(first.id, false));
  CHECK(container_dirs(place) == 0);
  CHECK(entries(place.root + "/containers/names") == 0);
  CHECK(entries(place.state + "/containers") == 0);
  place.containers.create(request("web"));
}

TEST_CASE("of many processes that want one name, one gets it") {
  Place place;
  sys::Pipe go = sys::pipe();
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i)
    children.push_back(fork_child([&] {
      go.write_end.reset();
      char byte;
      static_cast<void>(!::read(go.read_end.get(), &byte, 1));  // the end of the pipe is the start
      Containers mine(place.root, place.state);
      try {
        mine.create(request("web"));
      } catch (const Error& error) {
        return error.code() == Errc::conflict ? 2 : 1;
      }
      return 0;
    }));
  go.write_end.reset();
  std::multiset<int> codes;
  for (pid_t pid : children) codes.insert(wait_child(pid));
  CHECK(codes == std::multiset<int>{0, 2, 2, 2, 2, 2, 2, 2});
  CHECK(place.containers.list().size() == 1);
  CHECK(container_dirs(place) == 1);
}

TEST_CASE("the name of a container that died while it was made is free") {
  Place place;
  std::string id = random_id();
  sys::mkdirs(place.root + "/containers/" + id + "/upper/deep", 0700);
  REQUIRE(link_name(place.root, "web", id));
  CHECK(place.containers.create(request("web")).name == "web");
  CHECK(container_dirs(place) == 1);
  CHECK_FALSE(sys::exists(container_state_dir(place.state, id)));
}

TEST_CASE("a container runs only while somebody holds its lock") {
  Place place;
  Container made = place.containers.create(request("web"));
  {
    ContainerClaim claim = place.containers.claim(made.id);
    claim.mark_running(::getpid());
    Containers other(place.root, place.state);
    Container seen = other.find("web");
    CHECK(seen.status == Status::running);
    CHECK(seen.pid == ::getpid());
    CHECK(code_of([&] { other.claim(made.id); }) == Errc::conflict);
    CHECK(code_of([&] { Place::run(other.remove(made.id, false)); }) == Errc::conflict);
    Place::run(other.sweep());
    CHECK(other.find("web").status == Status::running);
  }
  Container orphan = place.containers.find("web");
  CHECK(orphan.status == Status::exited);
  CHECK(orphan.exit_code == 137);
  CHECK(orphan.pid == 0);
  Place::run(place.containers.sweep());
  Container swept = place.containers.find("web");
  CHECK(swept.exit_code == 137);
  CHECK(swept.error == "its supervisor was killed");
  CHECK(swept.finished_unix_s > 0);
  CHECK_FALSE(sys::exists(container_state_dir(place.state, made.id)));
}

TEST_CASE("a container is changed by one at a time, not while it starts, and read by its next start") {
  Place place;
  std::string id = place.containers.create(request("web")).id;
  CHECK_FALSE(ChangesLock::try_acquire(place.state, id));
  {
    ContainerClaim claim = place.containers.claim(id);
    CHECK_FALSE(ChangesLock::try_acquire(place.state, id));
    claim.mark_running(::getpid());
    claim.let_changes();
    std::optional<ChangesLock> lock = ChangesLock::try_acquire(place.state, id);
    REQUIRE(lock);
    CHECK_FALSE(ChangesLock::try_acquire(place.state, id));
    change_record(place.root, place.state, id, [](ContainerRecord& record) {
      record.spec.networks.push_back({"front", {}, {}, {}, {}});
    });
    lock.reset();
    Place::run(claim.hold_changes());
    claim.refresh();
    REQUIRE(claim.record().spec.networks.size() == 1);
    CHECK(claim.record().spec.networks[0].network == "front");
    claim.finish(0, false);
  }
  std::optional<ChangesLock> lock = ChangesLock::try_acquire(place.state, id);
  REQUIRE(lock);
  CHECK(code_of([&] { place.containers.claim(id); }) == Errc::conflict);
  lock.reset();
  CHECK_FALSE(sys::exists(container_state_dir(place.state, id)));
  static_cast<void>(place.containers.claim(id));
}

TEST_CASE("who claims a container whose supervisor was killed is no supervisor of it") {
  Place place;
  std::string id = place.containers.create(request("web")).id;
  place.containers.claim(id).mark_running(::getpid());
  ContainerClaim claim = place.containers.claim(id);
  CHECK(claim.was_left());
  CHECK(claim.record().container.status == Status::exited);
  claim.release();
  CHECK(sys::exists(container_state_dir(place.state, id)));
  claim.mark_orphaned();
  CHECK_FALSE(state_says_running(place.root, id));
  Container seen = place.containers.find("web");
  CHECK(seen.status == Status::exited);
  CHECK(seen.exit_code == 137);
  CHECK(seen.error == "its supervisor was killed");
}

TEST_CASE("an update waits for its turn") {
  Place place;
  std::string id = place.containers.create(request("web")).id;
  place.containers.release(id);
  UpdateRequest wanted;
  wanted.resources.pids_max = 5;
  {
    std::optional<ChangesLock> lock = ChangesLock::try_acquire(place.state, id);
    REQUIRE(lock);
    CHECK(code_of([&] { Place::run(timeout(50ms, place.containers.update(id, wanted))); }) == Errc::timed_out);
    CHECK_FALSE(load_record(place.root, place.state, id)->spec.resources.pids_max);
  }
  Place::run(place.containers.update(id, wanted));
  CHECK(load_record(place.root, place.state, id)->spec.resources.pids_max == 5);
}

TEST_CASE("a rename that cannot be written down leaves the new name free; what a killed one left is free in the end") {
  Place place;
  std::string id = place.containers.create(request("web")).id;
  place.containers.release(id);
  pid_t pid = fork_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit nothing{0, 0};
    if (::setrlimit(RLIMIT_FSIZE, &nothing) < 0) return 1;
    try {
      Place::run(place.containers.rename(id, "shop"));
    } catch (const Error& error) {
      return error.errno_value() == EFBIG ? 0 : 2;
    }
    return 3;
  });
  CHECK(wait_child(pid) == 0);
  CHECK(place.containers.find("web").id == id);
  CHECK(entries(place.root + "/containers/names") == 1);
  REQUIRE(link_name(place.root, "shop", id));
  std::string other = place.containers.create(request("cafe")).id;
  place.containers.release(other);
  CHECK(code_of([&] { Place::run(place.containers.rename(other, "shop")); }) == Errc::conflict);
  Place::run(place.containers.remove(id, false));
  Place::run(place.containers.rename(other, "shop"));
  CHECK(place.containers.find("shop").id == other);
  CHECK(entries(place.root + "/containers/names") == 1);
}

TEST_CASE("an ended container tells how, and can run again") {
  Place place;
  Container made = place.containers.create(request("web"));
  {
    ContainerClaim claim = place.containers.claim(made.id);
    claim.mark_running(1);
    Place::run(claim.make_durable());
    claim.finish(3, true);
  }
  Container ended = place.containers.find("web");
  CHECK(ended.status == Status::exited);
  CHECK(ended.exit_code == 3);
  CHECK(ended.oom_killed);
  CHECK(ended.started_unix_s > 0);
  CHECK(entries(place.state + "/containers") == 0);
  {
    ContainerClaim claim = place.containers.claim(made.id);
    claim.mark_running(1);
    CHECK(place.containers.find("web").status == Status::running);
    claim.fail("no such file", 127);
  }
  CHECK(place.containers.find("web").error == "no such file");
  CHECK(place.containers.find("web").exit_code == 127);
}

TEST_CASE("a --rm container is gone when it ends, also when its supervisor is killed before it starts") {
  Place place;
  Container first = place.containers.create(request("one", true));
  place.containers.claim(first.id).finish(0, false);
  CHECK(container_dirs(place) == 0);
  pid_t pid = fork_child([&] {
    Containers mine(place.root, place.state);
    mine.create(request("two", true));
    return 0;
  });
  CHECK(wait_child(pid) == 0);
  CHECK(container_dirs(place) == 1);
  Place::run(place.containers.sweep());
  CHECK(container_dirs(place) == 0);
  CHECK(entries(place.root + "/containers/names") == 0);
}

TEST_CASE("a --rm container made to be started later stays") {
  Place place;
  {
    Containers mine(place.root, place.state);
    CreateRequest wanted = request("later", true);
    wanted.keep_unstarted = true;
    mine.create(wanted);
  }
  Place::run(place.containers.sweep());
  CHECK(place.containers.find("later").status == Status::created);
}

TEST_CASE("a state knows moments to the nanosecond, and an older one whole seconds") {
  RecordedState state;
  state.started_unix_ns = 1'800'000'000'123'456'789;
  state.finished_unix_ns = 1'800'000'001'000'000'001;
  RecordedState again = state_from_json(state_to_json(state));
  CHECK(again.started_unix_ns == state.started_unix_ns);
  CHECK(again.finished_unix_ns == state.finished_unix_ns);
  again = state_from_json(R"({"version":1,"running":false,"pid":0,"boot_id":"","started_unix_s":5,"finished_unix_s":7,)"
                          R"("exit_code":0,"oom_killed":false,"error":""})");
  CHECK(again.started_unix_ns == 5'000'000'000);
  CHECK(again.finished_unix_ns == 7'000'000'000);
}

TEST_CASE("what ran before a reboot reads as exited, with nothing in the state directory") {
  Place place;
  Container kept = place.containers.create(request("kept")), gone = place.containers.create(request("gone", true));
  for (const std::string& id : {kept.id, gone.id}) {
    ContainerClaim claim = place.containers.claim(id);
    claim.mark_running(1);
    std::string file = container_dir(place.root, id) + "/state.json";
    RecordedState state = state_from_json(sys::read_file(sys::cwd(), file));
    state.boot_id = "another boot";
    sys::write_file_atomically(sys::cwd(), file, state_to_json(state));
  }
  sys::remove_tree(sys::cwd(), place.state);
  Container seen = place.containers.find("kept");
  CHECK(seen.status == Status::exited);
  CHECK(seen.exit_code == 255);
  CHECK(seen.error == "the machine was restarted while it ran");
  Place::run(place.containers.sweep());
  CHECK(place.containers.list().size() == 1);
  CHECK(place.containers.find("kept").exit_code == 255);
  CHECK(entries(place.root + "/containers/names") == 1);
}

TEST_CASE("a damaged record is listed with what is wrong, and can be removed") {
  Place place;
  Container made = place.containers.create(request("web"));
  static_cast<void>(place.containers.claim(made.id));
  for (const char* bytes : {"", "{", "[]", "null", "{\"version\":1}", "{\"version\":77}", "\xff\xfe"}) {
    sys::write_file_atomically(sys::cwd(), container_dir(place.root, made.id) + "/config.json", bytes);
    std::vector<Container> all = place.containers.list();
    REQUIRE(all.size() == 1);
    CHECK(all[0].status == Status::exited);
    CHECK_FALSE(all[0].error.empty());
    Place::run(place.containers.sweep());
  }
  Place::run(place.containers.remove(made.id, false));
  CHECK(container_dirs(place) == 0);
  CHECK(entries(place.root + "/containers/names") == 0);
}

TEST_CASE("a damaged state means that nobody saw the end") {
  Place place;
  Container made = place.containers.create(request("web"));
  static_cast<void>(place.containers.claim(made.id));
  sys::write_file_atomically(sys::cwd(), container_dir(place.root, made.id) + "/state.json", "");
  CHECK(place.containers.find("web").status == Status::exited);
  CHECK(place.containers.find("web").exit_code == 255);
  Place::run(place.containers.sweep());
  CHECK(state_from_json(sys::read_file(sys::cwd(), container_dir(place.root, made.id) + "/state.json")).exit_code ==
        255);
}

TEST_CASE("a removed container's files go, root-owned 000 directories and all") {
  Place place;
  Container made = place.containers.create(request());
  std::string dir = container_dir(place.root, made.id);
  sys::mkdirs(dir + "/work/work/deep", 0700);
  REQUIRE(::chmod((dir + "/work/work").c_str(), 0) == 0);
  sys::mknodat(sys::cwd(), dir + "/whiteout", S_IFCHR, 0);
  Place::run(place.containers.remove(made.id, false));
  CHECK(container_dirs(place) == 0);
}

TEST_CASE("a killed supervisor's container is killed, its group removed, its end recorded") {
  if (skipped_without_v2()) return;
  Place place;
  std::string id;
  {
    Containers maker(place.root, place.state);
    id = maker.create(request("web")).id;
  }
  sys::Pipe ready = sys::pipe();
  pid_t supervisor = fork_child([&] { return supervise_forever(place.root, place.state, id, ready.write_end); });
  char byte;
  REQUIRE(::read(ready.read_end.get(), &byte, 1) == 1);
  Container seen = place.containers.find("web");
  CHECK(seen.status == Status::running);
  Fd pidfd = sys::pidfd_open(seen.pid);
  REQUIRE(::kill(supervisor, SIGKILL) == 0);
  wait_child(supervisor);
  CHECK(place.containers.find("web").status == Status::exited);
  CHECK(group_exists(id));
  Place::run(place.containers.sweep());
  CHECK_FALSE(group_exists(id));
  pollfd ended{pidfd.get(), POLLIN, 0};
  CHECK(::poll(&ended, 1, 10'000) == 1);
  CHECK(place.containers.find("web").exit_code == 137);
  CHECK_FALSE(sys::exists(CgroupLayout::host().v2() + "/" + test_parent()));
}

TEST_CASE("remove with force kills what runs and waits for its supervisor") {
  if (skipped_without_v2()) return;
  Place place;
  std::string id;
  {
    Containers maker(place.root, place.state);
    id = maker.create(request("web")).id;
  }
  sys::Pipe ready = sys::pipe();
  // Its supervisor notices the end as a real one does: its child is gone.
  pid_t supervisor = fork_child([&] {
    ::signal(SIGCHLD, [](int) { ::_exit(0); });
    return supervise_forever(place.root, place.state, id, ready.write_end);
  });
  char byte;
  REQUIRE(::read(ready.read_end.get(), &byte, 1) == 1);
  CHECK(code_of([&] { Place::run(place.containers.remove(id, false)); }) == Errc::conflict);
  Place::run(place.containers.remove(id, true));
  wait_child(supervisor);
  CHECK(place.containers.list().empty());
  CHECK_FALSE(group_exists(id));
  CHECK(entries(place.state + "/containers") == 0);
}

TEST_CASE("killed at any moment, nothing is left after the next sweep") {
  if (skipped_without_v2()) return;
  Place place;
  std::mt19937 random(20240807);
  test_parent();  // named after this process, not after a child
  for (int round = 0; round < 150; ++round) {
    pid_t pid = fork_child([&] {
      Containers mine(place.root, place.state);
      Loop loop;
      for (;;) {
        Container made = create_swept(mine, loop, request("web", true));
        ContainerClaim claim = mine.claim(made.id);
        Cgroup group = Cgroup::create(test_parent(), made.id, {});
        sys::mkdirs(container_dir(place.root, made.id) + "/upper/a/b", 0700);
        claim.mark_running(::getpid());
        loop.run(group.remove());
        claim.finish(0, false);
      }
      return 0;
    });
    ::usleep(random() % 3000);
    ::kill(pid, SIGKILL);
    CHECK(wait_child(pid) == 128 + SIGKILL);
    if (round % 2) Place::run(place.containers.sweep());
  }
  Place::run(place.containers.sweep());
  CHECK(container_dirs(place) == 0);
  CHECK(entries(place.state + "/containers") == 0);
  CHECK_FALSE(sys::exists(CgroupLayout::host().v2() + "/" + test_parent()));
  CHECK(entries(place.root + "/containers/names") == 0);
}

TEST_CASE("sweeps side by side with starts disturb no start") {
  Place place;
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i)
    children.push_back(fork_child([&] {
      Containers mine(place.root, place.state);
      Loop loop;
      for (int turn = 0; turn < 25; ++turn) {
        Container made = mine.create(request({}, true));
        ContainerClaim claim = mine.claim(made.id);
        claim.mark_running(::getpid());
        loop.run(mine.sweep());
        if (mine.find(made.id).status != Status::running) return 3;
        claim.finish(0, false);
      }
      return 0;
    }));
  for (pid_t pid : children) CHECK(wait_child(pid) == 0);
  CHECK(container_dirs(place) == 0);
  CHECK(entries(place.state + "/containers") == 0);
}
