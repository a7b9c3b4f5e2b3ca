// Where a bridge's subnet comes from: the first block of the pools that collides with nothing on this host.
#pragma once

#include <vector>

#include "base/net/ipv4.h"
#include "daemon/network/network.h"

namespace rundlet::daemon {

// docker's own default pools.
std::vector<NetworkConfig::Pool> default_pools();

// The address of the bridge: the first one of the first block that overlaps none of `taken`. Throws
// invalid_argument for a malformed pool, failed_precondition when every block is taken.
net::InterfaceAddress choose_bridge_address(const std::vector<NetworkConfig::Pool>& pools,
                                            const std::vector<net::Subnet>& taken);

}  // namespace rundlet::daemon
