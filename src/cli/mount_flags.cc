#include "cli/mount_flags.h"

#include <linux/mount.h>

#include <optional>

#include "cli/bad_value.h"
#include "cli/options.h"
#include "cli/size.h"
#include "cli/text.h"
#include "loop/error.h"
#include "runtime/volume_name.h"

namespace ccocker::cli {
namespace {

using runtime::Mount;

constexpr const char* volume_form = "[/HOST/PATH:|NAME:]/PATH/INSIDE[:OPTIONS], such as /srv/www:/www:ro or data:/data";
constexpr const char* mount_form =
    "type=volume|bind|tmpfs,source=NAME|/HOST/PATH,target=/PATH/INSIDE[,readonly], such as type=volume,source=data,"
    "target=/data";
constexpr std::string_view propagations[] = {"private", "rprivate", "slave", "rslave", "shared", "rshared"};

bool is_propagation(std::string_view word) {
  return std::find(std::begin(propagations), std::end(propagations), word) != std::end(propagations);
}

bool is_in(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string host_path(std::string_view flag, std::string_view value, std::string_view path, std::string_view cwd) {
  bool relative = path == "." || path == ".." || path.starts_with("./") || path.starts_with("../");
  return clean_path(flag, value, relative ? fmt::format("{}/{}", cwd, path) : std::string(path));
}

std::string inside_path(std::string_view flag, std::string_view value, std::string_view path) {
  std::string clean = clean_path(flag, value, path);
  if (clean == "/") bad_value(flag, value, "a path inside the container below /");
  return clean;
}

std::string volume_name(std::string_view flag, const std::string& name) {
  try {
    return runtime::checked_volume_name(name);
  } catch (Error& error) {
    throw std::move(error).in(fmt::format("--{}", flag));
  }
}

void volume_option(std::string_view value, const std::string& word, Mount& mount) {
  // z and Z relabel for SELinux, the others are hints for Docker Desktop: nothing to do here.
  if (is_in(word, {"rw", "z", "Z", "cached", "delegated", "consistent"})) return;
  if (is_in(word, {"ro", "readonly"})) {
    mount.read_only = true;
  } else if (is_propagation(word)) {
    mount.propagation = word;
  } else if (word == "norecursive") {
    mount.recursive = false;
  } else if (word == "nocopy" && mount.kind == Mount::Kind::volume) {
    mount.no_copy = true;
  } else {
    bad_value("volume", value, fmt::format("options such as ro, rw, z, rslave, not '{}'", word));
  }
}

// ---- tmpfs -----------------------------------------------------------------------------------------------------

constexpr uint64_t tmpfs_default_flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

struct FlagWord {
  std::string_view word;
  uint64_t set, clear;
};
constexpr FlagWord flag_words[] = {
    {"rw", 0, 0},
    {"exec", 0, MOUNT_ATTR_NOEXEC},
    {"noexec", MOUNT_ATTR_NOEXEC, 0},
    {"suid", 0, MOUNT_ATTR_NOSUID},
    {"nosuid", MOUNT_ATTR_NOSUID, 0},
    {"dev", 0, MOUNT_ATTR_NODEV},
    {"nodev", MOUNT_ATTR_NODEV, 0},
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"atime", 0, MOUNT_ATTR__ATIME},
    {"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"diratime", 0, MOUNT_ATTR_NODIRATIME},
};

const FlagWord* find_flag_word(std::string_view word) {
  for (const FlagWord& row : flag_words) {
    if (row.word == word) return &row;
  }
  return nullptr;
}

bool is_octal(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("01234567") == text.npos;
}

// tmpfs(5) takes sizes with k, m, g or in percent of the memory.
bool is_tmpfs_size(std::string_view text) {
  if (!text.empty() && std::string_view("kKmMgG%").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return is_number(text) && text.size() < 19;
}

bool is_tmpfs_data(const std::string& word) {
  size_t equals = word.find('=');
  if (equals == word.npos) return false;
  std::string name = word.substr(0, equals), value = word.substr(equals + 1);
  if (name == "mode") return is_octal(value);
  if (is_in(name, {"size", "nr_blocks", "nr_inodes"})) return is_tmpfs_size(value);
  return is_in(name, {"uid", "gid"}) && is_number(value) && value.size() <= 10;
}

void add_data(Mount& mount, const std::string& word) { mount.data += (mount.data.empty() ? "" : ",") + word; }

void tmpfs_option(std::string_view value, const std::string& word, Mount& mount) {
  const FlagWord* flag = find_flag_word(word);
  if (flag) {
    mount.flags = (mount.flags & ~flag->clear) | flag->set;
  } else if (word == "ro") {
    mount.read_only = true;
  } else if (is_tmpfs_data(word)) {
    add_data(mount, word);
  } else {
    bad_value("tmpfs", value, fmt::format("options such as size=64m, mode=1777, uid=0, exec, ro, not '{}'", word));
  }
}

// ---- --mount ---------------------------------------------------------------------------------------------------

// One CSV record (RFC 4180): a field in double quotes may hold commas, and a doubled quote is one.
std::vector<std::string> csv_fields(std::string_view text) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      fields.back() += text[++i];
    } else if (c == '"' && (quoted || fields.back().empty())) {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) bad_value("mount", text, "a closing double quote");
  return fields;
}

struct MountWords {
  std::string_view whole;
  std::string type, source, target;
  std::optional<uint64_t> tmpfs_size;
  std::string tmpfs_mode;
  bool bind_only = false;    // a key was used that only type=bind knows
  bool volume_only = false;  // the same of type=volume
  Mount mount;
};

bool truth(const MountWords& words, std::string_view key, const std::string& value) {
  std::optional<bool> truth = value.empty() ? true : parse_bool(value);
  if (!truth) bad_value("mount", words.whole, fmt::format("{}=true or {}=false", key, key));
  return *truth;
}

using MountKeySetter = void (*)(MountWords&, const std::string& key, const std::string& value);

void set_propagation(MountWords& words, const std::string&, const std::string& value) {
  if (!is_propagation(value))
    bad_value("mount", words.whole, "bind-propagation=rprivate, rslave, rshared, private, slave or shared");
  words.mount.propagation = value;
  words.bind_only = true;
}

void set_recursive(MountWords& words, const std::string&, const std::string& value) {
  if (!is_in(value, {"enabled", "disabled"})) bad_value("mount", words.whole, "bind-recursive=enabled or disabled");
  words.mount.recursive = value == "enabled";
  words.bind_only = true;
}

void set_nonrecursive(MountWords& words, const std::string& key, const std::string& value) {
  words.mount.recursive = !truth(words, key, value);
  words.bind_only = true;
}

void set_tmpfs_mode(MountWords& words, const std::string&, const std::string& value) {
  if (!is_octal(value)) bad_value("mount", words.whole, "tmpfs-mode in octal digits, such as 1770");
  words.tmpfs_mode = value;
}

void set_no_copy(MountWords& words, const std::string& key, const std::string& value) {
  words.mount.no_copy = truth(words, key, value);
  words.volume_only = true;
}

void set_volume_driver(MountWords& words, const std::string&, const std::string& value) {
  if (value != "local") bad_value("mount", words.whole, "volume-driver=local: there are no other drivers");
  words.volume_only = true;
}

struct MountKey {
  std::string_view name;
  MountKeySetter set;
};
constexpr MountKey mount_keys[] = {
    {"type", [](MountWords& w, const std::string&, const std::string& value) { w.type = value; }},
    {"source", [](MountWords& w, const std::string&, const std::string& value) { w.source = value; }},
    {"src", [](MountWords& w, const std::string&, const std::string& value) { w.source = value; }},
    {"target", [](MountWords& w, const std::string&, const std::string& value) { w.target = value; }},
    {"destination", [](MountWords& w, const std::string&, const std::string& value) { w.target = value; }},
    {"dst", [](MountWords& w, const std::string&, const std::string& value) { w.target = value; }},
    {"readonly", [](MountWords& w, const std::string& k, const std::string& v) { w.mount.read_only = truth(w, k, v); }},
    {"ro", [](MountWords& w, const std::string& k, const std::string& v) { w.mount.read_only = truth(w, k, v); }},
    {"consistency", [](MountWords&, const std::string&, const std::string&) {}},
    {"bind-propagation", set_propagation},
    {"bind-recursive", set_recursive},
    {"bind-nonrecursive", set_nonrecursive},
    {"volume-nocopy", set_no_copy},
    {"volume-driver", set_volume_driver},
    {"tmpfs-size",
     [](MountWords& w, const std::string&, const std::string& v) { w.tmpfs_size = parse_size("mount", v); }},
    {"tmpfs-mode", set_tmpfs_mode},
};

void set_mount_word(MountWords& words, const std::string& field) {
  size_t equals = field.find('=');
  std::string key = lower(field.substr(0, equals));
  std::string value = equals == field.npos ? "" : field.substr(equals + 1);
  for (const MountKey& row : mount_keys) {
    bool may_be_alone = is_in(key, {"readonly", "ro", "bind-nonrecursive", "volume-nocopy"});
    if (row.name != key) continue;
    if (value.empty() && (equals != field.npos || !may_be_alone)) {
      bad_value("mount", words.whole, fmt::format("a value for '{}'", key));
    }
    return row.set(words, key, value);
  }
  bad_value("mount", words.whole, fmt::format("{}; '{}' is not known", mount_form, key));
}

void finish_tmpfs(MountWords& words) {
  if (!words.source.empty()) bad_value("mount", words.whole, "no source with type=tmpfs");
  if (words.bind_only || words.volume_only)
    bad_value("mount", words.whole, "no bind-... and volume-... keys with type=tmpfs");
  words.mount.kind = Mount::Kind::tmpfs;
  words.mount.flags = tmpfs_default_flags;
  if (words.tmpfs_size) add_data(words.mount, fmt::format("size={}", *words.tmpfs_size));
  if (!words.tmpfs_mode.empty()) add_data(words.mount, "mode=" + words.tmpfs_mode);
}

void finish_bind(MountWords& words, std::string_view cwd) {
  if (words.tmpfs_size || !words.tmpfs_mode.empty())
    bad_value("mount", words.whole, "no tmpfs-... keys with type=bind");
  if (words.volume_only) bad_value("mount", words.whole, "no volume-... keys with type=bind");
  if (words.source.empty()) bad_value("mount", words.whole, mount_form);
  words.mount.source = host_path("mount", words.whole, words.source, cwd);
}

void finish_volume(MountWords& words) {
  if (words.tmpfs_size || !words.tmpfs_mode.empty() || words.bind_only)
    bad_value("mount", words.whole, "no tmpfs-... and bind-... keys with type=volume");
  if (words.source.starts_with('/') || words.source.starts_with('.'))
    bad_value("mount", words.whole, "a volume's name as source; type=bind takes a path of the host");
  words.mount.kind = Mount::Kind::volume;
  if (!words.source.empty()) words.mount.volume = volume_name("mount", words.source);
}

}  // namespace

std::string clean_path(std::string_view flag, std::string_view value, std::string_view path) {
  bool fits = path.starts_with('/') && path.find('\0') == path.npos;
  if (!fits) bad_value(flag, value, fmt::format("an absolute path, not '{}'", path));
  std::vector<std::string> parts;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return "/" + join(parts, "/");
}

ParsedMount parse_volume(std::string_view text, std::string_view cwd) {
  std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 3 || parts[0].empty()) bad_value("volume", text, volume_form);
  ParsedMount out;
  out.mount.flag = Mount::Flag::volume;
  bool names_path = parts[0].starts_with('/') || parts[0].starts_with('.');
  if (parts.size() == 1) {
    out.mount.kind = Mount::Kind::volume;
    out.mount.destination = inside_path("volume", text, parts[0]);
    return out;
  }
  if (names_path) {
    out.create_source = true;
    out.mount.source = host_path("volume", text, parts[0], cwd);
  } else {
    out.mount.kind = Mount::Kind::volume;
    out.mount.volume = volume_name("volume", parts[0]);
  }
  out.mount.destination = inside_path("volume", text, parts[1]);
  if (parts.size() == 3) {
    for (const std::string& word : split(parts[2], ',')) volume_option(text, word, out.mount);
  }
  return out;
}

ParsedMount parse_mount(std::string_view text, std::string_view cwd) {
  MountWords words;
  words.whole = text;
  for (const std::string& field : csv_fields(text)) set_mount_word(words, field);
  if (words.type.empty()) words.type = "volume";  // as in Docker
  if (!is_in(words.type, {"bind", "tmpfs", "volume"})) bad_value("mount", text, mount_form);
  if (words.target.empty()) bad_value("mount", text, mount_form);
  words.mount.flag = Mount::Flag::mount;
  words.mount.destination = inside_path("mount", text, words.target);
  if (words.type == "tmpfs") {
    finish_tmpfs(words);
  } else if (words.type == "bind") {
    finish_bind(words, cwd);
  } else {
    finish_volume(words);
  }
  return {std::move(words.mount), false};
}

Mount parse_tmpfs(std::string_view text) {
  size_t colon = text.find(':');
  Mount mount;
  mount.kind = Mount::Kind::tmpfs;
  mount.flag = Mount::Flag::tmpfs;
  mount.flags = tmpfs_default_flags;
  mount.destination = inside_path("tmpfs", text, text.substr(0, colon));
  if (colon == text.npos || colon + 1 == text.size()) return mount;
  for (const std::string& word : split(text.substr(colon + 1), ',')) tmpfs_option(text, word, mount);
  return mount;
}

runtime::Device parse_device(std::string_view text) {
  constexpr const char* form = "/dev/NAME[:/dev/NAME_INSIDE][:rwm]";
  auto is_mode = [](std::string_view part) {
    return !part.empty() && part.size() <= 3 && part.find_first_not_of("rwm") == part.npos;
  };
  std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 3) bad_value("device", text, form);
  runtime::Device device;
  device.source = device.destination = clean_path("device", text, parts[0]);
  bool only_mode = parts.size() == 2 && is_mode(parts[1]);
  if (parts.size() >= 2 && !only_mode) device.destination = inside_path("device", text, parts[1]);
  if (only_mode || parts.size() == 3) {
    if (!is_mode(parts.back())) bad_value("device", text, form);
    device.permissions = parts.back();
  }
  return device;
}

}  // namespace ccocker::cli
