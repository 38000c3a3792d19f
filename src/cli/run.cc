#include <sys/stat.h>

#include "cli/cidfile.h"
#include "cli/command.h"
#include "cli/fetch.h"
#include "cli/host.h"
#include "cli/log.h"
#include "cli/output.h"
#include "cli/run_spec.h"
#include "cli/timing.h"
#include "loop/sys.h"
#include "runtime/net/networks.h"

namespace ccocker::cli {
namespace {

bool is_made_by_us(const RunFlags& flags, const std::string& source) {
  return std::find(flags.sources_to_create.begin(), flags.sources_to_create.end(), source) !=
         flags.sources_to_create.end();
}

// What --mount and --device name must be there.
void check_sources(const RunFlags& flags) {
  for (const runtime::Mount& mount : flags.spec.mounts) {
    bool needed = mount.kind == runtime::Mount::Kind::bind && !is_made_by_us(flags, mount.source);
    if (needed && !sys::exists(mount.source)) {
      throw Error(Errc::not_found, fmt::format("--mount: there is no {} on this host to mount", mount.source));
    }
  }
  for (const runtime::Device& device : flags.spec.devices) {
    if (!sys::exists(device.source)) {
      throw Error(Errc::not_found, fmt::format("--device: there is no {} on this host", device.source));
    }
  }
}

// -v makes a missing source a directory, as Docker does.
void make_sources(const RunFlags& flags) {
  for (const std::string& path : flags.sources_to_create) {
    try {
      if (!sys::exists(path)) sys::mkdirs(path, 0755);
    } catch (Error& error) {
      throw std::move(error).in("--volume");
    }
  }
}

// The networks that are named must be there; the one of a container is kept by the container's ID.
void find_networks(const Context& context, runtime::Containers& containers, runtime::Spec& spec) {
  if (spec.network == runtime::NetworkMode::container)
    spec.network_container = containers.find(spec.network_container).id;
  runtime::Networks networks(context.root, context.state);
  for (runtime::NetworkEndpoint& endpoint : spec.networks)
    if (endpoint.network != runtime::default_network) endpoint.network = networks.find(endpoint.network).name;
  if (spec.network != runtime::NetworkMode::host || spec.ports.empty()) return;
  complain("--publish is ignored: with --network host the container's ports are the host's");
  spec.ports.clear();
}

runtime::CreateRequest make_request(const RunFlags& flags, runtime::Spec spec, const registry::Image& image,
                                    const std::string& image_name, bool auto_remove) {
  runtime::CreateRequest request;
  request.spec = std::move(spec);
  request.name = flags.name;
  request.image = image_name;
  request.image_id = image.id.str();
  request.labels = image.config.labels;
  for (const auto& [key, value] : flags.labels) request.labels[key] = value;
  request.auto_remove = auto_remove;
  return request;
}

void print_timing(Stopwatch& watch, std::chrono::nanoseconds run_began, const runtime::RunResult& result) {
  std::vector<runtime::TimingStep> steps = watch.steps();
  for (const runtime::TimingStep& step : result.timing) steps.push_back({step.name, run_began + step.since_start});
  print_error(waterfall(steps));
}

int finish(const runtime::RunResult& result) {
  if (!result.post_mortem.empty()) complain(result.post_mortem);
  return result.exit_code;
}

}  // namespace

int run_command(const Context& context, Parsed& line) {
  Stopwatch watch(context.started);
  const std::string& image_name = line.words[0];
  std::vector<std::string> arguments(line.words.begin() + 1, line.words.end());
  RunFlags flags = parse_run_flags(line.flags, this_host());
  PullPolicy policy = parse_pull_policy(line.flags.text("pull", "missing"));
  runtime::Stdio stdio = stdio_of(line.flags);
  CidFile cidfile(line.flags.text("cidfile"));
  check_sources(flags);
  watch.mark("flags");

  registry::Store store(context.root);
  Loop loop;
  watch.mark("loop");
  registry::Image image = image_to_run(loop, store, image_name, policy,
                                       flags.wants_platform ? &flags.platform : nullptr, line.flags.on("quiet"));
  watch.mark("image");

  make_sources(flags);
  runtime::Spec spec = complete_spec(flags, arguments, image, image_name);
  runtime::Containers containers(context.root, context.state);
  find_networks(context, containers, spec);
  runtime::Container container =
      containers.create(make_request(flags, std::move(spec), image, image_name, line.flags.on("rm")));
  cidfile.write(container.id);
  watch.mark("record");
  log(LogLevel::debug, container.id);

  std::chrono::nanoseconds run_began = watch.elapsed();
  runtime::RunResult result = loop.run(containers.run(container.id, stdio));
  if (line.flags.on("timing")) print_timing(watch, run_began, result);
  return finish(result);
}

}  // namespace ccocker::cli
