#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/net/address.h"

namespace ccocker::runtime {

// The part of DNS (RFC 1035, 3596) that a resolver for containers speaks: one question, answers of A, AAAA and PTR.

constexpr uint16_t dns_a = 1, dns_soa = 6, dns_ptr = 12, dns_aaaa = 28, dns_opt = 41, dns_any = 255;
constexpr uint8_t dns_no_error = 0, dns_format_error = 1, dns_server_failure = 2, dns_no_name = 3, dns_refused = 5;
constexpr size_t dns_udp_bytes = 512;  // what a client takes that says nothing else (RFC 1035, 4.2.1)
constexpr size_t dns_message_bytes_max = 65535;

struct DnsQuestion {
  uint16_t id = 0;
  bool recursion_desired = false;
  std::string name;  // lower case, labels with dots between, without the last dot
  uint16_t type = 0;
  size_t udp_bytes_max = dns_udp_bytes;  // what the client can take over UDP (EDNS, RFC 6891)
  std::vector<uint8_t> raw_question;     // as asked: answers repeat it, capitals included
  bool edns = false;
};

using DnsBytes = std::span<const uint8_t>;

// nullopt for what is no standard query with one question.
std::optional<DnsQuestion> parse_dns_question(DnsBytes message);

struct DnsAnswer {
  uint8_t code = dns_no_error;
  std::vector<Address> addresses;  // of the question's type
  std::string pointer;             // for PTR
};
// The whole message; one without an error and without records has an SOA, so that it may be kept as long as others.
// Over `bytes_max` it is cut to the question with the truncation flag, and the client asks by TCP.
std::vector<uint8_t> make_dns_answer(const DnsQuestion& question, const DnsAnswer& answer, size_t bytes_max);

// Whether `message` is an answer to the question with `id`; its code; and the address that a PTR name
// ("5.0.29.172.in-addr.arpa") stands for.
bool answers_dns_question(DnsBytes message, uint16_t id, const DnsQuestion& question);
std::optional<uint8_t> dns_answer_code(DnsBytes message);
std::optional<Address> address_of_pointer_name(std::string_view name);

}  // namespace ccocker::runtime
