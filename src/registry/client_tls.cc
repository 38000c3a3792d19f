#include "registry/client_tls.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "loop/sys.h"
#include "registry/curl_api.h"
#include "registry/text.h"

namespace ccocker::registry {
namespace {

constexpr std::string_view https_port = ":443";

std::string read_ca_file(const std::string& path) {
  if (path.empty()) return {};
  std::optional<std::string> text = sys::read_file_if_exists(sys::cwd(), path);
  if (!text) throw Error(Errc::not_found, fmt::format("the CA file {} does not exist", path));
  if (text->find("-----BEGIN") == std::string::npos)
    throw Error(Errc::invalid, fmt::format("the CA file {} holds no PEM certificate", path));
  return *text + "\n";
}

// False when there is nothing in it. A certificate and its key come from one directory.
bool add_from_directory(const std::string& directory, TlsPolicy& policy) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), directory, O_RDONLY | O_DIRECTORY);
  if (!dir) return false;
  std::vector<std::string> names = sys::list_dir(*dir);
  std::ranges::sort(names);
  std::string ca, certificate, key;
  for (const std::string& name : names) {
    std::string path = directory + "/" + name;
    if (name.ends_with(".crt")) ca += read_ca_file(path);
    if (name.ends_with(".cert")) certificate = path;
    if (name.ends_with(".key")) key = path;
  }
  policy.extra_ca += ca;
  if (!certificate.empty() && policy.client_certificate_file.empty()) {
    policy.client_certificate_file = certificate;
    policy.client_key_file = key;
  }
  return !ca.empty() || !certificate.empty();
}

// "Host:443" and "host" are one host: lower case, without the port that https has anyway.
std::string plain_name(const std::string& host_and_port) {
  std::string name = lower(host_and_port);
  if (name.ends_with(https_port)) name.resize(name.size() - https_port.size());
  return name;
}

// All names that a host's settings may be kept by, the one that was typed first.
std::vector<std::string> names_of(const std::string& typed) {
  std::string host = plain_name(registry_host(typed));
  std::vector<std::string> names = {typed};
  auto add = [&names](std::string name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  };
  add(host);
  if (host_without_port(host) == host) add(host + std::string(https_port));
  return names;
}

// Certificates of our own replace libcurl's CA file, but not its CA directory. The file that the user named, or where
// libcurl was built without a directory the system's bundle, has to go with ours.
void keep_system_ca(TlsPolicy& policy) {
  const char* named = std::getenv("SSL_CERT_FILE");
  const curl_version_info_data* info = curl().version_info(CURLVERSION_NOW);
  bool has_bundle = info->age >= CURLVERSION_SEVENTH && !info->capath && info->cainfo;
  const char* file = named && *named ? named : has_bundle ? info->cainfo : nullptr;
  if (file) policy.extra_ca += sys::read_file_if_exists(sys::cwd(), file).value_or("");
}

}  // namespace

std::string host_without_port(const std::string& host_and_port) {
  size_t colon = host_and_port.rfind(':');
  if (colon == std::string::npos || host_and_port.find(']', colon) != std::string::npos) return host_and_port;
  return host_and_port.substr(0, colon);
}

std::string registry_host(const std::string& registry) {
  return registry == "docker.io" ? "registry-1.docker.io" : registry;
}

const std::vector<std::string> TlsPolicies::certificate_roots = {"/etc/docker/certs.d", "/etc/containers/certs.d"};

TlsPolicies::TlsPolicies(std::vector<std::string> insecure, const std::string& ca_file, std::vector<std::string> roots)
    : extra_ca_(read_ca_file(ca_file)), roots_(std::move(roots)) {
  for (const std::string& host : insecure) insecure_.push_back(plain_name(registry_host(host)));
}

bool TlsPolicies::is_insecure(const std::string& host_and_port) const {
  return std::ranges::find(insecure_, plain_name(registry_host(host_and_port))) != insecure_.end();
}

bool TlsPolicies::read_policy(const std::string& host_and_port, TlsPolicy& policy) const {
  bool found = false;
  for (const std::string& root : roots_)
    for (const std::string& name : names_of(host_and_port))
      if (add_from_directory(fmt::format("{}/{}", root, name), policy)) found = true;
  if (is_insecure(host_and_port)) policy.verify = false;
  return found || !policy.verify;
}

TlsPolicy TlsPolicies::for_host(const std::string& host_and_port, const std::string& registry) const {
  bool own = plain_name(host_and_port) == plain_name(registry_host(registry));
  bool loopback = is_loopback_host(host_without_port(plain_name(host_and_port)));
  TlsPolicy policy;
  policy.certificates_name = own ? registry : host_and_port;
  bool known = read_policy(policy.certificates_name, policy);
  if (!known && !own && !loopback) {
    read_policy(registry, policy);
    policy.client_certificate_file.clear();
    policy.client_key_file.clear();
  }
  policy.extra_ca += extra_ca_;
  // As in Docker this machine needs no certificate, unless someone says which CA it should come from.
  if (loopback && policy.extra_ca.empty()) policy.verify = false;
  if (!policy.extra_ca.empty()) keep_system_ca(policy);
  return policy;
}

bool TlsPolicies::may_be_plain(const std::string& host_and_port) const {
  return is_insecure(host_and_port) || is_loopback_host(host_without_port(plain_name(host_and_port)));
}

}  // namespace ccocker::registry
