#include "daemon/network/bridge.h"

#include <algorithm>
#include <cerrno>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/log.h"
#include "base/net/netns.h"

namespace rundlet::daemon {
namespace {

constexpr int kLoopback = 1;  // the index of lo in every namespace
constexpr char kContainerInterface[] = "eth0";
// Routes wider than this are ways out (a VPN's 0.0.0.0/1), not networks of this host.
constexpr int kWidestNetwork = 4;

// A kernel without IPv6 has nothing to switch off.
void disable_ipv6(const std::string& interface) {
  try {
    write_file("/proc/sys/net/ipv6/conf/" + interface + "/disable_ipv6", "1");
  } catch (const Error& e) {
    if (e.errno_value() != ENOENT) throw;
  }
}

void enable_forwarding() {
  const std::string path = "/proc/sys/net/ipv4/ip_forward";
  if (read_file(path).starts_with('1')) return;
  write_file(path, "1");
  log::info("switched on net.ipv4.ip_forward: containers need it to reach other hosts");
}

// Enters the namespace once, for the socket and the one setting that has no netlink message.
net::RouteSocket routes_inside(int netns_fd) {
  std::optional<net::RouteSocket> inside;
  net::in_netns(netns_fd, [&] {
    inside.emplace();
    disable_ipv6(kContainerInterface);
  });
  return std::move(*inside);
}

void configure_container(int netns_fd, const net::InterfaceAddress& address, net::Ipv4 gateway) {
  net::RouteSocket routes = routes_inside(netns_fd);
  auto eth0 = routes.find_link(kContainerInterface);
  if (!eth0) throw_error(ErrorCode::internal, "eth0 vanished from the container's network namespace");
  routes.add_address(eth0->index, address);
  routes.set_up(kLoopback);
  routes.set_up(eth0->index);
  routes.add_default_route(gateway, eth0->index);
}

}  // namespace

void bring_up_loopback(int netns_fd) {
  std::optional<net::RouteSocket> inside;
  net::in_netns(netns_fd, [&] { inside.emplace(); });
  inside->set_up(kLoopback);
}

std::optional<Bridge::Existing> Bridge::existing() {
  auto link = routes_.find_link(identity_.bridge);
  if (!link) return std::nullopt;
  if (link->kind != "bridge")
    throw_error(ErrorCode::failed_precondition, "interface " + identity_.bridge + " exists and is no bridge");
  Existing found;
  for (const auto& address : routes_.addresses())
    if (address.link == link->index && !found.address) found.address = address.address;
  return found;
}

std::vector<net::Subnet> Bridge::subnets_elsewhere() {
  auto own = routes_.find_link(identity_.bridge);
  int own_index = own ? own->index : -1;
  std::vector<net::Subnet> taken;
  for (const auto& route : routes_.routes())
    if (route.link != own_index && route.destination.prefix >= kWidestNetwork)
      taken.push_back(route.destination);
  for (const auto& address : routes_.addresses())
    if (address.link != own_index) taken.push_back(address.address.subnet());
  return taken;
}

void Bridge::establish(const net::InterfaceAddress& address, bool own) {
  if (!routes_.find_link(identity_.bridge))
    routes_.add_bridge({identity_.bridge, net::mac_from(address.address), mtu_, true});
  if (own) {
    routes_.set_netfilter(identity_.bridge);
    disable_ipv6(identity_.bridge);  // a container must not become this host's IPv6 router
  }
  int index = bridge_index();
  if (own) keep_only(index, address);
  routes_.add_address(index, address);
  routes_.set_up(index);
  write_file("/proc/sys/net/ipv4/conf/" + identity_.bridge + "/route_localnet", "1");
  enable_forwarding();
  address_ = address;
}

void Bridge::keep_only(int bridge, const net::InterfaceAddress& address) {
  for (const auto& found : routes_.addresses()) {
    bool same = found.address.address == address.address && found.address.prefix == address.prefix;
    if (found.link == bridge && !same) routes_.delete_address(bridge, found.address);
  }
}

int Bridge::bridge_index() {
  auto link = routes_.find_link(identity_.bridge);
  if (!link) throw Error(ErrorCode::unavailable, "bridge " + identity_.bridge + " is missing", ENODEV);
  return link->index;
}

void Bridge::add_port(int netns_fd, net::Ipv4 address) {
  int bridge = bridge_index();
  const std::string name = port_name(identity_, address);
  net::VethSpec pair{name, kContainerInterface, netns_fd, net::mac_from(address), mtu_};
  try {
    routes_.add_veth(pair);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::already_exists) throw;
    // The last user of this address, whose deletion has not come to its turn.
    if (auto last = routes_.find_link(name)) routes_.delete_link(last->index);
    routes_.add_veth(pair);
  }
  crash_point("network.after_veth");
  auto port = routes_.find_link(name);
  if (!port) throw_error(ErrorCode::unavailable, "the container's network namespace has ended");
  routes_.attach_port(port->index, bridge);
  configure_container(netns_fd, {address, address_.prefix}, address_.address);
  routes_.wait_until_running(port->index);
  routes_.wait_until_running(bridge);  // it had no carrier if this is its first port
}

void Bridge::remove_port(net::Ipv4 address) {
  if (auto port = routes_.find_link(port_name(identity_, address))) sweep(port->index);
}

// By index: the name may be in use again when the deletion comes to its turn.
void Bridge::sweep(int port) {
  if (!routes_.detach_port(port)) return;  // it went with its namespace
  sweepers_.submit([port] {
    try {
      net::RouteSocket().delete_link(port);
    } catch (const Error& e) {
      log::warn("interface {} is left behind until the next start: {}", port, e.message());
    }
  });
}

std::vector<net::Ipv4> Bridge::claim_ports(const std::set<net::Ipv4>& live) {
  int bridge = bridge_index();
  std::set<std::string> wanted;
  for (net::Ipv4 address : live) wanted.insert(port_name(identity_, address));
  for (const net::Link& link : routes_.links()) {
    if (!is_our_port(link)) continue;
    if (!wanted.erase(link.name)) {
      log::info("deleting stray interface {}", link.name);
      sweep(link.index);
    } else if (link.master != bridge) {
      routes_.attach_port(link.index, bridge);
    }
  }
  std::vector<net::Ipv4> lost;
  for (net::Ipv4 address : live)
    if (wanted.contains(port_name(identity_, address))) lost.push_back(address);
  return lost;
}

void Bridge::remove(bool own) {
  for (const net::Link& link : routes_.links())
    if (is_our_port(link)) routes_.delete_link(link.index);
  auto bridge = routes_.find_link(identity_.bridge);
  if (own && bridge) routes_.delete_link(bridge->index);
}

}  // namespace rundlet::daemon
