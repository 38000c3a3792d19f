#pragma once
#include <functional>
#include <string>
#include <vector>

#include "runtime/container.h"
#include "temporary_directory.h"

namespace ccocker::runtime {

// A place to run containers of a busybox tree in: --root, --state and cgroup parent of its own. Needs root.
class TestContainers {
 public:
  TestContainers();
  ~TestContainers();

  Spec spec(std::vector<std::string> args) const;  // Docker's defaults on the busybox tree
  Spec shell(const std::string& script) const { return spec({"sh", "-c", script}); }
  // A further layer on top of the busybox tree, for what a hostile image may hold.
  std::string add_layer(const std::string& name);

  struct Outcome {
    RunResult result;
    std::string out, err;
  };
  // Creates, runs and removes a container with our standard output and error caught; `in` is its standard input.
  Outcome run(Spec spec, const std::string& in = {}, std::function<void(pid_t)> started = {});
  Outcome run_shell(const std::string& script) { return run(shell(script)); }

  Containers& containers() { return containers_; }
  const std::string& path() const { return directory_.path(); }
  const std::string& cgroup_parent() const { return cgroup_parent_; }

 private:
  TemporaryDirectory directory_;
  std::string cgroup_parent_;
  Containers containers_;
};

// Standard output and error of this process as files while it lives.
class CaughtOutput {
 public:
  explicit CaughtOutput(const std::string& dir, const std::string& in = {});
  CaughtOutput(const CaughtOutput&) = delete;
  CaughtOutput& operator=(const CaughtOutput&) = delete;
  ~CaughtOutput();
  std::string out() const, err() const;

 private:
  std::string dir_;
  Fd saved_[3];
};

}  // namespace ccocker::runtime
