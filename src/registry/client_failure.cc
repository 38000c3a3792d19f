#include "registry/client_failure.h"

#include <fmt/format.h>

#include <ctime>

#include "registry/http_text.h"

namespace ccocker::registry {
namespace {

std::string with_message(std::string text, const std::string& message) {
  return message.empty() ? text : fmt::format("{} ({})", text, message);
}

Error denied(const Reference& reference, const std::string& message) {
  if (reference.repository.empty())  // a login that is only being checked
    return Error(Errc::denied, with_message(fmt::format("{} refuses access", reference.registry), message));
  return Error(Errc::denied,
               with_message(fmt::format("access to {} on {} is denied", reference.repository, reference.registry),
                            message))
      .advise(fmt::format("the repository does not exist, or it needs a login (ccocker login {})", reference.registry));
}

Failure explain(const Reference& reference, const HttpHead& head, std::string_view body) {
  std::string message = server_message(body);
  if (head.status == 401 || head.status == 403) return {denied(reference, message), false, {}};
  if (head.status == 404)
    return {
        Error(Errc::not_found, with_message(fmt::format("not found on {}", reference.registry), message)), false, {}};
  if (head.status == 405 || head.status == 501)
    return {Error(Errc::unsupported, with_message(fmt::format("{} cannot do this", reference.registry), message)),
            false,
            {}};
  std::optional<std::chrono::seconds> later = parse_retry_after(head.header("retry-after"), std::time(nullptr));
  if (head.status == 429)
    return {Error(Errc::network,
                  with_message(fmt::format("{} says there were too many requests", reference.registry), message)),
            true, later};
  return {Error(Errc::network,
                with_message(fmt::format("{} answers with status {}", reference.registry, head.status), message)),
          status_may_pass(head.status), later};
}

}  // namespace

Failure explain_status(const Reference& reference, const HttpHead& head, std::string_view body) {
  Failure failure = explain(reference, head, body);
  failure.status = head.status;
  return failure;
}

}  // namespace ccocker::registry
