// Our one nftables table: masquerading, published ports, isolation. It never looks at another table; a port
// is one element of a map. The desired state is kept here, so that a table that was flushed or edited behind
// our back is made again as a whole.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/net/ipv4.h"
#include "base/net/nftables.h"

namespace rundlet::daemon {

struct PublishedPort {
  uint8_t protocol = 0;
  net::Ipv4 host_address;  // any: every local address
  uint16_t host_port = 0;
  net::Ipv4 container_address;
  uint16_t container_port = 0;
};

// Used from the network thread only.
class Firewall {
 public:
  explicit Firewall(std::string table) : table_(std::move(table)) {}

  // Replaces the table by one for this bridge with what is published, in one transaction.
  void rebuild(const std::string& bridge, const net::Subnet& subnet);
  // What is in the desired state from now on, without touching the kernel: for recovery, before rebuild.
  void expect(const std::string& sandbox, std::vector<PublishedPort> ports);

  void publish(const std::string& sandbox, const std::vector<PublishedPort>& ports);
  void unpublish(const std::string& sandbox);  // nothing when nothing is published
  // The table goes.
  void remove();

  // Chains of others that drop what our table lets pass: "table filter chain FORWARD".
  std::vector<std::string> foreign_forward_drops();

 private:
  void commit_or_rebuild(net::NftBatch& batch);
  void rebuild();

  std::string table_, bridge_;
  net::Subnet subnet_;
  std::map<std::string, std::vector<PublishedPort>> published_;  // by sandbox
  net::NftSocket socket_;
};

}  // namespace rundlet::daemon
