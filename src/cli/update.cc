#include "cli/command.h"
#include "cli/each_word.h"
#include "cli/host.h"
#include "cli/limit_flags.h"
#include "cli/policy_flags.h"
#include "loop/error.h"
#include "loop/loop.h"
#include "runtime/container.h"
#include "runtime/record.h"

namespace ccocker::cli {

std::span<const Option> update_options() {
  static constexpr Option options[] = {
      {"cpu-period", 0, Takes::text, "MICROSECONDS", "The period that --cpu-quota counts in"},
      {"cpu-quota", 0, Takes::text, "MICROSECONDS", "CPU time in each period; -1 is no limit"},
      {"cpu-shares", 'c', Takes::text, "N", "CPU weight beside other containers, 2 to 262144"},
      {"cpus", 0, Takes::text, "CPUS", "How many CPUs' time it may use, such as 0.5"},
      {"cpuset-cpus", 0, Takes::text, "LIST", "CPUs it may run on, such as 0-3,5"},
      {"cpuset-mems", 0, Takes::text, "LIST", "Memory nodes it may use, such as 0"},
      {"memory", 'm', Takes::text, "SIZE", "Memory limit, such as 64m; the limit of memory and swap stays"},
      {"memory-reservation", 0, Takes::text, "SIZE", "Memory that is kept for it under pressure"},
      {"memory-swap", 0, Takes::text, "SIZE", "Memory and swap together; -1 is no limit"},
      {"pids-limit", 0, Takes::text, "N", "How many processes and threads it may have; -1 is no limit"},
      {"restart", 0, Takes::text, "no|on-failure[:N]|always|unless-stopped", "When to start it again"},
  };
  return options;
}

int update_command(const Context& context, Parsed& line) {
  bool any = false;
  for (const Option& option : update_options()) any |= line.flags.has(option.name);
  if (!any)
    throw Error(Errc::invalid,
                "you must provide one or more flags when using this command; see 'ccocker update --help'");
  runtime::UpdateRequest request;
  if (line.flags.has("restart")) request.restart = parse_restart(line.flags.text("restart"));
  runtime::Containers containers(context.root, context.state);
  Loop loop;
  return for_each_word(line.words, [&](const std::string& name) {
    runtime::ContainerRecord record =
        runtime::require_record(context.root, context.state, containers.find(name).id);
    request.resources = parse_resources(line.flags, this_host().cpus, record.spec.resources);
    loop.run(containers.update(record.container.id, request));
    print(name + "\n");
  });
}

}  // namespace ccocker::cli
