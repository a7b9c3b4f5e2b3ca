#include "base/net/ipv4.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

namespace rundlet::net {
namespace {

std::optional<int> parse_prefix(std::string_view text) {
  int prefix = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (prefix < 0 || prefix > 32) return std::nullopt;
  return prefix;
}

}  // namespace

uint32_t Ipv4::network_order() const {
  return htonl(value);
}
Ipv4 Ipv4::from_network_order(uint32_t value) {
  return {ntohl(value)};
}

std::optional<Ipv4> parse_ipv4(std::string_view text) {
  in_addr parsed{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &parsed) != 1) return std::nullopt;
  return Ipv4::from_network_order(parsed.s_addr);
}

std::string to_string(Ipv4 address) {
  uint32_t v = address.value;
  return fmt::format("{}.{}.{}.{}", v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
}

Subnet subnet_of(Ipv4 address, int prefix) {
  Subnet subnet{address, prefix};
  subnet.base.value &= subnet.mask();
  return subnet;
}

std::string to_string(const Subnet& subnet) {
  return fmt::format("{}/{}", to_string(subnet.base), subnet.prefix);
}

std::optional<InterfaceAddress> parse_interface_address(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  auto address = parse_ipv4(text.substr(0, slash));
  auto prefix = parse_prefix(text.substr(slash + 1));
  if (!address || !prefix) return std::nullopt;
  return InterfaceAddress{*address, *prefix};
}

std::string format_mac(const MacAddress& mac) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1], mac[2], mac[3], mac[4],
                     mac[5]);
}

MacAddress mac_from(Ipv4 address) {
  uint32_t v = address.value;
  return {0x02,
          0x42,
          static_cast<uint8_t>(v >> 24),
          static_cast<uint8_t>(v >> 16),
          static_cast<uint8_t>(v >> 8),
          static_cast<uint8_t>(v)};
}

}  // namespace rundlet::net
