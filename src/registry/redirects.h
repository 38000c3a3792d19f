#pragma once
#include <expected>
#include <memory>
#include <string>

#include "registry/client_tls.h"
#include "registry/http.h"

namespace ccocker::registry {

struct Answer {
  std::unique_ptr<Transfer> transfer;
  HttpHead head;
  std::string url;  // where it came from, behind redirects
};

constexpr unsigned redirects_max = 10;

// Sends `request` and goes where redirects lead, at most `hops_max` times; with 0 a redirect is an answer like others.
// `authorization`, the value of its Authorization header or "", stays with the origin that it was made for. Each host
// is reached as `tls` says for it and for `registry`, on whose word all this goes. A redirect from https to http fails
// with Errc::denied, except where plain HTTP is acceptable anyway.
Task<std::expected<Answer, HttpFailure>> send_following(Http& http, const TlsPolicies& tls, std::string registry,
                                                        HttpRequest request, std::string authorization,
                                                        unsigned hops_max = redirects_max);

}  // namespace ccocker::registry
