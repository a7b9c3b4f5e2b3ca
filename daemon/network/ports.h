// Published ports on the host's side: each is held by a bound socket, so that no foreign process takes it,
// and so that a conflict is found before anything is wired. Packets never reach these sockets: nftables
// translates them before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/net/ipv4.h"
#include "daemon/network/network.h"

namespace rundlet::daemon {

struct HeldPort {
  BoundPort port;
  net::Ipv4 address;  // of port.host_ip
  Fd socket;          // empty: a foreign process took the port while no daemon ran
};

// The IP protocol number of "tcp" or "udp"; throws unimplemented for others.
uint8_t protocol_number(const std::string& protocol);

// Not thread-safe.
class PortTable {
 public:
  PortTable();

  // All or none. Throws already_exists with docker's text when a port is taken, unimplemented for an IPv6
  // address, invalid_argument for no address at all.
  std::vector<HeldPort> acquire(const std::vector<PortRequest>& requests);
  // What an earlier daemon published: taken whether the socket can be bound or not (then a warning is
  // logged).
  HeldPort reclaim(const BoundPort& port);
  void release(const std::vector<HeldPort>& ports);

 private:
  struct Taken {
    std::string protocol;
    net::Ipv4 address;
    uint16_t port;
  };
  bool is_taken(const std::string& protocol, net::Ipv4 address, uint16_t port) const;
  HeldPort acquire_one(const PortRequest& request);
  HeldPort acquire_exact(const PortRequest& request, net::Ipv4 address);
  HeldPort acquire_from_range(const PortRequest& request, net::Ipv4 address, uint16_t first, uint16_t last,
                              uint16_t start);
  HeldPort take(const PortRequest& request, net::Ipv4 address, uint16_t port, Fd socket);

  std::vector<Taken> taken_;
  uint16_t random_first_, random_last_, random_next_;
};

}  // namespace rundlet::daemon
