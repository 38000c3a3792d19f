#include "cli/inspect_mounts.h"

#include <cstdlib>

#include "cli/text.h"

namespace ccocker::cli {
namespace {

using runtime::Mount;
using runtime::Spec;

bool has_usual_propagation(const Mount& mount) { return mount.propagation == Mount().propagation; }

// Older records do not say which flag a mount was written with: all that -v can say was taken for its then.
bool is_written_with_v(const Mount& mount) {
  bool nameless = mount.kind == Mount::Kind::volume && (mount.volume.empty() || mount.made_up);
  if (mount.kind == Mount::Kind::tmpfs || nameless) return false;
  return mount.flag == Mount::Flag::volume || (mount.flag == Mount::Flag::none && mount.kind == Mount::Kind::bind);
}

std::string bind_text(const Mount& mount) {
  std::vector<std::string> options;
  if (mount.read_only) options.emplace_back("ro");
  if (mount.no_copy) options.emplace_back("nocopy");
  if (!has_usual_propagation(mount)) options.push_back(mount.propagation);
  std::string source = mount.kind == Mount::Kind::volume ? mount.volume : mount.source;
  return source + ":" + mount.destination + (options.empty() ? "" : ":" + join(options, ","));
}

// "size=1048576,mode=1770" as numbers; the mode is octal there.
Value tmpfs_options(const std::string& data) {
  Value options = Value::record();
  for (const std::string& word : split(data, ',')) {
    if (word.starts_with("size=")) options.set("SizeBytes", std::strtoll(word.c_str() + 5, nullptr, 10));
    if (word.starts_with("mode=")) options.set("Mode", std::strtoll(word.c_str() + 5, nullptr, 8));
  }
  return options;
}

Value bind_options(const Mount& mount) {
  Value options = Value::record();
  if (!has_usual_propagation(mount)) options.set("Propagation", mount.propagation);
  if (!mount.recursive) options.set("NonRecursive", true);
  return options;
}

Value mount_request(const Mount& mount) {
  static constexpr const char* types[] = {"bind", "tmpfs", "volume"};
  static constexpr const char* option_names[] = {"BindOptions", "TmpfsOptions", "VolumeOptions"};
  size_t kind = static_cast<size_t>(mount.kind);
  std::string name = mount.made_up ? "" : mount.volume;
  Value request = Value::record({{"Type", types[kind]},
                                 {"Source", mount.kind == Mount::Kind::volume ? name : mount.source},
                                 {"Target", mount.destination},
                                 {"ReadOnly", mount.read_only}});
  Value options = mount.kind == Mount::Kind::tmpfs  ? tmpfs_options(mount.data)
                  : mount.kind == Mount::Kind::bind ? bind_options(mount)
                  : mount.no_copy                   ? Value::record({{"NoCopy", true}})
                                                    : Value::record();
  if (!options.items().empty()) request.set(option_names[kind], std::move(options));
  return request;
}

Value mounted_volume(const Mount& mount) {
  return Value::record({{"Type", "volume"},
                        {"Name", mount.volume},
                        {"Source", mount.source},
                        {"Destination", mount.destination},
                        {"Driver", "local"},
                        {"Mode", mount.read_only ? "ro" : "z"},
                        {"RW", !mount.read_only},
                        {"Propagation", ""}});
}

Value mounted(const Mount& mount) {
  if (mount.kind == Mount::Kind::volume) return mounted_volume(mount);
  bool bind = mount.kind == Mount::Kind::bind;
  return Value::record({{"Type", bind ? "bind" : "tmpfs"},
                        {"Source", mount.source},
                        {"Destination", mount.destination},
                        {"Mode", mount.read_only ? "ro" : ""},
                        {"RW", !mount.read_only},
                        {"Propagation", bind ? mount.propagation : ""}});
}

}  // namespace

Value inspect_binds(const Spec& spec) {
  std::vector<std::string> binds;
  for (const Mount& mount : spec.mounts)
    if (is_written_with_v(mount)) binds.push_back(bind_text(mount));
  return Value::list_or_null(binds);
}

Value inspect_tmpfs(const Spec& spec) {
  Value all = Value::map();
  for (const Mount& mount : spec.mounts) {
    if (mount.kind == Mount::Kind::tmpfs && mount.flag != Mount::Flag::mount) all.set(mount.destination, mount.data);
  }
  return all;
}

Value inspect_mount_requests(const Spec& spec) {
  Value all = Value::list();
  for (const Mount& mount : spec.mounts)
    if (mount.flag == Mount::Flag::mount) all.push(mount_request(mount));
  return all.items().empty() ? Value::null_list() : all;
}

Value inspect_mounts(const Spec& spec) {
  Value all = Value::list();
  for (const Mount& mount : spec.mounts) all.push(mounted(mount));
  return all;
}

}  // namespace ccocker::cli
