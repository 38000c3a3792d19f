#pragma once
// HTTP on the loop: libcurl's multi interface, whose sockets are ring polls and whose timer is a ring timeout.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loop/error.h"
#include "loop/fd.h"
#include "loop/task.h"

namespace ccocker::registry {

enum class Method { get, head, post, put, patch, del };

// How a server's certificate is checked.
struct TlsPolicy {
  bool verify = true;
  std::string extra_ca;  // PEM certificates trusted beside the system's
  std::string client_certificate_file, client_key_file;
  std::string certificates_name;  // what to call its directory in certs.d, for messages
};

// Part of a regular file as the body of a request.
struct FileBody {
  FdView file;
  uint64_t offset = 0, bytes = 0;
  std::function<void(uint64_t)> sent = {};  // hears how many of its bytes went out; called on the loop
};

struct HttpRequest {
  Method method = Method::get;
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  // Of a post, put or patch. A post without a Content-Type header is application/x-www-form-urlencoded.
  std::string body;
  std::optional<FileBody> file;  // the body, instead of `body`
  TlsPolicy tls;
  std::chrono::milliseconds connect_limit{15'000};  // name look-up, connection and TLS together
  std::chrono::seconds stall_limit{30};             // without a single byte
  std::chrono::seconds answer_limit{0};             // the same, once the whole body is out; 0: stall_limit
  // Bodies of blobs want a connection each; small answers may share one (HTTP/2).
  bool own_connection = false;
};

struct HttpHead {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // in order; names in lower case

  std::string_view header(std::string_view lower_case_name) const;  // the first; "" when absent
};

// Names where a request went wrong: Errc::network (may pass), timed_out (may pass), denied (TLS) or not_found (DNS).
struct HttpFailure {
  Error error;
  bool may_pass = false;  // worth another try
  bool no_tls = false;    // the other end does not speak TLS, or nobody listens
  bool plain = false;     // it answers, and not in TLS
};

struct HttpState;
struct TransferState;

// One request in flight. Destroying it ends the request. Belongs to its Http.
class Transfer {
 public:
  explicit Transfer(std::shared_ptr<TransferState> state);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  // Waits for the status line and headers; an HttpFailure when none come.
  Task<std::expected<HttpHead, HttpFailure>> head();
  // The next piece of the body into `piece` (its storage is reused); empty at the end. The transfer stands still while
  // nobody takes pieces.
  Task<std::optional<HttpFailure>> next(std::vector<std::byte>& piece);

 private:
  std::shared_ptr<TransferState> state_;
};

// The engine. `run` has to run beside whatever uses transfers: until(work, {http.run()}).
class Http {
 public:
  Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;
  ~Http();

  Task<void> run();
  std::unique_ptr<Transfer> start(HttpRequest request);

 private:
  std::unique_ptr<HttpState> state_;
};

// The pieces of a URL that decide who gets credentials: "https://host:443".
struct UrlOrigin {
  std::string scheme, host, port;
  bool operator==(const UrlOrigin&) const = default;
};
// Nullopt for what is no http or https URL.
std::optional<UrlOrigin> url_origin(const std::string& url);
std::string host_and_port(const UrlOrigin& origin);  // without a port that is the scheme's own
// `location` as seen from `base` (RFC 3986); nullopt for what is no http or https URL.
std::optional<std::string> resolve_url(const std::string& base, const std::string& location);
bool is_loopback_host(std::string_view host);
std::string url_encode(std::string_view text);

}  // namespace ccocker::registry
