// The parts behind `Network`, and the thread that all changes of kernel state go through.
#pragma once

#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/net/conntrack.h"
#include "base/thread_pool.h"
#include "daemon/network/bridge.h"
#include "daemon/network/endpoint_store.h"
#include "daemon/network/firewall.h"
#include "daemon/network/identity.h"
#include "daemon/network/leases.h"
#include "daemon/network/network.h"

namespace rundlet::daemon {

struct Network::State {
  State(const NetworkConfig& settings, db::Database& database);

  // Waits for `work` and throws what it throws.
  template <class Work>
  auto on_network_thread(Work work) {
    return thread.submit(std::move(work)).get();
  }

  // network.cc
  void require_ready() const;
  void wire(const StoredEndpoint& endpoint, int netns_fd);
  void unwire(const StoredEndpoint& endpoint);
  void drop_stale_flows(const StoredEndpoint& endpoint);
  void drop_flows_to(const StoredEndpoint& endpoint);
  void undo_connect(const StoredEndpoint& endpoint);
  Endpoint describe(const StoredEndpoint& endpoint) const;

  // recover.cc
  struct Plan {
    net::InterfaceAddress address;
    bool own = true;  // the bridge is ours, made or to be made
  };
  Plan plan_bridge(bool any_live);
  void establish_bridge(bool any_live);
  void restore(const std::vector<StoredEndpoint>& live);
  void heal_bridge();
  void report_foreign_drops();
  void remove_from_kernel();

  const NetworkConfig config;
  const NetworkIdentity identity;
  EndpointStore store;
  LeaseTable leases;
  Bridge bridge;
  Firewall firewall;
  Guarded<net::ConntrackSocket>
      conntrack;  // by the callers' threads: it is slow and changes no configuration
  const bool has_conntrack;
  // Set by recover, before anything else is called.
  net::InterfaceAddress gateway;
  bool own_bridge = true;
  bool ready = false;
  ThreadPool thread{1};
};

std::vector<PublishedPort> published_ports(const StoredEndpoint& endpoint);

}  // namespace rundlet::daemon
