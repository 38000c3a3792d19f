#include "cli/run_spec.h"

#include "cli/accepted_flags.h"
#include "cli/bad_value.h"
#include "cli/limit_flags.h"
#include "cli/mount_flags.h"
#include "cli/namespace_flags.h"
#include "cli/network_flags.h"
#include "cli/policy_flags.h"
#include "cli/publish_flags.h"
#include "cli/size.h"
#include "cli/text.h"
#include "runtime/capabilities.h"

namespace ccocker::cli {
namespace {

struct Builder {
  const Host& host;
  RunFlags& out;
};

using Apply = void (*)(Builder&, const std::string& value);

void add_env(Builder& b, const std::string& value) {
  set_env(b.out.spec.process.env, parse_env_flag(value, b.host.env));
}

void add_env_file(Builder& b, const std::string& path) {
  std::string content = b.host.read_file("env-file", path);
  for (const std::string& entry : parse_env_file(path, content, b.host.env)) set_env(b.out.spec.process.env, entry);
}

void add_label(Builder& b, const std::string& value) {
  auto [key, text] = parse_label("label", value);
  b.out.labels[key] = text;
}

void add_label_file(Builder& b, const std::string& path) {
  for (const std::string& raw : split(b.host.read_file("label-file", path), '\n')) {
    std::string_view line = trim(raw);
    if (line.empty() || line[0] == '#') continue;
    auto [key, text] = parse_label("label-file", line);
    b.out.labels[key] = text;
  }
}

void add_mount(Builder& b, ParsedMount parsed) {
  for (const runtime::Mount& other : b.out.spec.mounts) {
    if (other.destination == parsed.mount.destination) {
      throw Error(Errc::invalid,
                  fmt::format("two mounts have the same target {}: give one of them", other.destination));
    }
  }
  if (parsed.create_source) b.out.sources_to_create.push_back(parsed.mount.source);
  b.out.spec.mounts.push_back(std::move(parsed.mount));
}

void set_workdir(Builder& b, const std::string& value) { b.out.spec.process.cwd = clean_path("workdir", value, value); }

void set_shm_size(Builder& b, const std::string& value) {
  b.out.spec.shm_size_bytes = parse_size("shm-size", value);
  if (b.out.spec.shm_size_bytes == 0) bad_value("shm-size", value, "a size above 0, such as 64m");
}

void set_stop_signal(Builder& b, const std::string& value) {
  parse_signal("stop-signal", value);
  b.out.spec.stop_signal = value;
}

void add_ulimit(Builder& b, const std::string& value) {
  runtime::Rlimit limit = parse_ulimit(value);
  std::vector<runtime::Rlimit>& all = b.out.spec.process.rlimits;
  std::erase_if(all, [&](const runtime::Rlimit& other) { return other.resource == limit.resource; });
  all.push_back(limit);
}

void add_group(Builder& b, const std::string& value) {
  if (value.empty()) bad_value("group-add", value, "a group's name or number");
  b.out.spec.process.additional_groups.push_back(value);
}

void add_published(Builder& b, const std::string& value) {
  for (runtime::PublishedPort& port : parse_publish(value)) b.out.spec.ports.push_back(std::move(port));
}

void expose(std::vector<std::string>& all, const std::string& value) {
  for (std::string& port : parse_expose(value))
    if (std::find(all.begin(), all.end(), port) == all.end()) all.push_back(std::move(port));
}

void add_exposed(Builder& b, const std::string& value) { expose(b.out.spec.exposed_ports, value); }

// What an image exposes; one that says nonsense there is no worse for it.
void expose_of_image(std::vector<std::string>& all, const std::vector<std::string>& ports) {
  for (const std::string& port : ports) {
    try {
      expose(all, port);
    } catch (const Error&) {
    }
  }
}

struct Setting {
  const char* flag;
  Apply apply;
};

// Applied in this order, each value of a flag in turn: namespaces before --sysctl, which asks about them, and files
// before single values, which win.
constexpr Setting settings[] = {
    {"network", [](Builder& b, const std::string& v) { add_network(v, b.out.spec); }},
    {"pid", [](Builder& b, const std::string& v) { set_pid_namespace(v, b.out.spec.shared); }},
    {"ipc", [](Builder& b, const std::string& v) { set_ipc_namespace(v, b.out.spec.shared); }},
    {"uts", [](Builder& b, const std::string& v) { set_uts_namespace(v, b.out.spec.shared); }},
    {"isolation", [](Builder&, const std::string& v) { check_isolation(v); }},
    {"publish", add_published},
    {"expose", add_exposed},
    {"env-file", add_env_file},
    {"env", add_env},
    {"label-file", add_label_file},
    {"label", add_label},
    {"volume", [](Builder& b, const std::string& v) { add_mount(b, parse_volume(v, b.host.cwd)); }},
    {"mount", [](Builder& b, const std::string& v) { add_mount(b, parse_mount(v, b.host.cwd)); }},
    {"tmpfs",
     [](Builder& b, const std::string& v) {
       add_mount(b, {parse_tmpfs(v), false});
     }},
    {"device", [](Builder& b, const std::string& v) { b.out.spec.devices.push_back(parse_device(v)); }},
    {"add-host", [](Builder& b, const std::string& v) { b.out.spec.extra_hosts.push_back(parse_add_host(v)); }},
    {"dns", [](Builder& b, const std::string& v) { b.out.spec.dns.push_back(parse_address("dns", v)); }},
    {"dns-search",
     [](Builder& b, const std::string& v) { b.out.spec.dns_search.push_back(parse_resolver_word("dns-search", v)); }},
    {"dns-option",
     [](Builder& b, const std::string& v) { b.out.spec.dns_options.push_back(parse_resolver_word("dns-option", v)); }},
    {"hostname", [](Builder& b, const std::string& v) { b.out.spec.hostname = parse_hostname(v); }},
    {"security-opt", [](Builder& b, const std::string& v) { apply_security_option(v, b.host.read_file, b.out.spec); }},
    {"sysctl",
     [](Builder& b, const std::string& v) {
       auto [name, value] = parse_sysctl(v, b.out.spec);
       b.out.spec.sysctl[name] = value;
     }},
    {"ulimit", add_ulimit},
    {"group-add", add_group},
    {"user", [](Builder& b, const std::string& v) { b.out.spec.process.user = v; }},
    {"workdir", set_workdir},
    {"shm-size", set_shm_size},
    {"stop-signal", set_stop_signal},
    {"entrypoint", [](Builder& b, const std::string& v) { b.out.entrypoint = v; }},
    {"name", [](Builder& b, const std::string& v) { b.out.name = parse_container_name(v); }},
    {"oom-score-adj",
     [](Builder& b, const std::string& v) {
       b.out.spec.process.oom_score_adj = static_cast<int>(parse_integer("oom-score-adj", v, -1000, 1000));
     }},
};

void apply_privileges(const Flags& flags, runtime::Spec& spec) {
  spec.privileged = flags.on("privileged");
  uint64_t basis = spec.privileged ? runtime::all_capabilities() : spec.process.capabilities;
  spec.process.capabilities = runtime::apply_capabilities(basis, flags.list("cap-add"), flags.list("cap-drop"));
  if (!spec.privileged) return;
  // As Docker: --privileged takes the seccomp filter off, unless a profile was asked for.
  bool asked = std::any_of(flags.list("security-opt").begin(), flags.list("security-opt").end(),
                           [](const std::string& option) { return option.starts_with("seccomp"); });
  if (!asked) spec.seccomp = {runtime::Seccomp::Kind::unconfined, ""};
  spec.masked_paths.clear();
  spec.readonly_paths.clear();
}

}  // namespace

RunFlags parse_run_flags(const Flags& flags, const Host& host) {
  RunFlags out;
  out.spec = runtime::default_spec();
  out.spec.process.cwd.clear();
  Builder builder{host, out};
  for (const Setting& setting : settings) {
    for (const std::string& value : flags.list(setting.flag)) setting.apply(builder, value);
  }
  settle_network(flags, out.spec);
  if (out.spec.shared.host_uts && flags.has("hostname"))
    throw Error(Errc::invalid, "--hostname does not go with --uts host: it would rename the host");
  apply_privileges(flags, out.spec);
  out.spec.resources = parse_resources(flags, host.cpus);
  out.policies = parse_policies(flags);
  out.spec.root_read_only = flags.on("read-only");
  out.spec.init = flags.on("init");
  out.spec.publish_all = flags.on("publish-all");
  out.spec.process.terminal = flags.on("tty");
  return out;
}

std::vector<std::string> entrypoint_of(const std::optional<std::string>& entrypoint,
                                       const registry::ImageConfig& image) {
  if (!entrypoint) return image.entrypoint;
  return entrypoint->empty() ? std::vector<std::string>{} : std::vector<std::string>{*entrypoint};
}

std::vector<std::string> command_line(const std::optional<std::string>& entrypoint,
                                      const std::vector<std::string>& arguments, const registry::ImageConfig& image) {
  std::vector<std::string> line = entrypoint_of(entrypoint, image);
  bool use_cmd = arguments.empty() && !entrypoint;
  const std::vector<std::string>& rest = use_cmd ? image.cmd : arguments;
  line.insert(line.end(), rest.begin(), rest.end());
  return line;
}

runtime::Spec complete_spec(const RunFlags& flags, const std::vector<std::string>& arguments,
                            const registry::Image& image, const std::string& image_name) {
  runtime::Spec spec = flags.spec;
  spec.lower_dirs = image.layer_paths;
  spec.process.args = command_line(flags.entrypoint, arguments, image.config);
  if (spec.process.args.empty() || spec.process.args[0].empty()) {
    throw Error(Errc::invalid, fmt::format("image {} names no command to run: write one behind the image", image_name));
  }
  spec.process.env = make_env(flags.spec.process.env, image.config.env, spec.hostname, spec.process.terminal);
  expose_of_image(spec.exposed_ports, image.config.exposed_ports);
  if (spec.process.user.empty()) spec.process.user = image.config.user;
  if (spec.stop_signal.empty()) spec.stop_signal = image.config.stop_signal;
  // An image's relative WorkingDir counts from the root, and one with ".." cannot leave it.
  if (spec.process.cwd.empty())
    spec.process.cwd = clean_path("workdir", image.config.working_dir, "/" + image.config.working_dir);
  return spec;
}

std::string parse_container_name(const std::string& text) {
  auto is_alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  auto fits = [&](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; };
  constexpr size_t name_bytes_max = 255;  // it names a file below --state
  bool good = text.size() >= 2 && text.size() <= name_bytes_max && is_alnum(text[0]) &&
              std::all_of(text.begin(), text.end(), fits);
  if (!good) bad_value("name", text, "letters, digits, '_', '.' and '-', at least two, the first a letter or digit");
  return text;
}

}  // namespace ccocker::cli
