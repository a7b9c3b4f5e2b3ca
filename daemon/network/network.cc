#include "daemon/network/network.h"

#include <netinet/in.h>

#include <algorithm>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/log.h"
#include "daemon/network/network_state.h"

namespace rundlet::daemon {
namespace {

bool publishes_udp(const StoredEndpoint& endpoint) {
  return std::any_of(endpoint.ports.begin(), endpoint.ports.end(),
                     [](const BoundPort& port) { return port.protocol == "udp"; });
}

}  // namespace

std::vector<PublishedPort> published_ports(const StoredEndpoint& endpoint) {
  std::vector<PublishedPort> published;
  for (const BoundPort& port : endpoint.ports) {
    auto host_address = net::parse_ipv4(port.host_ip);
    if (!host_address)
      throw_error(ErrorCode::internal, "malformed address of a published port: " + port.host_ip);
    published.push_back({protocol_number(port.protocol), *host_address, port.host_port, endpoint.address,
                         port.container_port});
  }
  return published;
}

Network::State::State(const NetworkConfig& settings, db::Database& database)
    : config(settings),
      identity(network_identity(settings)),
      store(database),
      bridge(identity, settings.mtu),
      firewall(identity.table),
      has_conntrack(conntrack.with([](auto& socket) { return socket.available(); })) {
  if (!has_conntrack)
    log::debug("kernel without nf_conntrack_netlink: flows of removed UDP ports live on for a while");
}

void Network::State::require_ready() const {
  if (config.none)
    throw_error(ErrorCode::failed_precondition, "the default network is disabled (--bridge=none)");
  if (!ready) throw_error(ErrorCode::internal, "network is used before its recovery");
}

void Network::State::wire(const StoredEndpoint& endpoint, int netns_fd) {
  heal_bridge();
  bridge.add_port(netns_fd, endpoint.address);
  crash_point("network.before_publish");
  firewall.publish(endpoint.sandbox, published_ports(endpoint));
  crash_point("network.after_publish");
}

void Network::State::unwire(const StoredEndpoint& endpoint) {
  firewall.unpublish(endpoint.sandbox);
  crash_point("network.after_unpublish");
  bridge.remove_port(endpoint.address);
  crash_point("network.after_detach");
}

// UDP flows to a host port that began before it was published: they would go on untranslated.
void Network::State::drop_stale_flows(const StoredEndpoint& endpoint) {
  if (!has_conntrack || !publishes_udp(endpoint)) return;
  net::FlowFilter filter{IPPROTO_UDP};
  filter.untranslated = true;
  for (const PublishedPort& port : published_ports(endpoint)) {
    if (port.protocol != IPPROTO_UDP) continue;
    auto address = port.host_address.is_any() ? std::nullopt : std::optional(port.host_address);
    filter.destinations.push_back({address, port.host_port});
  }
  conntrack.with([&](net::ConntrackSocket& socket) { socket.delete_flows(filter); });
}

void Network::State::drop_flows_to(const StoredEndpoint& endpoint) {
  if (!has_conntrack || !publishes_udp(endpoint)) return;
  net::FlowFilter filter{IPPROTO_UDP};
  filter.server = endpoint.address;
  conntrack.with([&](net::ConntrackSocket& socket) { socket.delete_flows(filter); });
}

// What cannot be undone stays reserved, so that nobody gets an address or a port that still leads elsewhere;
// the next disconnect or recovery tries again.
void Network::State::undo_connect(const StoredEndpoint& endpoint) {
  try {
    on_network_thread([&] { unwire(endpoint); });
    drop_flows_to(endpoint);
    store.remove(endpoint.sandbox);
    leases.release(endpoint.sandbox);
  } catch (const Error& e) {
    log::error("undoing a failed connection to the network: {}", e.message());
    leases.settle(endpoint.sandbox);
  }
}

Endpoint Network::State::describe(const StoredEndpoint& stored) const {
  Endpoint endpoint;
  endpoint.id = stored.id;
  endpoint.ip_address = to_string(stored.address);
  endpoint.gateway = to_string(gateway.address);
  endpoint.mac_address = net::format_mac(net::mac_from(stored.address));
  endpoint.prefix_length = gateway.prefix;
  endpoint.ports = stored.ports;
  return endpoint;
}

Network::Network(const NetworkConfig& config, db::Database& database)
    : state_(std::make_unique<State>(config, database)) {}
Network::~Network() = default;

Endpoint Network::connect(const std::string& sandbox_id, int netns_fd,
                          const std::vector<PortRequest>& ports) {
  state_->require_ready();
  disconnect(sandbox_id);  // what an attempt that failed half-way may have left
  StoredEndpoint endpoint = state_->leases.reserve(sandbox_id, ports);
  try {
    state_->store.add(endpoint);
    crash_point("network.after_reserve");
    state_->on_network_thread([&] { state_->wire(endpoint, netns_fd); });
    state_->drop_stale_flows(endpoint);
  } catch (...) {
    state_->undo_connect(endpoint);
    throw;
  }
  state_->leases.settle(sandbox_id);
  return state_->describe(endpoint);
}

void Network::connect_none(int netns_fd) {
  state_->on_network_thread([&] { bring_up_loopback(netns_fd); });
}

void Network::disconnect(const std::string& sandbox_id) {
  auto endpoint = state_->leases.begin_leaving(sandbox_id);
  if (!endpoint) return;
  try {
    state_->on_network_thread([&] { state_->unwire(*endpoint); });
    state_->drop_flows_to(*endpoint);
    state_->store.remove(sandbox_id);
  } catch (...) {
    state_->leases.settle(sandbox_id);
    throw;
  }
  state_->leases.release(sandbox_id);
}

std::vector<Endpoint> Network::endpoints() const {
  std::vector<Endpoint> endpoints;
  for (const StoredEndpoint& stored : state_->leases.list()) endpoints.push_back(state_->describe(stored));
  return endpoints;
}

Network::Description Network::describe() const {
  Description description;
  description.table = state_->identity.table;
  description.mtu = state_->config.mtu;
  if (!state_->ready) return description;
  description.bridge = state_->identity.bridge;
  description.subnet = to_string(state_->gateway.subnet());
  description.gateway = to_string(state_->gateway.address);
  return description;
}

}  // namespace rundlet::daemon
