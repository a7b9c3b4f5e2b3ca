// The names of what one daemon owns in the kernel: they carry a hash of its exec-root, so that daemons side
// by side do not collide and each knows its own again after a crash.
#pragma once

#include <string>

#include "base/net/ipv4.h"
#include "daemon/network/network.h"

namespace rundlet::daemon {

// Eight hex digits.
std::string exec_root_hash(const std::string& exec_root);

struct NetworkIdentity {
  std::string table;        // "rundlet-1a2b3c4d"
  std::string bridge;       // "rundlet0", or "rl1a2b3c4d" away from the default exec-root, or as configured
  std::string port_prefix;  // "v1a2b3c": of the host's ends of veth pairs
};
NetworkIdentity network_identity(const NetworkConfig& config);

// The prefix and the address in hex: 15 bytes, all that an interface name can be.
std::string port_name(const NetworkIdentity& identity, net::Ipv4 address);

}  // namespace rundlet::daemon
