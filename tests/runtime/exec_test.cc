#include "catch.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sync.h"
#include "runtime/test_container.h"

using namespace ccocker;
using namespace ccocker::runtime;
using Catch::Matchers::Contains;

namespace {

Task<void> run_beside(Containers& containers, std::string id, Event& started) {
  std::function<void(pid_t)> tell = [&](pid_t) { started.set(); };
  RunResult result = co_await containers.run(id, {}, std::move(tell));
  static_cast<void>(result);
}

Task<RunResult> exec_when_started(Containers& containers, std::string id, ExecRequest request, Event& started) {
  co_await started.wait();
  RunResult result = co_await containers.exec(id, std::move(request));
  co_return result;
}

// Runs one command in a container that sleeps; the container is ended by cancelling it.
TestContainers::Outcome exec_in(TestContainers& test, Spec spec, ExecRequest request) {
  CreateRequest create;
  create.spec = std::move(spec);
  create.auto_remove = true;
  Container container = test.containers().create(std::move(create));
  CaughtOutput caught(test.path());
  Loop loop;
  Event started;
  std::vector<Task<void>> beside;
  beside.push_back(run_beside(test.containers(), container.id, started));
  Task<RunResult> main = exec_when_started(test.containers(), container.id, std::move(request), started);
  RunResult result = loop.run(until(std::move(main), std::move(beside)));
  return {std::move(result), caught.out(), caught.err()};
}

ExecRequest shell(const std::string& script) {
  ExecRequest request;
  request.args = {"sh", "-c", script};
  return request;
}

}  // namespace

TEST_CASE("exec runs in the namespaces and groups of the container, with its exit code") {
  TestContainers test;
  Spec spec = test.spec({"sleep", "100"});
  spec.hostname = "box";
  auto outcome =
      exec_in(test, spec, shell("hostname; cat /proc/1/comm; cat /proc/self/cgroup | grep 0::; echo e >&2; exit 9"));
  CHECK(outcome.out == "box\nsleep\n0::/\n");
  CHECK(outcome.err == "e\n");
  CHECK(outcome.result.exit_code == 9);
}

TEST_CASE("exec has the container's capabilities unless it is privileged") {
  TestContainers test;
  ExecRequest request = shell("grep CapEff /proc/self/status");
  CHECK(exec_in(test, test.spec({"sleep", "100"}), request).out == "CapEff:\t00000000a80425fb\n");
  request.privileged = true;
  CHECK_THAT(exec_in(test, test.spec({"sleep", "100"}), request).out, Contains("CapEff:\t000001f"));
}

TEST_CASE("exec takes environment, directory and user of its own") {
  TestContainers test;
  Spec spec = test.spec({"sleep", "100"});
  spec.process.env = {"A=1", "B=2"};
  ExecRequest request = shell("echo $A $B $(pwd) $(id -u)");
  request.env = {"A=3"};
  request.cwd = "/tmp";
  request.user = "1000";
  CHECK(exec_in(test, spec, request).out == "3 2 /tmp 1000\n");
}

TEST_CASE("exec of what is not there is not found") {
  TestContainers test;
  ExecRequest request;
  request.args = {"no-such-program"};
  try {
    exec_in(test, test.spec({"sleep", "100"}), request);
    FAIL("it ran");
  } catch (Error& error) {
    CHECK(error.code() == Errc::command_not_found);
  }
}

TEST_CASE("exec in a container that does not run is a conflict") {
  TestContainers test;
  CreateRequest create;
  create.spec = test.spec({"true"});
  Container container = test.containers().create(std::move(create));
  Loop loop;
  try {
    loop.run(test.containers().exec(container.id, shell("true")));
    FAIL("it ran");
  } catch (Error& error) {
    CHECK(error.code() == Errc::conflict);
    CHECK_THAT(error.text(), Contains("is not running"));
  }
}

TEST_CASE("output that a background process of an exec keeps open does not hold it up") {
  TestContainers test;
  auto outcome = exec_in(test, test.spec({"sleep", "100"}), shell("sleep 50 & echo first"));
  CHECK(outcome.out == "first\n");
}
