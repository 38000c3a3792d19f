#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <list>
#include <map>
#include <memory>
#include <utility>

#include "loop/error.h"
#include "loop/io.h"
#include "loop/scope.h"
#include "loop/sys.h"
#include "runtime/descriptor_limit.h"
#include "runtime/net/descriptor_share.h"
#include "runtime/net/port_proxy.h"

namespace ccocker::runtime {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t datagram_bytes_max = 64 << 10;
constexpr int datagrams_a_turn_max = 64;  // then others have a turn
constexpr int discarded_max = 1024;       // more than a socket's queue has, whoever goes on sending

// Where a datagram came from and which of our addresses it was sent to, so that the answer leaves from there.
struct Peer {
  SocketAddress client;
  alignas(cmsghdr) std::array<char, 64> control{};
  size_t control_bytes = 0;
};

using Key = std::pair<Address, uint16_t>;  // the client's address and port

struct Session {
  Key key;
  Peer peer;
  Fd server;                   // connected to the container
  TaskGroup* tasks = nullptr;  // that serve it, for ending them
  Clock::time_point heard = Clock::now();
  bool answered = false, conversation = false;          // an answer, more than one
  std::list<std::shared_ptr<Session>>::iterator place;  // in the order of silence
  bool forgotten = false;                               // its tasks have still to end
};

class DatagramProxy {
 public:
  DatagramProxy(FdView socket, SocketAddress container, DatagramLimits limits, TaskGroup& group)
      : socket_(socket),
        container_(container),
        limits_(limits),
        group_(group),
        share_(socket),
        buffer_(datagram_bytes_max) {}

  Task<void> run() {
    for (;;) {
      co_await io::poll(socket_, POLLIN);
      bool more = true;
      for (int i = 0; more && i < datagrams_a_turn_max; ++i) more = take_one();
    }
  }

 private:
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
      note_heard(*session);
      static_cast<void>(::send(session->server.get(), buffer_.data(), static_cast<size_t>(count), MSG_DONTWAIT));
    }
    return true;
  }

  std::shared_ptr<Session> session_of(const Peer& peer) {
    Key key{peer.client.address(), peer.client.port()};
    if (auto found = sessions_.find(key); found != sessions_.end()) return found->second;
    if (sessions_.size() >= limits_.clients_max) make_room();
    Fd server = connect_to_container();
    if (!server) return nullptr;  // the datagram is lost, as on any full link
    auto session = std::make_shared<Session>();
    session->key = key;
    session->peer = peer;
    session->server = std::move(server);
    session->place = by_silence_.insert(by_silence_.end(), session);
    sessions_.emplace(key, session);
    group_.spawn(serve(session));
    return session;
  }

  Fd connect_to_container() {
    Fd server(::socket(container_.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    bool gone = server ? !share_.covers(server) : are_descriptors_gone(errno);
    // The descriptor is there for the client's next try, when its owner has ended.
    if (gone) make_room();
    if (gone) server.reset();
    if (server && ::connect(server.get(), container_.get(), container_.length) < 0) server.reset();
    return server;
  }

  void note_heard(Session& session) {
    session.heard = Clock::now();
    if (!session.forgotten) by_silence_.splice(by_silence_.end(), by_silence_, session.place);
  }

  // Whoever has been silent longest is a client least likely to come back.
  void make_room() {
    if (by_silence_.empty()) return;
    std::shared_ptr<Session> session = by_silence_.front();
    forget(*session);
    session->tasks->cancel();
  }

  void forget(Session& session) {
    if (std::exchange(session.forgotten, true)) return;
    sessions_.erase(session.key);
    by_silence_.erase(session.place);
  }

  Task<void> serve(std::shared_ptr<Session> session) {
    CancelScope* scope = co_await current_scope();
    TaskGroup tasks(scope);
    session->tasks = &tasks;
    tasks.spawn(forward_answers(*session));
    tasks.spawn(end_in_silence(*session));
    co_await tasks.join();
    forget(*session);
  }

  // When both sides have been silent for a while.
  Task<void> end_in_silence(Session& session) {
    for (;;) {
      auto silence_max = session.conversation ? limits_.conversation_silence_max : limits_.silence_max;
      Clock::duration left = session.heard + silence_max - Clock::now();
      if (left <= Clock::duration::zero()) break;
      co_await io::sleep(left);
    }
    session.tasks->cancel();
  }

  Task<void> forward_answers(Session& session) {
    for (;;) {
      co_await io::poll(session.server, POLLIN);
      ssize_t count =
          sys::retry([&] { return ::recv(session.server.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT); });
      if (count < 0) continue;  // ECONNREFUSED: nobody listens in there (yet); reading it has cleared it
      if (std::exchange(session.answered, true)) session.conversation = true;
      note_heard(session);
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
  DatagramLimits limits_;
  TaskGroup& group_;
  DescriptorShare share_;
  std::vector<char> buffer_;
  std::map<Key, std::shared_ptr<Session>> sessions_;
  std::list<std::shared_ptr<Session>> by_silence_;  // the longest first
};

}  // namespace

Task<void> proxy_datagrams(FdView socket, SocketAddress container, DatagramLimits limits) {
  CancelScope* scope = co_await current_scope();
  TaskGroup sessions(scope);
  DatagramProxy proxy(socket, container, limits, sessions);
  Task<void> serving = proxy.run();
  co_await then_cancel(std::move(serving), sessions);
}

void discard_datagrams(FdView socket) {
  char byte;
  for (int i = 0; i < discarded_max; ++i)
    if (sys::retry([&] { return ::recv(socket.get(), &byte, sizeof byte, MSG_DONTWAIT); }) < 0) return;
}

}  // namespace ccocker::runtime
