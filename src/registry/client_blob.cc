#include <fmt/format.h>

#include "registry/client.h"
#include "registry/client_failure.h"
#include "registry/http_body.h"
#include "registry/ranges.h"
#include "registry/text.h"

namespace ccocker::registry {
namespace {

// Progress that makes earlier failures forgotten. Less would let a server that breaks after every byte go on forever.
constexpr uint64_t progress_bytes_min = 1u << 20;

Failure corrupt(std::string text) { return {Error(Errc::corrupt, std::move(text)), false, {}}; }

}  // namespace

BlobStream::BlobStream(Client& client, Reference reference, Descriptor descriptor, Note note)
    : client_(client),
      reference_(std::move(reference)),
      descriptor_(std::move(descriptor)),
      note_(std::move(note)),
      attempts_(client.context().retry) {}

Task<void> BlobStream::next(std::vector<std::byte>& piece) {
  for (;;) {
    std::optional<Failure> failure;
    if (!transfer_) failure = co_await open();
    if (!failure) failure = co_await take(piece);
    if (!failure) co_return;
    transfer_.reset();
    if (position_ - counted_from_ >= progress_bytes_min) attempts_.made_progress();
    // What broke in the middle has worked before: even a status that is final otherwise may pass.
    if (position_ > 0 && failure->error.code() == Errc::network) failure->may_pass = true;
    counted_from_ = position_;
    co_await attempts_.wait_after(std::move(*failure), note_);
  }
}

Task<std::optional<Failure>> BlobStream::open() {
  Ask ask{Method::get, "blobs/" + descriptor_.digest.str(), {}, /*own_connection=*/true};
  if (position_ > 0) ask.headers.push_back(fmt::format("Range: bytes={}-", position_));
  std::expected<Answer, Failure> answer = co_await client_.exchange(reference_, std::move(ask));
  if (!answer) co_return std::move(answer.error());
  int status = answer->head.status;
  std::optional<Failure> failure;
  if (status == 200) {
    failure = accept_whole(answer->head);
  } else if (status == 206 && position_ > 0) {
    failure = accept_part(answer->head);
  } else {
    failure = co_await refused(std::move(*answer));
  }
  if (!failure) transfer_ = std::move(answer->transfer);
  co_return failure;
}

std::optional<Failure> BlobStream::accept_whole(const HttpHead& head) {
  skip_ = position_;  // all of it comes again
  std::optional<uint64_t> length = parse_number(head.header("content-length"));
  if (!length || *length == descriptor_.size_bytes) return std::nullopt;
  return corrupt(fmt::format("expected {} bytes, the registry has {}", descriptor_.size_bytes, *length));
}

std::optional<Failure> BlobStream::accept_part(const HttpHead& head) {
  skip_ = 0;
  std::optional<ContentRange> range = parse_content_range(head.header("content-range"));
  bool fits = range && range->first == position_ && (!range->total || *range->total == descriptor_.size_bytes);
  if (fits) return std::nullopt;
  return corrupt(fmt::format("asked for the bytes from {} of {}, the registry sent range \"{}\"", position_,
                             descriptor_.size_bytes, head.header("content-range")));
}

Task<Failure> BlobStream::refused(Answer answer) {
  std::expected<std::string, HttpFailure> body = co_await read_body(*answer.transfer, failure_body_bytes_max);
  Failure failure = explain_status(reference_, answer.head, body ? *body : "");
  if (answer.head.status == 416)
    co_return corrupt(fmt::format("expected {} bytes, the registry has only {}", descriptor_.size_bytes, position_));
  if (answer.head.status == 404 && is_foreign_layer(descriptor_))
    std::move(failure.error).advise("it is a foreign layer (of a Windows base image), which registries do not serve");
  co_return failure;
}

Task<std::optional<Failure>> BlobStream::take(std::vector<std::byte>& piece) {
  for (;;) {
    std::optional<HttpFailure> failure = co_await transfer_->next(piece);
    bool complete = position_ == descriptor_.size_bytes;
    if (failure && complete) co_return std::nullopt;  // all bytes are here; the digest decides
    if (failure) co_return Failure{std::move(failure->error), failure->may_pass, {}};
    if (piece.empty() && complete) co_return std::nullopt;
    if (piece.empty())
      co_return Failure{Error(Errc::network, fmt::format("expected {} bytes, the registry sent {}",
                                                         descriptor_.size_bytes, position_)),
                        true,
                        {}};
    count(piece);
    if (!piece.empty()) co_return std::nullopt;  // else all of it was skipped
  }
}

// Leaves out what was sent again and refuses what is too much.
void BlobStream::count(std::vector<std::byte>& piece) {
  size_t again = static_cast<size_t>(std::min<uint64_t>(skip_, piece.size()));
  skip_ -= again;
  if (again) piece.erase(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(again));
  if (position_ + piece.size() > descriptor_.size_bytes)
    throw Error(Errc::corrupt,
                fmt::format("the registry sends more than the expected {} bytes", descriptor_.size_bytes));
  position_ += piece.size();
}

}  // namespace ccocker::registry
