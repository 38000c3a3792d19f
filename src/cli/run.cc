#include <strings.h>
#include <sys/stat.h>

#include "cli/accepted_flags.h"
#include "cli/apart.h"
#include "cli/attached.h"
#include "cli/background.h"
#include "cli/bad_value.h"
#include "cli/cidfile.h"
#include "cli/command.h"
#include "cli/fetch.h"
#include "cli/host.h"
#include "cli/log.h"
#include "cli/output.h"
#include "cli/policy_flags.h"
#include "cli/run_spec.h"
#include "cli/run_volumes.h"
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
  request.entrypoint_words = entrypoint_of(flags.entrypoint, image.config).size();
  request.labels = image.config.labels;
  for (const auto& [key, value] : flags.labels) request.labels[key] = value;
  request.policies = flags.policies;
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

// What a command line says before anything is fetched or made.
struct Prepared {
  WantedImage image;
  std::vector<std::string> arguments;
  RunFlags flags;
  bool auto_remove;
};

WantedImage wanted_image(const std::string& name, const Flags& line) {
  WantedImage wanted{name};
  wanted.policy = parse_pull_policy(line.text("pull", "missing"));
  if (line.has("platform")) wanted.platform = registry::parse_platform(line.text("platform"));
  wanted.quiet = line.on("quiet");
  wanted.insecure_registries = line.list("insecure-registry");
  wanted.ca_file = line.text("ca-file");
  return wanted;
}

Prepared prepare(const Parsed& line) {
  check_content_trust(line.flags);
  Prepared out{wanted_image(line.words[0], line.flags),
               {line.words.begin() + 1, line.words.end()},
               parse_run_flags(line.flags, this_host()),
               wants_removal(line.flags)};
  check_sources(out.flags);
  return out;
}

runtime::CreateRequest request_of(const Context& context, runtime::Containers& containers, Prepared& prepared,
                                  const Flags& line, const registry::Image& image) {
  make_sources(prepared.flags);
  prepared.flags.policies.health = complete_health(line, image.config.healthcheck_json);
  runtime::Spec spec = complete_spec(prepared.flags, prepared.arguments, image, prepared.image.name);
  find_networks(context, containers, spec);
  if (spec.shared.pid == runtime::NamespaceMode::container)
    spec.shared.pid_container = containers.find(spec.shared.pid_container).id;
  return make_request(prepared.flags, std::move(spec), image, prepared.image.name, prepared.auto_remove);
}

runtime::Container try_create(const Context& context, const Flags& line, const registry::Image& image,
                              runtime::Containers& containers, runtime::CreateRequest request) {
  RunVolumes volumes(context, line, image, request.spec);
  runtime::Container container = containers.create(std::move(request));
  volumes.keep();
  return container;
}

// A name that is taken may belong to what a killed `run --rm` left. It is swept away while no volume is locked: the
// sweep removes volumes too.
template <typename Sweep>
runtime::Container create_with_volumes(const Context& context, const Flags& line, const registry::Image& image,
                                       runtime::Containers& containers, const runtime::CreateRequest& request,
                                       Sweep sweep) {
  try {
    return try_create(context, line, image, containers, request);
  } catch (const Error& error) {
    if (error.code() != Errc::conflict || request.name.empty()) throw;
  }
  sweep();
  return try_create(context, line, image, containers, request);
}

// Pulls in a process of its own where a pull is needed: a supervisor that is forked from us must not carry along the
// libraries and the heap of a pull for the rest of its life.
HeldImage fetch_apart(const Context& context, const WantedImage& wanted) {
  {
    registry::Store store(context.root);
    std::optional<HeldImage> here = image_here(store, wanted);
    if (here) return std::move(*here);
  }
  std::string id = run_apart([&] {
    registry::Store store(context.root);
    Loop loop;
    return fetch_image(context, loop, store, wanted).image.id.str();
  });
  registry::Store store(context.root);
  return fetched_image(store, wanted, id);
}

// A container that is there and not started; `containers` holds it.
runtime::Container make_unstarted(const Context& context, Parsed& line, runtime::Containers& containers,
                                  bool keep_unstarted) {
  Prepared prepared = prepare(line);
  CidFile cidfile(line.flags.text("cidfile"));
  HeldImage held = fetch_apart(context, prepared.image);
  const registry::Image& image = held.image;
  runtime::CreateRequest request = request_of(context, containers, prepared, line.flags, image);
  request.keep_unstarted = keep_unstarted;
  auto sweep = [&] { Loop().run(containers.sweep()); };
  runtime::Container container = create_with_volumes(context, line.flags, image, containers, request, sweep);
  cidfile.write(container.id);
  return container;
}

bool is_stream(const std::string& word, const char* name) { return ::strcasecmp(word.c_str(), name) == 0; }

// -i, -t and -a: where streams are named, only those are shown.
runtime::Stdio attached_stdio(const Flags& flags) {
  runtime::Stdio stdio = stdio_of(flags);
  if (!flags.has("attach")) return stdio;
  stdio.output = stdio.errors = false;
  for (const std::string& word : flags.list("attach")) {
    bool output = is_stream(word, "stdout"), errors = is_stream(word, "stderr");
    if (!output && !errors && !is_stream(word, "stdin")) bad_value("attach", word, "STDIN, STDOUT or STDERR");
    stdio.output |= output;
    stdio.errors |= errors;
  }
  return stdio;
}

// As Docker: who sees nothing of it sees its ID.
void show_id(const runtime::Stdio& stdio, const std::string& id) {
  if (!stdio.output && !stdio.errors) print(id + "\n");
}

int run_in_background(const Context& context, Parsed& line) {
  if (line.flags.has("attach")) throw Error(Errc::invalid, "Conflicting options: -a and -d");
  if (line.flags.on("timing")) throw Error(Errc::invalid, "--timing shows the start of a container in the foreground");
  pid_t bind_pid = parse_bind_pid(line.flags);
  runtime::Containers containers(context.root, context.state);
  runtime::Container container = make_unstarted(context, line, containers, false);
  try {
    start_in_background(containers, container, bind_pid);
  } catch (const Error&) {
    print(container.id + "\n");  // it is there, if not running: before the failure is told, as Docker does
    throw;
  }
  print(container.id + "\n");
  return 0;
}

// Whoever has the container's terminal may leave it by the detach keys, and by a signal that is not passed on.
bool may_be_left(const Flags& flags) {
  bool by_signal = flags.has("sig-proxy") && !flags.on("sig-proxy");
  return by_signal || flags.has("detach-keys") || (flags.on("interactive") && flags.on("tty") && !flags.on("timing"));
}

// A supervisor in the background has it from the start, and we only join: what can be left needs somebody who stays.
int run_to_be_left(const Context& context, Parsed& line) {
  runtime::Stdio stdio = attached_stdio(line.flags);
  std::optional<runtime::Container> container;
  {
    // Gone before the start: a copy of the lock in here would outlive the supervisor's.
    runtime::Containers making(context.root, context.state);
    container = make_unstarted(context, line, making, true);
    making.release(container->id);
  }
  runtime::Containers containers(context.root, context.state);
  show_id(stdio, container->id);
  return start_attached(containers, *container, line.flags, parse_bind_pid(line.flags), container->terminal, stdio);
}

}  // namespace

int create_command(const Context& context, Parsed& line) {
  if (line.flags.on("detach") || line.flags.on("timing") || line.flags.has("bind-pid"))
    throw Error(Errc::invalid, "--detach, --timing and --bind-pid belong to 'ccocker run': create starts nothing");
  attached_stdio(line.flags);  // refuses wrong words; what is attached is for `start` to say
  runtime::Containers containers(context.root, context.state);
  runtime::Container container = make_unstarted(context, line, containers, true);
  containers.release(container.id);
  print(container.id + "\n");
  return 0;
}

int run_command(const Context& context, Parsed& line) {
  if (line.flags.on("detach")) return run_in_background(context, line);
  require_terminal(stdio_of(line.flags));
  if (may_be_left(line.flags)) return run_to_be_left(context, line);
  Stopwatch watch(context.started);
  Prepared prepared = prepare(line);
  runtime::RunOptions options;
  options.stdio = attached_stdio(line.flags);
  runtime::Stdio stdio = options.stdio;
  options.bind_pid = parse_bind_pid(line.flags);
  CidFile cidfile(line.flags.text("cidfile"));
  watch.mark("flags");

  registry::Store store(context.root);
  Loop loop;
  watch.mark("loop");
  HeldImage held = image_to_run(context, loop, store, prepared.image);
  watch.mark("image");

  runtime::Containers containers(context.root, context.state);
  runtime::CreateRequest request = request_of(context, containers, prepared, line.flags, held.image);
  auto sweep = [&] { loop.run(containers.sweep()); };
  runtime::Container container = create_with_volumes(context, line.flags, held.image, containers, request, sweep);
  held.hold.reset();
  cidfile.write(container.id);
  show_id(stdio, container.id);
  watch.mark("record");
  log(LogLevel::debug, container.id);

  std::chrono::nanoseconds run_began = watch.elapsed();
  runtime::RunResult result = loop.run(containers.run(container.id, std::move(options)));
  if (line.flags.on("timing")) print_timing(watch, run_began, result);
  return finish(result);
}

}  // namespace ccocker::cli
