#include "registry/push_blob.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "registry/client_failure.h"
#include "registry/http_body.h"

namespace ccocker::registry {
namespace {

constexpr uint64_t single_bytes_max = 16u << 20;  // one request; proxies before registries limit its size
constexpr uint64_t chunk_bytes = 32u << 20;
constexpr const char* octets = "Content-Type: application/octet-stream";

std::string with_query(const std::string& url, const std::string& query) {
  return fmt::format("{}{}{}", url, url.find('?') == std::string::npos ? '?' : '&', query);
}

// "0-1023" or "bytes=0-1023": how far an upload has come.
std::optional<uint64_t> bytes_there(std::string_view range) {
  size_t dash = range.rfind('-');
  if (dash == range.npos) return std::nullopt;
  std::string_view last = range.substr(dash + 1);
  uint64_t value = 0;
  auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), value);
  if (error != std::errc{} || end != last.data() + last.size()) return std::nullopt;
  // Docker's registry says 0-0 of an empty upload.
  return value == 0 ? 0 : value + 1;
}

// Built outside of coroutines: GCC 12 destroys temporaries of an aggregate there twice.
Ask ask_path(Method method, std::string path) {
  Ask ask;
  ask.method = method;
  ask.path = std::move(path);
  if (method == Method::post) ask.headers.emplace_back(octets);
  return ask;
}

Ask ask_url(Method method, std::string url) {
  Ask ask;
  ask.method = method;
  ask.url = std::move(url);
  return ask;
}

Ask ask_with_file(FdView file, uint64_t offset, uint64_t bytes, std::function<void(uint64_t)> sent) {
  Ask ask;
  ask.own_connection = true;
  ask.headers.emplace_back(octets);
  ask.file = FileBody{.file = file, .offset = offset, .bytes = bytes, .sent = std::move(sent)};
  return ask;
}

Ask ask_chunk(std::string url, FdView file, uint64_t offset, uint64_t bytes, const BlobUploader::Sent& sent) {
  Ask ask = ask_with_file(file, offset, bytes, [&sent, offset](uint64_t done) {
    if (sent) sent(offset + done);
  });
  ask.method = Method::patch;
  ask.url = std::move(url);
  ask.headers.push_back(fmt::format("Content-Range: {}-{}", offset, offset + bytes - 1));
  return ask;
}

Failure refused(std::string text) { return {Error(Errc::network, std::move(text)), false, {}}; }

}  // namespace

// One request whose answer has no body of interest. Any other status than `wanted` is a Failure.
Task<std::expected<HttpHead, Failure>> BlobUploader::ask(Ask ask, int wanted, std::string* location) {
  std::expected<Answer, Failure> answer = co_await client_.exchange(repository_, std::move(ask));
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  std::expected<std::string, HttpFailure> body = co_await read_body(*answer->transfer, failure_body_bytes_max);
  if (answer->head.status != wanted)
    co_return std::unexpected(explain_status(repository_, answer->head, body ? *body : ""));
  if (location) {
    std::optional<std::string> url = resolve_url(answer->url, std::string(answer->head.header("location")));
    if (!url || answer->head.header("location").empty())
      co_return std::unexpected(refused(fmt::format("{} names no address to upload to", repository_.registry)));
    *location = *url;
  }
  co_return std::move(answer->head);
}

Task<bool> BlobUploader::has(Descriptor blob) {
  Attempts attempts(client_.context().retry);
  for (;;) {
    Ask question = ask_path(Method::head, "blobs/" + blob.digest.str());
    std::expected<HttpHead, Failure> head = co_await ask(std::move(question), 200, nullptr);
    if (head) {
      std::string_view length = head->header("content-length");
      co_return blob.size_bytes == 0 || length.empty() || length == std::to_string(blob.size_bytes);
    }
    if (head.error().error.code() == Errc::not_found) co_return false;
    co_await attempts.wait_after(std::move(head.error()), client_.context().note);
  }
}

Task<bool> BlobUploader::mount(Digest blob, std::string from_repository) {
  std::string path =
      fmt::format("blobs/uploads/?mount={}&from={}", url_encode(blob.str()), url_encode(from_repository));
  Ask question = ask_path(Method::post, std::move(path));
  std::expected<Answer, Failure> answer = co_await client_.exchange(repository_, std::move(question));
  if (!answer || answer->head.status == 201) co_return answer.has_value();
  if (answer->head.status != 202) co_return false;
  // The registry opened an upload instead: it is not needed, the blob has to be made first.
  std::optional<std::string> session = resolve_url(answer->url, std::string(answer->head.header("location")));
  answer->transfer.reset();
  if (!session) co_return false;
  Ask cancel = ask_url(Method::del, *session);
  std::expected<HttpHead, Failure> cancelled = co_await ask(std::move(cancel), 204, nullptr);
  static_cast<void>(cancelled);  // registries drop what nobody finishes
  co_return false;
}

Task<std::optional<Failure>> BlobUploader::begin(Session& session) {
  Ask question = ask_path(Method::post, "blobs/uploads/");
  session.url.clear();
  session.offset = 0;
  std::expected<HttpHead, Failure> head = co_await ask(std::move(question), 202, &session.url);
  if (!head) co_return std::move(head.error());
  co_return std::nullopt;
}

// After a failure: where the registry stands, or a new start when it has forgotten.
Task<std::optional<Failure>> BlobUploader::resume(Session& session) {
  if (session.url.empty() || session.offset == 0) {
    std::optional<Failure> failure = co_await begin(session);
    co_return failure;
  }
  Ask question = ask_url(Method::get, session.url);
  std::string url;
  std::expected<HttpHead, Failure> head = co_await ask(std::move(question), 204, &url);
  std::optional<uint64_t> there = head ? bytes_there(head->header("range")) : std::nullopt;
  if (there) {
    session.url = std::move(url);
    session.offset = *there;
    co_return std::nullopt;
  }
  std::optional<Failure> failure = co_await begin(session);
  co_return failure;
}

Task<std::optional<Failure>> BlobUploader::close(Session& session, Ask ask_with_body, const Digest& digest) {
  ask_with_body.method = Method::put;
  if (ask_with_body.headers.empty()) ask_with_body.headers.emplace_back(octets);
  ask_with_body.url = with_query(session.url, "digest=" + url_encode(digest.str()));
  ask_with_body.own_connection = true;
  std::expected<HttpHead, Failure> head = co_await ask(std::move(ask_with_body), 201, nullptr);
  if (head) co_return std::nullopt;
  session.url.clear();  // nobody knows what the registry has kept of it
  session.offset = 0;
  co_return std::move(head.error());
}

Task<std::optional<Failure>> BlobUploader::send_chunks(Session& session, FdView file, const Descriptor& blob,
                                                       const Sent& sent) {
  while (session.offset < blob.size_bytes) {
    uint64_t offset = session.offset, count = std::min(chunk_bytes, blob.size_bytes - offset);
    Ask chunk = ask_chunk(session.url, file, offset, count, sent);
    std::string next;
    std::expected<HttpHead, Failure> head = co_await ask(std::move(chunk), 202, &next);
    if (!head) co_return std::move(head.error());
    session.url = std::move(next);
    session.offset = offset + count;
  }
  co_return std::nullopt;
}

Task<void> BlobUploader::upload(FdView file, Descriptor blob, Sent sent) {
  Attempts attempts(client_.context().retry);
  Session session;
  for (;;) {
    uint64_t before = session.offset;
    std::optional<Failure> failure = co_await resume(session);
    Ask last;
    if (!failure && blob.size_bytes <= single_bytes_max) {
      last = ask_with_file(file, 0, blob.size_bytes, sent);
    } else if (!failure) {
      failure = co_await send_chunks(session, file, blob, sent);
    }
    if (!failure) failure = co_await close(session, std::move(last), blob.digest);
    if (!failure) co_return;
    if (session.offset > before) attempts.made_progress();
    co_await attempts.wait_after(std::move(*failure), client_.context().note);
  }
}

Task<void> BlobUploader::upload_small(std::string bytes, Digest digest) {
  Attempts attempts(client_.context().retry);
  for (;;) {
    Session session;
    std::optional<Failure> failure = co_await begin(session);
    Ask last;
    last.body = bytes;
    if (!failure) failure = co_await close(session, std::move(last), digest);
    if (!failure) co_return;
    co_await attempts.wait_after(std::move(*failure), client_.context().note);
  }
}

}  // namespace ccocker::registry
