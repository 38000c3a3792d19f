#include "registry/http_engine.h"

#include <fmt/format.h>
#include <poll.h>

#include "loop/io.h"
#include "loop/loop.h"
#include "registry/http_transfer.h"

namespace ccocker::registry {

// A socket of libcurl's, and what it waits for there.
struct HttpSocket {
  curl_socket_t fd;
  unsigned wish = 0;  // POLLIN, POLLOUT; 0 when paused
  bool gone = false;  // libcurl has closed it or is about to
  Op* poll = nullptr;
  WaitList wish_changed;
};

namespace {

using Clock = std::chrono::steady_clock;

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

void check(CURLMcode code, const char* call) {
  if (code != CURLM_OK) throw Error(Errc::failed, fmt::format("{}: {}", call, curl().multi_strerror(code)));
}

int socket_callback(CURL*, curl_socket_t fd, int what, void* user, void* socket_data) {
  HttpState& http = *static_cast<HttpState*>(user);
  HttpSocket* known = static_cast<HttpSocket*>(socket_data);
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
  auto socket = std::make_shared<HttpSocket>();
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

HttpState::HttpState() : multi(curl().multi_init()) {
  if (!multi) throw Error(Errc::failed, "curl_multi_init: out of memory");
  auto set = curl().multi_setopt;
  set(multi, CURLMOPT_SOCKETFUNCTION, socket_callback);
  set(multi, CURLMOPT_SOCKETDATA, this);
  set(multi, CURLMOPT_TIMERFUNCTION, timer_callback);
  set(multi, CURLMOPT_TIMERDATA, this);
  set(multi, CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
}

HttpState::~HttpState() {
  // Closing connections calls back; nobody watches the sockets any more.
  curl().multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl().multi_setopt(multi, CURLMOPT_TIMERFUNCTION, nullptr);
  curl().multi_cleanup(multi);
}

// One task for each socket: polls for what libcurl wishes and tells it what came.
Task<void> HttpState::watch(std::shared_ptr<HttpSocket> socket) {
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

void HttpState::add(TransferState& transfer) {
  check(curl().multi_add_handle(multi, transfer.easy), "curl_multi_add_handle");
  transfer.http = this;
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

}  // namespace ccocker::registry
