// daemon/network: the only writer of kernel network state. One thread holds the netlink and nftables sockets;
// callers wait for it. Names of tables and bridges carry a hash of exec-root, so that daemons do not collide.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/db/sqlite.h"

namespace rundlet::daemon {

struct NetworkConfig {
  std::string exec_root;
  std::string bridge;  // empty: "rundlet0" for the default exec-root, else "rl" and the hash
  std::string bip;     // "172.30.0.1/16": the bridge's own address; empty: first free of the pools
  struct Pool {
    std::string base;  // "172.28.0.0/14"
    int size = 16;
  };
  std::vector<Pool> pools;
  int mtu = 1500;
  bool none = false;  // --bridge=none: no default network
};

struct PortRequest {
  uint16_t container_port = 0;
  std::string protocol = "tcp";  // tcp udp
  std::string host_ip;           // "" every address
  uint16_t host_port_first = 0;  // 0: random
  uint16_t host_port_last = 0;   // a range: one free port of it
};
struct BoundPort {
  uint16_t container_port = 0;
  std::string protocol;
  std::string host_ip;  // "0.0.0.0" and "::" for every address
  uint16_t host_port = 0;
};

struct Endpoint {
  std::string id;
  std::string ip_address, gateway, mac_address;
  int prefix_length = 0;
  std::vector<BoundPort> ports;
};

class Network {
 public:
  Network(const NetworkConfig& config, db::Database& database);
  ~Network();

  // Makes bridge and table if they are missing, claims what an earlier daemon left (stray veths, addresses,
  // port elements of sandboxes that are not in `live`), re-establishes the rest.
  void recover(const std::vector<std::string>& live_sandboxes);

  // Reserves an address and ports (bound sockets hold them against others), wires veth + eth0 + routes into
  // the network namespace, publishes. Throws already_exists "Bind for 0.0.0.0:8080 failed: port is already
  // allocated".
  Endpoint connect(const std::string& sandbox_id, int netns_fd, const std::vector<PortRequest>& ports);
  // Loopback only.
  void connect_none(int netns_fd);
  // Unpublishes, drops conntrack entries of UDP ports, frees address and ports. No error when there is none.
  void disconnect(const std::string& sandbox_id);
  std::vector<Endpoint> endpoints() const;

  struct Description {
    std::string bridge, subnet, gateway, table;
    int mtu = 1500;
  };
  Description describe() const;

  // Removes bridge and table: for a daemon that will not come back (tests). A clean stop leaves them
  // standing.
  void tear_down();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rundlet::daemon
