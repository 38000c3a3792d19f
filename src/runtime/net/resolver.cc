#include "runtime/net/resolver.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/net/dns_message.h"
#include "runtime/net/names.h"
#include "runtime/net/upstream.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;
using Message = std::vector<uint8_t>;

constexpr uint16_t dns_port = 53;
constexpr auto idle_limit = 10s;           // of a client that came by TCP
constexpr size_t questions_at_once = 256;  // to other servers; more are not answered: clients ask again
constexpr int datagrams_a_turn_max = 64;   // then others have a turn
constexpr int waiting_clients_max = 64;
constexpr size_t question_bytes_max = 4096;
constexpr auto out_of_descriptors_pause = 100ms;

Fd open_socket(int type) {
  Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) throw Error::sys("socket");
  // Not for datagrams: whoever binds the same address later would be given the questions, and any process of the container
  // may bind it. A listener is safe from that, and needs it after a restart (TIME_WAIT).
  int on = 1;
  if (type == SOCK_STREAM) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  SocketAddress address(Address::parse(resolver_address).value(), dns_port);
  if (::bind(socket.get(), address.get(), address.length) < 0) throw Error::sys("bind", resolver_address);
  return socket;
}

class Resolver {
 public:
  Resolver(ResolverContext context, const ResolverSockets& sockets, TaskGroup& group)
      : context_(std::move(context)),
        names_(context_.state, context_.id),
        datagrams_(sockets.datagrams),
        listener_(sockets.listener),
        group_(group) {}

  Task<void> serve_datagrams() {
    for (;;) {
      co_await io::poll(datagrams_, POLLIN);
      bool more = true;
      for (int i = 0; more && i < datagrams_a_turn_max; ++i) more = take_datagram();
    }
  }

  Task<void> serve_streams() {
    for (;;) {
      co_await io::poll(listener_, POLLIN);
      Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (client && clients_ < questions_at_once)
        group_.spawn(serve_stream(std::move(client)));
      else if (!client && errno != EAGAIN)
        co_await io::sleep(out_of_descriptors_pause);
    }
  }

 private:
  bool take_datagram() {
    Message message(question_bytes_max);
    SocketAddress client;
    ssize_t count = sys::retry([&] {
      return ::recvfrom(datagrams_.get(), message.data(), message.size(), MSG_DONTWAIT, client.get(), &client.length);
    });
    if (count < 0) return false;
    message.resize(static_cast<size_t>(count));
    try {
      answer_datagram(std::move(message), client);
    } catch (const Error&) {
      // Leases cannot be read, for want of a descriptor: the client asks again.
    }
    return true;
  }

  void answer_datagram(Message message, const SocketAddress& client) {
    std::optional<DnsQuestion> question = parse_dns_question(message);
    if (!question) return;
    // Names of containers do not wait for servers that are slow or silent.
    if (std::optional<DnsAnswer> own = own_answer(*question))
      send_datagram(make_dns_answer(*question, *own, question->udp_bytes_max), client);
    else if (busy_ < questions_at_once)
      group_.spawn(pass_on_datagram(std::move(message), std::move(*question), client));
  }

  Task<void> pass_on_datagram(Message message, DnsQuestion question, SocketAddress client) {
    std::optional<Message> answer = co_await pass_on(std::move(message), std::move(question), false);
    if (answer) send_datagram(*answer, client);
  }

  void send_datagram(const Message& answer, const SocketAddress& client) {
    static_cast<void>(
        ::sendto(datagrams_.get(), answer.data(), answer.size(), MSG_DONTWAIT, client.get(), client.length));
  }

  Task<void> serve_stream(Fd client) {
    ++clients_;
    std::exception_ptr failure;
    try {
      co_await converse(client);
    } catch (...) {
      failure = std::current_exception();
    }
    --clients_;
    if (failure && is_cancellation(failure)) std::rethrow_exception(failure);
  }

  Task<void> converse(FdView client) {
    for (;;) {
      Task<std::optional<Message>> reading = read_dns_message(client);
      std::optional<Message> message = co_await timeout(idle_limit, std::move(reading));
      if (!message) break;
      std::optional<Message> answer = co_await answer_stream(std::move(*message));
      if (!answer) break;
      Task<void> writing = write_dns_message(client, std::move(*answer));
      co_await timeout(idle_limit, std::move(writing));
    }
  }

  Task<std::optional<Message>> answer_stream(Message message) {
    std::optional<DnsQuestion> question = parse_dns_question(message);
    if (!question) co_return std::nullopt;
    std::optional<DnsAnswer> own = own_answer(*question);
    if (own) co_return make_dns_answer(*question, *own, dns_message_bytes_max);
    std::optional<Message> answer = co_await pass_on(std::move(message), std::move(*question), true);
    co_return answer;
  }

  // As other servers answer it; nullopt when it could not even be asked.
  Task<std::optional<Message>> pass_on(Message message, DnsQuestion question, bool tcp) {
    ++busy_;
    std::optional<Message> answer;
    std::exception_ptr failure;
    try {
      std::vector<std::string> servers = context_.upstream();
      std::optional<Message> given = co_await ask_upstream(std::move(servers), std::move(message), question, tcp);
      answer = given ? std::move(*given) : make_dns_answer(question, {dns_server_failure, {}, {}}, dns_udp_bytes);
    } catch (...) {
      failure = std::current_exception();
    }
    --busy_;
    if (failure && is_cancellation(failure)) std::rethrow_exception(failure);
    co_return answer;
  }

  // nullopt: the name is none of ours.
  std::optional<DnsAnswer> own_answer(const DnsQuestion& question) {
    DnsAnswer answer;
    if (question.type == dns_ptr) {
      std::optional<Address> address = address_of_pointer_name(question.name);
      std::optional<std::string> name = address ? names_.name_of(*address) : std::nullopt;
      if (!name) return std::nullopt;
      answer.pointer = *name;
      return answer;
    }
    std::vector<Lease> leases = names_.find(question.name);
    if (leases.empty()) return std::nullopt;
    for (const Lease& lease : leases) {
      if (question.type == dns_a) answer.addresses.push_back(lease.address);
      if (question.type == dns_aaaa && lease.address6) answer.addresses.push_back(*lease.address6);
    }
    // Several containers behind one alias take turns at being first.
    if (answer.addresses.size() > 1)
      std::ranges::rotate(answer.addresses,
                          answer.addresses.begin() + static_cast<std::ptrdiff_t>(turn_++ % answer.addresses.size()));
    return answer;  // without addresses: the name exists, but has none of this type
  }

  ResolverContext context_;
  Names names_;
  FdView datagrams_, listener_;
  TaskGroup& group_;
  size_t busy_ = 0, clients_ = 0, turn_ = 0;
};

}  // namespace

ResolverSockets open_resolver() {
  ResolverSockets sockets{open_socket(SOCK_DGRAM), open_socket(SOCK_STREAM)};
  if (::listen(sockets.listener.get(), waiting_clients_max) < 0) throw Error::sys("listen", resolver_address);
  return sockets;
}

Task<void> resolve_names(ResolverContext context, const ResolverSockets& sockets) {
  CancelScope* scope = co_await current_scope();
  TaskGroup questions(scope);
  Resolver resolver(std::move(context), sockets, questions);
  questions.spawn(resolver.serve_datagrams());
  questions.spawn(resolver.serve_streams());
  co_await questions.join();
}

}  // namespace ccocker::runtime
