#include "runtime/log_reader.h"

#include <algorithm>

#include "loop/clock.h"
#include "loop/scope.h"
#include "runtime/control_client.h"
#include "runtime/log_writer.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

std::unique_ptr<LogSource> open_source(const std::string& root, const Container& container, const LogQuery& query,
                                       TakeLogLine take) {
  switch (container.policies.log.driver) {
    case LogConfig::Driver::none:
      throw Error(Errc::unsupported,
                  "container " + container.name + " keeps no log: it was made with --log-driver none");
    case LogConfig::Driver::journald:
      return open_journal_source(container.id, query, std::move(take));
    default:
      return open_log_files(container_dir(root, container.id), log_file_name(container.id), query, std::move(take));
  }
}

Task<void> read_as_it_grows(LogSource& source, std::function<void()> caught_up) {
  while (source.read_all()) {
    if (caught_up) caught_up();
    co_await source.wait_for_more();
  }
}

std::chrono::nanoseconds left_until(int64_t unix_ns) {
  return std::chrono::nanoseconds(std::max<int64_t>(unix_ns - now_unix_ns(), 0));
}

Task<void> follow(LogSource& source, const std::string& root, const std::string& state, const std::string& id,
                  const LogQuery& query, const std::function<void()>& caught_up) {
  std::vector<Task<void>> beside;
  beside.push_back(read_as_it_grows(source, caught_up));
  Task<void> down = wait_until_down(root, state, id);
  Task<void> end = until(std::move(down), std::move(beside));
  if (!query.until_unix_ns) {
    co_await end;
    co_return;
  }
  try {
    co_await timeout(left_until(*query.until_unix_ns), std::move(end));
  } catch (const Error& error) {
    if (error.code() != Errc::timed_out) throw;
  }
}

}  // namespace

Task<void> read_log(std::string root, std::string state, std::string id, LogQuery query, TakeLogLine take,
                    std::function<void()> caught_up) {
  Container container = require_record(root, state, id).container;
  std::unique_ptr<LogSource> source = open_source(root, container, query, std::move(take));
  bool follows = query.follow && is_up(container.status);
  if (follows) source->start_watching();
  bool more = source->read_all();
  if (caught_up) caught_up();
  if (!follows || !more) co_return;
  co_await follow(*source, root, state, id, query, caught_up);
  source->settle();
  source->read_all();
}

}  // namespace ccocker::runtime
