#include "registry/push_upload.h"

#include <fmt/format.h>

#include <algorithm>

#include "registry/push_request.h"
#include "registry/ranges.h"

namespace ccocker::registry {
namespace {

constexpr uint64_t chunk_bytes_max = 32u << 20;
constexpr uint64_t chunk_bytes_min = 512u << 10;
constexpr unsigned chunk_divisor = 8;  // 32 MiB, 4 MiB (GHCR takes no more), 512 KiB (a proxy's usual 1 MB)

std::string with_query(const std::string& url, const std::string& query) {
  return fmt::format("{}{}{}", url, url.find('?') == std::string::npos ? '?' : '&', query);
}

Failure refused(std::string text) { return {Error(Errc::network, std::move(text)), false, {}}; }

Failure of_both_ways(Failure whole, const Failure& chunks) {
  std::move(whole.error).advise("in chunks: " + chunks.error.text());
  return whole;
}

bool is_too_large(int status) { return status == 413 || status == 416; }

// What says that this way is closed, rather than that the blob is not wanted.
bool closes_the_way(int status) { return status == 413 || status == 404 || status == 405 || status == 501; }

}  // namespace

BlobUpload::BlobUpload(Client& client, Reference repository, FdView file, Descriptor blob, Sent sent)
    : client_(client),
      repository_(std::move(repository)),
      file_(file),
      blob_(std::move(blob)),
      sent_(std::move(sent)),
      chunk_bytes_(chunk_bytes_max) {}

Task<void> BlobUpload::run() {
  Attempts attempts(client_.context().retry);
  for (;;) {
    std::optional<Failure> failure = co_await attempt();
    if (!failure) co_return;
    if (offset_ > furthest_) attempts.made_progress();
    furthest_ = std::max(furthest_, offset_);
    bool at_once = find_other_way(*failure);
    if (!at_once) co_await attempts.wait_after(std::move(*failure), client_.context().note);
  }
}

Task<std::optional<Failure>> BlobUpload::attempt() {
  if (maybe_there_) {
    std::expected<bool, Failure> there = co_await look_for_blob(client_, repository_, blob_);
    if (there && *there) co_return std::nullopt;
    if (!there && there.error().may_pass) co_return std::move(there.error());
    maybe_there_ = false;
  }
  std::optional<Failure> failure = co_await open_session();
  if (!failure && in_chunks_) failure = co_await send_chunks();
  if (!failure) failure = co_await finish();
  co_return failure;
}

// The session that there is, as far as it has come, or a new one where the registry has forgotten it.
Task<std::optional<Failure>> BlobUpload::open_session() {
  if (!url_.empty() && !chunks_refused_) {
    Ask question = ask_url(Method::get, url_);
    std::expected<PushAnswer, Failure> answer = co_await ask_registry(client_, repository_, std::move(question));
    uint64_t there = answer ? parse_upload_range(answer->head.header("range")).value_or(0) : 0;
    if (there > 0 && there <= blob_.size_bytes) {
      if (!answer->location.empty()) url_ = answer->location;
      offset_ = there;
      in_chunks_ = true;
      co_return std::nullopt;
    }
  }
  std::optional<Failure> failure = co_await begin();
  co_return failure;
}

Task<std::optional<Failure>> BlobUpload::begin() {
  Ask question = ask_path(Method::post, "blobs/uploads/");
  std::expected<PushAnswer, Failure> answer = co_await ask_registry(client_, repository_, std::move(question));
  if (!answer) co_return std::move(answer.error());
  if (answer->location.empty())
    co_return refused(fmt::format("{} names no address to upload to", repository_.registry));
  url_ = std::move(answer->location);
  offset_ = 0;
  co_return std::nullopt;
}

// The next `bytes` of the blob as the body; none makes an empty body.
Ask BlobUpload::ask_to_send(Method method, std::string url, uint64_t bytes) {
  Ask ask = ask_url(method, std::move(url));
  ask.own_connection = true;
  ask.headers.emplace_back("Content-Type: application/octet-stream");
  auto sent = [this, offset = offset_](uint64_t done) {
    if (sent_) sent_(offset + done);
  };
  if (bytes > 0) ask.file = FileBody{.file = file_, .offset = offset_, .bytes = bytes, .sent = std::move(sent)};
  return ask;
}

Task<std::optional<Failure>> BlobUpload::send_chunks() {
  while (offset_ < blob_.size_bytes) {
    uint64_t bytes = std::min(chunk_bytes_, blob_.size_bytes - offset_);
    Ask chunk = ask_to_send(Method::patch, url_, bytes);
    chunk.headers.push_back(fmt::format("Content-Range: {}-{}", offset_, offset_ + bytes - 1));
    std::expected<PushAnswer, Failure> answer = co_await ask_registry(client_, repository_, std::move(chunk));
    if (!answer) co_return std::move(answer.error());
    if (!answer->location.empty()) url_ = answer->location;
    std::optional<Failure> failure = accept_chunk(answer->head, bytes);
    if (failure) co_return failure;
  }
  co_return std::nullopt;
}

// A registry may take part of a chunk; one that takes nothing of it would be sent the same again and again.
std::optional<Failure> BlobUpload::accept_chunk(const HttpHead& head, uint64_t bytes) {
  std::string_view range = head.header("range");
  uint64_t now = parse_upload_range(range).value_or(offset_ + bytes);
  if (now <= offset_ || now > offset_ + bytes)
    return refused(fmt::format("{} was sent the bytes {}-{} and says that it has {}", repository_.registry, offset_,
                               offset_ + bytes - 1, range));
  offset_ = now;
  return std::nullopt;
}

// Sends what is left, which is all of it where there are no chunks, and ends the session.
Task<std::optional<Failure>> BlobUpload::finish() {
  std::string url = with_query(url_, "digest=" + url_encode(blob_.digest.str()));
  Ask last = ask_to_send(Method::put, std::move(url), blob_.size_bytes - offset_);
  std::expected<PushAnswer, Failure> answer = co_await ask_registry(client_, repository_, std::move(last));
  if (answer) co_return std::nullopt;
  maybe_there_ = true;
  co_return std::move(answer.error());
}

// Decides how the next attempt goes after `failure`. True when it is another way than this one, to be tried at once;
// where no way is left, `failure` becomes what was said of the usual one.
bool BlobUpload::find_other_way(Failure& failure) {
  bool tried = !url_.empty();  // else nothing could be sent at all
  if (!tried || failure.error.code() == Errc::denied) return false;
  if (failure.may_pass) {
    if (!chunks_refused_ && blob_.size_bytes > chunk_bytes_) in_chunks_ = true;
    return false;
  }
  if (in_chunks_ && is_too_large(failure.status) && chunk_bytes_ > chunk_bytes_min) {
    chunk_bytes_ /= chunk_divisor;
    return true;
  }
  if (in_chunks_) {
    chunks_refused_ = true;
    if (whole_refused_) failure = of_both_ways(*whole_refused_, failure);
    if (whole_refused_) return false;
  } else if (chunks_refused_ || !closes_the_way(failure.status)) {
    return false;
  } else {
    whole_refused_ = failure;
  }
  in_chunks_ = !in_chunks_;
  url_.clear();
  return true;
}

}  // namespace ccocker::registry
