// What the sandboxes hold of the network: an address and published ports each. In memory; endpoint_store.h
// keeps the same on disk.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/network/endpoint_store.h"
#include "daemon/network/ipam.h"
#include "daemon/network/ports.h"

namespace rundlet::daemon {

// Thread-safe. A lease is `changing` from reserve to settle and from begin_leaving to release: whoever wants
// the same sandbox waits meanwhile.
class LeaseTable {
 public:
  // Begins anew, with no leases.
  void reset(const net::InterfaceAddress& gateway, net::Ipv4 cursor);
  // What an earlier daemon gave.
  void reclaim(const StoredEndpoint& endpoint);

  // Throws as PortTable::acquire and Ipam::allocate; already_exists when the sandbox has a lease.
  StoredEndpoint reserve(const std::string& sandbox, const std::vector<PortRequest>& ports);
  void settle(const std::string& sandbox);
  // nullopt when there is no lease.
  std::optional<StoredEndpoint> begin_leaving(const std::string& sandbox);
  void release(const std::string& sandbox);

  // Those that are settled.
  std::vector<StoredEndpoint> list() const;

 private:
  struct Lease {
    StoredEndpoint endpoint;
    std::vector<HeldPort> held;
    bool changing = false;
  };
  void wait_until_settled(std::unique_lock<std::mutex>& lock, const std::string& sandbox);

  mutable std::mutex mutex_;
  std::condition_variable settled_;
  Ipam addresses_;
  PortTable ports_;
  std::map<std::string, Lease> leases_;  // by sandbox
};

}  // namespace rundlet::daemon
