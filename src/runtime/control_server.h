#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "loop/fd.h"
#include "loop/scope.h"
#include "loop/sync.h"
#include "runtime/control_message.h"
#include "runtime/output_tap.h"

namespace ccocker::runtime {

// The supervisor's side of the control socket: clients that are attached, wait for the end, or say that it is about to
// be stopped. Nothing here wakes up without a client.
class ControlServer {
 public:
  static constexpr size_t clients_max = 64;
  static constexpr size_t queue_bytes_max = 256 << 10;  // output that waits for one client before the container does
  static constexpr std::chrono::seconds farewell_s_max{5};  // for clients to take the last of it

  explicit ControlServer(CancelScope* scope) : group_(scope) {}
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

  void open(FdView state_dir);  // makes STATE/containers/ID/control (mode 0600) and serves it
  // A client that is connected already and attached before it says so: it sees the first byte. When one that `owns` the
  // container goes without a `leave`, the container is abandoned.
  void add_attached(Fd socket, bool owns);

  // Gives back when it is done; throws what the client is refused with.
  using MoveWayOut = std::function<Task<void>(std::optional<WayOut>)>;
  // The process that runs now, for clients' input, signals, sizes and networks; `input` is a pipe or the terminal, or
  // invalid.
  void set_process(FdView pidfd, FdView terminal, Fd input, MoveWayOut move_way_out);
  void clear_process();

  void take(OutputStream stream, std::span<const std::byte> bytes);  // to all who are attached
  Task<void> wait_for_room();

  bool stop_wanted() const { return stop_wanted_; }
  bool stopped_by_client() const { return stopped_by_client_; }
  bool keep_wanted() const { return keep_wanted_; }  // --rm shall not remove it
  void want_stop(bool keep);                         // from within: a signal to the supervisor, a health check
  Task<void> wait_for_stop();
  Task<void> wait_until_abandoned();

  // Tells every client how it ended, waits (bounded) until they have heard, and ends the service.
  Task<void> close(int exit_code, std::string text);

 private:
  struct Client {
    Fd socket;
    bool attached = false, owns = false, sends_input = false, opened = false, has_writer = false, gone = false;
    std::deque<std::string> queue;
    size_t queued_bytes = 0;
    WaitList has_output;
  };
  using ClientPtr = std::shared_ptr<Client>;

  ClientPtr add(Fd socket);
  void start_writing(const ClientPtr& client);
  Task<void> accept_all();
  Task<void> read_client(ClientPtr client);
  Task<void> write_client(ClientPtr client);
  Task<bool> handle(ClientPtr client, ControlMessage message);
  Task<void> write_input(std::string bytes);
  Task<void> change_way_out(ClientPtr client, std::optional<WayOut> way_out);
  void say(Client& client, const ControlMessage& message);
  void drop(Client& client);
  bool all_heard() const;

  TaskGroup group_;
  Fd listener_;
  std::list<ClientPtr> clients_;
  FdView pidfd_, terminal_;
  Fd input_;
  MoveWayOut move_way_out_;
  WaitList room_, stop_, owner_gone_;
  bool stop_wanted_ = false, stopped_by_client_ = false, keep_wanted_ = false, abandoned_ = false, closed_ = false;
};

}  // namespace ccocker::runtime
