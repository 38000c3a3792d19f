#include "runtime/net/netlink.h"

#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "loop/sys.h"

namespace ccocker::runtime {
namespace {

// The kernel fills answers of a dump up to 32 KiB for readers that have the room (netlink(7); af_netlink.c).
constexpr size_t receive_bytes = 32 << 10;

Error kernel_error(const std::string& what, int errnum) {
  Error error = Error::sys(what, {}, errnum);
  if (errnum != EPERM) return error;
  return std::move(error).advise(
      "networks need the capability CAP_NET_ADMIN; without it there are --network none and host");
}

// What an acknowledgement, or the end of a dump, says: 0 or a negative errno.
int error_of(const nlmsghdr& header) {
  bool says = header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE;
  int error = 0;
  if (says && header.nlmsg_len >= NLMSG_LENGTH(sizeof error)) std::memcpy(&error, nlmsg_data(&header), sizeof error);
  return error;
}

[[noreturn]] void out_of_room(const std::string& what) {
  throw Error(Errc::failed, what + ": the netlink message is too long");
}

}  // namespace

NetlinkMessage::NetlinkMessage(std::string what, int type, int flags)
    : what_(std::move(what)), message_(nlmsg_alloc()) {
  if (!message_ || !nlmsg_put(message_.get(), NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, flags | NLM_F_REQUEST))
    out_of_room(what_);
}

NetlinkMessage::NetlinkMessage(std::string what, nl_msg* built) : what_(std::move(what)), message_(built) {
  raw()->nlmsg_flags |= NLM_F_REQUEST;
}

void NetlinkMessage::append(const void* bytes, size_t count) {
  // libnl's own wants a pointer to non-const and reads only.
  if (nlmsg_append(message_.get(), const_cast<void*>(bytes), count, NLMSG_ALIGNTO) < 0) out_of_room(what_);
}

NetlinkMessage& NetlinkMessage::put(int attribute, std::string_view text) {
  std::string terminated(text);
  if (nla_put(message_.get(), attribute, static_cast<int>(terminated.size() + 1), terminated.c_str()) < 0)
    out_of_room(what_);
  return *this;
}

NetlinkMessage& NetlinkMessage::put(int attribute, std::span<const uint8_t> bytes) {
  if (nla_put(message_.get(), attribute, static_cast<int>(bytes.size()), bytes.data()) < 0) out_of_room(what_);
  return *this;
}

NetlinkMessage& NetlinkMessage::put_u8(int attribute, uint8_t value) { return put(attribute, std::span(&value, 1)); }

NetlinkMessage& NetlinkMessage::put_u16(int attribute, uint16_t value) {
  return put(attribute, std::span(reinterpret_cast<const uint8_t*>(&value), sizeof value));
}

NetlinkMessage& NetlinkMessage::put_u32(int attribute, uint32_t value) {
  return put(attribute, std::span(reinterpret_cast<const uint8_t*>(&value), sizeof value));
}

NetlinkMessage& NetlinkMessage::put_be32(int attribute, uint32_t value) { return put_u32(attribute, htobe32(value)); }

NetlinkMessage& NetlinkMessage::put_be64(int attribute, uint64_t value) {
  uint64_t swapped = htobe64(value);
  return put(attribute, std::span(reinterpret_cast<const uint8_t*>(&swapped), sizeof swapped));
}

NetlinkMessage& NetlinkMessage::nest(int attribute, const std::function<void(NetlinkMessage&)>& fill) {
  nlattr* start = nla_nest_start(message_.get(), attribute);
  if (!start) out_of_room(what_);
  fill(*this);
  nla_nest_end(message_.get(), start);
  return *this;
}

NetlinkMessage netfilter_message(std::string what, int subsystem, int type, int flags, int family) {
  NetlinkMessage message(std::move(what), subsystem << 8 | type, flags);
  return std::move(message.header(nfgenmsg{static_cast<uint8_t>(family), NFNETLINK_V0, 0}));
}

Netlink::Netlink(int protocol) {
  int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw Error::sys("socket", protocol == NETLINK_NETFILTER ? "AF_NETLINK netfilter" : "AF_NETLINK route");
  fd_ = Fd(fd);
  int on = 1;  // an error's answer does not repeat the whole request (netlink(7), NETLINK_CAP_ACK)
  ::setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
}

// In one piece: sendmsg takes 1024 parts at most (IOV_MAX), and thousands of ports are more messages than that.
void Netlink::transmit(std::span<NetlinkMessage> messages) {
  std::vector<char> bytes;
  for (NetlinkMessage& message : messages) {
    nlmsghdr* header = message.raw();
    header->nlmsg_seq = sequence_++;
    header->nlmsg_pid = 0;
    const char* begin = reinterpret_cast<const char*>(header);
    bytes.insert(bytes.end(), begin, begin + NLMSG_ALIGN(header->nlmsg_len));
  }
  make_room_for(bytes.size());
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  auto* to = reinterpret_cast<const sockaddr*>(&kernel);
  if (sys::retry([&] { return ::sendto(fd_.get(), bytes.data(), bytes.size(), 0, to, sizeof kernel); }) < 0)
    throw Error::sys(messages[0].what());
}

// More than the socket's buffer is refused (af_netlink.c, netlink_sendmsg: EMSGSIZE).
void Netlink::make_room_for(size_t bytes) {
  constexpr size_t fits_always = 16 << 10;
  if (bytes <= fits_always) return;
  int wanted = static_cast<int>(bytes);  // of which the kernel makes twice as much (socket(7), SO_SNDBUF)
  if (::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted) < 0)
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
}

// 0 when there is nothing more: the kernel has put all its answers into the queue before sendmsg gives back, and makes
// the parts of a dump as they are fetched.
size_t Netlink::receive() {
  buffer_.resize(receive_bytes);
  ssize_t count = sys::retry([&] { return ::recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT); });
  if (count < 0 && errno == EAGAIN) return 0;
  if (count < 0) throw Error::sys("recv", "netlink");
  return static_cast<size_t>(count);
}

// Reads the answers to `messages`, of which the one with sequence number `acknowledged` asked for one in any case.
void Netlink::hear(std::span<NetlinkMessage> messages, uint32_t acknowledged) {
  uint32_t first = messages.front().raw()->nlmsg_seq;
  std::optional<Error> failure;
  bool heard = false;
  while (!heard) {
    int left = static_cast<int>(receive());
    if (left == 0) break;
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(header, left);
         header = nlmsg_next(header, &left)) {
      size_t index = header->nlmsg_seq - first;
      if (header->nlmsg_type != NLMSG_ERROR || index >= messages.size()) continue;
      int error = static_cast<nlmsgerr*>(nlmsg_data(header))->error;
      if (error < 0 && !failure) failure = kernel_error(messages[index].what(), -error);
      heard |= header->nlmsg_seq == acknowledged;
    }
  }
  if (failure) throw std::move(*failure);
  if (!heard) throw Error(Errc::failed, messages.back().what() + ": the kernel gave no answer");
}

void Netlink::batch(std::vector<NetlinkMessage>& messages) {
  if (messages.empty()) return;
  messages.back().raw()->nlmsg_flags |= NLM_F_ACK;
  transmit(messages);
  hear(messages, messages.back().raw()->nlmsg_seq);
}

void Netlink::transaction(std::vector<NetlinkMessage> messages) {
  nfgenmsg whole{AF_UNSPEC, NFNETLINK_V0, htobe16(NFNL_SUBSYS_NFTABLES)};
  NetlinkMessage begin("changing the firewall's rules", NFNL_MSG_BATCH_BEGIN, 0);
  NetlinkMessage end("changing the firewall's rules", NFNL_MSG_BATCH_END, 0);
  // Kernels before 6.10 acknowledge no end of a batch.
  messages.back().raw()->nlmsg_flags |= NLM_F_ACK;
  messages.insert(messages.begin(), std::move(begin.header(whole)));
  messages.push_back(std::move(end.header(whole)));
  transmit(messages);
  hear(messages, messages[messages.size() - 2].raw()->nlmsg_seq);
}

void Netlink::send(NetlinkMessage message) {
  std::vector<NetlinkMessage> one;
  one.push_back(std::move(message));
  batch(one);
}

void Netlink::ask(NetlinkMessage message, const std::function<void(const nlmsghdr&)>& take) {
  hear_answer(message, take);
}

// False when entries of a dump changed while they were told: some may be missing, or there twice.
bool Netlink::hear_answer(NetlinkMessage& message, const std::function<void(const nlmsghdr&)>& take) {
  bool dump = (message.raw()->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP, whole = true;
  uint32_t sequence = sequence_;
  transmit({&message, 1});
  for (bool done = false; !done;) {
    int left = static_cast<int>(receive());
    if (left == 0) throw Error(Errc::failed, message.what() + ": the kernel's answer has no end");
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(header, left);
         header = nlmsg_next(header, &left)) {
      if (header->nlmsg_seq != sequence) continue;
      whole &= !(header->nlmsg_flags & NLM_F_DUMP_INTR);
      if (int error = error_of(*header); error < 0) throw kernel_error(message.what(), -error);
      bool end = header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE;
      if (!end) take(*header);
      done |= end || !dump;
    }
  }
  return whole;
}

}  // namespace ccocker::runtime
