// A host of its own for every test: a network namespace with a neighbour outside, a database, and a Network.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/db/sqlite.h"
#include "base/error.h"
#include "base/net/netns.h"
#include "daemon/network/network.h"
#include "tests/unit/base/net/namespaces.h"

namespace rundlet::daemon {

using rundlet::testing::ask;
using rundlet::testing::ask_from;
using rundlet::testing::connect_by_cable;
using rundlet::testing::ip;
using rundlet::testing::Server;
using rundlet::testing::Transport;

struct Container {
  Fd netns = net::create_netns();
  Endpoint endpoint;

  net::Ipv4 address() const { return ip(endpoint.ip_address); }
};

inline PortRequest publish(uint16_t container_port, uint16_t host_port, const std::string& host_ip = "",
                           const std::string& protocol = "tcp") {
  return {container_port, protocol, host_ip, host_port, host_port};
}

class NetworkWorld : public rundlet::testing::NetworkNamespaceTest {
 protected:
  NetworkWorld() {
    char pattern[] = "/tmp/rundlet-network-test-XXXXXX";
    if (!::mkdtemp(pattern)) throw_errno("mkdtemp");
    directory_ = pattern;
    connect_by_cable(outside_.get(), "203.0.113.1/24", "203.0.113.2/24");
    config_.exec_root = directory_ + "/run";
  }
  ~NetworkWorld() override {
    stop_daemon();
    std::filesystem::remove_all(directory_);
  }

  // A daemon starts: new objects over the same database, and recovery.
  Network& start_daemon(const std::vector<std::string>& live = {}) {
    stop_daemon();
    database_ = std::make_unique<db::Database>(directory_ + "/state.db");
    network_ = std::make_unique<Network>(config_, *database_);
    network_->recover(live);
    return *network_;
  }
  // As kill -9 would leave it: nothing is cleaned up.
  void stop_daemon() {
    network_.reset();
    database_.reset();
  }

  Container start(const std::string& sandbox, const std::vector<PortRequest>& ports = {}) {
    Container container;
    container.endpoint = network_->connect(sandbox, container.netns.get(), ports);
    return container;
  }

  static int ports_on_bridges() {
    return std::stoi(output_of("ip -o link show type veth | grep -c ' master '||:"));
  }
  static std::string ruleset() { return output_of("nft list ruleset"); }

  const net::Ipv4 host_{ip("203.0.113.1")};
  const net::Ipv4 loopback_{ip("127.0.0.1")};
  Fd outside_ = net::create_netns();
  std::string directory_;
  NetworkConfig config_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<Network> network_;
};

// The message of the Error that `work` throws, "" when it throws none.
template <class Work>
std::string error_of(Work work) {
  try {
    work();
  } catch (const Error& e) {
    return e.message();
  }
  return "";
}

}  // namespace rundlet::daemon
