#pragma once
#include <string>
#include <vector>

#include "registry/http.h"

namespace ccocker::registry {

// How each registry host is reached.
class TlsPolicies {
 public:
  // `insecure` hosts (host[:port]) are not verified and may be plain HTTP; `ca_file` is trusted for every host.
  // Errc::not_found when that file is missing, invalid when it holds no certificate.
  TlsPolicies(std::vector<std::string> insecure, const std::string& ca_file);

  // With what Docker keeps in /etc/docker/certs.d/HOST (and podman in /etc/containers/certs.d): *.crt are CAs,
  // *.cert and *.key what we show to the server.
  TlsPolicy for_host(const std::string& host_and_port) const;
  // Whether plain HTTP is acceptable: for hosts named insecure, and for this machine itself.
  bool may_be_plain(const std::string& host_and_port) const;

 private:
  std::vector<std::string> insecure_;
  std::string extra_ca_;
};

// "host" of "host:port".
std::string host_without_port(const std::string& host_and_port);

}  // namespace ccocker::registry
