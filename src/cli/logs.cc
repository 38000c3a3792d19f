#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/limit_flags.h"
#include "cli/output.h"
#include "loop/clock.h"
#include "loop/loop.h"
#include "loop/sys.h"
#include "runtime/container.h"
#include "runtime/log_reader.h"

namespace ccocker::cli {
namespace {

runtime::LogQuery query_of(const Flags& flags) {
  int64_t now = now_unix_ns();
  runtime::LogQuery query;
  query.follow = flags.on("follow");
  std::string tail = flags.text("tail", "all");
  // Docker takes negative numbers for all, too.
  if (tail != "all" && !tail.starts_with('-'))
    query.tail = static_cast<uint64_t>(parse_integer("tail", tail, 0, INT64_MAX));
  if (flags.has("since")) query.since_unix_ns = parse_moment_ns("since", flags.text("since"), now);
  if (flags.has("until")) query.until_unix_ns = parse_moment_ns("until", flags.text("until"), now);
  return query;
}

// Standard output and error each through their own buffer, in the order of the entries where both are the same file.
class LogPrinter {
 public:
  explicit LogPrinter(bool timestamps) : timestamps_(timestamps) {}

  void print_line(const runtime::LogLine& line) {
    int fd = line.stream == runtime::OutputStream::out ? STDOUT_FILENO : STDERR_FILENO;
    if (fd != fd_) flush();
    fd_ = fd;
    // A piece of a long line carries on the one before it.
    if (timestamps_ && at_line_start_) buffer_ += runtime::rfc3339_nano(line.time_unix_ns) + " ";
    buffer_ += line.text;
    at_line_start_ = line.text.ends_with('\n');
    if (buffer_.size() >= buffer_bytes) flush();
  }

  void flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      ssize_t count = sys::retry([&] { return ::write(fd_, rest.data(), rest.size()); });
      if (count < 0) throw Error::sys("write", fd_ == STDOUT_FILENO ? "standard output" : "standard error");
      rest.remove_prefix(static_cast<size_t>(count));
    }
    buffer_.clear();
  }

 private:
  static constexpr size_t buffer_bytes = 64 << 10;
  bool timestamps_, at_line_start_ = true;
  int fd_ = STDOUT_FILENO;
  std::string buffer_;
};

}  // namespace

std::span<const Option> logs_options() {
  static constexpr Option options[] = {
      {"follow", 'f', Takes::nothing, "", "Go on until the container has ended"},
      {"since", 0, Takes::text, "TIME", "Only what is not older: a time, or a span before now such as 10m"},
      {"tail", 'n', Takes::text, "N", "Only the last N lines (default all)"},
      {"timestamps", 't', Takes::nothing, "", "Put the time in front of each line"},
      {"until", 0, Takes::text, "TIME", "Only what is not newer"},
      {"details", 0, Takes::nothing, "", "", nullptr, "extra attributes are not kept in these logs"},
  };
  return options;
}

int logs_command(const Context& context, Parsed& line) {
  runtime::LogQuery query = query_of(line.flags);
  runtime::Containers containers(context.root, context.state);
  runtime::Container container = containers.find(line.words[0]);
  LogPrinter printer(line.flags.on("timestamps"));
  Loop loop;
  loop.run(runtime::read_log(
      context.root, context.state, container.id, query,
      [&](const runtime::LogLine& entry) { printer.print_line(entry); }, [&] { printer.flush(); }));
  printer.flush();
  return 0;
}

}  // namespace ccocker::cli
