// Recovery: the kernel is brought in line with the rows, whatever an earlier daemon, a crash or a reboot
// left.
#include <algorithm>
#include <chrono>
#include <set>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/log.h"
#include "base/net/netns.h"
#include "daemon/network/address_pool.h"
#include "daemon/network/network_state.h"

namespace rundlet::daemon {
namespace {

constexpr auto kLockPatience = std::chrono::seconds(10);

net::InterfaceAddress parse_bip(const std::string& bip) {
  auto address = net::parse_interface_address(bip);
  bool usable = address && address->prefix <= 30 && address->address != address->subnet().base &&
                address->address != address->subnet().last();
  if (!usable) throw_invalid("invalid bridge IP address: \"" + bip + "\"");
  return *address;
}

bool overlaps_any(const net::Subnet& subnet, const std::vector<net::Subnet>& others) {
  return std::any_of(others.begin(), others.end(),
                     [&](const net::Subnet& other) { return subnet.overlaps(other); });
}

std::set<net::Ipv4> addresses_of(const std::vector<StoredEndpoint>& endpoints) {
  std::set<net::Ipv4> addresses;
  for (const StoredEndpoint& endpoint : endpoints) addresses.insert(endpoint.address);
  return addresses;
}

}  // namespace

// In this order: what living containers are configured for, what the administrator says, what the bridge has,
// what it had, what is free.
Network::State::Plan Network::State::plan_bridge(bool any_live) {
  auto stored = store.bridge();
  auto existing = bridge.existing();
  bool own = config.bridge.empty() || !existing || (stored && stored->created);
  if (stored && any_live) return {stored->address, own};
  if (!config.bip.empty()) return {parse_bip(config.bip), own};
  if (!own && existing->address) return {*existing->address, own};
  auto taken = bridge.subnets_elsewhere();
  if (stored && !overlaps_any(stored->address.subnet(), taken)) return {stored->address, own};
  return {choose_bridge_address(config.pools.empty() ? default_pools() : config.pools, taken), own};
}

// Under a lock, since daemons that start together must not find the same block free.
void Network::State::establish_bridge(bool any_live) {
  net::NetnsLock lock(kLockPatience);
  Plan plan = plan_bridge(any_live);
  store.set_bridge(plan.address, plan.own);
  crash_point("network.before_bridge");
  bridge.establish(plan.address, plan.own);
  gateway = plan.address;
  own_bridge = plan.own;
  crash_point("network.after_bridge");
}

void Network::State::restore(const std::vector<StoredEndpoint>& live) {
  establish_bridge(!live.empty());
  leases.reset(gateway, store.bridge()->cursor);
  for (const StoredEndpoint& endpoint : live) {
    leases.reclaim(endpoint);
    firewall.expect(endpoint.sandbox, published_ports(endpoint));
  }
  for (net::Ipv4 address : bridge.claim_ports(addresses_of(live)))
    log::warn("the container at {} has lost its network interface", to_string(address));
  firewall.rebuild(identity.bridge, gateway.subnet());
  crash_point("network.after_restore");
}

// Somebody may have deleted the bridge behind our back; the ports are still there, without a master.
void Network::State::heal_bridge() {
  if (!bridge.is_missing()) return;
  log::warn("bridge {} is missing; it is made again", identity.bridge);
  bridge.establish(gateway, own_bridge);
  bridge.claim_ports(addresses_of(leases.list()));
}

// An accept of ours does not overrule a drop of theirs.
void Network::State::report_foreign_drops() {
  for (const std::string& chain : firewall.foreign_forward_drops())
    log::warn(
        "nftables chain {0} drops forwarded packets, to and from containers too; to let them pass: nft "
        "insert rule {0} "
        "iifname {1} accept; nft insert rule {0} oifname {1} ct status dnat accept; nft insert rule {0} "
        "oifname {1} ct "
        "state established,related accept",
        chain, identity.bridge);
}

// Where there is no row, nothing was ever made.
void Network::State::remove_from_kernel() {
  auto stored = store.bridge();
  if (!stored) return;
  firewall.remove();
  bridge.remove(stored->created);
  crash_point("network.after_removal");
  store.forget_bridge();
}

void Network::recover(const std::vector<std::string>& live_sandboxes) {
  std::set<std::string> alive(live_sandboxes.begin(), live_sandboxes.end());
  std::vector<StoredEndpoint> live, dead;
  for (StoredEndpoint& endpoint : state_->store.list())
    (alive.contains(endpoint.sandbox) ? live : dead).push_back(std::move(endpoint));
  state_->on_network_thread([&] {
    if (state_->config.none && live.empty()) return state_->remove_from_kernel();
    state_->restore(live);
    state_->report_foreign_drops();
  });
  for (const StoredEndpoint& endpoint : dead) {
    state_->drop_flows_to(endpoint);
    state_->store.remove(endpoint.sandbox);
  }
  state_->ready = !state_->config.none || !live.empty();
}

void Network::tear_down() {
  state_->on_network_thread([&] { state_->remove_from_kernel(); });
  for (const StoredEndpoint& endpoint : state_->store.list()) state_->store.remove(endpoint.sandbox);
  state_->leases.reset({}, {});
  state_->ready = false;
}

}  // namespace rundlet::daemon
