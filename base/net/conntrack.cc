#include "base/net/conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "base/error.h"

namespace rundlet::net {
namespace {

// Which parts of a tuple the kernel compares in a filtered dump (net/netfilter/nf_internals.h; kernel 5.8 and
// later).
constexpr uint32_t kCompareSource = 1 << 0;
constexpr uint32_t kCompareProtocol = 1 << 3;

constexpr uint16_t message_type(uint16_t message) {
  return static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | message);
}

void put_filter(NetlinkMessage& message, const FlowFilter& filter) {
  uint32_t compared = kCompareProtocol;
  message.nest(CTA_TUPLE_REPLY, [&] {
    if (filter.server) {
      compared |= kCompareSource;
      message.nest(CTA_TUPLE_IP, [&] { message.put_u32(CTA_IP_V4_SRC, filter.server->network_order()); });
    }
    message.nest(CTA_TUPLE_PROTO, [&] { message.put_u8(CTA_PROTO_NUM, filter.protocol); });
  });
  message.nest(CTA_FILTER, [&] { message.put_u32(CTA_FILTER_REPLY_FLAGS, compared); });
}

struct Flow {
  std::string original_tuple, zone, id;  // these name it in a request to delete it
  Ipv4 destination;
  uint16_t destination_port = 0;
  bool translated = false;
};

void parse_destination(const NetlinkAttribute& tuple, Flow& flow) {
  for (const auto& part : tuple.nested())
    for (const auto& attribute : part.nested()) {
      if (part.type() == CTA_TUPLE_IP && attribute.type() == CTA_IP_V4_DST)
        flow.destination = Ipv4::from_network_order(attribute.u32());
      if (part.type() == CTA_TUPLE_PROTO && attribute.type() == CTA_PROTO_DST_PORT)
        flow.destination_port = ntohs(attribute.u16());
    }
}

Flow parse_flow(const nlmsghdr& message) {
  Flow flow;
  for (const auto& attribute : attributes_of(message, sizeof(nfgenmsg))) {
    switch (attribute.type()) {
      case CTA_TUPLE_ORIG:
        flow.original_tuple = attribute.bytes();
        parse_destination(attribute, flow);
        break;
      case CTA_ZONE:
        flow.zone = attribute.bytes();
        break;
      case CTA_ID:
        flow.id = attribute.bytes();
        break;
      case CTA_STATUS:
        flow.translated = ntohl(attribute.u32()) & IPS_NAT_MASK;
        break;
    }
  }
  return flow;
}

bool matches(const Flow& flow, const FlowFilter& filter) {
  if (filter.untranslated && flow.translated) return false;
  if (filter.destinations.empty()) return true;
  return std::any_of(filter.destinations.begin(), filter.destinations.end(), [&](const auto& wanted) {
    return flow.destination_port == wanted.port && (!wanted.address || flow.destination == *wanted.address);
  });
}

bool delete_flow(NetlinkSocket& socket, const Flow& flow) {
  NetlinkMessage message(message_type(IPCTNL_MSG_CT_DELETE));
  message.header<nfgenmsg>().nfgen_family = NFPROTO_IPV4;
  message.put(CTA_TUPLE_ORIG | NLA_F_NESTED, flow.original_tuple.data(), flow.original_tuple.size());
  message.put(CTA_ID, flow.id.data(), flow.id.size());
  if (!flow.zone.empty()) message.put(CTA_ZONE, flow.zone.data(), flow.zone.size());
  try {
    socket.request(message, "delete connection tracking entry");
  } catch (const Error& e) {
    if (e.errno_value() != ENOENT) throw;
    return false;  // it ended by itself
  }
  return true;
}

}  // namespace

bool ConntrackSocket::available() {
  NetlinkMessage message(message_type(IPCTNL_MSG_CT_GET_STATS));
  message.header<nfgenmsg>().nfgen_family = NFPROTO_UNSPEC;
  try {
    socket_.request(message, "read connection tracking statistics");
  } catch (const Error& e) {
    if (e.errno_value() != EINVAL && e.errno_value() != EOPNOTSUPP) throw;
    return false;
  }
  return true;
}

size_t ConntrackSocket::delete_flows(const FlowFilter& filter) {
  NetlinkMessage message(message_type(IPCTNL_MSG_CT_GET));
  message.header<nfgenmsg>().nfgen_family = NFPROTO_IPV4;
  put_filter(message, filter);
  std::vector<Flow> flows;
  socket_.dump(message, "list connection tracking entries", [&](const nlmsghdr& reply) {
    Flow flow = parse_flow(reply);
    if (matches(flow, filter)) flows.push_back(std::move(flow));
  });
  size_t deleted = 0;
  for (const Flow& flow : flows) deleted += delete_flow(socket_, flow);
  return deleted;
}

}  // namespace rundlet::net
