#include "registry/push_request.h"

#include "registry/client_failure.h"
#include "registry/http_body.h"
#include "registry/text.h"

namespace ccocker::registry {

// Built outside of coroutines: GCC 12 destroys temporaries of an aggregate there twice.
Ask ask_path(Method method, std::string path) {
  Ask ask;
  ask.method = method;
  ask.path = std::move(path);
  if (method == Method::post) ask.headers.emplace_back("Content-Type: application/octet-stream");
  return ask;
}

Ask ask_url(Method method, std::string url) {
  Ask ask;
  ask.method = method;
  ask.url = std::move(url);
  return ask;
}

Task<std::expected<PushAnswer, Failure>> ask_registry(Client& client, Reference repository, Ask ask) {
  std::expected<Answer, Failure> answer = co_await client.exchange(repository, std::move(ask));
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  std::expected<std::string, HttpFailure> body = co_await read_body(*answer->transfer, failure_body_bytes_max);
  if (answer->head.status / 100 != 2)
    co_return std::unexpected(explain_status(repository, answer->head, body ? *body : ""));
  PushAnswer done;
  std::string location(answer->head.header("location"));
  if (!location.empty()) done.location = resolve_url(answer->url, location).value_or("");
  done.head = std::move(answer->head);
  co_return std::move(done);
}

Task<std::expected<bool, Failure>> look_for_blob(Client& client, Reference repository, Descriptor blob) {
  Ask question = ask_path(Method::head, "blobs/" + blob.digest.str());
  std::expected<PushAnswer, Failure> answer = co_await ask_registry(client, repository, std::move(question));
  if (!answer && answer.error().error.code() == Errc::not_found) co_return false;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  std::optional<uint64_t> length = parse_number(answer->head.header("content-length"));
  co_return blob.size_bytes == 0 || !length || *length == blob.size_bytes;
}

}  // namespace ccocker::registry
