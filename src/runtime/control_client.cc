#include "runtime/control_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/lock.h"
#include "runtime/record.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds answer_s_max{2};  // for a supervisor to say that it has heard
constexpr std::chrono::seconds move_s_max{10};   // for it to bind ports and set rules

bool is_there_and_up(const std::string& root, const std::string& state, const std::string& id) {
  std::optional<ContainerRecord> record = load_record(root, state, id);
  return record && is_up(record->container.status);
}

Task<std::optional<ControlMessage>> hear_end(ControlClient& client) {
  for (;;) {
    std::optional<ControlMessage> message = co_await client.next();
    if (!message || message->kind == ControlKind::exited) co_return message;
  }
}

}  // namespace

std::optional<ControlClient> ControlClient::connect(const std::string& state, const std::string& id) {
  std::optional<Fd> dir = sys::open_if_exists(sys::cwd(), container_state_dir(state, id), O_RDONLY | O_DIRECTORY);
  if (!dir) return std::nullopt;
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) throw Error::sys("socket", "AF_UNIX");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // Through the descriptor: the path itself may be longer than the 108 bytes of an address.
  std::string path = fmt::format("/proc/self/fd/{}/control", dir->get());
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) return std::nullopt;
  return ControlClient(std::move(socket));
}

Task<void> ControlClient::send(ControlMessage message) {
  std::string bytes = encode(message);
  try {
    co_await io::send(socket_, std::as_bytes(std::span(bytes)));
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
  }
}

Task<std::optional<ControlMessage>> ControlClient::next() {
  std::vector<std::byte> buffer(control_payload_bytes_max + 2);
  size_t count = 0;
  bool again = true;
  while (again) {
    again = false;
    try {
      count = co_await io::recv(socket_, buffer);
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) throw;
      // A supervisor that ended with our word unread resets the connection; what it had said comes after that.
      again = error.errno_value() == ECONNRESET;
    }
  }
  if (count == 0) co_return std::nullopt;
  std::optional<ControlMessage> message = decode({reinterpret_cast<const char*>(buffer.data()), count});
  if (!message) throw Error(Errc::corrupt, "the container's supervisor sent what this ccocker does not understand");
  co_return message;
}

namespace {

// `kind`: wait or wait_once.
Task<std::optional<ControlMessage>> ask_for_end(std::string root, std::string state, std::string id, ControlKind kind) {
  for (std::chrono::milliseconds pause = 1ms; is_there_and_up(root, state, id); pause = std::min(2 * pause, 100ms)) {
    std::optional<ControlClient> client = ControlClient::connect(state, id);
    if (client) {
      ControlMessage question;
      question.kind = kind;
      co_await client->send(std::move(question));
      std::optional<ControlMessage> end = co_await hear_end(*client);
      if (end) co_return end;
    }
    co_await io::sleep(pause);  // it is just starting, or its end is being written
  }
  co_return std::nullopt;
}

Task<std::optional<ControlMessage>> say_and_hear(ControlClient& client, ControlMessage message) {
  co_await client.send(std::move(message));
  std::optional<ControlMessage> answer = co_await client.next();
  co_return answer;
}

// Until it is heard, or nobody is there to hear it.
Task<void> say_stop(std::string state, std::string id, bool keep) {
  constexpr std::chrono::milliseconds step{10};
  for (;;) {
    std::optional<ControlClient> client = ControlClient::connect(state, id);
    if (client) {
      ControlMessage notice;
      notice.kind = ControlKind::stop;
      notice.flag = keep;
      std::optional<ControlMessage> answer = co_await say_and_hear(*client, std::move(notice));
      if (answer && answer->kind == ControlKind::ok) co_return;
    }
    if (!LiveLock::is_held(state, id)) co_return;
    co_await io::sleep(step);  // it is just starting or ending, or has too many clients for a moment
  }
}

}  // namespace

Task<void> announce_stop(std::string state, std::string id, bool keep) {
  Task<void> saying = say_stop(std::move(state), std::move(id), keep);
  try {
    co_await timeout(answer_s_max, std::move(saying));
  } catch (const Error& error) {
    if (error.code() != Errc::timed_out) throw;
  }
}

Task<bool> announce_way_out(std::string state, std::string id, std::optional<WayOut> way_out) {
  std::optional<ControlClient> client = ControlClient::connect(state, id);
  if (!client) co_return false;
  ControlMessage message;
  message.kind = ControlKind::way_out;
  message.way_out = std::move(way_out);
  Task<std::optional<ControlMessage>> asking = say_and_hear(*client, std::move(message));
  std::optional<ControlMessage> answer;
  try {
    answer = co_await timeout(move_s_max, std::move(asking));
  } catch (const Error& error) {
    if (error.code() != Errc::timed_out) throw;
  }
  if (answer && answer->kind == ControlKind::refused) throw Error(Errc::conflict, answer->text);
  co_return answer && answer->kind == ControlKind::ok;
}

Task<void> wait_until_down(std::string root, std::string state, std::string id) {
  Task<std::optional<ControlMessage>> asking =
      ask_for_end(std::move(root), std::move(state), std::move(id), ControlKind::wait);
  std::optional<ControlMessage> end = co_await asking;
  static_cast<void>(end);
}

Task<std::optional<ControlMessage>> wait_for_end(std::string root, std::string state, std::string id) {
  return ask_for_end(std::move(root), std::move(state), std::move(id), ControlKind::wait_once);
}

}  // namespace ccocker::runtime
