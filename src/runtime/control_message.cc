#include "runtime/control_message.h"

#include <cstring>

namespace ccocker::runtime {
namespace {

constexpr int signal_max = 64, exit_code_max = 255, room_bytes_max = 16 << 20;

void put16(std::string& out, uint16_t value) {
  out += static_cast<char>(value & 0xff);
  out += static_cast<char>(value >> 8);
}

void put32(std::string& out, uint32_t value) {
  put16(out, static_cast<uint16_t>(value & 0xffff));
  put16(out, static_cast<uint16_t>(value >> 16));
}

uint16_t get16(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[at]) | static_cast<uint8_t>(bytes[at + 1]) << 8);
}

winsize size_at(std::string_view bytes, size_t at) {
  winsize size{};
  size.ws_row = get16(bytes, at);
  size.ws_col = get16(bytes, at + 2);
  return size;
}

bool has_version(std::string_view body) { return !body.empty() && static_cast<uint8_t>(body[0]) == control_version; }

// What stands behind the kind; false when it does not fit the kind.
bool read_body(std::string_view body, ControlMessage& out) {
  switch (out.kind) {
    case ControlKind::attach:
      if (body.size() != 6 || !has_version(body)) return false;
      out.flag = body[1] != 0;
      out.size = size_at(body, 2);
      return true;
    case ControlKind::wait:
    case ControlKind::wait_once:
      return body.size() == 1 && has_version(body);
    case ControlKind::stop:
      if (body.size() != 2 || !has_version(body)) return false;
      out.flag = body[1] != 0;
      return true;
    case ControlKind::way_out:
      return has_version(body) && parse_way_out(body.substr(1), out.way_out);
    case ControlKind::resize:
      if (body.size() != 4) return false;
      out.size = size_at(body, 0);
      return true;
    case ControlKind::signal:
      if (body.size() != 1) return false;
      out.number = static_cast<uint8_t>(body[0]);
      return out.number >= 1 && out.number <= signal_max;
    case ControlKind::exited:
      if (body.size() < 2) return false;
      out.number = get16(body, 0);
      out.text = body.substr(2);
      return out.number <= exit_code_max;
    case ControlKind::room:
      if (body.size() != 4) return false;
      out.number = get16(body, 0) | get16(body, 2) << 16;
      return out.number > 0 && out.number <= room_bytes_max;
    case ControlKind::end_input:
    case ControlKind::leave:
    case ControlKind::ok:
      return body.empty();
    case ControlKind::input:
    case ControlKind::refused:
    case ControlKind::out:
    case ControlKind::err:
      out.text = body;
      return true;
  }
  return false;
}

}  // namespace

bool opens_conversation(ControlKind kind) {
  using enum ControlKind;
  return kind == attach || kind == wait || kind == wait_once || kind == stop || kind == way_out;
}

std::string encode(const ControlMessage& message) {
  std::string out(1, static_cast<char>(message.kind));
  if (opens_conversation(message.kind)) out += static_cast<char>(control_version);
  if (message.kind == ControlKind::attach || message.kind == ControlKind::stop) out += static_cast<char>(message.flag);
  if (message.kind == ControlKind::way_out) out += way_out_text(message.way_out);
  if (message.kind == ControlKind::attach || message.kind == ControlKind::resize) {
    put16(out, message.size.ws_row);
    put16(out, message.size.ws_col);
  }
  if (message.kind == ControlKind::signal) out += static_cast<char>(message.number);
  if (message.kind == ControlKind::exited) put16(out, static_cast<uint16_t>(message.number));
  if (message.kind == ControlKind::room) put32(out, static_cast<uint32_t>(message.number));
  return out + message.text;
}

std::optional<ControlMessage> decode(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > control_payload_bytes_max + 1) return std::nullopt;
  ControlMessage message;
  message.kind = static_cast<ControlKind>(bytes[0]);
  if (!read_body(bytes.substr(1), message)) return std::nullopt;
  return message;
}

}  // namespace ccocker::runtime
