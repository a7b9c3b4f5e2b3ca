#include "daemon/network/network.h"

#include <netinet/in.h>

#include <map>
#include <set>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/net/conntrack.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "daemon/network/address_pool.h"
#include "daemon/network/bridge.h"
#include "daemon/network/endpoint_store.h"
#include "daemon/network/firewall.h"
#include "daemon/network/identity.h"
#include "daemon/network/ipam.h"
#include "daemon/network/ports.h"

namespace rundlet::daemon {
namespace {

// What a sandbox holds, in memory. `changing`: a connect or a disconnect is on its way.
struct Lease {
  std::string id;
  net::Ipv4 address;
  std::vector<HeldPort> ports;
  bool changing = true;
};

struct Leases {
  Ipam addresses;
  PortTable ports;
  std::map<std::string, Lease> by_sandbox;
};

std::vector<BoundPort> bound_ports(const Lease& lease) {
  std::vector<BoundPort> ports;
  for (const HeldPort& held : lease.ports) ports.push_back(held.port);
  return ports;
}

std::vector<PublishedPort> published_ports(net::Ipv4 address, const std::vector<HeldPort>& ports) {
  std::vector<PublishedPort> published;
  for (const HeldPort& held : ports)
    published.push_back({protocol_number(held.port.protocol), held.address, held.port.host_port, address,
                         held.port.container_port});
  return published;
}

net::InterfaceAddress parse_bip(const std::string& bip) {
  auto address = net::parse_interface_address(bip);
  if (!address || address->prefix > 30 || address->address == address->subnet().base)
    throw_invalid("invalid bridge IP address: \"" + bip + "\"");
  return *address;
}

}  // namespace

// Members are in the order in which they are needed; the network thread is the last to be made and the first to end.
struct Network::State {
  State(const NetworkConfig& settings, db::Database& database)
      : config(settings),
        identity(network_identity(settings)),
        store(database),
        bridge(identity, settings.mtu),
        firewall(identity.table),
        has_conntrack(conntrack.available()) {}

  template <class Work>
  auto on_network_thread(Work work) {
    return thread.submit(std::move(work)).get();
  }

  struct Plan {
    net::InterfaceAddress address;
    bool own = true;       // the bridge is or will be our own
    bool chosen = false;   // from the pools, now
  };
  Plan plan_bridge(bool keep_stored);
  void set_up_bridge(bool keep_stored);
  void take_leases(const std::vector<StoredEndpoint>& live, net::Ipv4 cursor);
  void restore(const std::vector<StoredEndpoint>& live);
  void report_obstacles();
  void remove_kernel_state();

  StoredEndpoint reserve(const std::string& sandbox, const std::vector<PortRequest>& ports);
  void wire(const std::string& sandbox, int netns_fd);
  void unwire(const std::string& sandbox);
  void forget(const std::string& sandbox);
  void give_back(const std::string& sandbox);
  Lease& lease(const std::string& sandbox);
  Endpoint endpoint(const Lease& lease) const;
  void drop_stale_flows(const std::vector<PublishedPort>& ports);
  void drop_flows_to(const std::vector<PublishedPort>& ports);

  const NetworkConfig config;
  const NetworkIdentity identity;
  EndpointStore store;
  Bridge bridge;
  Firewall firewall;
  net::ConntrackSocket conntrack;
  const bool has_conntrack;
  net::InterfaceAddress gateway;  // set by recover, before anything else runs
  bool own_bridge = true;
  bool ready = false;
  Guarded<Leases> leases;
  ThreadPool thread{1};
};

