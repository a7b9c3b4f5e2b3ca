#include "base/net/link.h"

#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.h"

namespace rundlet::net {
namespace {

constexpr auto kCarrierPatience = std::chrono::seconds(2);

void parse_kind(const NetlinkAttribute& info, Link& link) {
  for (const auto& attribute : info.nested())
    if (attribute.type() == IFLA_INFO_KIND) link.kind = attribute.text();
}

Link parse_link(const nlmsghdr& message) {
  const auto* info = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  Link link;
  link.index = info->ifi_index;
  link.up = info->ifi_flags & IFF_UP;
  link.running = link.up && info->ifi_flags & IFF_RUNNING;
  for (const auto& attribute : attributes_of(message, sizeof(ifinfomsg))) {
    switch (attribute.type()) {
      case IFLA_IFNAME:
        link.name = attribute.text();
        break;
      case IFLA_MASTER:
        link.master = static_cast<int>(attribute.u32());
        break;
      case IFLA_MTU:
        link.mtu = static_cast<int>(attribute.u32());
        break;
      case IFLA_LINKINFO:
        parse_kind(attribute, link);
        break;
    }
  }
  return link;
}

// Adds one attribute of a bridge itself, inside IFLA_LINKINFO.
void put_bridge_data(NetlinkMessage& message, bool netfilter) {
  message.nest(IFLA_LINKINFO, [&] {
    message.put_string(IFLA_INFO_KIND, "bridge");
    message.nest(IFLA_INFO_DATA, [&] { message.put_u8(IFLA_BR_NF_CALL_IPTABLES, netfilter); });
  });
}

void put_veth_peer(NetlinkMessage& message, const VethSpec& spec) {
  message.nest(VETH_INFO_PEER, [&] {
    ifinfomsg peer{};
    message.append_raw(&peer, sizeof peer);
    message.put_string(IFLA_IFNAME, spec.peer_name);
    message.put(IFLA_ADDRESS, spec.peer_mac.data(), spec.peer_mac.size());
    message.put_u32(IFLA_MTU, static_cast<uint32_t>(spec.mtu));
    message.put_u32(IFLA_NET_NS_FD, static_cast<uint32_t>(spec.peer_netns_fd));
  });
}

// False when the link that the message is about does not exist.
bool request_unless_gone(NetlinkSocket& socket, NetlinkMessage& message, const std::string& what) {
  try {
    socket.request(message, what);
  } catch (const Error& e) {
    if (e.errno_value() != ENODEV) throw;
    return false;
  }
  return true;
}

}  // namespace

std::optional<Link> RouteSocket::query_link(NetlinkMessage& message) {
  std::optional<Link> link;
  try {
    socket_.query(message, "find link", [&](const nlmsghdr& reply) { link = parse_link(reply); });
  } catch (const Error& e) {
    if (e.errno_value() != ENODEV) throw;
  }
  return link;
}

std::optional<Link> RouteSocket::find_link(const std::string& name) {
  NetlinkMessage message(RTM_GETLINK);
  message.header<ifinfomsg>();
  message.put_string(IFLA_IFNAME, name);
  return query_link(message);
}

std::optional<Link> RouteSocket::find_link(int index) {
  NetlinkMessage message(RTM_GETLINK);
  message.header<ifinfomsg>().ifi_index = index;
  return query_link(message);
}

std::vector<Link> RouteSocket::links() {
  return ports_of(0);
}

std::vector<Link> RouteSocket::ports_of(int bridge) {
  NetlinkMessage message(RTM_GETLINK);
  message.header<ifinfomsg>();
  if (bridge) message.put_u32(IFLA_MASTER, static_cast<uint32_t>(bridge));
  std::vector<Link> found;
  socket_.dump(message, "list links", [&](const nlmsghdr& reply) {
    if (reply.nlmsg_type == RTM_NEWLINK) found.push_back(parse_link(reply));
  });
  std::erase_if(found, [&](const Link& link) { return bridge && link.master != bridge; });
  return found;
}

void RouteSocket::add_bridge(const BridgeSpec& spec) {
  NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.header<ifinfomsg>();
  message.put_string(IFLA_IFNAME, spec.name);
  message.put(IFLA_ADDRESS, spec.mac.data(), spec.mac.size());
  message.put_u32(IFLA_MTU, static_cast<uint32_t>(spec.mtu));
  put_bridge_data(message, spec.netfilter);
  socket_.request(message, "create bridge " + spec.name);
}

void RouteSocket::set_netfilter(const std::string& bridge) {
  NetlinkMessage message(RTM_NEWLINK);
  message.header<ifinfomsg>();
  message.put_string(IFLA_IFNAME, bridge);
  put_bridge_data(message, true);
  socket_.request(message, "set netfilter on bridge " + bridge);
}

void RouteSocket::add_veth(const VethSpec& spec) {
  NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.header<ifinfomsg>();
  message.put_string(IFLA_IFNAME, spec.name);
  message.put_u32(IFLA_MTU, static_cast<uint32_t>(spec.mtu));
  message.nest(IFLA_LINKINFO, [&] {
    message.put_string(IFLA_INFO_KIND, "veth");
    message.nest(IFLA_INFO_DATA, [&] { put_veth_peer(message, spec); });
  });
  socket_.request(message, "create veth pair " + spec.name);
}

void RouteSocket::attach_port(int port, int bridge) {
  NetlinkMessage enslave(RTM_SETLINK);
  enslave.header<ifinfomsg>().ifi_index = port;
  enslave.put_u32(IFLA_MASTER, static_cast<uint32_t>(bridge));
  enslave.nest(IFLA_AF_SPEC, [&] {
    enslave.nest(AF_INET6, [&] { enslave.put_u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE); });
  });
  socket_.request(enslave, "attach port to bridge");

  NetlinkMessage settings(RTM_NEWLINK);
  auto& info = settings.header<ifinfomsg>();
  info.ifi_index = port;
  info.ifi_flags = info.ifi_change = IFF_UP;
  settings.nest(IFLA_LINKINFO, [&] {
    settings.put_string(IFLA_INFO_SLAVE_KIND, "bridge");
    settings.nest(IFLA_INFO_SLAVE_DATA, [&] { settings.put_u8(IFLA_BRPORT_MODE, 1); });
  });
  socket_.request(settings, "configure bridge port");
}

void RouteSocket::set_up(int link) {
  NetlinkMessage message(RTM_NEWLINK);
  auto& info = message.header<ifinfomsg>();
  info.ifi_index = link;
  info.ifi_flags = info.ifi_change = IFF_UP;
  socket_.request(message, "set link up");
}

bool RouteSocket::detach_port(int port) {
  NetlinkMessage message(RTM_SETLINK);
  message.header<ifinfomsg>().ifi_index = port;
  message.put_u32(IFLA_MASTER, 0);
  return request_unless_gone(socket_, message, "detach port from bridge");
}

void RouteSocket::wait_until_running(int link) {
  auto deadline = std::chrono::steady_clock::now() + kCarrierPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    auto found = find_link(link);
    if (!found) throw_error(ErrorCode::unavailable, "a network interface vanished while it was set up");
    if (found->running) return;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  throw_error(ErrorCode::unavailable, "network interface " + std::to_string(link) + " does not come up");
}

bool RouteSocket::delete_link(int link) {
  NetlinkMessage message(RTM_DELLINK);
  message.header<ifinfomsg>().ifi_index = link;
  return request_unless_gone(socket_, message, "delete link");
}

}  // namespace rundlet::net
