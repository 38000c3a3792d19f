#pragma once
#include <optional>
#include <string>

#include "loop/fd.h"
#include "loop/task.h"
#include "runtime/control_message.h"

namespace ccocker::runtime {

// A conversation with the supervisor of a container.
class ControlClient {
 public:
  // nullopt when nobody serves it: it does not run, is just starting, or its supervisor died.
  static std::optional<ControlClient> connect(const std::string& state, const std::string& id);
  explicit ControlClient(Fd socket) : socket_(std::move(socket)) {}

  Task<void> send(ControlMessage message);     // a supervisor that died meanwhile is told by `next`
  Task<std::optional<ControlMessage>> next();  // nullopt at the end; Errc::corrupt for what is no message
  FdView socket() const { return socket_; }

 private:
  Fd socket_;
};

// Tells the supervisor, if there is one, that the container is stopped on purpose, so that its policy does not bring it
// back; with `keep`, --rm does not remove it. One that does not answer in time (it was stopped itself) hinders nobody.
Task<void> announce_stop(std::string state, std::string id, bool keep);

// Tells the supervisor where the container's way out is from now on, and waits until nothing leads to the last one any
// more. False when no supervisor says so; throws Errc::conflict with what one refuses it with.
Task<bool> announce_way_out(std::string state, std::string id, std::optional<WayOut> way_out);

// Waits until the container's process ends next, or nobody supervises it any more. Gives what the supervisor said of the
// end, where it said something.
Task<std::optional<ControlMessage>> wait_for_end(std::string root, std::string state, std::string id);
// Waits until nobody supervises it any more, restarts by its policy included.
Task<void> wait_until_down(std::string root, std::string state, std::string id);

}  // namespace ccocker::runtime
