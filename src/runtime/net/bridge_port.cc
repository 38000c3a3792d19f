#include "runtime/net/bridge_port.h"

#include <linux/rtnetlink.h>

#include <cerrno>

namespace ccocker::runtime {

void take_off_bridge(Netlink& host, const std::string& link) {
  NetlinkMessage request("taking the link " + link + " off its bridge", RTM_NEWLINK, 0);
  request.header(ifinfomsg{}).put(IFLA_IFNAME, link).put_u32(IFLA_MASTER, 0);
  try {
    host.send(std::move(request));
  } catch (const Error& error) {
    if (error.errno_value() != ENODEV) throw;
  }
}

}  // namespace ccocker::runtime
