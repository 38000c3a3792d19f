#pragma once
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "loop/error.h"
#include "loop/fd.h"

namespace ccocker::runtime {

// One request to the kernel, built with libnl. `what` names it in an error: "creating the link ccocker0".
class NetlinkMessage {
 public:
  NetlinkMessage(std::string what, int type, int flags);
  NetlinkMessage(std::string what, nl_msg* built);  // one that libnl-route has built; owned from here on

  template <typename Header>
  NetlinkMessage& header(const Header& header) {
    append(&header, sizeof header);
    return *this;
  }
  NetlinkMessage& put(int attribute, std::string_view text);  // with its NUL
  NetlinkMessage& put(int attribute, std::span<const uint8_t> bytes);
  NetlinkMessage& put_u8(int attribute, uint8_t value);
  NetlinkMessage& put_u16(int attribute, uint16_t value);
  NetlinkMessage& put_u32(int attribute, uint32_t value);
  NetlinkMessage& put_be32(int attribute, uint32_t value);  // nf_tables counts in network order
  NetlinkMessage& put_be64(int attribute, uint64_t value);
  // Attributes inside an attribute: everything `fill` puts.
  NetlinkMessage& nest(int attribute, const std::function<void(NetlinkMessage&)>& fill);

  nlmsghdr* raw() const { return nlmsg_hdr(message_.get()); }
  const std::string& what() const { return what_; }

 private:
  void append(const void* bytes, size_t count);
  struct Free {
    void operator()(nl_msg* message) const { nlmsg_free(message); }
  };
  std::string what_;
  std::unique_ptr<nl_msg, Free> message_;
};

// One to a subsystem of netfilter (NFNL_SUBSYS_...), for a family of protocols (NFPROTO_...).
NetlinkMessage netfilter_message(std::string what, int subsystem, int type, int flags, int family);

// A netlink socket in the network namespace it was opened in. The kernel answers while it is asked, so nothing waits.
class Netlink {
 public:
  explicit Netlink(int protocol);  // NETLINK_ROUTE, NETLINK_NETFILTER

  // Sends all in one system call; the first that fails is thrown as Error::sys with its words, the errno kept.
  void batch(std::vector<NetlinkMessage>& messages);
  // The same as one transaction of nf_tables: all of it happens or nothing.
  void transaction(std::vector<NetlinkMessage> messages);
  void send(NetlinkMessage message);
  // The one answer to a request goes to `take`.
  void ask(NetlinkMessage message, const std::function<void(const nlmsghdr&)>& take);
  // A request with NLM_F_DUMP: what `parse` makes of each entry, std::optional<T>, as std::vector<T>. It is asked again
  // where the kernel says that entries have changed meanwhile; on a host where they always do the last list has to do.
  template <typename Parse>
  auto list(NetlinkMessage message, Parse parse) {
    using Entry = typename std::invoke_result_t<Parse, const nlmsghdr&>::value_type;
    std::vector<Entry> entries;
    auto take = [&](const nlmsghdr& header) {
      auto entry = parse(header);
      if (entry) entries.push_back(std::move(*entry));
    };
    for (int left = list_attempts_max; left > 0; --left) {
      entries.clear();
      if (hear_answer(message, take)) break;
    }
    return entries;
  }

  void shrink() { buffer_ = {}; }  // gives memory back until it is used again

 private:
  static constexpr int list_attempts_max = 5;
  void transmit(std::span<NetlinkMessage> messages);
  void make_room_for(size_t bytes);
  void hear(std::span<NetlinkMessage> messages, uint32_t acknowledged);
  bool hear_answer(NetlinkMessage& message, const std::function<void(const nlmsghdr&)>& take);
  size_t receive();

  Fd fd_;
  uint32_t sequence_ = 1;
  std::vector<char> buffer_;
};

}  // namespace ccocker::runtime
