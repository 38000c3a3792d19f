#pragma once
#include <string>
#include <vector>

#include "registry/http.h"

namespace ccocker::registry {

// How each registry host is reached.
class TlsPolicies {
 public:
  // Where Docker keeps what it knows of hosts (and podman, in /etc/containers/certs.d).
  static const std::vector<std::string> certificate_roots;

  // `insecure` hosts (host[:port], or docker.io) are not verified and may be plain HTTP; `ca_file` is trusted for every
  // host. Errc::not_found when that file is missing, invalid when it holds no certificate.
  TlsPolicies(std::vector<std::string> insecure, const std::string& ca_file,
              std::vector<std::string> roots = certificate_roots);

  // How to reach a host on the word of `registry` (as references name it): the registry itself, or where it sends us.
  // Of Docker's certs.d/HOST, *.crt are CAs, *.cert and *.key what we show to the server. A host of which nobody has
  // said anything is trusted like the registry that names it, as in Docker; our own certificate is not shown to it.
  TlsPolicy for_host(const std::string& host_and_port, const std::string& registry) const;
  // Whether plain HTTP is acceptable: for hosts named insecure, and for this machine itself.
  bool may_be_plain(const std::string& host_and_port) const;

 private:
  bool is_insecure(const std::string& host_and_port) const;
  // False when nobody has said anything of this host.
  bool read_policy(const std::string& host_and_port, TlsPolicy& policy) const;

  std::vector<std::string> insecure_;
  std::string extra_ca_;
  std::vector<std::string> roots_;
};

// "host" of "host:port".
std::string host_without_port(const std::string& host_and_port);

// The host[:port] that answers for a registry: registry-1.docker.io for docker.io.
std::string registry_host(const std::string& registry);

}  // namespace ccocker::registry
