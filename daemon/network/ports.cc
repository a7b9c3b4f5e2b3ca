#include "daemon/network/ports.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "base/error.h"
#include "base/log.h"

namespace rundlet::daemon {
namespace {

void set_reuse(const Fd& socket, int on) {
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
    throw_errno("set SO_REUSEADDR");
}

struct Binding {
  Fd socket;
  int error = 0;  // errno of bind; the socket is empty then
};

// Binds and does not listen: a connection that nftables did not translate is refused, not left waiting. With
// SO_REUSEADDR for the moment of binding, connections of an earlier server in TIME_WAIT do not matter;
// without it afterwards, nobody else can listen on the port.
Binding try_bind(net::Ipv4 address, uint16_t port, const std::string& protocol) {
  bool tcp = protocol_number(protocol) == IPPROTO_TCP;
  Fd socket(::socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (!socket) throw_errno("socket");
  if (tcp) set_reuse(socket, 1);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = address.network_order();
  name.sin_port = htons(port);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) < 0) return {Fd(), errno};
  if (tcp) set_reuse(socket, 0);
  return {std::move(socket), 0};
}

// As Go writes errno: "address already in use".
std::string reason(int error) {
  std::string text = std::strerror(error);
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

[[noreturn]] void throw_allocated(net::Ipv4 address, const std::string& port) {
  throw_error(ErrorCode::already_exists,
              fmt::format("Bind for {}:{} failed: port is already allocated", to_string(address), port));
}

[[noreturn]] void throw_bind_failure(net::Ipv4 address, uint16_t port, const std::string& protocol,
                                     int error) {
  ErrorCode code = error == EADDRINUSE ? ErrorCode::already_exists : ErrorCode::failed_precondition;
  throw Error(
      code,
      fmt::format("failed to bind host port {}:{}/{}: {}", to_string(address), port, protocol, reason(error)),
      error);
}

net::Ipv4 host_address(const std::string& host_ip) {
  if (host_ip.empty()) return {};
  if (host_ip.find(':') != host_ip.npos)
    throw_error(ErrorCode::unimplemented,
                "publishing a port on an IPv6 address is not supported: " + host_ip);
  auto address = net::parse_ipv4(host_ip);
  if (!address) throw_invalid("invalid host IP address of a published port: " + host_ip);
  return *address;
}

}  // namespace

uint8_t protocol_number(const std::string& protocol) {
  if (protocol == "tcp") return IPPROTO_TCP;
  if (protocol == "udp") return IPPROTO_UDP;
  throw_error(ErrorCode::unimplemented,
              "publishing a port of protocol \"" + protocol + "\" is not supported");
}

PortTable::PortTable() : random_first_(32768), random_last_(60999) {
  std::istringstream range(read_file("/proc/sys/net/ipv4/ip_local_port_range"));
  unsigned first = 0, last = 0;
  if (range >> first >> last && first > 0 && first <= last && last <= 65535) {
    random_first_ = static_cast<uint16_t>(first);
    random_last_ = static_cast<uint16_t>(last);
  }
  random_next_ = random_first_;
}

bool PortTable::is_taken(const std::string& protocol, net::Ipv4 address, uint16_t port) const {
  return std::any_of(taken_.begin(), taken_.end(), [&](const Taken& other) {
    bool same_address = other.address == address || other.address.is_any() || address.is_any();
    return other.port == port && same_address && other.protocol == protocol;
  });
}

HeldPort PortTable::take(const PortRequest& request, net::Ipv4 address, uint16_t port, Fd socket) {
  taken_.push_back({request.protocol, address, port});
  return {{request.container_port, request.protocol, to_string(address), port}, address, std::move(socket)};
}

HeldPort PortTable::acquire_exact(const PortRequest& request, net::Ipv4 address) {
  uint16_t port = request.host_port_first;
  if (is_taken(request.protocol, address, port)) throw_allocated(address, std::to_string(port));
  Binding binding = try_bind(address, port, request.protocol);
  if (binding.error) throw_bind_failure(address, port, request.protocol, binding.error);
  return take(request, address, port, std::move(binding.socket));
}

// From `start` to the end of the range, then from its beginning.
HeldPort PortTable::acquire_from_range(const PortRequest& request, net::Ipv4 address, uint16_t first,
                                       uint16_t last, uint16_t start) {
  uint32_t count = static_cast<uint32_t>(last) - first + 1;
  for (uint32_t i = 0; i < count; ++i) {
    auto port = static_cast<uint16_t>(first + (static_cast<uint32_t>(start - first) + i) % count);
    if (is_taken(request.protocol, address, port)) continue;
    Binding binding = try_bind(address, port, request.protocol);
    if (!binding.error) return take(request, address, port, std::move(binding.socket));
    if (binding.error != EADDRINUSE) throw_bind_failure(address, port, request.protocol, binding.error);
  }
  throw_error(ErrorCode::already_exists, fmt::format("Bind for {}:{}-{} failed: all ports are allocated",
                                                     to_string(address), first, last));
}

HeldPort PortTable::acquire_one(const PortRequest& request) {
  protocol_number(request.protocol);
  net::Ipv4 address = host_address(request.host_ip);
  if (request.host_port_first == 0) {
    HeldPort held = acquire_from_range(request, address, random_first_, random_last_, random_next_);
    random_next_ = held.port.host_port == random_last_ ? random_first_ : held.port.host_port + 1;
    return held;
  }
  if (request.host_port_last <= request.host_port_first) return acquire_exact(request, address);
  return acquire_from_range(request, address, request.host_port_first, request.host_port_last,
                            request.host_port_first);
}

std::vector<HeldPort> PortTable::acquire(const std::vector<PortRequest>& requests) {
  std::vector<HeldPort> held;
  try {
    for (const PortRequest& request : requests) held.push_back(acquire_one(request));
  } catch (const Error&) {
    release(held);
    throw;
  }
  return held;
}

HeldPort PortTable::reclaim(const BoundPort& port) {
  net::Ipv4 address = host_address(port.host_ip);
  PortRequest request{port.container_port, port.protocol};
  Binding binding = try_bind(address, port.host_port, port.protocol);
  if (binding.error)
    log::warn("published port {}:{}/{} cannot be held: {}; it stays published", port.host_ip, port.host_port,
              port.protocol, reason(binding.error));
  return take(request, address, port.host_port, std::move(binding.socket));
}

void PortTable::release(const std::vector<HeldPort>& ports) {
  for (const HeldPort& held : ports)
    std::erase_if(taken_, [&](const Taken& other) {
      return other.port == held.port.host_port && other.address == held.address &&
             other.protocol == held.port.protocol;
    });
}

}  // namespace rundlet::daemon
