#pragma once
#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ccocker::runtime {

// An IPv4 or IPv6 address.
class Address {
 public:
  Address() = default;  // 0.0.0.0
  static std::optional<Address> parse(std::string_view text);
  static Address v4(uint32_t number);  // in the host's byte order
  static Address v6(std::span<const uint8_t, 16> bytes);

  bool is_v4() const { return !six_; }
  int family() const { return six_ ? AF_INET6 : AF_INET; }
  uint32_t number() const;  // of an IPv4 address, in the host's byte order
  std::span<const uint8_t> bytes() const { return {bytes_.data(), six_ ? size_t{16} : size_t{4}}; }
  bool is_any() const { return *this == Address() || (six_ && bytes_ == std::array<uint8_t, 16>{}); }
  bool is_loopback() const;
  std::string str() const;  // as inet_ntop(3)
  std::string bracketed() const { return six_ ? "[" + str() + "]" : str(); }

  auto operator<=>(const Address&) const = default;

 private:
  bool six_ = false;
  std::array<uint8_t, 16> bytes_{};
};

// An address with a port as the socket calls take it.
struct SocketAddress {
  SocketAddress() = default;
  SocketAddress(const Address& address, uint16_t port);
  explicit SocketAddress(const sockaddr_storage& from);
  Address address() const;
  uint16_t port() const;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }

  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
};

// A range of addresses: base/prefix, where the bits behind the prefix are zero.
struct Subnet {
  Address base;
  unsigned prefix = 0;

  // Errc::invalid-free: nullopt for what is no "ADDRESS/BITS". Bits behind the prefix are cleared.
  static std::optional<Subnet> parse(std::string_view text);
  static Subnet of(const Address& inside, unsigned prefix);

  bool contains(const Address& address) const;
  bool overlaps(const Subnet& other) const;
  uint64_t size() const;                 // addresses, of an IPv4 range
  Address at(uint64_t index) const;      // base + index
  bool may_lease(const Address&) const;  // neither the network's own address nor the broadcast address
  std::string str() const;
  bool operator==(const Subnet&) const = default;
};

// What an address is within the container's own IPv6 range: `subnet`'s prefix with the IPv4 address behind it.
Address mapped_v6(const Subnet& subnet, const Address& v4);
// A locally administered MAC that holds the address: 02:cc:AC:1D:00:02.
std::string mac_of(const Address& v4);
std::optional<std::array<uint8_t, 6>> parse_mac(std::string_view text);

}  // namespace ccocker::runtime
