#include "daemon/network/ipam.h"

#include "base/error.h"

namespace rundlet::daemon {

Ipam::Ipam(const net::InterfaceAddress& gateway, net::Ipv4 cursor)
    : subnet_(gateway.subnet()),
      gateway_(gateway.address),
      cursor_(subnet_.contains(cursor) ? cursor : subnet_.base) {}

net::Ipv4 Ipam::allocate() {
  // Network and broadcast address are nobody's.
  const net::Ipv4 first{subnet_.base.value + 1}, last{subnet_.last().value - 1};
  uint64_t count = last.value >= first.value ? uint64_t{last.value} - first.value + 1 : 0;
  net::Ipv4 candidate = cursor_;
  for (uint64_t i = 0; i < count; ++i) {
    candidate = candidate < first || candidate >= last ? first : net::Ipv4{candidate.value + 1};
    if (candidate == gateway_ || taken_.contains(candidate)) continue;
    taken_.insert(candidate);
    cursor_ = candidate;
    return candidate;
  }
  throw_error(ErrorCode::failed_precondition,
              "no available IPv4 addresses on this network's address pools: " + to_string(subnet_));
}

}  // namespace rundlet::daemon
