#include "runtime/net/upstream.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <chrono>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/net/host_resolv.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;
using Message = std::vector<uint8_t>;

constexpr auto answer_limit = 2s;  // a client asks again after 5 s (resolv.conf(5), timeout), and then there are others
constexpr int rounds = 2;
constexpr uint16_t dns_port = 53;

uint16_t random_number() {
  uint16_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) throw Error::sys("getrandom");
  return number;
}

void set_id(Message& message, uint16_t id) {
  message[0] = static_cast<uint8_t>(id >> 8);
  message[1] = static_cast<uint8_t>(id);
}

Task<Message> ask_by_datagram(SocketAddress server, Message message, uint16_t id, const DnsQuestion& question) {
  Fd socket(::socket(server.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) throw Error::sys("socket");
  co_await io::connect(socket, server.get(), server.length);
  size_t sent = co_await io::send(socket, std::as_bytes(std::span(message)));
  static_cast<void>(sent);
  Message answer(dns_message_bytes_max);
  for (;;) {
    size_t count = co_await io::recv(socket, std::as_writable_bytes(std::span(answer)));
    // What does not fit to the question is forged or late.
    if (!answers_dns_question(std::span(answer).first(count), id, question)) continue;
    answer.resize(count);
    co_return answer;
  }
}

Task<Message> ask_by_stream(SocketAddress server, Message message, uint16_t id, const DnsQuestion& question) {
  Fd socket(::socket(server.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) throw Error::sys("socket");
  co_await io::connect(socket, server.get(), server.length);
  co_await write_dns_message(socket, std::move(message));
  std::optional<Message> answer = co_await read_dns_message(socket);
  if (!answer || !answers_dns_question(*answer, id, question)) throw Error(Errc::network, "no answer");
  co_return std::move(*answer);
}

Task<void> read_exactly(FdView socket, std::span<uint8_t> out, size_t& done) {
  done = 0;
  while (done < out.size()) {
    size_t count = co_await io::recv(socket, std::as_writable_bytes(out.subspan(done)));
    if (count == 0) co_return;
    done += count;
  }
}

}  // namespace

Task<std::optional<Message>> read_dns_message(FdView socket) {
  std::array<uint8_t, 2> length;
  size_t done = 0;
  co_await read_exactly(socket, length, done);
  if (done < length.size()) co_return std::nullopt;
  Message message(static_cast<size_t>(length[0] << 8 | length[1]));
  co_await read_exactly(socket, message, done);
  if (done < message.size()) co_return std::nullopt;
  co_return std::optional<Message>(std::move(message));
}

Task<void> write_dns_message(FdView socket, Message message) {
  std::array<uint8_t, 2> length{static_cast<uint8_t>(message.size() >> 8), static_cast<uint8_t>(message.size())};
  message.insert(message.begin(), length.begin(), length.end());
  std::span<const std::byte> rest = std::as_bytes(std::span(message));
  while (!rest.empty()) {
    size_t count = co_await io::send(socket, rest);
    rest = rest.subspan(count);
  }
}

static Task<std::optional<Message>> ask_one(SocketAddress server, Message message, const DnsQuestion& question,
                                            bool tcp) {
  uint16_t id = random_number();
  set_id(message, id);
  try {
    Task<Message> asking = tcp ? ask_by_stream(server, std::move(message), id, question)
                               : ask_by_datagram(server, std::move(message), id, question);
    Message answer = co_await timeout(answer_limit, std::move(asking));
    set_id(answer, question.id);
    co_return std::optional<Message>(std::move(answer));
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    co_return std::nullopt;
  }
}

// It could not or would not answer, which says nothing of the name; another server may.
static bool is_refusal(const Message& answer) {
  std::optional<uint8_t> code = dns_answer_code(answer);
  return code == dns_server_failure || code == dns_refused;
}

Task<std::optional<Message>> ask_upstream(std::vector<std::string> servers, Message message, DnsQuestion question,
                                          bool tcp) {
  std::optional<Message> refusal;
  for (int round = 0; round < rounds && !refusal; ++round) {
    for (const std::string& server : servers) {
      std::optional<SocketAddress> at = name_server_at(server, dns_port);
      if (!at) continue;
      std::optional<Message> answer = co_await ask_one(*at, message, question, tcp);
      if (answer && !is_refusal(*answer)) co_return answer;
      if (answer) refusal = std::move(answer);
    }
  }
  co_return refusal;
}

}  // namespace ccocker::runtime
