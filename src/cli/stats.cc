#include <chrono>
#include <map>

#include "cli/command.h"
#include "cli/interruptible.h"
#include "cli/output.h"
#include "cli/stats_rows.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "runtime/container.h"
#include "runtime/record.h"

namespace ccocker::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto first_gap = 200ms;  // between the two samples that the first table needs
constexpr auto refresh = 1s;

// The containers that are watched, and their samples.
class StatsWatch {
 public:
  StatsWatch(const Context& context, Parsed& line)
      : context_(context),
        containers_(context.root, context.state),
        all_(line.flags.on("all")),
        truncate_(!line.flags.on("no-trunc")),
        format_(line.flags.text("format")) {
    for (const std::string& name : line.words) named_.push_back({name, containers_.find(name).id});
  }

  void sample();
  std::string table() const;

 private:
  struct Watched {
    std::string typed, id;
  };
  std::vector<Watched> watched();

  const Context& context_;
  runtime::Containers containers_;
  bool all_, truncate_;
  std::string format_;
  std::vector<Watched> named_;  // empty: whatever there is
  std::vector<StatsSample> samples_;
};

std::vector<StatsWatch::Watched> StatsWatch::watched() {
  if (!named_.empty()) return named_;
  std::vector<Watched> all;
  for (const runtime::Container& it : containers_.list()) all.push_back({"", it.id});
  return all;
}

void StatsWatch::sample() {
  std::map<std::string, std::optional<runtime::Usage>> before;
  for (StatsSample& sample : samples_) before[sample.container.id] = sample.now;
  samples_.clear();
  for (const Watched& it : watched()) {
    std::optional<runtime::ContainerRecord> record = runtime::load_record(context_.root, context_.state, it.id);
    if (!record) continue;
    StatsSample sample;
    sample.now = runtime::read_usage(*record);
    if (!sample.now && !all_ && named_.empty()) continue;
    sample.before = before[it.id];
    sample.typed = it.typed;
    sample.container = std::move(record->container);
    samples_.push_back(std::move(sample));
  }
}

std::string StatsWatch::table() const {
  std::vector<Row> rows;
  bool pressure = false;
  for (const StatsSample& sample : samples_) {
    rows.push_back(stats_row(sample, truncate_));
    pressure |= sample.now && sample.now->pressure;
  }
  return render(rows, stats_headings(), format_, stats_format(pressure));
}

// On a terminal each table replaces the one before: what is longer there is cleared, line by line, so that it does not
// flicker; and no line wraps.
std::string redrawn(const std::string& table) {
  std::string out = "\x1b[H";
  size_t columns = error_window().columns;
  for (std::string_view rest = table; !rest.empty();) {
    size_t end = std::min(rest.find('\n'), rest.size());
    out += ellipsis(rest.substr(0, end), columns) + "\x1b[K\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out + "\x1b[J";
}

Task<void> show(StatsWatch& watch, bool once) {
  bool animate = !once && is_terminal(Stream::out);
  watch.sample();
  co_await io::sleep(first_gap);
  if (animate) print("\x1b[2J");
  for (;;) {
    watch.sample();
    std::string table = watch.table();
    print(animate ? redrawn(table) : table);
    finish_output();
    if (once) co_return;
    co_await io::sleep(refresh);
  }
}

}  // namespace

std::span<const Option> stats_options() {
  static constexpr Option options[] = {
      {"all", 'a', Takes::nothing, "", "Also those that do not run"},
      {"format", 0, Takes::text, "table|json|TEMPLATE", "How to print: a table, JSON, or a Go template"},
      {"no-stream", 0, Takes::nothing, "", "Print once and end"},
      {"no-trunc", 0, Takes::nothing, "", "Whole IDs"},
  };
  return options;
}

int stats_command(const Context& context, Parsed& line) {
  StatsWatch watch(context, line);
  Loop loop;
  try {
    run_interruptible(loop, show(watch, line.flags.on("no-stream")));
  } catch (const Interrupted& interrupted) {
    return 128 + interrupted.signal;  // how watching is ended, so nothing to complain about
  }
  return 0;
}

}  // namespace ccocker::cli
