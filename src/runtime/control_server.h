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
  static constexpr size_t clients_max = 64;             // attached or waiting for the end
  static constexpr size_t more_connections_max = 16;    // beyond those, so that a `stop` is always heard
  static constexpr size_t input_bytes_max = 64 << 10;   // that one client may have sent and the program not yet taken
  static constexpr size_t queue_bytes_max = 256 << 10;  // output that waits for one client before the container does
  static constexpr std::chrono::seconds farewell_s_max{5};  // for clients to take the last of it

  // `means_stop`: whether a client's signal tells the container to end for good. `input_once`: the end of one client's
  // input is the end of the program's.
  ControlServer(CancelScope* scope, std::function<bool(int)> means_stop, bool input_once)
      : group_(scope), means_stop_(std::move(means_stop)), input_once_(input_once) {}
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
  bool stopped_by_user() const { return stopped_by_user_; }
  bool keep_wanted() const { return keep_wanted_; }  // --rm shall not remove it
  void want_stop(bool keep);                         // from within: a signal to the supervisor, a health check
  void want_stop_by_user(bool keep);
  Task<void> wait_for_stop();
  Task<void> wait_until_abandoned();

  void tell_end(int exit_code);  // it will be started again: to those who wait for one end only
  // Tells every client how it ended, waits (bounded) until they have heard, and ends the service.
  Task<void> close(int exit_code, std::string text);

 private:
  struct Client {
    Fd socket;
    bool attached = false, waits = false, waits_once = false, owns = false, sends_input = false;
    bool opened = false, has_writer = false, gone = false;
    size_t input_bytes = 0, taken_bytes = 0;  // waiting for the program; taken by it and not yet granted again
    std::deque<std::string> queue;
    size_t queued_bytes = 0;
    WaitList has_output;
  };
  using ClientPtr = std::shared_ptr<Client>;
  // What one message added to the program's input: bytes, or its end.
  struct Input {
    ClientPtr from;
    std::string bytes;
    bool is_end = false;
  };

  ClientPtr add(Fd socket);
  void start_writing(const ClientPtr& client);
  Task<void> accept_all();
  Task<void> read_client(ClientPtr client);
  Task<void> write_client(ClientPtr client);
  bool open_conversation(const ClientPtr& client, const ControlMessage& message);
  Task<bool> handle(ClientPtr client, ControlMessage message);
  void attach(Client& client, const ControlMessage& message);
  Task<void> take_input(ClientPtr client, ControlMessage message);
  Task<void> feed_program();
  Task<void> write_input(std::string bytes);
  void grant_again(Client& client, size_t bytes);
  void leave_input(const ClientPtr& client);
  void forget_input();
  Task<void> change_way_out(ClientPtr client, std::optional<WayOut> way_out);
  void say(Client& client, const ControlMessage& message);
  void drop(const ClientPtr& client);
  bool all_heard() const;

  TaskGroup group_;
  std::function<bool(int)> means_stop_;
  bool input_once_;
  Fd listener_;
  std::list<ClientPtr> clients_;
  FdView pidfd_, terminal_;
  Fd input_;
  MoveWayOut move_way_out_;
  std::deque<Input> inputs_;  // in the order they came, from all clients
  WaitList room_, stop_, owner_gone_, has_input_, input_taken_;
  bool stop_wanted_ = false, stopped_by_user_ = false, keep_wanted_ = false, abandoned_ = false, closed_ = false;
};

}  // namespace ccocker::runtime
