#include "runtime/control_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "loop/io.h"
#include "loop/sys.h"
#include "runtime/terminal.h"

namespace ccocker::runtime {
namespace {

constexpr size_t client_message_bytes_max = 4 << 10;  // what clients say is short; input comes in such pieces
constexpr int backlog = 16;

Fd listen_at(FdView dir) {
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket) throw Error::sys("socket", "AF_UNIX");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = fmt::format("/proc/self/fd/{}/control", dir.get());
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::unlinkat(dir.get(), "control", 0);  // of a supervisor that was killed
  // Nobody but root gets through the directories above (0700); the mode says so once more.
  mode_t before = ::umask(0177);
  int result = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(before);
  if (result < 0) throw Error::sys("bind", "the control socket");
  if (::listen(socket.get(), backlog) < 0) throw Error::sys("listen", "the control socket");
  return socket;
}

}  // namespace

ControlServer::~ControlServer() = default;

void ControlServer::open(FdView state_dir) {
  if (listener_) return;
  listener_ = listen_at(state_dir);
  group_.spawn(accept_all());
  group_.spawn(feed_program());
}

ControlServer::ClientPtr ControlServer::add(Fd socket) {
  auto client = std::make_shared<Client>();
  client->socket = std::move(socket);
  clients_.push_back(client);
  group_.spawn(read_client(client));
  return client;
}

void ControlServer::add_attached(Fd socket, bool owns) {
  ClientPtr client = add(std::move(socket));
  client->owns = owns;
  client->attached = true;
  start_writing(client);
}

void ControlServer::start_writing(const ClientPtr& client) {
  if (!std::exchange(client->has_writer, true)) group_.spawn(write_client(client));
}

void ControlServer::set_process(FdView pidfd, FdView terminal, Fd input, MoveWayOut move_way_out) {
  pidfd_ = pidfd;
  terminal_ = terminal;
  input_ = std::move(input);
  move_way_out_ = std::move(move_way_out);
}

void ControlServer::clear_process() {
  pidfd_ = terminal_ = FdView();
  input_.reset();
  forget_input();
  move_way_out_ = nullptr;
}

Task<void> ControlServer::accept_all() {
  for (;;) {
    Fd socket;
    try {
      Fd accepted = co_await io::accept(listener_);
      socket = std::move(accepted);
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) co_return;
    }
    if (!socket) {  // out of descriptors or memory: later, perhaps
      co_await io::sleep(std::chrono::seconds(1));
      continue;
    }
    if (clients_.size() < clients_max + more_connections_max) add(std::move(socket));
  }
}

// A client that breaks off, floods or says nonsense harms nobody but itself.
Task<void> ControlServer::read_client(ClientPtr client) {
  std::array<std::byte, client_message_bytes_max + 16> buffer;
  bool more = true;
  while (more) {
    size_t count = 0;
    try {
      count = co_await io::recv(client->socket, buffer);
    } catch (const Error&) {
    }
    if (count == 0 || count == buffer.size()) break;
    std::optional<ControlMessage> message = decode({reinterpret_cast<const char*>(buffer.data()), count});
    if (!message) break;
    more = co_await handle(client, std::move(*message));
  }
  drop(client);
  clients_.remove(client);
}

bool ControlServer::open_conversation(const ClientPtr& client, const ControlMessage& message) {
  if (std::exchange(client->opened, true)) return false;
  auto stays = [](const ClientPtr& other) { return other->attached || other->waits; };
  bool wants_to_stay = message.kind != ControlKind::stop && !client->attached;
  if (wants_to_stay && std::count_if(clients_.begin(), clients_.end(), stays) >= ssize_t{clients_max}) {
    std::string words = encode({.kind = ControlKind::refused,
                                .text = fmt::format("{} clients are attached to it or wait for its end, and no more "
                                                    "can be; end one of them first",
                                                    clients_max)});
    static_cast<void>(::send(client->socket.get(), words.data(), words.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    return false;
  }
  start_writing(client);
  return true;
}

void ControlServer::attach(Client& client, const ControlMessage& message) {
  client.attached = true;
  client.sends_input = message.flag;
  if (client.sends_input) say(client, {.kind = ControlKind::room, .number = input_bytes_max, .text = {}});
  say(client, {.kind = ControlKind::ok, .text = {}});
  if (terminal_ && message.size.ws_row) set_terminal_size(terminal_, message.size);
}

Task<bool> ControlServer::handle(ClientPtr client, ControlMessage message) {
  bool opening = opens_conversation(message.kind);
  if (!opening && !client->attached) co_return false;
  if (opening && !open_conversation(client, message)) co_return false;
  switch (message.kind) {
    case ControlKind::attach:
      attach(*client, message);
      break;
    case ControlKind::wait:
    case ControlKind::wait_once:
      client->waits = true;
      client->waits_once = message.kind == ControlKind::wait_once;
      break;
    case ControlKind::stop:
      want_stop_by_user(message.flag);
      say(*client, {.kind = ControlKind::ok, .text = {}});
      break;
    case ControlKind::way_out:
      co_await change_way_out(client, message.way_out);
      break;
    case ControlKind::resize:
      if (terminal_) set_terminal_size(terminal_, message.size);
      break;
    case ControlKind::signal:
      if (means_stop_(message.number)) want_stop_by_user(false);
      // ESRCH: it has just ended.
      if (pidfd_) static_cast<void>(::syscall(SYS_pidfd_send_signal, pidfd_.get(), message.number, nullptr, 0));
      break;
    case ControlKind::input:
    case ControlKind::end_input:
      if (client->sends_input) co_await take_input(client, std::move(message));
      break;
    case ControlKind::leave:
      client->owns = false;
      co_return false;
    default:
      break;
  }
  co_return true;
}

// Signals and farewells must not stand in line behind input that the program does not read, so input is taken off the
// socket at once and kept in order. Who heeds what was granted never waits here.
Task<void> ControlServer::take_input(ClientPtr client, ControlMessage message) {
  while (client->input_bytes > input_bytes_max) co_await input_taken_.wait();
  client->input_bytes += message.text.size();
  bool is_end = message.kind == ControlKind::end_input;
  bool after_the_end = !inputs_.empty() && inputs_.back().is_end;
  bool stays_open = terminal_ || !input_once_;
  if (after_the_end || (is_end && stays_open)) co_return grant_again(*client, message.text.size());
  inputs_.push_back({client, std::move(message.text), is_end});
  has_input_.wake_all();
}

Task<void> ControlServer::feed_program() {
  for (;;) {
    while (inputs_.empty()) co_await has_input_.wait();
    Input input = std::move(inputs_.front());
    inputs_.pop_front();
    size_t count = input.bytes.size();
    if (input.is_end) input_.reset();
    if (count > 0) co_await write_input(std::move(input.bytes));
    if (input.from) grant_again(*input.from, count);
  }
}

Task<void> ControlServer::write_input(std::string bytes) {
  if (!input_ && !terminal_) co_return;
  try {
    Fd target = sys::dup(terminal_ ? terminal_ : FdView(input_));  // it may be closed while we wait for it to be read
    co_await io::write_all(target, bytes);
  } catch (const Error& error) {
    // The program has closed its input, or ended.
    if (error.code() == Errc::cancelled) throw;
  }
}

void ControlServer::grant_again(Client& client, size_t bytes) {
  client.input_bytes -= bytes;
  client.taken_bytes += bytes;
  input_taken_.wake_all();
  if (client.taken_bytes < input_bytes_max / 4) return;
  int number = static_cast<int>(std::exchange(client.taken_bytes, 0));
  say(client, {.kind = ControlKind::room, .number = number, .text = {}});
}

// What it sent still reaches a program that reads; of all who have gone, no more is kept than one may send.
void ControlServer::leave_input(const ClientPtr& client) {
  size_t left = 0;
  for (const Input& input : inputs_)
    if (!input.from || input.from == client) left += input.bytes.size();
  bool too_much = left > input_bytes_max;
  for (Input& input : inputs_) {
    if (input.from != client) continue;
    input.from.reset();
    if (too_much) input.bytes.clear();
  }
  std::erase_if(inputs_, [](const Input& input) { return !input.from && input.bytes.empty() && !input.is_end; });
}

// The program has ended: what it did not read is not the next one's.
void ControlServer::forget_input() {
  for (const Input& input : std::exchange(inputs_, {}))
    if (input.from) grant_again(*input.from, input.bytes.size());
}

// Of one that has just ended nothing leads anywhere.
Task<void> ControlServer::change_way_out(ClientPtr client, std::optional<WayOut> way_out) {
  ControlMessage answer;
  try {
    if (move_way_out_) co_await move_way_out_(std::move(way_out));
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) throw;
    answer = {.kind = ControlKind::refused, .text = error.text()};
  }
  say(*client, answer);
}

Task<void> ControlServer::write_client(ClientPtr client) {
  while (!client->gone) {
    while (client->queue.empty() && !client->gone) co_await client->has_output.wait();
    if (client->gone) break;
    std::string front = std::move(client->queue.front());
    client->queue.pop_front();
    try {
      co_await io::send(client->socket, std::as_bytes(std::span(front)));
    } catch (const Error&) {
      drop(client);
    }
    client->queued_bytes -= std::min(client->queued_bytes, front.size());
    room_.wake_all();
  }
}

void ControlServer::say(Client& client, const ControlMessage& message) {
  if (client.gone) return;
  client.queue.push_back(encode(message));
  client.queued_bytes += client.queue.back().size();
  client.has_output.wake_all();
}

void ControlServer::drop(const ClientPtr& dropped) {
  Client& client = *dropped;
  if (client.gone) return;
  client.gone = true;
  client.queue.clear();
  client.queued_bytes = 0;
  leave_input(dropped);
  abandoned_ |= client.owns;
  owner_gone_.wake_all();
  // A reader that waits on it sees the end; the descriptor itself lives until both of its tasks have gone.
  ::shutdown(client.socket.get(), SHUT_RDWR);
  client.has_output.wake_all();
  room_.wake_all();
}

void ControlServer::take(OutputStream stream, std::span<const std::byte> bytes) {
  if (clients_.empty()) return;
  ControlMessage message;
  message.kind = stream == OutputStream::out ? ControlKind::out : ControlKind::err;
  message.text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const ClientPtr& client : clients_)
    if (client->attached) say(*client, message);
}

Task<void> ControlServer::wait_for_room() {
  auto is_full = [](const ClientPtr& client) { return client->queued_bytes > queue_bytes_max; };
  while (std::any_of(clients_.begin(), clients_.end(), is_full)) co_await room_.wait();
}

void ControlServer::want_stop(bool keep) {
  stop_wanted_ = true;
  keep_wanted_ = keep_wanted_ || keep;
  stop_.wake_all();
}

void ControlServer::want_stop_by_user(bool keep) {
  stopped_by_user_ = true;
  want_stop(keep);
}

Task<void> ControlServer::wait_for_stop() {
  while (!stop_wanted_) co_await stop_.wait();
}

Task<void> ControlServer::wait_until_abandoned() {
  while (!abandoned_) co_await owner_gone_.wait();
}

void ControlServer::tell_end(int exit_code) {
  for (const ClientPtr& client : clients_)
    if (std::exchange(client->waits_once, false))
      say(*client, {.kind = ControlKind::exited, .number = exit_code, .text = {}});
}

bool ControlServer::all_heard() const {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](const ClientPtr& client) { return client->queued_bytes == 0 || client->gone; });
}

namespace {

Task<void> wait_until(std::function<bool()> good, WaitList& changes) {
  while (!good()) co_await changes.wait();
}

}  // namespace

Task<void> ControlServer::close(int exit_code, std::string text) {
  if (closed_) co_return;
  closed_ = true;
  if (text.size() > client_message_bytes_max) text.resize(client_message_bytes_max);
  for (const ClientPtr& client : clients_)
    if (client->has_writer) say(*client, {.kind = ControlKind::exited, .number = exit_code, .text = text});
  std::function<bool()> heard = [this] { return all_heard(); };
  Task<void> hearing = wait_until(std::move(heard), room_);
  try {
    if (!all_heard()) co_await timeout(farewell_s_max, std::move(hearing));
  } catch (const Error&) {
    // Slow to the end: they see the connection close.
  }
  group_.cancel();
  co_await group_.join();
}

}  // namespace ccocker::runtime
