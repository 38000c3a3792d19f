#include "registry/http.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "loop/io.h"
#include "loop/loop.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "loop/sync.h"
#include "registry/curl_api.h"
#include "registry/http_failure.h"
#include "registry/http_sigpipe.h"
#include "registry/text.h"

namespace ccocker::registry {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t piece_bytes_max = 1u << 20;      // what a transfer holds before it is paused
constexpr long receive_buffer_bytes = 512 << 10;  // libcurl's largest: one recv(2) a turn
constexpr size_t header_bytes_max = 256u << 10;
constexpr long upload_buffer_bytes = 512 << 10;
constexpr long stall_bytes_per_s = 1;

// Poll and timeout whose result is a number: being cancelled is ordinary here, when libcurl changes its wishes.
class PollOp final : public Op {
 public:
  PollOp(int fd, unsigned events) { io_uring_prep_poll_add(&entry_, fd, events); }
  int await_resume() const { return result_; }
};

class TimerOp final : public Op {
 public:
  explicit TimerOp(std::chrono::nanoseconds span) {
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span);
    span_ = {.tv_sec = seconds.count(), .tv_nsec = (span - seconds).count()};
    io_uring_prep_timeout(&entry_, &span_, 0, 0);
  }
  int await_resume() const { return result_; }

 private:
  __kernel_timespec span_{};
};

// A socket of libcurl's, and what it waits for there.
struct Socket {
  curl_socket_t fd;
  unsigned wish = 0;  // POLLIN, POLLOUT; 0 when paused
  bool gone = false;  // libcurl has closed it or is about to
  Op* poll = nullptr;
  WaitList wish_changed;
};

void check(CURLMcode code, const char* call) {
  if (code != CURLM_OK) throw Error(Errc::failed, fmt::format("{}: {}", call, curl().multi_strerror(code)));
}

}  // namespace

struct HttpState {
  CURLM* multi = nullptr;
  IgnoreSigpipe ignore_sigpipe;  // CURLOPT_NOSIGNAL leaves SIGPIPE to us
  TaskGroup* watchers = nullptr;                             // while run() runs
  std::map<curl_socket_t, std::shared_ptr<Socket>> sockets;  // all that libcurl points to, watched or not any more
  Op* timer = nullptr;                                       // the timeout in flight
  std::optional<Clock::time_point> deadline;
  WaitList deadline_set;

  Task<void> watch(std::shared_ptr<Socket> socket);
  Task<void> keep_time();
  void action(curl_socket_t fd, int events);
  void take_finished();
};

struct TransferState {
  HttpState* http = nullptr;  // null once it is no longer in the multi
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  HttpRequest request;
  char error_text[CURL_ERROR_SIZE] = {};

  uint64_t sent_bytes = 0;  // of the request's file

  HttpHead head;
  size_t header_bytes = 0;
  bool head_done = false, done = false, paused = false, claimed_too_much = false;
  CURLcode result = CURLE_OK;
  std::vector<std::byte> body;
  WaitList changed;

  void finish(CURLcode code);
  void detach();
  size_t on_header(std::string_view line);
  size_t on_body(std::span<const std::byte> bytes);
  size_t give_body(std::span<std::byte> to);
  HttpFailure failure() const;
};

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
  return static_cast<size_t>(count);
}

HttpFailure TransferState::failure() const {
  if (claimed_too_much)
    return {Error(Errc::corrupt, fmt::format("the answer's headers are over {} bytes", header_bytes_max)), false,
            false};
  long os_errno = 0;
  curl().easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
  return explain_failure({.code = static_cast<int>(result),
                          .os_errno = static_cast<int>(os_errno),
                          .detail = error_text,
                          .url = request.url,
                          .connect_limit = request.connect_limit,
                          .stall_limit = request.stall_limit});
}

namespace {

size_t header_callback(char* data, size_t size, size_t count, void* transfer) {
  return static_cast<TransferState*>(transfer)->on_header({data, size * count});
}

size_t read_callback(char* data, size_t size, size_t count, void* transfer) {
  return static_cast<TransferState*>(transfer)->give_body(std::as_writable_bytes(std::span(data, size * count)));
}

// libcurl starts a body again when a kept connection turns out to be closed.
int seek_callback(void* transfer, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<TransferState*>(transfer)->sent_bytes = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

size_t body_callback(char* data, size_t size, size_t count, void* transfer) {
  return static_cast<TransferState*>(transfer)->on_body(std::as_bytes(std::span(data, size * count)));
}

int socket_callback(CURL*, curl_socket_t fd, int what, void* user, void* socket_data) {
  HttpState& http = *static_cast<HttpState*>(user);
  Socket* known = static_cast<Socket*>(socket_data);
  if (what == CURL_POLL_REMOVE) {
    if (!known) return 0;
    known->gone = true;
    if (known->poll) known->poll->on_cancel();
    known->wish_changed.wake_all();
    curl().multi_assign(http.multi, fd, nullptr);
    http.sockets.erase(fd);
    return 0;
  }
  unsigned wish = (what & CURL_POLL_IN ? POLLIN : 0u) | (what & CURL_POLL_OUT ? POLLOUT : 0u);
  if (known) {
    if (known->wish == wish) return 0;
    known->wish = wish;
    if (known->poll) known->poll->on_cancel();
    known->wish_changed.wake_all();
    return 0;
  }
  if (!http.watchers) return -1;
  auto socket = std::make_shared<Socket>();
  socket->fd = fd;
  socket->wish = wish;
  curl().multi_assign(http.multi, fd, socket.get());
  http.sockets[fd] = socket;
  http.watchers->spawn(http.watch(std::move(socket)));
  return 0;
}

int timer_callback(CURLM*, long timeout_ms, void* user) {
  HttpState& http = *static_cast<HttpState*>(user);
  if (timeout_ms < 0) {
    http.deadline.reset();
    return 0;
  }
  Clock::time_point wanted = Clock::now() + std::chrono::milliseconds(timeout_ms);
  bool sooner = !http.deadline || wanted < *http.deadline;
  http.deadline = wanted;
  // A timer that fires too early only looks at the clock again; one that would fire too late has to go.
  if (http.timer && sooner) http.timer->on_cancel();
  http.deadline_set.wake_all();
  return 0;
}

}  // namespace

// One task for each socket: polls for what libcurl wishes and tells it what came.
Task<void> HttpState::watch(std::shared_ptr<Socket> socket) {
  CancelScope* scope = co_await current_scope();
  while (!socket->gone) {
    if (socket->wish == 0) {
      co_await socket->wish_changed.wait();
      continue;
    }
    int ready = 0;
    {
      PollOp poll(socket->fd, socket->wish);
      socket->poll = &poll;
      ready = co_await poll;
      socket->poll = nullptr;
    }
    if (scope->cancelled()) co_return;
    if (ready == -ECANCELED || socket->gone) continue;
    int events = ready < 0 ? CURL_CSELECT_ERR : 0;
    if (ready > 0 && (ready & (POLLIN | POLLHUP))) events |= CURL_CSELECT_IN;
    if (ready > 0 && (ready & POLLOUT)) events |= CURL_CSELECT_OUT;
    if (ready > 0 && (ready & POLLERR)) events |= CURL_CSELECT_ERR;
    action(socket->fd, events);
    // A socket that stays ready would otherwise keep others waiting: the poll goes through the ring each time.
  }
}

Task<void> HttpState::keep_time() {
  CancelScope* scope = co_await current_scope();
  while (!scope->cancelled()) {
    if (!deadline) {
      co_await deadline_set.wait();
      continue;
    }
    auto span = *deadline - Clock::now();
    if (span <= Clock::duration::zero()) {
      deadline.reset();
      action(CURL_SOCKET_TIMEOUT, 0);
      co_await io::yield();
      continue;
    }
    TimerOp wait(span);
    timer = &wait;
    co_await wait;
    timer = nullptr;
  }
}

void HttpState::action(curl_socket_t fd, int events) {
  int running = 0;
  check(curl().multi_socket_action(multi, fd, events, &running), "curl_multi_socket_action");
  take_finished();
}

void HttpState::take_finished() {
  int left = 0;
  while (CURLMsg* message = curl().multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    TransferState* transfer = nullptr;
    curl().easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    transfer->finish(message->data.result);
  }
}

std::string_view HttpHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

Transfer::Transfer(std::shared_ptr<TransferState> state) : state_(std::move(state)) {}
Transfer::~Transfer() { state_->detach(); }

Task<std::expected<HttpHead, HttpFailure>> Transfer::head() {
  while (!state_->head_done && !state_->done) co_await state_->changed.wait();
  if (!state_->head_done && state_->result == CURLE_OK) state_->result = CURLE_GOT_NOTHING;
  if (!state_->head_done) co_return std::unexpected(state_->failure());
  co_return state_->head;
}

Task<std::optional<HttpFailure>> Transfer::next(std::vector<std::byte>& piece) {
  piece.clear();
  while (state_->body.empty() && !state_->done) co_await state_->changed.wait();
  std::swap(piece, state_->body);
  if (state_->paused) {
    state_->paused = false;
    curl().easy_pause(state_->easy, CURLPAUSE_CONT);  // gives the piece that was held back at once
  }
  if (piece.empty() && state_->result != CURLE_OK) co_return state_->failure();
  co_return std::nullopt;
}

Http::Http() : state_(std::make_unique<HttpState>()) {
  state_->multi = curl().multi_init();
  if (!state_->multi) throw Error(Errc::failed, "curl_multi_init: out of memory");
  auto set = curl().multi_setopt;
  set(state_->multi, CURLMOPT_SOCKETFUNCTION, socket_callback);
  set(state_->multi, CURLMOPT_SOCKETDATA, state_.get());
  set(state_->multi, CURLMOPT_TIMERFUNCTION, timer_callback);
  set(state_->multi, CURLMOPT_TIMERDATA, state_.get());
  set(state_->multi, CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
}

Http::~Http() {
  // Closing connections calls back; nobody watches the sockets any more.
  curl().multi_setopt(state_->multi, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl().multi_setopt(state_->multi, CURLMOPT_TIMERFUNCTION, nullptr);
  curl().multi_cleanup(state_->multi);
}

Task<void> Http::run() {
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  state_->watchers = &group;
  group.spawn(state_->keep_time());
  std::exception_ptr failure;
  try {
    co_await group.join();
  } catch (...) {
    failure = std::current_exception();
  }
  state_->watchers = nullptr;
  if (failure) std::rethrow_exception(failure);
}

namespace {

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

// libcurl reads the proxy variables itself, but (as a CGI precaution) not HTTP_PROXY, which Docker's users set; and it
// would send loopback addresses to the proxy, which Go never does.
const char* proxy_override(const std::string& url) {
  std::optional<UrlOrigin> origin = url_origin(url);
  if (!origin) return nullptr;
  if (is_loopback_host(origin->host)) return "";
  if (origin->scheme == "http" && !environment("http_proxy")) return environment("HTTP_PROXY");
  return nullptr;
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

void set_file_body(TransferState& transfer) {
  auto set = curl().easy_setopt;
  set(transfer.easy, CURLOPT_UPLOAD, 1L);
  set(transfer.easy, CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer_bytes);
  set(transfer.easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(transfer.request.file->bytes));
  set(transfer.easy, CURLOPT_READFUNCTION, read_callback);
  set(transfer.easy, CURLOPT_READDATA, &transfer);
  set(transfer.easy, CURLOPT_SEEKFUNCTION, seek_callback);
  set(transfer.easy, CURLOPT_SEEKDATA, &transfer);
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
  set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_limit.count()));
  set(easy, CURLOPT_BUFFERSIZE, request.own_connection ? receive_buffer_bytes : long{CURL_MAX_WRITE_SIZE});
}

void configure(TransferState& transfer) {
  auto set = curl().easy_setopt;
  CURL* easy = transfer.easy;
  const HttpRequest& request = transfer.request;
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
  if (const char* proxy = proxy_override(request.url)) set(easy, CURLOPT_PROXY, proxy);
  set_method(transfer);
  set_limits(easy, request);
  set_tls(easy, request.tls);
}

}  // namespace

std::unique_ptr<Transfer> Http::start(HttpRequest request) {
  auto state = std::make_shared<TransferState>();
  auto transfer = std::make_unique<Transfer>(state);
  state->request = std::move(request);
  state->easy = curl().easy_init();
  if (!state->easy) throw Error(Errc::failed, "curl_easy_init: out of memory");
  configure(*state);
  check(curl().multi_add_handle(state_->multi, state->easy), "curl_multi_add_handle");
  state->http = state_.get();
  return transfer;
}

}  // namespace ccocker::registry
