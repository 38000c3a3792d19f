// What a container costs from inside the program: its start to its end, and one more process in it. The whole commands,
// beside the floor in C and the peers, are in bench/compare. Needs root.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sync.h"
#include "loop/sys.h"
#include "runtime/container.h"

namespace ccocker::runtime {
namespace {

// --root, --state and a busybox root file system in a directory that goes with it.
class Place {
 public:
  Place() {
    char name[] = "/var/tmp/ccocker-bench.XXXXXX";
    if (!::mkdtemp(name)) std::abort();
    path_ = name;
    for (const char* dir : {"/busybox/bin", "/busybox/etc", "/busybox/dev", "/busybox/proc", "/busybox/sys"})
      sys::mkdirs(path_ + dir, 0755);
    Fd busybox = sys::openat(sys::cwd(), path_ + "/busybox/bin/busybox", O_WRONLY | O_CREAT, 0755);
    sys::write_all(busybox, sys::read_file(sys::cwd(), "/bin/busybox"));
    for (const char* applet : {"true", "sleep"})
      sys::symlinkat("busybox", sys::cwd(), path_ + "/busybox/bin/" + applet);
    containers_.emplace(path_ + "/root", path_ + "/state");
  }
  ~Place() { sys::remove_tree(sys::cwd(), path_); }

  Containers& containers() { return *containers_; }

  // A container of Docker's defaults with a loopback interface, made but not started.
  std::string make(std::vector<std::string> args) {
    CreateRequest request;
    request.spec = default_spec();
    request.spec.lower_dirs = {path_ + "/busybox"};
    request.spec.process.args = std::move(args);
    request.spec.network = NetworkMode::none;
    request.auto_remove = true;
    return containers_->create(std::move(request)).id;
  }

 private:
  std::string path_;
  std::optional<Containers> containers_;
};

Task<void> run_to_end(Containers& containers, std::string id) {
  RunResult result = co_await containers.run(std::move(id), Stdio{});
  if (result.exit_code != 0) throw Error(Errc::failed, "the container failed");
}

void start_of_a_container(benchmark::State& state) {
  Place place;
  Loop loop;
  for (auto _ : state) loop.run(run_to_end(place.containers(), place.make({"true"})));
}
BENCHMARK(start_of_a_container)->Unit(benchmark::kMillisecond)->UseRealTime();

Task<void> exec_true(Containers& containers, std::string id) {
  ExecRequest request;
  request.args = {"true"};
  RunResult result = co_await containers.exec(std::move(id), std::move(request));
  if (result.exit_code != 0) throw Error(Errc::failed, "the exec failed");
}

// Times execs in a container that sleeps; ends with the container.
Task<void> exec_again_and_again(Containers& containers, std::string id, Event& runs, benchmark::State& state) {
  co_await runs.wait();
  for (auto _ : state) co_await exec_true(containers, id);
  co_await containers.remove(id, true);
}

Task<void> run_killed(Containers& containers, std::string id, Event& runs) {
  RunResult result = co_await containers.run(std::move(id), Stdio{}, [&runs](pid_t) { runs.set(); });
  static_cast<void>(result);
}

void exec_in_a_container(benchmark::State& state) {
  Place place;
  Loop loop;
  Event runs;
  std::string id = place.make({"sleep", "100000"});
  std::vector<Task<void>> both;
  both.push_back(run_killed(place.containers(), id, runs));
  both.push_back(exec_again_and_again(place.containers(), id, runs, state));
  loop.run(all(std::move(both)));
}
BENCHMARK(exec_in_a_container)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace ccocker::runtime
