// The addresses of one subnet: who asks gets the next one in turn, so that an address just freed rests for a
// while.
#pragma once

#include <cstdint>
#include <set>

#include "base/net/ipv4.h"

namespace rundlet::daemon {

class Ipam {
 public:
  Ipam() = default;
  // cursor: the address given out last, by an earlier daemon too.
  Ipam(const net::InterfaceAddress& gateway, net::Ipv4 cursor);

  // Throws failed_precondition when all are taken.
  net::Ipv4 allocate();
  void claim(net::Ipv4 address) { taken_.insert(address); }
  void release(net::Ipv4 address) { taken_.erase(address); }

 private:
  net::Subnet subnet_;
  net::Ipv4 gateway_, cursor_;
  std::set<net::Ipv4> taken_;
};

}  // namespace rundlet::daemon
