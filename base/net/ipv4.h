// IPv4 addresses, subnets and the text forms of both; Ethernet addresses.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rundlet::net {

struct Ipv4 {
  uint32_t value = 0;  // host byte order: 10.0.0.1 is 0x0a000001

  auto operator<=>(const Ipv4&) const = default;
  bool is_any() const { return value == 0; }
  bool is_loopback() const { return value >> 24 == 127; }
  uint32_t network_order() const;
  static Ipv4 from_network_order(uint32_t value);
};

// nullopt unless it is four decimal numbers ("010.0.0.1" and "10.1" are refused).
std::optional<Ipv4> parse_ipv4(std::string_view text);
std::string to_string(Ipv4 address);

// A block of addresses. `base` has no bits beyond the prefix.
struct Subnet {
  Ipv4 base;
  int prefix = 0;  // 0 to 32

  auto operator<=>(const Subnet&) const = default;
  uint32_t mask() const { return prefix == 0 ? 0 : ~uint32_t{0} << (32 - prefix); }
  Ipv4 last() const { return {base.value | ~mask()}; }
  bool contains(Ipv4 address) const { return (address.value & mask()) == base.value; }
  bool overlaps(const Subnet& other) const { return contains(other.base) || other.contains(base); }
};

Subnet subnet_of(Ipv4 address, int prefix);
std::string to_string(const Subnet& subnet);

// An address with the prefix of its network: "172.30.0.1/16".
struct InterfaceAddress {
  Ipv4 address;
  int prefix = 0;

  Subnet subnet() const { return subnet_of(address, prefix); }
};
std::optional<InterfaceAddress> parse_interface_address(std::string_view text);

using MacAddress = std::array<uint8_t, 6>;
std::string format_mac(const MacAddress& mac);
// 02:42 and the address: locally administered, and unique where the address is.
MacAddress mac_from(Ipv4 address);

}  // namespace rundlet::net
