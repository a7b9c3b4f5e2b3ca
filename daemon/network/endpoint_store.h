// The network's rows in state.db: the bridge's address, and what each sandbox was given. A row is written
// before the effects that it announces and deleted after they are undone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/db/sqlite.h"
#include "base/net/ipv4.h"
#include "daemon/network/network.h"

namespace rundlet::daemon {

struct StoredEndpoint {
  std::string sandbox;
  std::string id;
  net::Ipv4 address;
  std::vector<BoundPort> ports;
};

struct StoredBridge {
  net::InterfaceAddress address;
  net::Ipv4 cursor;      // the address given out last
  bool created = false;  // by us; else it was there when we came
};

class EndpointStore {
 public:
  explicit EndpointStore(db::Database& database);

  void add(const StoredEndpoint& endpoint);  // and moves the bridge's cursor
  void remove(const std::string& sandbox);
  std::vector<StoredEndpoint> list() const;

  std::optional<StoredBridge> bridge() const;
  void set_bridge(const net::InterfaceAddress& address, bool created);
  void forget_bridge();

 private:
  db::Database& database_;
};

}  // namespace rundlet::daemon
