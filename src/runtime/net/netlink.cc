#include "runtime/net/netlink.h"

#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/uio.h>

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

Netlink::Netlink(int protocol) {
  int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) throw Error::sys("socket", protocol == NETLINK_NETFILTER ? "AF_NETLINK netfilter" : "AF_NETLINK route");
  fd_ = Fd(fd);
  int on = 1;  // an error's answer does not repeat the whole request (netlink(7), NETLINK_CAP_ACK)
  ::setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
}

void Netlink::transmit(std::span<NetlinkMessage> messages) {
  std::vector<iovec> parts;
  for (NetlinkMessage& message : messages) {
    nlmsghdr* header = message.raw();
    header->nlmsg_seq = sequence_++;
    header->nlmsg_pid = 0;
    parts.push_back({header, NLMSG_ALIGN(header->nlmsg_len)});
  }
  msghdr header{};
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  header.msg_name = &kernel;
  header.msg_namelen = sizeof kernel;
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  if (sys::retry([&] { return ::sendmsg(fd_.get(), &header, 0); }) < 0) throw Error::sys(messages[0].what());
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
  bool dump = (message.raw()->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  uint32_t sequence = sequence_;
  transmit({&message, 1});
  for (bool done = false; !done;) {
    int left = static_cast<int>(receive());
    if (left == 0) break;
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(header, left);
         header = nlmsg_next(header, &left)) {
      if (header->nlmsg_seq != sequence) continue;
      if (header->nlmsg_type == NLMSG_ERROR) {
        int error = static_cast<nlmsgerr*>(nlmsg_data(header))->error;
        if (error < 0) throw kernel_error(message.what(), -error);
        done = true;
      } else if (header->nlmsg_type == NLMSG_DONE) {
        done = true;
      } else {
        take(*header);
        done |= !dump;
      }
    }
  }
}

}  // namespace ccocker::runtime
