#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/net/port_proxy.h"

namespace ccocker::runtime {
namespace {

using namespace std::chrono_literals;

constexpr size_t datagram_bytes_max = 64 << 10;
constexpr auto silence_max = 90s;  // as Docker's: a client that says nothing for so long has gone
constexpr size_t clients_max = 1024;
constexpr int datagrams_a_turn_max = 64;  // then others have a turn

// Where a datagram came from and which of our addresses it was sent to, so that the answer leaves from there.
struct Peer {
  SocketAddress client;
  alignas(cmsghdr) std::array<char, 64> control{};
  size_t control_bytes = 0;
};

struct Session {
  Peer peer;
  Fd server;  // connected to the container
  bool heard = true;
};

class DatagramProxy {
 public:
  DatagramProxy(FdView socket, SocketAddress container, TaskGroup& group)
      : socket_(socket), container_(container), group_(group), buffer_(datagram_bytes_max) {}

  Task<void> run() {
    for (;;) {
      co_await io::poll(socket_, POLLIN);
      bool more = true;
      for (int i = 0; more && i < datagrams_a_turn_max; ++i) more = take_one();
    }
  }

 private:
  using Key = std::pair<Address, uint16_t>;

  // False when nothing waits.
  bool take_one() {
    Peer peer;
    iovec part{buffer_.data(), buffer_.size()};
    msghdr header{};
    header.msg_name = peer.client.get();
    header.msg_namelen = sizeof peer.client.storage;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = peer.control.data();
    header.msg_controllen = peer.control.size();
    ssize_t count = sys::retry([&] { return ::recvmsg(socket_.get(), &header, MSG_DONTWAIT); });
    if (count < 0) return false;
    peer.client.length = header.msg_namelen;
    peer.control_bytes = header.msg_controllen;
    if (std::shared_ptr<Session> session = session_of(peer)) {
      session->heard = true;
      static_cast<void>(::send(session->server.get(), buffer_.data(), static_cast<size_t>(count), MSG_DONTWAIT));
    }
    return true;
  }

  std::shared_ptr<Session> session_of(const Peer& peer) {
    Key key{peer.client.address(), peer.client.port()};
    if (auto found = sessions_.find(key); found != sessions_.end()) return found->second;
    if (sessions_.size() >= clients_max) return nullptr;  // the datagram is lost, as on any full link
    auto session = std::make_shared<Session>();
    session->peer = peer;
    session->server = Fd(::socket(container_.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!session->server) return nullptr;
    if (::connect(session->server.get(), container_.get(), container_.length) < 0) return nullptr;
    sessions_.emplace(key, session);
    group_.spawn(serve(key, session));
    return session;
  }

  // Answers of the container, until both sides have been silent for a while.
  Task<void> serve(Key key, std::shared_ptr<Session> session) {
    while (std::exchange(session->heard, false)) {
      try {
        Task<void> answers = forward_answers(*session);
        co_await timeout(silence_max, std::move(answers));
      } catch (const Error& error) {
        if (error.code() == Errc::cancelled) throw;
      }
    }
    sessions_.erase(key);
  }

  Task<void> forward_answers(Session& session) {
    for (;;) {
      co_await io::poll(session.server, POLLIN);
      ssize_t count =
          sys::retry([&] { return ::recv(session.server.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT); });
      if (count < 0) continue;  // ECONNREFUSED: nobody listens in there (yet); reading it has cleared it
      session.heard = true;
      answer(session.peer, static_cast<size_t>(count));
    }
  }

  void answer(Peer& peer, size_t bytes) {
    iovec part{buffer_.data(), bytes};
    msghdr header{};
    header.msg_name = peer.client.get();
    header.msg_namelen = peer.client.length;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = peer.control.data();
    header.msg_controllen = peer.control_bytes;
    forget_interface(header);
    static_cast<void>(::sendmsg(socket_.get(), &header, MSG_DONTWAIT));
  }

  // The address alone decides: routes may have changed since, and a loopback answer leaves through another link.
  static void forget_interface(msghdr& header) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
      if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
        in_pktinfo info;
        std::memcpy(&info, CMSG_DATA(part), sizeof info);
        info.ipi_ifindex = 0;
        info.ipi_spec_dst = info.ipi_addr;
        std::memcpy(CMSG_DATA(part), &info, sizeof info);
      }
    }
  }

  FdView socket_;
  SocketAddress container_;
  TaskGroup& group_;
  std::vector<char> buffer_;
  std::map<Key, std::shared_ptr<Session>> sessions_;
};

}  // namespace

Task<void> proxy_datagrams(FdView socket, SocketAddress container) {
  CancelScope* scope = co_await current_scope();
  TaskGroup sessions(scope);
  DatagramProxy proxy(socket, container, sessions);
  std::exception_ptr failure;
  try {
    co_await proxy.run();
  } catch (...) {
    failure = std::current_exception();
  }
  sessions.cancel();
  co_await sessions.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ccocker::runtime
