#include "registry/docker_config_edit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "loop/error.h"
#include "loop/sys.h"
#include "registry/auth_challenge.h"

namespace ccocker::registry {
namespace {

using nlohmann::ordered_json;

ordered_json parse_config(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == text.npos) return ordered_json::object();
  ordered_json config = ordered_json::parse(text, nullptr, false);
  if (!config.is_object()) throw Error(Errc::corrupt, "it is not a JSON object");
  auto auths = config.find("auths");
  if (auths != config.end() && auths->is_null()) config.erase(auths);
  if (config.contains("auths") && !config["auths"].is_object())
    throw Error(Errc::corrupt, "field \"auths\" should be an object");
  return config;
}

// As Docker writes it: indented by tabs.
std::string text_of(const ordered_json& config) {
  return config.dump(1, '\t', false, ordered_json::error_handler_t::replace);
}

// A host may be written in several ways, with a scheme or an API's path: all of them are this registry. What is only
// for some of its repositories stays.
bool erase_keys(ordered_json& auths, const std::string& registry) {
  bool found = false;
  for (auto it = auths.begin(); it != auths.end();) {
    bool same = config_key_name(it.key()) == registry;
    found = found || same;
    it = same ? auths.erase(it) : std::next(it);
  }
  return found;
}

// Where a chain of symbolic links ends, also when nothing is there yet.
std::string behind_links(std::string path) {
  constexpr int links_max = 40;  // the kernel's own limit
  for (int links = 0; links < links_max; ++links) {
    char link[PATH_MAX];
    ssize_t length = ::readlink(path.c_str(), link, sizeof link);
    if (length < 0) return path;
    std::string to(link, static_cast<size_t>(length));
    path = to.starts_with('/') ? to : path.substr(0, path.rfind('/') + 1) + to;
  }
  throw Error::sys("readlink", path, ELOOP);
}

std::string directory_of(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// What is made belongs to whom the place belongs.
Fd open_or_make_dir(const std::string& path) {
  std::optional<Fd> there = sys::open_if_exists(sys::cwd(), path, O_RDONLY | O_DIRECTORY);
  if (there) return std::move(*there);
  size_t slash = path.rfind('/');
  Fd parent = open_or_make_dir(slash == std::string::npos ? "." : directory_of(path));
  std::string name = path.substr(slash + 1);
  if (!sys::mkdirat_if_missing(parent, name, 0700)) return sys::open_dir(parent, name);
  // Whoever owns the parent could have put a link there by now, to a directory that he should not get.
  Fd dir = sys::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  struct stat like = sys::fstat(parent);
  sys::give_to(dir, like.st_uid, like.st_gid);
  return dir;
}

}  // namespace

std::string config_key(const std::string& registry) {
  return registry == "docker.io" ? "https://index.docker.io/v1/" : registry;
}

std::string with_login(std::string_view text, const std::string& registry, const Credentials& credentials,
                       bool in_helper) {
  ordered_json config = parse_config(text);
  ordered_json& auths = config["auths"];
  if (auths.is_null()) auths = ordered_json::object();
  erase_keys(auths, registry);
  ordered_json entry = ordered_json::object();
  if (!in_helper) entry["auth"] = base64_encode(credentials.username + ":" + credentials.password);
  auths[config_key(registry)] = std::move(entry);
  return text_of(config);
}

std::string without_login(std::string_view text, const std::string& registry, bool& found) {
  ordered_json config = parse_config(text);
  found = config.contains("auths") && erase_keys(config["auths"], registry);
  return text_of(config);
}

std::string docker_config_path() {
  const char* dir = std::getenv("DOCKER_CONFIG");
  if (dir && *dir) return std::string(dir) + "/config.json";
  const char* home = std::getenv("HOME");
  if (home && *home) return std::string(home) + "/.docker/config.json";
  throw Error(Errc::not_found, "there is no place for logins: neither $DOCKER_CONFIG nor $HOME is set");
}

void write_docker_config(const std::string& path, std::string_view text) {
  std::string target = behind_links(path);
  Fd dir = open_or_make_dir(directory_of(target));
  std::string name = target.substr(target.rfind('/') + 1);
  std::optional<struct stat> old = sys::stat_if_exists(dir, name);
  struct stat like = old ? *old : sys::fstat(dir);
  mode_t mode = old ? old->st_mode & 0777 : 0600;
  sys::write_file_atomically(dir, name, text, {.mode = mode, .uid = like.st_uid, .gid = like.st_gid});
}

}  // namespace ccocker::registry
