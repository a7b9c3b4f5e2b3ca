// The default bridge and its ports: veth pairs whose other end is a container's eth0.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/net/link.h"
#include "base/thread_pool.h"
#include "daemon/network/identity.h"

namespace rundlet::daemon {

// Used from the network thread only.
class Bridge {
 public:
  Bridge(const NetworkIdentity& identity, int mtu) : identity_(identity), mtu_(mtu) {}

  struct Existing {
    std::optional<net::InterfaceAddress> address;
  };
  std::optional<Existing> existing();
  bool is_missing() { return !routes_.find_link(identity_.bridge); }
  // The subnets that this host uses elsewhere.
  std::vector<net::Subnet> subnets_elsewhere();

  // Makes the bridge if it is missing, gives it its address and brings it up; forwarding is on afterwards.
  // `own`: we made it, so its settings are ours as well.
  void establish(const net::InterfaceAddress& address, bool own);
  // Makes the veth pair and configures eth0 and lo in the namespace.
  void add_port(int netns_fd, net::Ipv4 address);
  // Takes it off the bridge at once; the pair itself goes a little later (the kernel needs 15 to 35 ms for
  // it).
  void remove_port(net::Ipv4 address);
  // Deletes our ports but those of `live`, puts those back onto the bridge, and gives the live addresses
  // without a port.
  std::vector<net::Ipv4> claim_ports(const std::set<net::Ipv4>& live);
  // The bridge goes, too, if we made it.
  void remove(bool own);

 private:
  int bridge_index();
  void sweep(int port);
  void keep_only(int bridge, const net::InterfaceAddress& address);
  bool is_our_port(const net::Link& link) const { return link.name.starts_with(identity_.port_prefix); }

  NetworkIdentity identity_;
  int mtu_;
  net::InterfaceAddress address_;
  net::RouteSocket routes_;
  ThreadPool sweepers_{2};  // deletions share the kernel's grace periods
};

// Loopback up, for a namespace without a network too.
void bring_up_loopback(int netns_fd);

}  // namespace rundlet::daemon
