#include "runtime/usage.h"

#include <signal.h>
#include <unistd.h>

#include "catch.h"
#include "loop/loop.h"
#include "runtime/process_table.h"
#include "runtime/test_container.h"
#include "runtime/usage_files.h"

using namespace ccocker;
using namespace ccocker::runtime;

TEST_CASE("traffic is that of all interfaces but the loopback") {
  Traffic traffic = parse_net_dev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier\n"
      "    lo:     100       1    0    0    0     0          0         0      200       1    0    0    0     0       0\n"
      "  eth0:    1000      10    0    0    0     0          0         0     2000      10    0    0    0     0       0\n"
      "  eth1:7 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n");
  CHECK(traffic.received_bytes == 1007);
  CHECK(traffic.sent_bytes == 2005);
}

TEST_CASE("pressure and block I/O as the kernel writes them") {
  CHECK(parse_some_avg10("some avg10=12.34 avg60=1.00 avg300=0.00 total=5\nfull avg10=1.00 avg60=0 avg300=0 total=1\n") ==
        Approx(12.34));
  CHECK(parse_some_avg10("") == 0);
  CHECK(parse_some_avg10("some avg10=nan") == 0);
  CHECK(parse_io_stat("8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2\n") ==
        std::array<uint64_t, 2>{11, 22});
  CHECK(parse_blkio("8:0 Read 10\n8:0 Write 20\n8:0 Sync 5\n8:0 Total 30\n8:16 Read 1\nTotal 31\n") ==
        std::array<uint64_t, 2>{11, 20});
}

TEST_CASE("a process's name may hold parentheses and spaces") {
  std::string numbers = "S 7 42 42 34816 42 4194304 1 2 3 4 100 50 0 0 20 0 3 0 12345 1000 10";
  std::optional<ProcessInfo> info = parse_process_stat("42 (a) R (b) " + numbers + " 18446744073709551615 1\n");
  REQUIRE(info);
  CHECK(info->pid == 42);
  CHECK(info->name == "a) R (b");
  CHECK(info->parent == 7);
  CHECK(info->terminal == 34816);
  CHECK(info->cpu_ticks == 150);
  CHECK(info->threads == 3);
  CHECK(info->started_ticks == 12345);
  CHECK(info->resident_bytes == 10 * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
  for (const char* text : {"", "42", "42 (x", "42 (x) S 1", "(x) S", "x (x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"})
    CHECK_FALSE(parse_process_stat(text));
}

TEST_CASE("we are in the process table, and what is gone is not") {
  std::optional<ProcessInfo> own = process_info(::getpid());
  REQUIRE(own);
  CHECK(own->parent == ::getppid());
  CHECK(own->command.find("runtime_tests") != std::string::npos);
  CHECK_FALSE(process_info(2'000'000'000));
}

TEST_CASE("percent of a processor between two samples") {
  Usage before, now;
  before.taken_ns = 1'000'000'000;
  now.taken_ns = 3'000'000'000;
  now.cpu_ns = 3'000'000'000;
  CHECK(cpu_percent(before, now) == Approx(150));
  CHECK(cpu_percent(now, before) == 0);
  CHECK(cpu_percent(now, now) == 0);
}

TEST_CASE("a running container's usage is read, also without a limit that would give it a group") {
  TestContainers place;
  std::optional<Usage> usage, limited;
  std::vector<std::string> commands;
  auto look = [&](std::optional<Usage>& out) {
    return [&](pid_t first) {
      for (const Container& it : place.containers().list()) {
        auto record = load_record(place.containers().root(), place.containers().state(), it.id);
        out = read_usage(*record);
        for (pid_t pid : container_processes(*record))
          if (auto info = process_info(pid)) commands.push_back(info->name);
      }
      ::kill(first, SIGKILL);
    };
  };
  place.run(place.shell("sleep 1000"), {}, look(usage));
  Spec spec = place.shell("sleep 1000");
  spec.resources.memory_bytes = 64 << 20;
  place.run(spec, {}, look(limited));
  REQUIRE(usage);
  REQUIRE(limited);
  CHECK(usage->tasks >= 1);
  CHECK(usage->memory_limit_bytes > 64u << 20);
  CHECK(limited->memory_limit_bytes == 64u << 20);
  CHECK(limited->memory_bytes < 64u << 20);
  CHECK(limited->taken_ns > usage->taken_ns);
  CHECK_FALSE(commands.empty());
}
