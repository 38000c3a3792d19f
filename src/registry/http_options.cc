#include "registry/http_options.h"

#include <cstdlib>

#include "registry/http_proxy.h"

namespace ccocker::registry {
namespace {

constexpr long receive_buffer_bytes = 512 << 10;  // libcurl's largest: one recv(2) a turn
constexpr long upload_buffer_bytes = 512 << 10;
constexpr long stall_bytes_per_s = 1;

size_t header_callback(char* data, size_t size, size_t count, void* transfer) {
  return static_cast<TransferState*>(transfer)->on_header({data, size * count});
}

size_t read_callback(char* data, size_t size, size_t count, void* transfer) {
  return static_cast<TransferState*>(transfer)->give_body(std::as_writable_bytes(std::span(data, size * count)));
}

size_t body_callback(char* data, size_t size, size_t count, void* transfer) {
  return static_cast<TransferState*>(transfer)->on_body(std::as_bytes(std::span(data, size * count)));
}

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

// Extra certificates come beside the system's: those stay in force through libcurl's CApath; where it has none, its
// bundle is appended.
void set_tls(CURL* easy, const TlsPolicy& tls) {
  auto set = curl().easy_setopt;
  set(easy, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  set(easy, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  if (const char* file = environment("SSL_CERT_FILE")) set(easy, CURLOPT_CAINFO, file);
  if (!tls.extra_ca.empty()) {
    curl_blob blob{const_cast<char*>(tls.extra_ca.data()), tls.extra_ca.size(), CURL_BLOB_COPY};
    set(easy, CURLOPT_CAINFO_BLOB, &blob);
  }
  if (!tls.client_certificate_file.empty()) set(easy, CURLOPT_SSLCERT, tls.client_certificate_file.c_str());
  if (!tls.client_key_file.empty()) set(easy, CURLOPT_SSLKEY, tls.client_key_file.c_str());
}

const char* name_of(Method method) {
  switch (method) {
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    default:
      return nullptr;
  }
}

// Without CURLOPT_SEEKFUNCTION: libcurl would send the whole body again, unasked, when a kept connection breaks before
// the answer. What has become of the first one is for the upload to find out.
void set_file_body(TransferState& transfer) {
  auto set = curl().easy_setopt;
  set(transfer.easy, CURLOPT_UPLOAD, 1L);
  set(transfer.easy, CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer_bytes);
  set(transfer.easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(transfer.request.file->bytes));
  set(transfer.easy, CURLOPT_READFUNCTION, read_callback);
  set(transfer.easy, CURLOPT_READDATA, &transfer);
}

void set_method(TransferState& transfer) {
  auto set = curl().easy_setopt;
  CURL* easy = transfer.easy;
  const HttpRequest& request = transfer.request;
  if (request.method == Method::head) set(easy, CURLOPT_NOBODY, 1L);
  bool has_body = request.method == Method::post || request.method == Method::put || request.method == Method::patch;
  if (has_body && request.file) {
    set_file_body(transfer);
  } else if (has_body) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
  }
  if (const char* name = name_of(request.method)) set(easy, CURLOPT_CUSTOMREQUEST, name);
}

void set_limits(CURL* easy, const HttpRequest& request) {
  auto set = curl().easy_setopt;
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_limit.count()));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, stall_bytes_per_s);
  if (request.answer_limit.count() > 0) set(easy, CURLOPT_TCP_KEEPALIVE, 1L);  // routers forget what is silent
  set(easy, CURLOPT_BUFFERSIZE, request.own_connection ? receive_buffer_bytes : long{CURL_MAX_WRITE_SIZE});
}

}  // namespace

void set_stall_limit(const TransferState& transfer) {
  curl().easy_setopt(transfer.easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(transfer.stall_limit().count()));
}

void set_options(TransferState& transfer) {
  auto set = curl().easy_setopt;
  CURL* easy = transfer.easy;
  const HttpRequest& request = transfer.request;
  std::optional<UrlOrigin> origin = url_origin(request.url);
  if (origin) transfer.proxy = proxy_for(*origin);
  for (const std::string& header : request.headers)
    transfer.headers = curl().slist_append(transfer.headers, header.c_str());
  // No "Expect: 100-continue": the first request to a registry has no body, so that a login is known by then.
  if (request.file || !request.body.empty()) transfer.headers = curl().slist_append(transfer.headers, "Expect:");
  set(easy, CURLOPT_URL, request.url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTPHEADER, transfer.headers);
  set(easy, CURLOPT_USERAGENT, "ccocker/" CCOCKER_VERSION);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // a cancelled pull does not wait for a resolver thread that waits for DNS
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_ERRORBUFFER, transfer.error_text);
  set(easy, CURLOPT_PRIVATE, &transfer);
  set(easy, CURLOPT_HEADERFUNCTION, header_callback);
  set(easy, CURLOPT_HEADERDATA, &transfer);
  set(easy, CURLOPT_WRITEFUNCTION, body_callback);
  set(easy, CURLOPT_WRITEDATA, &transfer);
  set(easy, CURLOPT_HTTP_VERSION, long{request.own_connection ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS});
  // The environment was read by ourselves, so that a failure can name the proxy; libcurl is not to read it again.
  set(easy, CURLOPT_PROXY, transfer.proxy.c_str());
  set(easy, CURLOPT_NOPROXY, "");
  set_method(transfer);
  set_limits(easy, request);
  set_stall_limit(transfer);
  set_tls(easy, request.tls);
}

}  // namespace ccocker::registry
