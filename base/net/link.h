// Links, addresses and routes (rtnetlink): single requests, no caches. Every object works in the network
// namespace in which it was made.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/net/ipv4.h"
#include "base/net/netlink.h"

namespace rundlet::net {

struct Link {
  int index = 0;
  int master = 0;  // index of the bridge it is a port of, 0: none
  std::string name;
  std::string kind;  // "bridge", "veth", "" for hardware
  int mtu = 0;
  bool up = false;
  bool running = false;  // up, and the carrier's arrival has taken its effects: packets pass
};

struct AddressOnLink {
  int link = 0;
  InterfaceAddress address;
};

struct Route {
  Subnet destination;
  int link = 0;  // 0: several next hops or none
};

struct BridgeSpec {
  std::string name;
  MacAddress mac{};
  int mtu = 1500;
  // Bridged packets pass the ip tables of netfilter whatever net.bridge.bridge-nf-call-iptables says.
  bool netfilter = false;
};

// A pair of which one end appears in another namespace, down.
struct VethSpec {
  std::string name;
  std::string peer_name;
  int peer_netns_fd = -1;
  MacAddress peer_mac{};
  int mtu = 1500;
};

class RouteSocket {
 public:
  RouteSocket() : socket_(NETLINK_ROUTE) {}

  std::optional<Link> find_link(const std::string& name);
  std::optional<Link> find_link(int index);
  std::vector<Link> links();
  std::vector<Link> ports_of(int bridge);
  void add_bridge(const BridgeSpec& spec);  // already_exists
  void add_veth(const VethSpec& spec);  // already_exists; not_found for a device kind that the kernel lacks
  // Makes it a port of the bridge, hairpin on (a container may reach itself through the host), without an
  // IPv6 address of its own, and up.
  void attach_port(int port, int bridge);
  // The opposite: no packet passes any more. False when there is no such link.
  bool detach_port(int port);
  void set_up(int link);
  // The kernel notices a carrier a little later than it comes, and drops packets until then; asking makes it
  // notice (6.9 and later, older ones are waited for). Throws unavailable when the link does not run within
  // two seconds.
  void wait_until_running(int link);
  void set_netfilter(const std::string& bridge);  // see BridgeSpec
  // False when there is no such link. Takes the kernel 15 to 35 ms for a pair of veth.
  bool delete_link(int link);

  std::vector<AddressOnLink> addresses();
  std::vector<Route> routes();                                  // IPv4, without the kernel's table `local`
  void add_address(int link, const InterfaceAddress& address);  // no error when it is there
  void delete_address(int link, const InterfaceAddress& address);
  void add_default_route(Ipv4 gateway, int link);

 private:
  std::optional<Link> query_link(NetlinkMessage& message);

  NetlinkSocket socket_;
};

}  // namespace rundlet::net
