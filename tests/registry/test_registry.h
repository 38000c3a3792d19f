#pragma once
// A small HTTP/1.1 server on the test's own loop that answers from a script and misbehaves as it is told.
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loop/fd.h"
#include "loop/scope.h"
#include "loop/task.h"

namespace ccocker::registry {

struct TestRequest {
  std::string method, path, body;              // the path with its query
  std::map<std::string, std::string> headers;  // names in lower case
  std::string header(const std::string& name) const;
};

struct TestReply {
  int status = 200;
  std::vector<std::string> headers;
  std::string body;
  std::optional<size_t> cut_after;     // closes after so many bytes of the body
  bool reset = false;                  // ... with a TCP reset
  bool stall = false;                  // ... or says no more and keeps the connection
  bool no_length = false;              // without Content-Length: the body ends with the connection
  bool silent = false;                 // closes without a word
  std::chrono::milliseconds delay{0};  // before the first word
};

class TestServer {
 public:
  using Handler = std::function<TestReply(const TestRequest&)>;
  explicit TestServer(Handler handler);

  Task<void> run();          // until cancelled
  std::string host() const;  // "127.0.0.1:<port>"
  std::vector<TestRequest> requests;
  // Requests whose path holds `part`.
  size_t count(std::string_view part) const;

 private:
  Task<void> converse(Fd socket);
  Task<bool> answer(FdView socket, std::string& input);
  Task<bool> send(FdView socket, const TestRequest& request, TestReply reply);
  Handler handler_;
  Fd listener_;
  uint16_t port_ = 0;
};

// The bytes from `Range: bytes=N-` on, as a registry answers them.
TestReply ranged(const TestRequest& request, const std::string& body);

}  // namespace ccocker::registry
