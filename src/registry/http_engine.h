#pragma once
// The inside of Http: libcurl's multi handle on the loop.
#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "loop/scope.h"
#include "loop/sync.h"
#include "loop/task.h"
#include "registry/curl_api.h"
#include "registry/http.h"
#include "registry/http_sigpipe.h"

namespace ccocker::registry {

struct HttpSocket;

struct HttpState {
  HttpState();
  HttpState(const HttpState&) = delete;
  HttpState& operator=(const HttpState&) = delete;
  ~HttpState();

  CURLM* multi = nullptr;
  IgnoreSigpipe ignore_sigpipe;                                  // CURLOPT_NOSIGNAL leaves SIGPIPE to us
  TaskGroup* watchers = nullptr;                                 // while run() runs
  std::map<curl_socket_t, std::shared_ptr<HttpSocket>> sockets;  // all that libcurl points to, watched or not any more
  Op* timer = nullptr;                                           // the timeout in flight
  std::optional<std::chrono::steady_clock::time_point> deadline;
  WaitList deadline_set;

  Task<void> watch(std::shared_ptr<HttpSocket> socket);
  Task<void> keep_time();
  void add(TransferState& transfer);
  void action(curl_socket_t fd, int events);
  void take_finished();
};

}  // namespace ccocker::registry
