#include <signal.h>

#include "catch.h"
#include "loop/error.h"
#include "runtime/control_message.h"
#include "runtime/detach_keys.h"
#include "runtime/health.h"
#include "runtime/probe.h"
#include "runtime/restart_policy.h"
#include "runtime/signal_number.h"
#include "runtime/stop_signal.h"

using namespace ccocker;
using namespace ccocker::runtime;
using namespace std::chrono_literals;

TEST_CASE("restart policies want what Docker's want") {
  RestartPolicy no, twice{RestartPolicy::Kind::on_failure, 2}, always{RestartPolicy::Kind::always, 0};
  CHECK_FALSE(RestartDecision::wanted(no, 1, 0, false));
  CHECK(RestartDecision::wanted(twice, 1, 1, false));
  CHECK_FALSE(RestartDecision::wanted(twice, 1, 2, false));
  CHECK_FALSE(RestartDecision::wanted(twice, 0, 0, false));
  CHECK(RestartDecision::wanted(always, 0, 1000, false));
  CHECK_FALSE(RestartDecision::wanted(always, 1, 0, true));
}

TEST_CASE("the backoff doubles from 100 ms to a minute and begins again after ten seconds up") {
  RestartDecision decision;
  CHECK(decision.next_backoff(0s) == 100ms);
  CHECK(decision.next_backoff(9s) == 200ms);
  CHECK(decision.next_backoff(1s) == 400ms);
  CHECK(decision.next_backoff(10s) == 100ms);
  for (int i = 0; i < 20; ++i) decision.next_backoff(0s);
  CHECK(decision.next_backoff(0s) == 60s);
}

TEST_CASE("health: failures in a row make it unhealthy, one success healthy; the start period forgives") {
  HealthCheck check;
  HealthState state;
  state.status = "starting";
  auto probe = [&](int code, bool starting = false) {
    HealthProbe result;
    result.exit_code = code;
    return apply_probe(state, check, result, starting);
  };
  CHECK_FALSE(probe(1, true));
  CHECK(state.failing_streak == 0);
  CHECK_FALSE(probe(1));
  CHECK_FALSE(probe(1));
  CHECK(probe(1));
  CHECK(state.status == "unhealthy");
  CHECK(probe(0));
  CHECK(state.status == "healthy");
  CHECK_FALSE(probe(0));
  CHECK(state.log.size() == HealthState::probes_max);
  CHECK(health_from_json(health_to_json(state)).log.size() == HealthState::probes_max);
}

TEST_CASE("the status line of an answer") {
  CHECK(http_status("HTTP/1.1 204 No Content\r\n") == 204);
  CHECK(http_status("HTTP/1.0 500\r\n") == 500);
  CHECK(http_status("SSH-2.0-x") == 0);
  CHECK(http_status("HTTP/1.1 2x4 ") == 0);
}

TEST_CASE("detach keys are found across reads; what only began like them goes on to the program") {
  DetachKeys keys(parse_detach_keys("ctrl-p,ctrl-q"));
  bool detached = false;
  CHECK(keys.filter("a\x10", detached) == "a");
  CHECK(keys.filter("b", detached) == "\x10" "b");
  CHECK(keys.filter("\x10\x10", detached) == "\x10");
  CHECK_FALSE(detached);
  CHECK(keys.filter("\x11", detached).empty());
  CHECK(detached);
  CHECK(parse_detach_keys("a,ctrl-@,ctrl-_") == std::string("a\0\x1f", 3));
  CHECK(parse_detach_keys("").empty());
  for (const char* bad : {"ctrl-", "ctrl-1", "ab", "a,", ",", "a,,b"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_detach_keys(bad), Error);
  }
}

TEST_CASE("control messages say the same when they are sent again; others are none") {
  ControlMessage message;
  message.kind = ControlKind::attach;
  message.flag = true;
  message.size.ws_row = 50;
  message.size.ws_col = 300;
  std::optional<ControlMessage> heard = decode(encode(message));
  REQUIRE(heard);
  CHECK((heard->flag && heard->size.ws_row == 50 && heard->size.ws_col == 300));
  message = {.kind = ControlKind::exited, .number = 137, .text = "why"};
  heard = decode(encode(message));
  REQUIRE(heard);
  CHECK((heard->number == 137 && heard->text == "why"));
  message = {.kind = ControlKind::room, .number = 0x012345, .text = {}};
  heard = decode(encode(message));
  REQUIRE(heard);
  CHECK(heard->number == 0x012345);
  for (const char* way_out : {"", "10.0.0.2", "10.0.0.2 fd00::2"}) {
    message = {.kind = ControlKind::way_out, .text = {}};
    REQUIRE(parse_way_out(way_out, message.way_out));
    heard = decode(encode(message));
    REQUIRE(heard);
    CHECK(heard->way_out == message.way_out);
    CHECK(way_out_text(heard->way_out) == way_out);
  }
  for (std::string_view bad : {"", "Z", "A", "M", "M123", "M\x7f\x7f\x7f\x7f", "A\x02\x01\x01\x01\x01\x01", "S\x01", "G", "G\x7f", "R123", "Kx", "N",
                               "N\x01 ", "N\x01.", "N\x01::1", "N\x01" "10.0.0.2 ", "N\x01" "10.0.0.2 10.0.0.3"}) {
    INFO(bad);
    CHECK_FALSE(decode(bad));
  }
}

TEST_CASE("signals by name and number") {
  CHECK(signal_number("SIGTERM") == 15);
  CHECK(signal_number("hup") == 1);
  CHECK(signal_number("9") == 9);
  CHECK(signal_number("RTMIN+3") == 37);
  for (const char* bad : {"", "0", "65", "-1", "SIGNOPE", "RTMIN-1", "RTMIN+99"}) {
    INFO(bad);
    CHECK_FALSE(signal_number(bad));
  }
}

TEST_CASE("a user's signal means stop as Docker has it, but for signals that end nothing") {
  Spec lax, strict;
  strict.stop_signal = "SIGQUIT";
  CHECK((stop_signal_of(lax) == SIGTERM && stop_signal_of(strict) == SIGQUIT));
  for (int signal : {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGUSR1}) CHECK(means_stop(lax, signal));
  for (int signal : {SIGWINCH, SIGCONT, SIGTSTP, SIGURG}) CHECK_FALSE(means_stop(lax, signal));
  CHECK((means_stop(strict, SIGQUIT) && means_stop(strict, SIGKILL)));
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) CHECK_FALSE(means_stop(strict, signal));
}
