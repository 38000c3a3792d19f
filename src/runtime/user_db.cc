#include "runtime/user_db.h"

#include <fcntl.h>
#include <linux/openat2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

constexpr size_t file_bytes_max = 16u << 20;
constexpr uint32_t id_max = (1u << 31) - 1;  // Docker's bound; the kernel's -1 means "none"
constexpr size_t groups_max = 65'536;        // the kernel's NGROUPS_MAX

struct PasswdEntry {
  std::string_view name, home;
  uint32_t uid, gid;
};
struct GroupEntry {
  std::string_view name, members;
  uint32_t gid;
};

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > id_max) return std::nullopt;
  return value;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Takes what stands before `separator` off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  size_t end = std::min(rest.find(separator), rest.size());
  std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

template <size_t fields>
std::optional<std::array<std::string_view, fields>> split_line(std::string_view line, size_t fields_min) {
  size_t colons = static_cast<size_t>(std::count(line.begin(), line.end(), ':'));
  bool special = line.empty() || line[0] == '#' || line[0] == '+' || line[0] == '-' || line[0] == ':';
  if (special || colons + 1 < fields_min) return std::nullopt;
  std::array<std::string_view, fields> parts;
  for (std::string_view& part : parts) part = take(line, ':');
  return parts;
}

// passwd(5): name:password:UID:GID:comment:home:shell
std::optional<PasswdEntry> passwd_entry(std::string_view line) {
  auto parts = split_line<6>(line, 6);
  if (!parts) return std::nullopt;
  std::optional<uint32_t> uid = number((*parts)[2]), gid = number((*parts)[3]);
  if (!uid || !gid) return std::nullopt;
  return PasswdEntry{(*parts)[0], (*parts)[5], *uid, *gid};
}

// group(5): name:password:GID:member,member
std::optional<GroupEntry> group_entry(std::string_view line) {
  auto parts = split_line<4>(line, 3);
  if (!parts) return std::nullopt;
  std::optional<uint32_t> gid = number((*parts)[2]);
  if (!gid) return std::nullopt;
  return GroupEntry{(*parts)[0], (*parts)[3], *gid};
}

// Calls `visit` with each entry until it says true.
template <typename Parse, typename Visit>
void each_entry(std::string_view file, Parse parse, Visit visit) {
  while (!file.empty()) {
    std::string_view line = take(file, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto entry = parse(line);
    if (entry && visit(*entry)) return;
  }
}

bool lists_member(std::string_view members, std::string_view name) {
  while (!members.empty())
    if (take(members, ',') == name) return true;
  return false;
}

std::string shortened(std::string_view text) {
  constexpr size_t shown_max = 128;
  return std::string(text.substr(0, shown_max));
}

uint32_t number_or_throw(std::string_view text, const char* kind, const char* file) {
  if (!is_digits(text))
    throw Error(Errc::not_found, std::string("unable to find ") + kind + " " + shortened(text) +
                                     ": no matching entries in " + file + " file");
  std::optional<uint32_t> value = number(text);
  if (!value)
    throw Error(Errc::invalid, std::string(kind) + " " + shortened(text) + " is out of range; it is 0 to 2147483647");
  return *value;
}

std::optional<PasswdEntry> find_user(std::string_view passwd, std::string_view wanted) {
  std::optional<uint32_t> uid = number(wanted);
  std::optional<PasswdEntry> found;
  // The first entry wins, whether its name or its number fits, as in Docker.
  each_entry(passwd, passwd_entry, [&](const PasswdEntry& entry) {
    if (entry.name == wanted || entry.uid == uid) found = entry;
    return found.has_value();
  });
  return found;
}

uint32_t find_group(std::string_view group, std::string_view wanted) {
  std::optional<uint32_t> gid = number(wanted), found;
  each_entry(group, group_entry, [&](const GroupEntry& entry) {
    if (entry.name == wanted || entry.gid == gid) found = entry.gid;
    return found.has_value();
  });
  return found ? *found : number_or_throw(wanted, "group", "group");
}

std::vector<uint32_t> groups_with_member(std::string_view group, std::string_view name) {
  std::vector<uint32_t> gids;
  each_entry(group, group_entry, [&](const GroupEntry& entry) {
    if (lists_member(entry.members, name)) gids.push_back(entry.gid);
    return gids.size() > groups_max;
  });
  return gids;
}

// Empty when there is none. Opened without waiting, since an image may have put a FIFO there.
std::string read_database(FdView root, const std::string& path) {
  constexpr uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  try {
    Fd file = sys::openat2(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, resolve);
    struct stat status = sys::fstat(file);
    if (!S_ISREG(status.st_mode)) throw Error(Errc::invalid, "the container's /" + path + " is not a regular file");
    if (status.st_size > static_cast<off_t>(file_bytes_max))
      throw Error(Errc::invalid, "the container's /" + path + " has more than 16 MiB");
    return sys::read_all(file);
  } catch (const Error& error) {
    int reason = error.errno_value();
    if (reason == ENOENT || reason == ENOTDIR || reason == ELOOP || reason == ENXIO) return {};
    throw;
  }
}

}  // namespace

ResolvedUser resolve_user_in(std::string_view passwd, std::string_view group, const std::string& user,
                             const std::vector<std::string>& additional) {
  std::string_view wanted_group = user, wanted = take(wanted_group, ':');
  ResolvedUser resolved;
  std::optional<PasswdEntry> entry = find_user(passwd, wanted.empty() ? "0" : wanted);
  if (entry) {
    resolved.uid = entry->uid;
    resolved.gid = entry->gid;
    if (!entry->home.empty()) resolved.home = std::string(entry->home);
  } else if (!wanted.empty()) {
    resolved.uid = number_or_throw(wanted, "user", "passwd");
  }
  if (!wanted_group.empty())
    resolved.gid = find_group(group, wanted_group);
  else if (entry)
    resolved.groups = groups_with_member(group, entry->name);
  for (const std::string& name : additional) resolved.groups.push_back(find_group(group, name));
  std::sort(resolved.groups.begin(), resolved.groups.end());
  resolved.groups.erase(std::unique(resolved.groups.begin(), resolved.groups.end()), resolved.groups.end());
  if (resolved.groups.size() > groups_max)
    throw Error(Errc::invalid, "user " + shortened(user) + " is in more groups than the kernel's 65536");
  return resolved;
}

ResolvedUser resolve_user(FdView root, const std::string& user, const std::vector<std::string>& additional) {
  std::string passwd = read_database(root, "etc/passwd"), group = read_database(root, "etc/group");
  return resolve_user_in(passwd, group, user, additional);
}

}  // namespace ccocker::runtime
