#include "runtime/net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace ccocker::runtime {
namespace {

unsigned bits_of(const Address& address) { return address.is_v4() ? 32 : 128; }

// The first `prefix` bits of `address`, the rest zero.
Address masked(const Address& address, unsigned prefix) {
  std::array<uint8_t, 16> bytes{};
  std::ranges::copy(address.bytes(), bytes.begin());
  for (unsigned bit = prefix; bit < bits_of(address); ++bit)
    bytes[bit / 8] &= static_cast<uint8_t>(~(0x80u >> (bit % 8)));
  if (!address.is_v4()) return Address::v6(bytes);
  return Address::v4(uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3]);
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof buffer || text.find('\0') != text.npos) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = 0;
  Address address;
  if (::inet_pton(AF_INET, buffer, address.bytes_.data()) == 1) return address;
  address.six_ = true;
  if (::inet_pton(AF_INET6, buffer, address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

Address Address::v4(uint32_t number) {
  Address address;
  for (int i = 0; i < 4; ++i) address.bytes_[static_cast<size_t>(i)] = static_cast<uint8_t>(number >> (24 - 8 * i));
  return address;
}

Address Address::v6(std::span<const uint8_t, 16> bytes) {
  Address address;
  address.six_ = true;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

uint32_t Address::number() const {
  return uint32_t{bytes_[0]} << 24 | uint32_t{bytes_[1]} << 16 | uint32_t{bytes_[2]} << 8 | bytes_[3];
}

bool Address::is_loopback() const {
  if (!six_) return bytes_[0] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t byte) { return byte == 0; }) && bytes_[15] == 1;
}

std::string Address::str() const {
  char text[INET6_ADDRSTRLEN];
  return ::inet_ntop(family(), bytes_.data(), text, sizeof text);
}

SocketAddress::SocketAddress(const Address& address, uint16_t port) {
  if (address.is_v4()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, address.bytes().data(), 4);
    std::memcpy(&storage, &in, sizeof in);
    length = sizeof in;
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::memcpy(&in.sin6_addr, address.bytes().data(), 16);
    std::memcpy(&storage, &in, sizeof in);
    length = sizeof in;
  }
}

SocketAddress::SocketAddress(const sockaddr_storage& from) : storage(from) {
  length = from.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

Address SocketAddress::address() const {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &storage, sizeof in);
    return Address::v4(ntohl(in.sin_addr.s_addr));
  }
  sockaddr_in6 in;
  std::memcpy(&in, &storage, sizeof in);
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &in.sin6_addr, 16);
  return Address::v6(bytes);
}

uint16_t SocketAddress::port() const {
  sockaddr_in in;  // the port is at the same place in sockaddr_in6
  std::memcpy(&in, &storage, sizeof in);
  return ntohs(in.sin_port);
}

std::optional<Subnet> Subnet::parse(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  std::optional<Address> address = Address::parse(text.substr(0, slash));
  std::string_view digits = text.substr(slash + 1);
  unsigned prefix = 0;
  auto [end, error] = std::from_chars(digits.begin(), digits.end(), prefix);
  bool number = error == std::errc() && end == digits.end() && !digits.empty();
  if (!address || !number || prefix > bits_of(*address)) return std::nullopt;
  return of(*address, prefix);
}

Subnet Subnet::of(const Address& inside, unsigned prefix) { return {masked(inside, prefix), prefix}; }

bool Subnet::contains(const Address& address) const {
  return address.is_v4() == base.is_v4() && masked(address, prefix) == base;
}

bool Subnet::overlaps(const Subnet& other) const { return contains(other.base) || other.contains(base); }

uint64_t Subnet::size() const { return uint64_t{1} << (32 - prefix); }

Address Subnet::at(uint64_t index) const {
  if (base.is_v4()) return Address::v4(base.number() + static_cast<uint32_t>(index));
  std::array<uint8_t, 16> bytes;
  std::ranges::copy(base.bytes(), bytes.begin());
  for (size_t i = 0; i < 8; ++i) bytes[15 - i] |= static_cast<uint8_t>(index >> (8 * i));
  return Address::v6(bytes);
}

bool Subnet::may_lease(const Address& address) const {
  if (!contains(address) || address == base) return false;
  return !base.is_v4() || prefix >= 31 || address != at(size() - 1);
}

std::string Subnet::str() const { return fmt::format("{}/{}", base.str(), prefix); }

Address mapped_v6(const Subnet& subnet, const Address& v4) { return subnet.at(v4.number()); }

std::string mac_of(const Address& v4) {
  std::span<const uint8_t> b = v4.bytes();
  return fmt::format("02:cc:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3]);
}

std::optional<std::array<uint8_t, 6>> parse_mac(std::string_view text) {
  std::array<uint8_t, 6> bytes{};
  if (text.size() != 17) return std::nullopt;
  for (size_t i = 0; i < 6; ++i) {
    const char* begin = text.data() + 3 * i;
    auto [end, error] = std::from_chars(begin, begin + 2, bytes[i], 16);
    if (error != std::errc() || end != begin + 2 || (i < 5 && begin[2] != ':' && begin[2] != '-')) return std::nullopt;
  }
  return bytes;
}

}  // namespace ccocker::runtime
