#include "daemon/network/address_pool.h"

#include <algorithm>
#include <optional>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

struct Blocks {
  net::Subnet base;
  int size = 0;
};

Blocks parse_pool(const NetworkConfig::Pool& pool) {
  auto base = net::parse_interface_address(pool.base);
  if (!base) throw_invalid("invalid base of a default address pool: \"" + pool.base + "\"");
  if (pool.size < base->prefix || pool.size > 30)
    throw_invalid("invalid size " + std::to_string(pool.size) + " of the default address pool " + pool.base);
  return {base->subnet(), pool.size};
}

std::optional<net::Subnet> first_free(const Blocks& blocks, const std::vector<net::Subnet>& taken) {
  uint64_t step = uint64_t{1} << (32 - blocks.size);
  for (uint64_t base = blocks.base.base.value; base <= blocks.base.last().value; base += step) {
    net::Subnet block{{static_cast<uint32_t>(base)}, blocks.size};
    if (std::none_of(taken.begin(), taken.end(),
                     [&](const net::Subnet& other) { return block.overlaps(other); }))
      return block;
  }
  return std::nullopt;
}

}  // namespace

std::vector<NetworkConfig::Pool> default_pools() {
  return {{"172.17.0.0/16", 16}, {"172.18.0.0/16", 16}, {"172.19.0.0/16", 16}, {"172.20.0.0/14", 16},
          {"172.24.0.0/14", 16}, {"172.28.0.0/14", 16}, {"192.168.0.0/16", 20}};
}

net::InterfaceAddress choose_bridge_address(const std::vector<NetworkConfig::Pool>& pools,
                                            const std::vector<net::Subnet>& taken) {
  for (const auto& pool : pools)
    if (auto block = first_free(parse_pool(pool), taken)) return {{block->base.value + 1}, block->prefix};
  throw_error(
      ErrorCode::failed_precondition,
      "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the "
      "network");
}

}  // namespace rundlet::daemon
