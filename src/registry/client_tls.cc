#include "registry/client_tls.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "loop/sys.h"
#include "registry/curl_api.h"

namespace ccocker::registry {
namespace {

constexpr const char* certificate_roots[] = {"/etc/docker/certs.d", "/etc/containers/certs.d"};

std::string read_ca_file(const std::string& path) {
  if (path.empty()) return {};
  std::optional<std::string> text = sys::read_file_if_exists(sys::cwd(), path);
  if (!text) throw Error(Errc::not_found, fmt::format("the CA file {} does not exist", path));
  if (text->find("-----BEGIN") == std::string::npos)
    throw Error(Errc::invalid, fmt::format("the CA file {} holds no PEM certificate", path));
  return *text + "\n";
}

void add_from_directory(const std::string& directory, TlsPolicy& policy) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), directory, O_RDONLY | O_DIRECTORY);
  if (!dir) return;
  std::vector<std::string> names = sys::list_dir(*dir);
  std::ranges::sort(names);
  for (const std::string& name : names) {
    std::string path = directory + "/" + name;
    if (name.ends_with(".crt")) policy.extra_ca += read_ca_file(path);
    if (name.ends_with(".cert")) policy.client_certificate_file = path;
    if (name.ends_with(".key")) policy.client_key_file = path;
  }
}

// Certificates of our own replace libcurl's CA file, but not its CA directory. Where it was built without one, the
// system's bundle has to go with ours.
void keep_system_ca(TlsPolicy& policy) {
  const curl_version_info_data* info = curl().version_info(CURLVERSION_NOW);
  if (info->age < CURLVERSION_SEVENTH || info->capath || !info->cainfo) return;
  policy.extra_ca += sys::read_file_if_exists(sys::cwd(), info->cainfo).value_or("");
}

}  // namespace

std::string host_without_port(const std::string& host_and_port) {
  size_t colon = host_and_port.rfind(':');
  if (colon == std::string::npos || host_and_port.find(']', colon) != std::string::npos) return host_and_port;
  return host_and_port.substr(0, colon);
}

TlsPolicies::TlsPolicies(std::vector<std::string> insecure, const std::string& ca_file)
    : insecure_(std::move(insecure)), extra_ca_(read_ca_file(ca_file)) {}

TlsPolicy TlsPolicies::for_host(const std::string& host_and_port) const {
  TlsPolicy policy;
  policy.extra_ca = extra_ca_;
  for (const char* root : certificate_roots) add_from_directory(fmt::format("{}/{}", root, host_and_port), policy);
  bool named = std::ranges::find(insecure_, host_and_port) != insecure_.end();
  // As in Docker this machine needs no certificate, unless someone says which CA it should come from.
  bool loopback = is_loopback_host(host_without_port(host_and_port));
  policy.verify = !named && !(loopback && policy.extra_ca.empty());
  if (!policy.extra_ca.empty()) keep_system_ca(policy);
  return policy;
}

bool TlsPolicies::may_be_plain(const std::string& host_and_port) const {
  return std::ranges::find(insecure_, host_and_port) != insecure_.end() ||
         is_loopback_host(host_without_port(host_and_port));
}

}  // namespace ccocker::registry
