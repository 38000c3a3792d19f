#include "registry/http_transfer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "loop/sys.h"
#include "registry/http_engine.h"
#include "registry/http_failure.h"
#include "registry/http_options.h"
#include "registry/text.h"

namespace ccocker::registry {
namespace {

constexpr size_t piece_bytes_max = 1u << 20;  // what a transfer holds before it is paused
constexpr size_t header_bytes_max = 256u << 10;

}  // namespace

void TransferState::finish(CURLcode code) {
  result = code;
  done = true;
  changed.wake_all();
}

void TransferState::detach() {
  if (easy && http) curl().multi_remove_handle(http->multi, easy);
  http = nullptr;
  if (easy) curl().easy_cleanup(easy);
  easy = nullptr;
  if (headers) curl().slist_free_all(headers);
  headers = nullptr;
}

size_t TransferState::on_header(std::string_view line) {
  constexpr size_t refuse = 0;        // libcurl ends the transfer with CURLE_WRITE_ERROR
  if (head_done) return line.size();  // a trailer
  header_bytes += line.size();
  if (header_bytes > header_bytes_max) {
    claimed_too_much = true;
    return refuse;
  }
  std::string_view text = trim(line);
  if (text.starts_with("HTTP/")) {
    size_t space = text.find(' ');
    head = HttpHead{};
    head.status = space == std::string_view::npos ? 0 : std::atoi(std::string(text.substr(space + 1)).c_str());
  } else if (text.empty()) {
    head_done = head.status >= 200;  // 1xx is followed by the real one
    if (head_done) changed.wake_all();
  } else if (size_t colon = text.find(':'); colon != std::string_view::npos) {
    head.headers.emplace_back(lower(text.substr(0, colon)), std::string(trim(text.substr(colon + 1))));
  }
  return line.size();
}

size_t TransferState::on_body(std::span<const std::byte> bytes) {
  if (!body.empty() && body.size() + bytes.size() > piece_bytes_max) {
    paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (body.empty()) changed.wake_all();
  body.insert(body.end(), bytes.begin(), bytes.end());
  return bytes.size();
}

// A regular file: reading it does not wait.
size_t TransferState::give_body(std::span<std::byte> to) {
  FileBody& file = *request.file;
  size_t wanted = static_cast<size_t>(std::min<uint64_t>(to.size(), file.bytes - sent_bytes));
  auto at = static_cast<off_t>(file.offset + sent_bytes);
  ssize_t count = sys::retry([&] { return ::pread(file.file.get(), to.data(), wanted, at); });
  if (count < 0 || (count == 0 && wanted > 0)) return CURL_READFUNC_ABORT;
  sent_bytes += static_cast<uint64_t>(count);
  if (file.sent) file.sent(sent_bytes);
  if (sent_bytes == file.bytes) set_stall_limit(*this);
  return static_cast<size_t>(count);
}

// A request in plain HTTP is answered by the proxy itself when it does not pass it on.
bool TransferState::proxy_refused() const {
  return head_done && head.status == 407 && !proxy.empty() && request.url.starts_with("http://");
}

std::chrono::seconds TransferState::stall_limit() const {
  bool body_out = !request.file || sent_bytes == request.file->bytes;
  return body_out && request.answer_limit.count() > 0 ? request.answer_limit : request.stall_limit;
}

HttpFailure TransferState::failure() const {
  if (claimed_too_much)
    return {Error(Errc::corrupt, fmt::format("the answer's headers are over {} bytes", header_bytes_max)), false,
            false};
  long os_errno = 0, connect_status = 0;
  curl().easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
  curl().easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
  return explain_failure({.code = static_cast<int>(result),
                          .os_errno = static_cast<int>(os_errno),
                          .detail = error_text,
                          .url = request.url,
                          .certificates_name = request.tls.certificates_name,
                          .proxy = proxy,
                          .proxy_status = proxy_refused() ? head.status : static_cast<int>(connect_status),
                          .connect_limit = request.connect_limit,
                          .stall_limit = stall_limit()});
}

}  // namespace ccocker::registry
