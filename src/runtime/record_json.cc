// Records as JSON. A field added to a struct of spec.h or policies.h is named in its list here; arity() refuses to
// compile until it is.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "loop/sys.h"
#include "runtime/health_state.h"
#include "runtime/record.h"

namespace nlohmann {
template <typename T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) { out = value ? json(*value) : json(nullptr); }
  static void from_json(const json& in, std::optional<T>& value) {
    if (in.is_null())
      value.reset();
    else
      value = in.get<T>();
  }
};
}  // namespace nlohmann

namespace ccocker::runtime {

NLOHMANN_JSON_SERIALIZE_ENUM(Mount::Kind, {{Mount::Kind::bind, "bind"},
                                           {Mount::Kind::tmpfs, "tmpfs"},
                                           {Mount::Kind::volume, "volume"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Mount::Flag, {{Mount::Flag::none, nullptr},
                                           {Mount::Flag::volume, "volume"},
                                           {Mount::Flag::mount, "mount"},
                                           {Mount::Flag::tmpfs, "tmpfs"},
                                           {Mount::Flag::volumes_from, "volumes-from"}})
NLOHMANN_JSON_SERIALIZE_ENUM(NetworkMode, {{NetworkMode::none, "none"},
                                           {NetworkMode::host, "host"},
                                           {NetworkMode::bridge, "bridge"},
                                           {NetworkMode::container, "container"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Seccomp::Kind, {{Seccomp::Kind::builtin, "builtin"},
                                             {Seccomp::Kind::unconfined, "unconfined"},
                                             {Seccomp::Kind::file, "file"}})
NLOHMANN_JSON_SERIALIZE_ENUM(RestartPolicy::Kind, {{RestartPolicy::Kind::no, "no"},
                                                   {RestartPolicy::Kind::on_failure, "on-failure"},
                                                   {RestartPolicy::Kind::always, "always"},
                                                   {RestartPolicy::Kind::unless_stopped, "unless-stopped"}})
NLOHMANN_JSON_SERIALIZE_ENUM(OnUnhealthy, {{OnUnhealthy::none, "none"},
                                           {OnUnhealthy::stop, "stop"},
                                           {OnUnhealthy::restart, "restart"}})
NLOHMANN_JSON_SERIALIZE_ENUM(LogConfig::Driver, {{LogConfig::Driver::json_file, "json-file"},
                                                 {LogConfig::Driver::journald, "journald"},
                                                 {LogConfig::Driver::none, "none"}})
NLOHMANN_JSON_SERIALIZE_ENUM(PressureTrigger::Action, {{PressureTrigger::Action::event, "event"},
                                                       {PressureTrigger::Action::pause, "pause"},
                                                       {PressureTrigger::Action::kill, "kill"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RestartPolicy, kind, retries_max)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(HealthCheck, test, interval_ms, timeout_ms, start_period_ms,
                                                start_interval_ms, retries)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(LogConfig, driver, file_bytes_max, files_max)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PressureTrigger, resource, full, stall_us, window_us, action)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Policies, restart, health, on_unhealthy, log, pressure, stop_timeout_s,
                                                remove_on_success_only, open_stdin, stdin_once)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Rlimit, resource, soft, hard)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Process, terminal, args, env, cwd, user, additional_groups,
                                                capabilities, rlimits, no_new_privileges, oom_score_adj, umask)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Mount, kind, source, destination, read_only, recursive, data,
                                                propagation, volume, no_copy, made_up, flags, flag)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Device, source, destination, permissions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Resources, memory_bytes, memory_swap_bytes, memory_reservation_bytes,
                                                cpu_quota_us, cpu_period_us, cpu_shares, cpuset_cpus, cpuset_mems,
                                                pids_max)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Seccomp, kind, path, profile)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NetworkEndpoint, network, ip, ip6, mac, aliases)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PublishedPort, host_address, host_port, host_port_last, container_port,
                                                protocol)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SharedNamespaces, pid, pid_container, host_ipc, host_uts)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Spec, process, lower_dirs, root_read_only, hostname, network, networks,
                                                network_container, shared, ports, exposed_ports, publish_all, mounts, devices,
                                                resources, seccomp, sysctl, extra_hosts, dns, dns_search, dns_options,
                                                shm_size_bytes, privileged, init, masked_paths, readonly_paths,
                                                cgroup_parent, stop_signal)

namespace {

using nlohmann::json;

constexpr int format_version = 1;
constexpr const char* bytes_key = "$bytes";  // stands for a string that is not UTF-8, in hex

struct Any {
  template <typename T>
  operator T() const;
};
template <typename T, typename... Fields>
consteval size_t arity() {
  if constexpr (requires { T{Fields{}..., Any{}}; })
    return arity<T, Fields..., Any>();
  else
    return sizeof...(Fields);
}
static_assert(arity<Rlimit>() == 3 && arity<Process>() == 11 && arity<Mount>() == 12 && arity<Device>() == 3 &&
                  arity<Resources>() == 9 && arity<Seccomp>() == 3 && arity<Spec>() == 27 && arity<SharedNamespaces>() == 4 &&
                  arity<NetworkEndpoint>() == 5 && arity<PublishedPort>() == 5 && arity<RestartPolicy>() == 2 &&
                  arity<HealthCheck>() == 6 && arity<LogConfig>() == 3 && arity<PressureTrigger>() == 5 &&
                  arity<Policies>() == 9,
              "spec.h or policies.h has changed: name the new field in its list above, then count it here");

std::string hex_of(const std::string& bytes) {
  std::string hex;
  for (char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(json(text).dump());
    return true;
  } catch (const json::type_error&) {
    return false;
  }
}

// Arguments and environment are bytes to the kernel, JSON strings are UTF-8.
void wrap_bytes(json& value) {
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    if (!is_utf8(text)) value = json{{bytes_key, hex_of(text)}};
  } else if (value.is_structured()) {
    for (json& item : value) wrap_bytes(item);
  }
}

void unwrap_bytes(json& value) {
  if (value.is_object() && value.size() == 1 && value.contains(bytes_key)) {
    value = bytes_of(value[bytes_key].get<std::string>());
  } else if (value.is_structured()) {
    for (json& item : value) unwrap_bytes(item);
  }
}

std::string text_of(json value) {
  try {
    return value.dump();
  } catch (const json::type_error&) {
    wrap_bytes(value);
    return value.dump(-1, ' ', false, json::error_handler_t::replace);  // keys that are not UTF-8
  }
}

// Runs `parse` on the JSON of `text`; what json or the standard library throw becomes Errc::corrupt.
template <typename Parse>
auto parse_text(std::string_view text, const char* what, Parse parse) {
  try {
    json value = json::parse(text);
    if (text.find(bytes_key) != std::string_view::npos) unwrap_bytes(value);
    int version = value.at("version").get<int>();
    if (version != format_version)
      throw Error(Errc::unsupported, fmt::format("{} has format version {}, this ccocker reads version {}", what,
                                                 version, format_version));
    return parse(value);
  } catch (const json::exception& error) {
    throw Error(Errc::corrupt, fmt::format("{} is damaged: {}", what, error.what()));
  } catch (const std::logic_error& error) {
    throw Error(Errc::corrupt, fmt::format("{} is damaged: {}", what, error.what()));
  }
}

}  // namespace

std::string record_to_json(const ContainerRecord& record) {
  const Container& it = record.container;
  return text_of(json{{"version", format_version},
                      {"id", it.id},
                      {"name", it.name},
                      {"image", it.image},
                      {"image_id", it.image_id},
                      {"command", it.command},
                      {"entrypoint_words", it.entrypoint_words},
                      {"labels", it.labels},
                      {"created_unix_ns", it.created_unix_ns},
                      {"auto_remove", it.auto_remove},
                      {"keep_unstarted", record.keep_unstarted},
                      {"policies", it.policies},
                      {"spec", record.spec}});
}

ContainerRecord record_from_json(std::string_view text) {
  return parse_text(text, "the record", [](const json& in) {
    ContainerRecord record;
    Container& it = record.container;
    in.at("id").get_to(it.id);
    in.at("name").get_to(it.name);
    in.at("image").get_to(it.image);
    in.at("image_id").get_to(it.image_id);
    in.at("command").get_to(it.command);
    it.entrypoint_words = in.value("entrypoint_words", std::optional<size_t>());
    in.at("labels").get_to(it.labels);
    in.at("created_unix_ns").get_to(it.created_unix_ns);
    in.at("auto_remove").get_to(it.auto_remove);
    record.keep_unstarted = in.value("keep_unstarted", false);
    it.created_unix_s = it.created_unix_ns / 1'000'000'000;
    it.policies = in.value("policies", Policies{});
    in.at("spec").get_to(record.spec);
    it.terminal = record.spec.process.terminal;
    return record;
  });
}

namespace {

// Older states have whole seconds.
int64_t moment_of(const json& in, const std::string& name) {
  auto exact = in.find(name + "_ns");
  return exact != in.end() ? exact->get<int64_t>() : in.at(name + "_s").get<int64_t>() * 1'000'000'000;
}

}  // namespace

std::string state_to_json(const RecordedState& state) {
  return text_of(json{{"version", format_version},
                      {"running", state.running},
                      {"pid", state.pid},
                      {"boot_id", state.boot_id},
                      {"started_unix_ns", state.started_unix_ns},
                      {"finished_unix_ns", state.finished_unix_ns},
                      {"exit_code", state.exit_code},
                      {"oom_killed", state.oom_killed},
                      {"error", state.error},
                      {"restarting", state.restarting},
                      {"restart_count", state.restart_count},
                      {"stopped_by_user", state.stopped_by_user}});
}

RecordedState state_from_json(std::string_view text) {
  return parse_text(text, "the state", [](const json& in) {
    RecordedState state;
    in.at("running").get_to(state.running);
    in.at("pid").get_to(state.pid);
    in.at("boot_id").get_to(state.boot_id);
    state.started_unix_ns = moment_of(in, "started_unix");
    state.finished_unix_ns = moment_of(in, "finished_unix");
    in.at("exit_code").get_to(state.exit_code);
    in.at("oom_killed").get_to(state.oom_killed);
    in.at("error").get_to(state.error);
    state.restarting = in.value("restarting", false);
    state.restart_count = in.value("restart_count", 0);
    state.stopped_by_user = in.value("stopped_by_user", false);
    return state;
  });
}

std::string health_to_json(const HealthState& state) {
  json log = json::array();
  for (const HealthProbe& probe : state.log)
    log.push_back({{"start_unix_ns", probe.start_unix_ns},
                   {"end_unix_ns", probe.end_unix_ns},
                   {"exit_code", probe.exit_code},
                   {"output", probe.output}});
  return text_of(json{{"version", format_version},
                      {"status", state.status},
                      {"failing_streak", state.failing_streak},
                      {"log", std::move(log)}});
}

HealthState health_from_json(std::string_view text) {
  return parse_text(text, "the health record", [](const json& in) {
    HealthState state;
    in.at("status").get_to(state.status);
    in.at("failing_streak").get_to(state.failing_streak);
    for (const json& item : in.at("log")) {
      HealthProbe probe;
      item.at("start_unix_ns").get_to(probe.start_unix_ns);
      item.at("end_unix_ns").get_to(probe.end_unix_ns);
      item.at("exit_code").get_to(probe.exit_code);
      item.at("output").get_to(probe.output);
      state.log.push_back(std::move(probe));
    }
    return state;
  });
}

namespace {

HealthState load_health_file(FdView dir, const std::string& path) {
  try {
    std::optional<std::string> text = sys::read_file_if_exists(dir, path);
    return text ? health_from_json(*text) : HealthState{};
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

HealthState load_health(FdView dir) { return load_health_file(dir, health_file); }

HealthState load_health(const std::string& dir) { return load_health_file(sys::cwd(), dir + "/" + health_file); }

}  // namespace ccocker::runtime
