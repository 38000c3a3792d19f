#include "registry/redirects.h"

#include <fmt/format.h>

namespace ccocker::registry {
namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

HttpFailure failure(Errc code, std::string text) { return {Error(code, std::move(text)), false, false}; }

}  // namespace

Task<std::expected<Answer, HttpFailure>> send_following(Http& http, const TlsPolicies& tls, std::string registry,
                                                        HttpRequest request, std::string authorization,
                                                        unsigned hops_max) {
  for (unsigned hops = 0;; ++hops) {
    std::optional<UrlOrigin> origin = url_origin(request.url);
    if (!origin) co_return std::unexpected(failure(Errc::invalid, fmt::format("\"{}\" is no address", request.url)));
    std::string host = host_and_port(*origin);
    HttpRequest hop = request;
    if (!authorization.empty()) hop.headers.push_back("Authorization: " + authorization);
    hop.tls = tls.for_host(host, registry);
    Answer answer{http.start(std::move(hop)), {}, request.url};
    std::expected<HttpHead, HttpFailure> head = co_await answer.transfer->head();
    if (!head) co_return std::unexpected(std::move(head.error()));
    answer.head = std::move(*head);
    if (!is_redirect(answer.head.status) || hops_max == 0) co_return answer;
    std::optional<std::string> next = resolve_url(request.url, std::string(answer.head.header("location")));
    std::optional<UrlOrigin> next_origin = next ? url_origin(*next) : std::nullopt;
    if (!next_origin)
      co_return std::unexpected(
          failure(Errc::corrupt, fmt::format("{} redirects to something that is no web address", host)));
    if (hops == hops_max)
      co_return std::unexpected(failure(Errc::corrupt, fmt::format("{} redirects too many times", host)));
    if (origin->scheme == "https" && next_origin->scheme == "http" && !tls.may_be_plain(host))
      co_return std::unexpected(
          failure(Errc::denied, fmt::format("{} redirects from https to http at {}", host, next_origin->host)));
    if (*next_origin != *origin) authorization.clear();
    request.url = std::move(*next);
  }
}

}  // namespace ccocker::registry
