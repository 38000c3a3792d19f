#include "registry/http_failure.h"

#include <fmt/format.h>

#include <cerrno>

#include "registry/curl_api.h"
#include "registry/http_proxy_failure.h"
#include "registry/proxy_text.h"

namespace ccocker::registry {
namespace {

// "host" or "host:port" when the port is not the scheme's own.
std::string server_of(const std::string& url) {
  std::optional<UrlOrigin> origin = url_origin(url);
  if (!origin) return url;
  bool usual = origin->port == (origin->scheme == "https" ? "443" : "80");
  return usual ? origin->host : origin->host + ":" + origin->port;
}

HttpFailure network(std::string text, bool may_pass = true, bool no_tls = false, bool plain = false) {
  return {Error(Errc::network, std::move(text)), may_pass, no_tls, plain};
}

HttpFailure explain_connect(const CurlFailure& failure, const std::string& server) {
  if (failure.os_errno == ECONNREFUSED || failure.detail.find("refused") != std::string::npos)
    return network(fmt::format("cannot connect to {}: connection refused; is a registry running there?", server), false,
                   true);
  std::string why = failure.os_errno ? errno_text(failure.os_errno) : failure.detail;
  return network(fmt::format("cannot connect to {}: {}", server, why), false, true);
}

HttpFailure explain_tls(const CurlFailure& failure, const std::string& server) {
  std::string detail = failure.detail.empty() ? "the TLS handshake failed" : failure.detail;
  if (detail.find("wrong version number") != std::string::npos ||
      detail.find("packet length too long") != std::string::npos)
    return network(fmt::format("{} does not speak TLS", server), false, true, true);
  return network(fmt::format("TLS with {} failed: {}", server, detail), false, true);
}

HttpFailure explain_certificate(const CurlFailure& failure, const std::string& server) {
  return {Error(Errc::denied, fmt::format("cannot trust {}: {}; give its CA with --ca-file, or put it into "
                                          "/etc/docker/certs.d/{}/ca.crt",
                                          server, failure.detail,
                                          failure.certificates_name.empty() ? server : failure.certificates_name)),
          false, false};
}

HttpFailure explain_timeout(const CurlFailure& failure, const std::string& server) {
  // libcurl has one code for a connection that does not come about and a transfer that stands still.
  bool stalled = failure.detail.find("too slow") != std::string::npos;
  std::string text = stalled ? fmt::format("{} sent nothing for {} s", server, failure.stall_limit.count())
                             : fmt::format("no connection to {} within {} s", server,
                                           static_cast<double>(failure.connect_limit.count()) / 1000);
  return {Error(Errc::timed_out, std::move(text)), true, !stalled};
}

HttpFailure explain_early_end(const CurlFailure& failure, const std::string& server) {
  switch (failure.code) {
    case CURLE_PARTIAL_FILE:
      return network(fmt::format("{} closed the connection in the middle of the answer", server));
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_FAIL_REWIND:  // the same, with a body that libcurl would have sent again
      return network(fmt::format("{} closed the connection without an answer", server), true, true);
    default:
      return network(fmt::format("connection to {} broke: {}", server, failure.detail));
  }
}

}  // namespace

HttpFailure explain_failure(const CurlFailure& failure) {
  std::string server = server_of(failure.url);
  std::string way = server;
  if (!failure.proxy.empty()) {
    if (std::optional<HttpFailure> proxy = explain_proxy_failure(failure, server)) return std::move(*proxy);
    way += fmt::format(" (through the proxy {})", shown_proxy(failure.proxy));
  }
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return network(
          fmt::format("cannot find the host {}: DNS knows no address of it; check the name and /etc/resolv.conf",
                      server),
          false);
    case CURLE_COULDNT_CONNECT:
      return explain_connect(failure, server);
    case CURLE_OPERATION_TIMEDOUT:
      return explain_timeout(failure, way);
    case CURLE_SSL_CONNECT_ERROR:
      return explain_tls(failure, server);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return explain_certificate(failure, server);
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return {Error(Errc::invalid, fmt::format("the certificates for {} do not load: {}", server, failure.detail)),
              false, false};
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return explain_early_end(failure, way);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return {Error(Errc::invalid, fmt::format("\"{}\" is no address of a registry", failure.url)), false, false};
    default: {
      std::string why =
          failure.detail.empty() ? curl().easy_strerror(static_cast<CURLcode>(failure.code)) : failure.detail;
      return network(fmt::format("{}: {}", way, why));
    }
  }
}

}  // namespace ccocker::registry
