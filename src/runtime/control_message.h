#pragma once
// What is said on a supervisor's control socket (STATE/containers/ID/control): one SOCK_SEQPACKET message is one byte
// of kind and what belongs to it. Both sides are other processes' bytes to each other: bounded, checked, fuzzed.
#include <sys/ioctl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/net/way_out.h"

namespace ccocker::runtime {

constexpr size_t control_payload_bytes_max = 64 << 10;  // a pipe's worth of output
constexpr uint8_t control_version = 1;

enum class ControlKind : uint8_t {
  // from a client; the first five open a conversation and carry the version
  attach = 'A',     // its size of terminal (0 by 0: none) and whether it sends input
  wait = 'W',       // until the container is down for good
  wait_once = 'V',  // until it ends, though its policy may start it again
  stop = 'S',       // it is about to be stopped: do not start it again
  way_out = 'N',    // its networks change: where its way out is from now on, or that it has none
  input = 'I',      // bytes
  end_input = 'E',  //
  resize = 'R',     // rows, columns
  signal = 'G',     // a number for the container's process
  leave = 'L',      // it goes on purpose, and the container goes on
  // from the supervisor
  ok = 'K',
  refused = 'X',  // a sentence
  out = 'O',      // bytes of standard output, or of the terminal
  err = 'F',      // bytes of standard error
  exited = 'Q',   // exit code, then what there is to say about a bad end
  room = 'M',     // so many more bytes of input may be sent; the first, before `ok`, says that they are counted
};

struct ControlMessage {
  ControlKind kind = ControlKind::ok;
  bool flag = false;  // attach: sends input; stop: --rm shall not remove it
  winsize size{};     // attach, resize
  int number = 0;     // signal, exited, room
  std::string text;   // refused, exited; of input, out and err the bytes
  std::optional<WayOut> way_out{};
};

bool opens_conversation(ControlKind kind);
std::string encode(const ControlMessage& message);
// nullopt for what is no such message: unknown kinds, wrong lengths, another version, numbers out of range.
std::optional<ControlMessage> decode(std::string_view bytes);

}  // namespace ccocker::runtime
