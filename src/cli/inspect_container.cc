#include "cli/inspect_container.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "cli/container_rows.h"
#include "cli/inspect_mounts.h"
#include "cli/text.h"
#include "cli/when.h"
#include "runtime/capabilities.h"
#include "runtime/log_writer.h"

namespace ccocker::cli {
namespace {

using runtime::ContainerRecord;
using runtime::Spec;
using runtime::Status;

constexpr int64_t second_ns = 1'000'000'000;

std::vector<std::string> slice(const std::vector<std::string>& words, size_t begin, size_t end) {
  return {words.begin() + static_cast<std::ptrdiff_t>(begin), words.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::string host_name(const ContainerRecord& record) {
  return record.spec.hostname.empty() ? record.container.id.substr(0, 12) : record.spec.hostname;
}

// What the health checks found so far; null without one.
Value health_of(const InspectedContainer& it) {
  if (!it.record.container.policies.health.on()) return {};
  const runtime::HealthState health = it.health.value_or(runtime::HealthState{});
  Value log = Value::list();
  for (const runtime::HealthProbe& probe : health.log) {
    log.push(Value::record({{"Start", rfc3339_utc(probe.start_unix_ns)},
                            {"End", rfc3339_utc(probe.end_unix_ns)},
                            {"ExitCode", probe.exit_code},
                            {"Output", probe.output}}));
  }
  return Value::record({{"Status", health.status.empty() ? "none" : health.status},
                        {"FailingStreak", health.failing_streak},
                        {"Log", std::move(log)}});
}

Value state_of(const InspectedContainer& inspected) {
  const runtime::Container& it = inspected.record.container;
  Value state = Value::record({{"Status", status_word(it.status)},
                               {"Running", is_up(it.status)},
                               {"Paused", it.status == Status::paused},
                               {"Restarting", it.status == Status::restarting},
                               {"OOMKilled", it.oom_killed},
                               {"Dead", false},
                               {"Pid", it.pid},
                               {"ExitCode", it.exit_code},
                               {"Error", it.error},
                               {"StartedAt", rfc3339_utc(it.started_unix_ns)},
                               {"FinishedAt", rfc3339_utc(it.finished_unix_ns)}});
  Value health = health_of(inspected);
  if (health.truth()) state.set("Health", std::move(health));
  return state;
}

Value restart_policy(const runtime::RestartPolicy& policy) {
  static constexpr const char* names[] = {"no", "on-failure", "always", "unless-stopped"};
  return Value::record({{"Name", names[static_cast<size_t>(policy.kind)]}, {"MaximumRetryCount", policy.retries_max}});
}

Value log_config(const runtime::LogConfig& log) {
  static constexpr const char* drivers[] = {"json-file", "journald", "none"};
  Value config = Value::map();
  if (log.driver == runtime::LogConfig::Driver::json_file) {
    config.set("max-size", std::to_string(log.file_bytes_max));
    config.set("max-file", std::to_string(log.files_max));
  }
  return Value::record({{"Type", drivers[static_cast<size_t>(log.driver)]}, {"Config", std::move(config)}});
}

std::string log_path(const InspectedContainer& it) {
  bool file = it.record.container.policies.log.driver == runtime::LogConfig::Driver::json_file;
  return file ? it.dir + "/" + runtime::log_file_name(it.record.container.id) : "";
}

// The capabilities of `mask` by name, as --cap-add and --cap-drop would have them.
Value capabilities_of(uint64_t mask) {
  std::vector<std::string> names;
  for (int number = 0; number < 64; ++number)
    if (mask >> number & 1) names.push_back(runtime::capability_name(number));
  return Value::list_or_null(names);
}

Value security_options(const Spec& spec) {
  std::vector<std::string> options;
  if (spec.process.no_new_privileges) options.emplace_back("no-new-privileges");
  const runtime::Seccomp& seccomp = spec.seccomp;
  if (seccomp.kind == runtime::Seccomp::Kind::file)
    options.push_back("seccomp=" + (seccomp.profile.empty() ? seccomp.path : seccomp.profile));
  if (seccomp.kind == runtime::Seccomp::Kind::unconfined && !spec.privileged)
    options.emplace_back("seccomp=unconfined");
  return Value::list_or_null(options);
}

Value devices_of(const Spec& spec) {
  if (spec.devices.empty()) return Value::list();
  Value all = Value::list();
  for (const runtime::Device& device : spec.devices) {
    all.push(Value::record({{"PathOnHost", device.source},
                            {"PathInContainer", device.destination},
                            {"CgroupPermissions", device.permissions}}));
  }
  return all;
}

Value limits_of(const Spec& spec) {
  static constexpr const char* names[] = {"cpu",      "fsize",  "data",    "stack", "core",  "rss",
                                          "nproc",    "nofile", "memlock", "as",    "locks", "sigpending",
                                          "msgqueue", "nice",   "rtprio",  "rttime"};
  Value all = Value::list();
  for (const runtime::Rlimit& limit : spec.process.rlimits) {
    size_t number = static_cast<size_t>(limit.resource);
    all.push(Value::record(
        {{"Name", number < std::size(names) ? names[number] : "unknown"}, {"Hard", limit.hard}, {"Soft", limit.soft}}));
  }
  return spec.process.rlimits.empty() ? Value::null_list() : all;
}

Value extra_hosts(const Spec& spec) {
  std::vector<std::string> hosts;
  for (const auto& [name, address] : spec.extra_hosts) hosts.push_back(name + ":" + address);
  return Value::list_or_null(hosts);
}

// What --cpus said: a quota in Docker's period. Other periods are shown as what they are.
int64_t nano_cpus(const runtime::Resources& limits) {
  constexpr int64_t docker_period_us = 100'000;
  if (!limits.cpu_quota_us || limits.cpu_period_us.value_or(docker_period_us) != docker_period_us) return 0;
  return std::max<int64_t>(*limits.cpu_quota_us, 0) * (second_ns / docker_period_us);
}

void add_resources(Value& config, const Spec& spec) {
  const runtime::Resources& limits = spec.resources;
  int64_t nanos = nano_cpus(limits);
  config.set("CpuShares", limits.cpu_shares.value_or(0));
  config.set("Memory", limits.memory_bytes.value_or(0));
  config.set("NanoCpus", nanos);
  config.set("CgroupParent", spec.cgroup_parent);
  config.set("CpuPeriod", nanos ? 0 : limits.cpu_period_us.value_or(0));
  config.set("CpuQuota", nanos ? 0 : limits.cpu_quota_us.value_or(0));
  config.set("CpusetCpus", limits.cpuset_cpus);
  config.set("CpusetMems", limits.cpuset_mems);
  config.set("Devices", devices_of(spec));
  config.set("MemoryReservation", limits.memory_reservation_bytes.value_or(0));
  config.set("MemorySwap", limits.memory_swap_bytes.value_or(0));
  config.set("PidsLimit", limits.pids_max ? Value(*limits.pids_max) : Value());
  config.set("Ulimits", limits_of(spec));
}

std::string pid_mode(const Spec& spec) {
  if (spec.shared.pid == runtime::NamespaceMode::container) return "container:" + spec.shared.pid_container;
  return spec.shared.pid == runtime::NamespaceMode::host ? "host" : "";
}

Value host_config(const ContainerRecord& record) {
  const Spec& spec = record.spec;
  uint64_t usual = runtime::docker_default_capabilities();
  Value config = Value::record({{"Binds", inspect_binds(spec)},
                                {"ContainerIDFile", ""},
                                {"LogConfig", log_config(record.container.policies.log)},
                                {"NetworkMode", network_mode(spec)},
                                {"PortBindings", port_bindings(spec)},
                                {"RestartPolicy", restart_policy(record.container.policies.restart)},
                                {"AutoRemove", record.container.auto_remove},
                                {"VolumeDriver", ""},
                                {"VolumesFrom", Value::null_list()},
                                {"CapAdd", capabilities_of(spec.privileged ? 0 : spec.process.capabilities & ~usual)},
                                {"CapDrop", capabilities_of(usual & ~spec.process.capabilities)},
                                {"CgroupnsMode", "private"},
                                {"Dns", spec.dns},
                                {"DnsOptions", spec.dns_options},
                                {"DnsSearch", spec.dns_search},
                                {"ExtraHosts", extra_hosts(spec)},
                                {"GroupAdd", Value::list_or_null(spec.process.additional_groups)},
                                {"IpcMode", spec.shared.host_ipc ? "host" : "private"},
                                {"OomScoreAdj", spec.process.oom_score_adj.value_or(0)},
                                {"PidMode", pid_mode(spec)},
                                {"Privileged", spec.privileged},
                                {"PublishAllPorts", spec.publish_all},
                                {"ReadonlyRootfs", spec.root_read_only},
                                {"SecurityOpt", security_options(spec)},
                                {"UTSMode", spec.shared.host_uts ? "host" : ""},
                                {"UsernsMode", ""},
                                {"ShmSize", spec.shm_size_bytes},
                                {"Sysctls", Value(spec.sysctl)},
                                {"Tmpfs", inspect_tmpfs(spec)},
                                {"Runtime", "ccocker"},
                                {"Init", spec.init}});
  add_resources(config, spec);
  config.set("Mounts", inspect_mount_requests(spec));
  config.set("MaskedPaths", spec.masked_paths);
  config.set("ReadonlyPaths", spec.readonly_paths);
  return config;
}

Value graph_driver(const InspectedContainer& it) {
  std::vector<std::string> lower(it.record.spec.lower_dirs.rbegin(), it.record.spec.lower_dirs.rend());
  // No path of the host leads to the mount but the one through its process.
  std::string merged = it.record.container.pid ? fmt::format("/proc/{}/root", it.record.container.pid) : "";
  return Value::record({{"Data", Value::map({{"LowerDir", join(lower, ":")},
                                             {"MergedDir", merged},
                                             {"UpperDir", it.dir + "/upper"},
                                             {"WorkDir", it.dir + "/work"}})},
                        {"Name", "overlay"}});
}

Value set_of(const std::vector<std::string>& names) {
  Value all = Value::map();
  for (const std::string& name : names) all.set(name, Value::map());
  return all;
}

Value config_of(const InspectedContainer& it) {
  const Spec& spec = it.record.spec;
  const std::vector<std::string>& args = it.record.container.command;
  size_t split = it.record.container.entrypoint_words.value_or(guessed_entrypoint_words(args, it.image));
  split = std::min(split, args.size());
  Value config = Value::record({{"Hostname", host_name(it.record)},
                                {"Domainname", ""},
                                {"User", spec.process.user},
                                {"AttachStdin", false},
                                {"AttachStdout", true},
                                {"AttachStderr", true}});
  std::vector<std::string> exposed = exposed_ports(spec);
  if (!exposed.empty()) config.set("ExposedPorts", set_of(exposed));
  config.set("Tty", it.record.container.terminal);
  config.set("OpenStdin", it.record.container.policies.open_stdin);
  config.set("StdinOnce", it.record.container.policies.open_stdin && it.record.container.policies.stdin_once);
  config.set("Env", spec.process.env);
  config.set("Cmd", Value::list_or_null(slice(args, split, args.size())));
  const runtime::HealthCheck& health = it.record.container.policies.health;
  if (!health.test.empty()) config.set("Healthcheck", inspect_health_check(health));
  config.set("Image", it.record.container.image);
  bool volumes = it.image && !it.image->config.volumes.empty();
  config.set("Volumes", volumes ? set_of(it.image->config.volumes) : Value::null_map());
  config.set("WorkingDir", spec.process.cwd);
  config.set("Entrypoint", Value::list_or_null(slice(args, 0, split)));
  config.set("OnBuild", Value::null_list());
  config.set("Labels", it.record.container.labels);
  if (!spec.stop_signal.empty()) config.set("StopSignal", spec.stop_signal);
  if (it.record.container.policies.stop_timeout_s)
    config.set("StopTimeout", *it.record.container.policies.stop_timeout_s);
  return config;
}

}  // namespace

Value inspect_health_check(const runtime::HealthCheck& check) {
  constexpr int64_t ms_ns = 1'000'000;
  if (!check.on()) return Value::record({{"Test", check.test}});
  Value out = Value::record({{"Test", check.test},
                             {"Interval", check.interval_ms * ms_ns},
                             {"Timeout", check.timeout_ms * ms_ns},
                             {"StartPeriod", check.start_period_ms * ms_ns}});
  bool usual = check.start_interval_ms == runtime::HealthCheck{}.start_interval_ms;
  if (!usual) out.set("StartInterval", check.start_interval_ms * ms_ns);
  out.set("Retries", check.retries);
  return out;
}

size_t guessed_entrypoint_words(const std::vector<std::string>& args, const registry::Image* image) {
  if (!image || image->config.entrypoint.empty()) return 0;
  const std::vector<std::string>& words = image->config.entrypoint;
  bool fits = words.size() <= args.size() && std::equal(words.begin(), words.end(), args.begin());
  return fits ? words.size() : std::min<size_t>(args.size(), 1);
}

Value inspect_container(const InspectedContainer& it) {
  const runtime::Container& container = it.record.container;
  const std::vector<std::string>& args = container.command;
  Value out = Value::record({{"Id", container.id},
                             {"Created", rfc3339_utc(container.created_unix_ns)},
                             {"Path", args.empty() ? "" : args[0]},
                             {"Args", slice(args, args.empty() ? 0 : 1, args.size())},
                             {"State", state_of(it)},
                             {"Image", container.image_id},
                             {"ResolvConfPath", it.dir + "/resolv.conf"},
                             {"HostnamePath", it.dir + "/hostname"},
                             {"HostsPath", it.dir + "/hosts"},
                             {"LogPath", log_path(it)},
                             {"Name", "/" + container.name},
                             {"RestartCount", container.restart_count},
                             {"Driver", "overlay"},
                             {"Platform", it.image ? it.image->config.platform.os : "linux"},
                             {"MountLabel", ""},
                             {"ProcessLabel", ""},
                             {"AppArmorProfile", ""},
                             {"ExecIDs", Value::null_list()},
                             {"HostConfig", host_config(it.record)},
                             {"GraphDriver", graph_driver(it)}});
  if (it.sizes) {
    out.set("SizeRw", it.sizes->writable_bytes);
    out.set("SizeRootFs", it.sizes->root_bytes);
  }
  out.set("Mounts", inspect_mounts(it.record.spec));
  out.set("Config", config_of(it));
  out.set("NetworkSettings", inspect_network_settings(it.record, it.networks));
  return out;
}

}  // namespace ccocker::cli
