// The addresses and routes of RouteSocket.
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cerrno>

#include "base/error.h"
#include "base/net/link.h"

namespace rundlet::net {
namespace {

void put_address(NetlinkMessage& message, int link, const InterfaceAddress& address) {
  auto& info = message.header<ifaddrmsg>();
  info.ifa_family = AF_INET;
  info.ifa_prefixlen = static_cast<uint8_t>(address.prefix);
  info.ifa_index = static_cast<uint32_t>(link);
  message.put_u32(IFA_LOCAL, address.address.network_order());
  message.put_u32(IFA_ADDRESS, address.address.network_order());
  if (address.prefix < 31) message.put_u32(IFA_BROADCAST, address.subnet().last().network_order());
}

std::optional<AddressOnLink> parse_address(const nlmsghdr& message) {
  const auto* info = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
  if (message.nlmsg_type != RTM_NEWADDR || info->ifa_family != AF_INET) return std::nullopt;
  AddressOnLink found{static_cast<int>(info->ifa_index), {{}, info->ifa_prefixlen}};
  for (const auto& attribute : attributes_of(message, sizeof(ifaddrmsg))) {
    if (attribute.type() == IFA_LOCAL) found.address.address = Ipv4::from_network_order(attribute.u32());
  }
  return found;
}

std::optional<Route> parse_route(const nlmsghdr& message) {
  const auto* info = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
  if (message.nlmsg_type != RTM_NEWROUTE || info->rtm_table == RT_TABLE_LOCAL) return std::nullopt;
  if (info->rtm_flags & RTM_F_CLONED) return std::nullopt;
  Ipv4 destination;
  Route route;
  for (const auto& attribute : attributes_of(message, sizeof(rtmsg))) {
    if (attribute.type() == RTA_DST) destination = Ipv4::from_network_order(attribute.u32());
    if (attribute.type() == RTA_OIF) route.link = static_cast<int>(attribute.u32());
  }
  route.destination = subnet_of(destination, info->rtm_dst_len);
  return route;
}

}  // namespace

std::vector<AddressOnLink> RouteSocket::addresses() {
  NetlinkMessage message(RTM_GETADDR);
  message.header<ifaddrmsg>().ifa_family = AF_INET;
  std::vector<AddressOnLink> found;
  socket_.dump(message, "list addresses", [&](const nlmsghdr& reply) {
    if (auto address = parse_address(reply)) found.push_back(*address);
  });
  return found;
}

std::vector<Route> RouteSocket::routes() {
  NetlinkMessage message(RTM_GETROUTE);
  message.header<rtmsg>().rtm_family = AF_INET;
  std::vector<Route> found;
  socket_.dump(message, "list routes", [&](const nlmsghdr& reply) {
    if (auto route = parse_route(reply)) found.push_back(*route);
  });
  return found;
}

void RouteSocket::add_address(int link, const InterfaceAddress& address) {
  NetlinkMessage message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
  put_address(message, link, address);
  socket_.request(message, "add address " + to_string(address.address));
}

void RouteSocket::delete_address(int link, const InterfaceAddress& address) {
  NetlinkMessage message(RTM_DELADDR);
  put_address(message, link, address);
  socket_.request(message, "delete address " + to_string(address.address));
}

void RouteSocket::add_default_route(Ipv4 gateway, int link) {
  NetlinkMessage message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  auto& info = message.header<rtmsg>();
  info.rtm_family = AF_INET;
  info.rtm_table = RT_TABLE_MAIN;
  info.rtm_protocol = RTPROT_BOOT;
  info.rtm_scope = RT_SCOPE_UNIVERSE;
  info.rtm_type = RTN_UNICAST;
  message.put_u32(RTA_GATEWAY, gateway.network_order());
  message.put_u32(RTA_OIF, static_cast<uint32_t>(link));
  socket_.request(message, "add default route via " + to_string(gateway));
}

}  // namespace rundlet::net
