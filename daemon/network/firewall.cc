#include "daemon/network/firewall.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#include <cerrno>

#include "base/error.h"
#include "base/log.h"

namespace rundlet::daemon {
namespace {

using net::Match;
using net::NftField;
using net::NftRule;
using net::NftType;

constexpr char kByAddress[] = "published";   // ip daddr . protocol . port → address . port
constexpr char kByPort[] = "published_any";  // protocol . port → address . port, on every local address
constexpr char kTranslate[] = "translate";   // the chain that looks them up
const net::Subnet kLoopback{{0x7f000000}, 8};

void add_maps(net::NftBatch& batch) {
  const std::vector<NftType> target{NftType::ipv4_addr, NftType::inet_service};
  batch.add_map({kByAddress, {NftType::ipv4_addr, NftType::inet_proto, NftType::inet_service}, target});
  batch.add_map({kByPort, {NftType::inet_proto, NftType::inet_service}, target});
}

// Published ports, for packets from outside and from this host.
void add_translation(net::NftBatch& batch) {
  batch.add_chain(kTranslate);
  batch.add_rule(kTranslate,
                 NftRule().dnat_by_map(kByAddress, {NftField::destination_address, NftField::protocol,
                                                    NftField::destination_port}),
                 "ports published on one address");
  batch.add_rule(
      kTranslate,
      NftRule().destination_is_local().dnat_by_map(kByPort, {NftField::protocol, NftField::destination_port}),
      "ports published on every address");
  batch.add_chain({"prerouting", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST});
  batch.add_rule("prerouting", NftRule().jump(kTranslate), "from outside and from containers");
  batch.add_chain({"output", "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST});
  batch.add_rule("output", NftRule().jump(kTranslate), "from this host");
}

// route_localnet on the bridge lets 127/8 be routed, and ports may be published on loopback only: nobody else
// may use such addresses on the wire.
void add_loopback_guard(net::NftBatch& batch) {
  batch.add_chain({"raw", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW});
  batch.add_rule("raw", NftRule().input_interface("lo", Match::differs).destination(kLoopback).drop(),
                 "loopback addresses from outside");
  batch.add_rule("raw", NftRule().input_interface("lo", Match::differs).source(kLoopback).drop(),
                 "loopback addresses from outside");
}

void add_masquerade(net::NftBatch& batch, const std::string& bridge, const net::Subnet& subnet) {
  batch.add_chain({"postrouting", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC});
  batch.add_rule("postrouting",
                 NftRule().output_interface(bridge, Match::differs).source(subnet).masquerade(),
                 "containers to the world");
  batch.add_rule("postrouting", NftRule().output_interface(bridge).source(kLoopback).masquerade(),
                 "this host's loopback to a published port");
  batch.add_rule("postrouting",
                 NftRule().output_interface(bridge).source(subnet).ct_status(net::kCtDnat).masquerade(),
                 "containers to a published port");
}

// Towards the containers comes what they asked for, what is published, and what they send each other.
void add_isolation(net::NftBatch& batch, const std::string& bridge) {
  batch.add_chain({"forward", "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER});
  batch.add_rule("forward", NftRule().output_interface(bridge, Match::differs).accept(), "not ours");
  batch.add_rule("forward", NftRule().ct_state(net::kCtEstablished | net::kCtRelated).accept(), "answers");
  batch.add_rule("forward", NftRule().ct_status(net::kCtDnat).accept(), "published ports");
  batch.add_rule("forward", NftRule().input_interface(bridge).accept(), "between containers");
  batch.add_rule("forward", NftRule().drop(), "nothing else reaches a container");
}

struct Elements {
  std::vector<net::NftElement> by_address, by_port;
};

Elements elements_of(const std::vector<PublishedPort>& ports) {
  Elements elements;
  for (const PublishedPort& port : ports) {
    net::NftValue target = net::NftValue().address(port.container_address).port(port.container_port);
    if (port.host_address.is_any()) {
      elements.by_port.push_back({net::NftValue().protocol(port.protocol).port(port.host_port), target});
    } else {
      auto key = net::NftValue().address(port.host_address).protocol(port.protocol).port(port.host_port);
      elements.by_address.push_back({key, target});
    }
  }
  return elements;
}

std::vector<net::NftValue> keys_of(const std::vector<net::NftElement>& elements) {
  std::vector<net::NftValue> keys;
  for (const auto& element : elements) keys.push_back(element.key);
  return keys;
}

// What the kernel says when the table is not as we left it.
bool is_inconsistency(const Error& error) {
  int value = error.errno_value();
  return value == ENOENT || value == EEXIST || value == EBUSY;
}

}  // namespace

void Firewall::rebuild(const std::string& bridge, const net::Subnet& subnet) {
  bridge_ = bridge;
  subnet_ = subnet;
  rebuild();
}

void Firewall::rebuild() {
  net::NftBatch batch(table_);
  batch.add_table();  // or the deletion fails where there is none
  batch.delete_table();
  batch.add_table();
  add_maps(batch);
  std::vector<PublishedPort> all;
  for (const auto& [sandbox, ports] : published_) all.insert(all.end(), ports.begin(), ports.end());
  Elements elements = elements_of(all);
  batch.add_elements(kByAddress, elements.by_address);
  batch.add_elements(kByPort, elements.by_port);
  add_translation(batch);
  add_loopback_guard(batch);
  add_masquerade(batch, bridge_, subnet_);
  add_isolation(batch, bridge_);
  socket_.commit(batch);
}

void Firewall::expect(const std::string& sandbox, std::vector<PublishedPort> ports) {
  published_[sandbox] = std::move(ports);
}

void Firewall::publish(const std::string& sandbox, const std::vector<PublishedPort>& ports) {
  if (ports.empty()) return;
  net::NftBatch batch(table_);
  Elements elements = elements_of(ports);
  batch.add_elements(kByAddress, elements.by_address);
  batch.add_elements(kByPort, elements.by_port);
  published_[sandbox] = ports;
  commit_or_rebuild(batch);
}

void Firewall::unpublish(const std::string& sandbox) {
  auto found = published_.extract(sandbox);
  if (found.empty()) return;
  net::NftBatch batch(table_);
  Elements elements = elements_of(found.mapped());
  batch.delete_elements(kByAddress, keys_of(elements.by_address));
  batch.delete_elements(kByPort, keys_of(elements.by_port));
  try {
    commit_or_rebuild(batch);
  } catch (const Error&) {
    published_.insert(std::move(found));
    throw;
  }
}

void Firewall::commit_or_rebuild(net::NftBatch& batch) {
  try {
    socket_.commit(batch);
  } catch (const Error& e) {
    if (!is_inconsistency(e)) throw;
    log::warn("{}; the table is made again", e.message());
    rebuild();
  }
}

void Firewall::remove() {
  published_.clear();
  net::NftBatch batch(table_);
  batch.add_table();
  batch.delete_table();
  socket_.commit(batch);
}

std::vector<std::string> Firewall::foreign_forward_drops() {
  std::vector<std::string> found;
  for (const auto& policy : socket_.policies()) {
    if (policy.hook != NF_INET_FORWARD || !policy.drops || policy.table == table_) continue;
    std::string family = policy.family == NFPROTO_IPV4 ? "ip " : "inet ";
    found.push_back(family + policy.table + " " + policy.chain);
  }
  return found;
}

}  // namespace rundlet::daemon
