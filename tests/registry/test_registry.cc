#include "registry/test_registry.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "loop/error.h"
#include "loop/io.h"

namespace ccocker::registry {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(::tolower(c));
  return text;
}

TestRequest parse_request(std::string_view head) {
  TestRequest request;
  size_t line_end = head.find("\r\n");
  std::string_view line = head.substr(0, line_end);
  size_t space = line.find(' ');
  request.method = line.substr(0, space);
  request.path = line.substr(space + 1, line.rfind(' ') - space - 1);
  while (line_end != std::string_view::npos) {
    head.remove_prefix(line_end + 2);
    line_end = head.find("\r\n");
    line = head.substr(0, line_end);
    size_t colon = line.find(": ");
    if (colon != std::string_view::npos)
      request.headers[lower(std::string(line.substr(0, colon)))] = line.substr(colon + 2);
  }
  return request;
}

void reset_on_close(FdView socket) {
  linger now{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace

std::string TestRequest::header(const std::string& name) const {
  auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

TestServer::TestServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) throw Error::sys("bind");
  if (::listen(listener_.get(), 128) != 0) throw Error::sys("listen");
  if (::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw Error::sys("getsockname");
  port_ = ntohs(address.sin_port);
}

std::string TestServer::host() const { return fmt::format("127.0.0.1:{}", port_); }

size_t TestServer::count(std::string_view part) const {
  size_t found = 0;
  for (const TestRequest& request : requests) found += request.path.find(part) != std::string::npos;
  return found;
}

Task<void> TestServer::run() {
  CancelScope* scope = co_await current_scope();
  TaskGroup group(scope);
  std::exception_ptr end;
  try {
    for (;;) {
      Fd socket = co_await io::accept(listener_);
      group.spawn(converse(std::move(socket)));
    }
  } catch (...) {
    end = std::current_exception();
  }
  group.cancel();
  co_await group.join();
  std::rethrow_exception(end);
}

Task<void> TestServer::converse(Fd socket) {
  std::string input;
  try {
    for (;;) {
      bool more = co_await answer(socket, input);
      if (!more) co_return;
    }
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;  // else the client went away
  }
}

Task<bool> TestServer::answer(FdView socket, std::string& input) {
  std::vector<std::byte> buffer(16384);
  size_t head_end = std::string::npos, wanted = 0;
  TestRequest request;
  for (;;) {
    if (input.starts_with('\x16')) co_return false;  // a TLS greeting
    head_end = input.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      request = parse_request(std::string_view(input).substr(0, head_end + 2));
      std::string length = request.header("content-length");
      wanted = head_end + 4 + (length.empty() ? 0 : std::stoul(length));
      if (input.size() >= wanted) break;
    }
    size_t count = co_await io::recv(socket, buffer);
    if (count == 0) co_return false;
    input.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
  request.body = input.substr(head_end + 4, wanted - head_end - 4);
  input.erase(0, wanted);
  requests.push_back(request);
  TestReply reply = handler_(request);
  bool more = co_await send(socket, request, std::move(reply));
  co_return more;
}

Task<bool> TestServer::send(FdView socket, const TestRequest& request, TestReply reply) {
  if (reply.delay.count() > 0) co_await io::sleep(reply.delay);
  if (reply.silent) co_return false;
  std::string head = fmt::format("HTTP/1.1 {} Scripted\r\n", reply.status);
  for (const std::string& header : reply.headers) head += header + "\r\n";
  if (!reply.no_length) head += fmt::format("Content-Length: {}\r\n", reply.body.size());
  head += "\r\n";
  std::string body = request.method == "HEAD" ? "" : reply.body.substr(0, reply.cut_after.value_or(std::string::npos));
  co_await io::write_all(socket, head + body);
  if (reply.stall) co_await io::sleep(std::chrono::hours(1));
  // Unread bytes at the other end would be thrown away by an early reset.
  if (reply.reset) co_await io::sleep(std::chrono::milliseconds(50));
  if (reply.reset) reset_on_close(socket);
  co_return !reply.reset && !reply.cut_after && !reply.no_length;
}

TestReply ranged(const TestRequest& request, const std::string& body) {
  TestReply reply;
  std::string range = request.header("range");
  if (range.empty()) {
    reply.body = body;
    return reply;
  }
  size_t first = std::stoul(range.substr(std::string("bytes=").size()));
  reply.status = 206;
  reply.body = body.substr(first);
  reply.headers.push_back(fmt::format("Content-Range: bytes {}-{}/{}", first, body.size() - 1, body.size()));
  return reply;
}

}  // namespace ccocker::registry
