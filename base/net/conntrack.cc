#include "base/net/conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/error.h"

namespace rundlet::net {
namespace {

// Which parts of a tuple the kernel compares in a filtered dump (net/netfilter/nf_internals.h; kernel 5.8 and
// later).
constexpr uint32_t kSourceAddress = 1 << 0;
constexpr uint32_t kDestinationAddress = 1 << 1;
constexpr uint32_t kProtocol = 1 << 3;
constexpr uint32_t kSourcePort = 1 << 4;
constexpr uint32_t kDestinationPort = 1 << 5;

constexpr uint16_t message_type(uint16_t message) {
  return static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | message);
}

struct TupleEnd {
  std::optional<Ipv4> address;
  std::optional<uint16_t> port;
  uint16_t address_type, port_type;
  uint32_t address_flag, port_flag;
};

// Adds the tuple to the message and gives the flags that say what of it counts.
uint32_t put_tuple(NetlinkMessage& message, uint16_t type, uint8_t protocol, const TupleEnd& end) {
  uint32_t flags = kProtocol;
  message.nest(type, [&] {
    if (end.address) {
      flags |= end.address_flag;
      message.nest(CTA_TUPLE_IP, [&] { message.put_u32(end.address_type, end.address->network_order()); });
    }
    message.nest(CTA_TUPLE_PROTO, [&] {
      message.put_u8(CTA_PROTO_NUM, protocol);
      if (!end.port) return;
      flags |= end.port_flag;
      message.put_u16(end.port_type, htons(*end.port));
    });
  });
  return flags;
}

void put_filter(NetlinkMessage& message, const FlowFilter& filter) {
  uint32_t original = put_tuple(message, CTA_TUPLE_ORIG, filter.protocol,
                                {filter.destination, filter.destination_port, CTA_IP_V4_DST,
                                 CTA_PROTO_DST_PORT, kDestinationAddress, kDestinationPort});
  uint32_t reply = put_tuple(
      message, CTA_TUPLE_REPLY, filter.protocol,
      {filter.server, filter.server_port, CTA_IP_V4_SRC, CTA_PROTO_SRC_PORT, kSourceAddress, kSourcePort});
  message.nest(CTA_FILTER, [&] {
    message.put_u32(CTA_FILTER_ORIG_FLAGS, original);
    message.put_u32(CTA_FILTER_REPLY_FLAGS, reply);
  });
}

// What names one entry in a request to delete it.
struct Flow {
  std::string original_tuple, zone, id;
  bool translated = false;
};

Flow parse_flow(const nlmsghdr& message) {
  Flow flow;
  for (const auto& attribute : attributes_of(message, sizeof(nfgenmsg))) {
    switch (attribute.type()) {
      case CTA_TUPLE_ORIG:
        flow.original_tuple = attribute.bytes();
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
    if (!filter.untranslated || !flow.translated) flows.push_back(std::move(flow));
  });
  size_t deleted = 0;
  for (const Flow& flow : flows) deleted += delete_flow(socket_, flow);
  return deleted;
}

}  // namespace rundlet::net
