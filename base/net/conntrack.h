// The kernel's table of connections (ctnetlink). A UDP "connection" has no end: while packets come, its entry
// keeps the address translation of its first packet, so whoever changes a translation must delete the entries
// it concerns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/net/ipv4.h"
#include "base/net/netlink.h"

namespace rundlet::net {

// IPv4 flows of one protocol; everything that is given must match.
struct FlowFilter {
  uint8_t protocol = 0;  // IPPROTO_UDP
  // Who answers, after translation.
  std::optional<Ipv4> server;
  // Where the client sent to, before translation: one of these, if there are any.
  struct Destination {
    std::optional<Ipv4> address;
    uint16_t port = 0;
  };
  std::vector<Destination> destinations;
  // Only flows whose addresses were not translated at all.
  bool untranslated = false;
};

class ConntrackSocket {
 public:
  ConntrackSocket() : socket_(NETLINK_NETFILTER) {}

  // False on a kernel without nf_conntrack_netlink.
  bool available();
  // Deletes what matches and says how many they were. The kernel goes through its whole table for it: some
  // milliseconds.
  size_t delete_flows(const FlowFilter& filter);

 private:
  NetlinkSocket socket_;
};

}  // namespace rundlet::net
