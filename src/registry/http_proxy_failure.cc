#include "registry/http_proxy_failure.h"

#include <fmt/format.h>

#include <cerrno>

#include "registry/curl_api.h"
#include "registry/proxy_text.h"
#include "registry/retry.h"

namespace ccocker::registry {
namespace {

constexpr const char* advice = "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY";

// `no_tls` all along: a proxy that lets nobody through to a registry in plain HTTP may fetch from it.
HttpFailure failure_of(Errc code, std::string text, bool may_pass = false) {
  return {Error(code, std::move(text)), may_pass, true};
}

HttpFailure explain_answer(int status, const std::string& url, const std::string& server) {
  std::string proxy = shown_proxy(url);
  if (status == 407 && url.find('@') != std::string::npos)
    return failure_of(Errc::denied, fmt::format("the proxy {} does not accept the login in its URL (407)", proxy));
  if (status == 407)
    return failure_of(Errc::denied, fmt::format("the proxy {} wants a login before it connects to {} (407); write it "
                                                "into its URL: http://USER:PASSWORD@HOST:PORT",
                                                proxy, server));
  if (status == 403)
    return failure_of(Errc::denied,
                      fmt::format("the proxy {} refuses to connect to {} (403); {}", proxy, server, advice));
  return failure_of(
      Errc::network,
      fmt::format("the proxy {} does not connect to {}: it answers with status {}", proxy, server, status),
      status_may_pass(status));
}

}  // namespace

std::optional<HttpFailure> explain_proxy_failure(const CurlFailure& failure, const std::string& server) {
  if (failure.proxy_status >= 300) return explain_answer(failure.proxy_status, failure.proxy, server);
  std::string proxy = shown_proxy(failure.proxy);
  if (failure.code == CURLE_COULDNT_RESOLVE_PROXY)
    return failure_of(Errc::network,
                      fmt::format("cannot find the proxy {}: DNS knows no address of it; {}", proxy, advice));
  if (failure.code != CURLE_COULDNT_CONNECT) return std::nullopt;
  bool refused = failure.os_errno == ECONNREFUSED || failure.detail.find("refused") != std::string::npos;
  if (refused)
    return failure_of(Errc::network,
                      fmt::format("cannot reach {}: the proxy {} refuses the connection; {}", server, proxy, advice));
  std::string why = failure.os_errno ? errno_text(failure.os_errno) : failure.detail;
  return failure_of(Errc::network,
                    fmt::format("cannot reach {}: no connection to the proxy {}: {}; {}", server, proxy, why, advice));
}

}  // namespace ccocker::registry
