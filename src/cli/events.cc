#include <fmt/format.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/event_view.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "loop/clock.h"
#include "runtime/event_log.h"

namespace ccocker::cli {
namespace {

struct Span {
  int64_t since_ns = 0;
  std::optional<int64_t> until_ns;
};

Task<void> follow(runtime::EventReader& reader, const EventView& view, Span span) {
  for (;;) {
    for (const runtime::Event& event : reader.read()) {
      bool within = event.time_ns >= span.since_ns && (!span.until_ns || event.time_ns <= *span.until_ns);
      if (within && view.fits(event)) print(view.line(event) + "\n");
    }
    finish_output();
    co_await reader.changed();
  }
}

Task<void> follow_until(runtime::EventReader& reader, const EventView& view, Span span) {
  Task<void> following = follow(reader, view, span);
  if (!span.until_ns) {
    co_await following;
    co_return;
  }
  try {
    // What happened up to the last moment may be on its way to the log.
    constexpr int64_t late_ns = 20'000'000;
    co_await timeout(std::chrono::nanoseconds(std::max<int64_t>(*span.until_ns - now_unix_ns(), 0) + late_ns),
                     std::move(following));
  } catch (const Error& error) {
    if (error.code() != Errc::timed_out) throw;
  }
}

}  // namespace

std::span<const Option> events_options() {
  static constexpr Option options[] = {
      {"filter", 'f', Takes::list, "KEY=VALUE", "Only these: container, event, image, label, network, type, volume"},
      {"format", 0, Takes::text, "json|TEMPLATE", "How to print each: JSON, or a Go template"},
      {"since", 0, Takes::text, "TIME", "Begin with what happened then: a time, or how long ago (10m)"},
      {"until", 0, Takes::text, "TIME", "End there instead of following"},
  };
  return options;
}

int events_command(const Context& context, Parsed& line) {
  int64_t now = now_unix_ns();
  EventView view(line.flags.text("format"), line.flags.list("filter"), is_terminal(Stream::out));
  Span span;
  if (line.flags.has("until")) span.until_ns = parse_moment_ns("until", line.flags.text("until"), now);
  if (line.flags.has("since")) span.since_ns = parse_moment_ns("since", line.flags.text("since"), now);
  if (span.until_ns && *span.until_ns < span.since_ns)
    throw Error(Errc::invalid, "--since is later than --until: nothing can have happened between them");
  runtime::EventReader reader(context.state);
  bool from_now = !line.flags.has("since") && !line.flags.has("until");
  if (from_now) reader.read();
  Loop loop;
  try {
    run_interruptible(loop, follow_until(reader, view, span));
  } catch (const Interrupted& interrupted) {
    return 128 + interrupted.signal;  // how following is ended, so nothing to complain about
  }
  return 0;
}

}  // namespace ccocker::cli
