#include "runtime/net/dns_message.h"

#include <algorithm>
#include <charconv>

namespace ccocker::runtime {
namespace {

constexpr size_t header_bytes = 12, name_bytes_max = 255, label_bytes_max = 63;
constexpr uint32_t ttl_s = 5;  // containers come and go; a client may keep an answer no longer
constexpr unsigned question_name = 0xc000 | header_bytes;  // a pointer to it (RFC 1035, 4.1.4)
constexpr uint16_t flag_response = 0x8000, flag_authoritative = 0x0400, flag_truncated = 0x0200,
                   flag_recursion_desired = 0x0100, flag_recursion_available = 0x0080, opcode_mask = 0x7800;

uint16_t read_16(DnsBytes message, size_t at) { return static_cast<uint16_t>(message[at] << 8 | message[at + 1]); }

void append_16(std::vector<uint8_t>& out, unsigned value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

void append_32(std::vector<uint8_t>& out, uint32_t value) {
  append_16(out, value >> 16);
  append_16(out, value & 0xffff);
}

char lower(uint8_t c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); }

// Reads an uncompressed name at `at` and moves it behind; a question has no earlier name to point to. nullopt when it
// does not end in time. A byte that could be taken for a separator makes the name one that nothing matches.
std::optional<std::string> read_name(DnsBytes message, size_t& at) {
  std::string name;
  size_t total = 0;
  for (;;) {
    if (at >= message.size()) return std::nullopt;
    size_t length = message[at++];
    if (length == 0) return name;
    total += length + 1;
    if (length > label_bytes_max || total >= name_bytes_max || at + length > message.size()) return std::nullopt;
    if (!name.empty()) name += '.';
    for (size_t i = 0; i < length; ++i) name += message[at + i] == '.' ? '\0' : lower(message[at + i]);
    at += length;
  }
}

void append_name(std::vector<uint8_t>& out, std::string_view name) {
  while (!name.empty()) {
    size_t end = std::min(name.find('.'), name.size());
    size_t length = std::min(end, label_bytes_max);
    out.push_back(static_cast<uint8_t>(length));
    out.insert(out.end(), name.begin(), name.begin() + static_cast<std::ptrdiff_t>(length));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  out.push_back(0);
}

// The client's buffer from the OPT record, when it is the first record behind the question (RFC 6891, 6.1).
void read_edns(DnsBytes message, size_t at, DnsQuestion& question) {
  constexpr size_t opt_bytes = 11;
  bool additional = read_16(message, 6) == 0 && read_16(message, 8) == 0 && read_16(message, 10) > 0;
  if (!additional || at + opt_bytes > message.size()) return;
  if (message[at] != 0 || read_16(message, at + 1) != dns_opt) return;
  question.edns = true;
  question.udp_bytes_max = std::max<size_t>(dns_udp_bytes, read_16(message, at + 3));
}

struct RecordCounts {
  unsigned answers = 0, authorities = 0, additional = 0;
};

std::vector<uint8_t> header_of(const DnsQuestion& question, uint8_t code, bool truncated, RecordCounts counts) {
  std::vector<uint8_t> out;
  unsigned flags = flag_response | flag_authoritative | flag_recursion_available | code;
  if (question.recursion_desired) flags |= flag_recursion_desired;
  if (truncated) flags |= flag_truncated;
  append_16(out, question.id);
  append_16(out, flags);
  append_16(out, question.raw_question.empty() ? 0 : 1);
  append_16(out, counts.answers);
  append_16(out, counts.authorities);
  append_16(out, counts.additional);
  out.insert(out.end(), question.raw_question.begin(), question.raw_question.end());
  return out;
}

void append_record(std::vector<uint8_t>& out, uint16_t type, DnsBytes data) {
  append_16(out, question_name);
  append_16(out, type);
  append_16(out, 1);
  append_32(out, ttl_s);
  append_16(out, static_cast<unsigned>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
}

// Says how long a client may keep it that there is no such record (RFC 2308, 3 and 5). Each of our names is a zone of
// its own, without servers that anybody could ask.
void append_soa(std::vector<uint8_t>& out) {
  std::vector<uint8_t> data;
  append_16(data, question_name);  // MNAME
  data.push_back(0);               // RNAME: the root
  constexpr uint32_t serial = 1;
  for (uint32_t number : {serial, ttl_s, ttl_s, ttl_s, ttl_s}) append_32(data, number);  // refresh ... minimum
  append_record(out, dns_soa, data);
}

void append_edns(std::vector<uint8_t>& out) {
  constexpr unsigned our_udp_bytes = 4096;
  out.push_back(0);
  append_16(out, dns_opt);
  append_16(out, our_udp_bytes);
  append_32(out, 0);
  append_16(out, 0);
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

std::optional<Address> pointer_v6(std::string_view digits) {
  constexpr size_t nibbles = 32;
  if (digits.size() != 2 * nibbles - 1) return std::nullopt;
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < nibbles; ++i) {
    std::optional<unsigned> digit = hex_digit(digits[2 * i]);
    if (!digit || (i + 1 < nibbles && digits[2 * i + 1] != '.')) return std::nullopt;
    size_t nibble = nibbles - 1 - i;
    bytes[nibble / 2] |= static_cast<uint8_t>(nibble % 2 == 0 ? *digit << 4 : *digit);
  }
  return Address::v6(bytes);
}

std::optional<Address> pointer_v4(std::string_view digits) {
  std::string forward;
  while (!digits.empty()) {
    size_t dot = digits.rfind('.');
    std::string_view part = dot == digits.npos ? digits : digits.substr(dot + 1);
    if (!forward.empty()) forward += '.';
    forward += part;
    digits = dot == digits.npos ? std::string_view() : digits.substr(0, dot);
  }
  std::optional<Address> address = Address::parse(forward);
  return address && address->is_v4() ? address : std::nullopt;
}

}  // namespace

std::optional<DnsQuestion> parse_dns_question(DnsBytes message) {
  if (message.size() < header_bytes) return std::nullopt;
  uint16_t flags = read_16(message, 2);
  if (flags & (flag_response | opcode_mask) || read_16(message, 4) != 1) return std::nullopt;
  DnsQuestion question;
  question.id = read_16(message, 0);
  question.recursion_desired = flags & flag_recursion_desired;
  size_t at = header_bytes;
  std::optional<std::string> name = read_name(message, at);
  if (!name || at + 4 > message.size()) return std::nullopt;
  question.name = std::move(*name);
  question.type = read_16(message, at);
  at += 4;
  question.raw_question.assign(message.begin() + header_bytes, message.begin() + static_cast<std::ptrdiff_t>(at));
  read_edns(message, at, question);
  return question;
}

std::vector<uint8_t> make_dns_answer(const DnsQuestion& question, const DnsAnswer& answer, size_t bytes_max) {
  RecordCounts counts;
  counts.answers = static_cast<unsigned>(answer.addresses.size()) + (answer.pointer.empty() ? 0 : 1);
  counts.authorities = answer.code == dns_no_error && counts.answers == 0 ? 1 : 0;
  counts.additional = question.edns ? 1 : 0;
  std::vector<uint8_t> out = header_of(question, answer.code, false, counts);
  for (const Address& address : answer.addresses)
    append_record(out, address.is_v4() ? dns_a : dns_aaaa, address.bytes());
  if (!answer.pointer.empty()) {
    std::vector<uint8_t> name;
    append_name(name, answer.pointer);
    append_record(out, dns_ptr, name);
  }
  if (counts.authorities > 0) append_soa(out);
  if (question.edns) append_edns(out);
  if (out.size() <= bytes_max) return out;
  return header_of(question, answer.code, true, {});
}

bool answers_dns_question(DnsBytes message, uint16_t id, const DnsQuestion& question) {
  if (message.size() < header_bytes || read_16(message, 0) != id) return false;
  if (!(read_16(message, 2) & flag_response)) return false;
  // Some servers leave the question out of an error.
  if (read_16(message, 4) == 0) return true;
  size_t at = header_bytes;
  std::optional<std::string> name = read_name(message, at);
  return name && *name == question.name && at + 2 <= message.size() && read_16(message, at) == question.type;
}

std::optional<uint8_t> dns_answer_code(DnsBytes message) {
  if (message.size() < header_bytes) return std::nullopt;
  return static_cast<uint8_t>(message[3] & 0x0f);
}

std::optional<Address> address_of_pointer_name(std::string_view name) {
  constexpr std::string_view v4 = ".in-addr.arpa", v6 = ".ip6.arpa";
  if (name.ends_with(v4)) return pointer_v4(name.substr(0, name.size() - v4.size()));
  if (name.ends_with(v6)) return pointer_v6(name.substr(0, name.size() - v6.size()));
  return std::nullopt;
}

}  // namespace ccocker::runtime
