#include "catch.h"
#include "cli/duration.h"
#include "cli/image_health.h"
#include "cli/policy_flags.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;
using runtime::PressureTrigger;
using runtime::RestartPolicy;

namespace {

Flags flags(std::initializer_list<std::pair<const char*, const char*>> given) {
  Flags out;
  for (const auto& [name, value] : given) out.add(name, value);
  return out;
}

}  // namespace

TEST_CASE("restart policies in Docker's words") {
  CHECK(parse_restart("on-failure:5").retries_max == 5);
  CHECK(parse_restart("on-failure").kind == RestartPolicy::Kind::on_failure);
  CHECK(parse_restart("unless-stopped").kind == RestartPolicy::Kind::unless_stopped);
  for (const char* bad : {"always:3", "on-failure:x", "on-failure:-1", "sometimes", "on-failure:"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_restart(bad), Error);
  }
}

TEST_CASE("spans and moments as Go and Docker write them") {
  CHECK(parse_duration_ns("x", "1m30s") == 90'000'000'000);
  CHECK(parse_duration_ns("x", "1.5s") == 1'500'000'000);
  CHECK(parse_duration_ns("x", "250ms") == 250'000'000);
  CHECK(parse_duration_ns("x", "0") == 0);
  for (const char* bad : {"", "5", "s", "1x", "-1s", "1s2"}) CHECK_THROWS_AS(parse_duration_ns("x", bad), Error);
  CHECK(parse_moment_ns("since", "1700000000.5", 0) == 1'700'000'000'500'000'000);
  CHECK(parse_moment_ns("since", "10s", 60'000'000'000) == 50'000'000'000);
  CHECK(parse_moment_ns("since", "2023-11-14T22:13:20.25Z", 0) == 1'700'000'000'250'000'000);
}

TEST_CASE("pressure triggers") {
  PressureTrigger trigger = parse_pressure("memory:some=150ms/1s=pause");
  CHECK((trigger.stall_us == 150'000 && trigger.window_us == 1'000'000));
  CHECK(trigger.action == PressureTrigger::Action::pause);
  for (const char* bad : {"memory", "memory:some=1s/1ms=event", "disk:some=1ms/1s=event", "memory:most=1ms/1s=event",
                          "memory:some=1ms/1s=explode", "memory:some=2s/1s=event", "memory:some=1ms/100s=event"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_pressure(bad), Error);
  }
}

TEST_CASE("the image's health check and the flags that change it") {
  const char* image = R"({"Test":["CMD","/check","-q"],"Interval":5000000000,"Retries":7})";
  CHECK(complete_health(flags({}), image).interval_ms == 5000);
  CHECK(complete_health(flags({{"health-retries", "2"}}), image).retries == 2);
  CHECK(complete_health(flags({{"health-cmd", "exit 0"}}), image).test ==
        std::vector<std::string>{"CMD-SHELL", "exit 0"});
  CHECK(complete_health(flags({{"health-cmd", "http:80/a?b"}}), "").test ==
        std::vector<std::string>{"HTTP", "80", "/a?b"});
  CHECK_FALSE(complete_health(flags({{"no-healthcheck", "true"}}), image).on());
  CHECK_FALSE(parse_image_health(R"({"Test":["NONE"]})").on());
  CHECK_THROWS_AS(complete_health(flags({{"no-healthcheck", "true"}, {"health-cmd", "x"}}), ""), Error);
  for (const char* bad : {"[]", "{\"Test\":3}", "{\"Test\":[\"RUN\"]}", "{\"Interval\":-1}", "{"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_image_health(bad), Error);
  }
}

TEST_CASE("policies that contradict each other are refused") {
  CHECK_THROWS_AS(parse_policies(flags({{"restart", "always"}, {"rm", "true"}})), Error);
  CHECK_NOTHROW(parse_policies(flags({{"restart", "always"}, {"rm", "false"}})));
  CHECK(parse_policies(flags({{"rm", "on-success"}})).remove_on_success_only);
  CHECK_THROWS_AS(parse_policies(flags({{"log-driver", "none"}, {"log-opt", "max-size=1m"}})), Error);
  CHECK(parse_policies(flags({{"log-opt", "max-size=1m"}})).log.file_bytes_max == 1 << 20);
  CHECK_NOTHROW(parse_policies(flags({{"log-opt", "compress=false"}})));
  CHECK_THROWS_WITH(parse_policies(flags({{"log-opt", "compress=true"}})), Catch::Contains("are not compressed"));
  CHECK_THROWS_AS(parse_policies(flags({{"log-opt", "compress=perhaps"}})), Error);
}
