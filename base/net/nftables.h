// nftables by libnftnl: a batch of changes to one table, which the kernel takes as a whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/net/ipv4.h"
#include "base/net/netlink.h"
#include "base/net/nft_rule.h"

namespace rundlet::net {

// nft's datatypes; the numbers are what the kernel keeps for `nft list`.
enum class NftType : uint32_t { ipv4_addr = 7, inet_proto = 12, inet_service = 13 };

// The bytes of a concatenation, every part padded to four.
class NftValue {
 public:
  NftValue& address(Ipv4 value);
  NftValue& protocol(uint8_t value);
  NftValue& port(uint16_t value);
  const std::string& bytes() const { return bytes_; }

 private:
  NftValue& part(const void* data, size_t size);
  std::string bytes_;
};

struct NftMap {
  std::string name;
  std::vector<NftType> key, data;  // two parts or more
};
struct NftElement {
  NftValue key, data;
};

struct NftBaseChain {
  std::string name;
  std::string type;   // "filter", "nat"
  uint32_t hook = 0;  // NF_INET_PRE_ROUTING …
  int32_t priority = 0;
};

// Changes to one table of family ip, in order.
class NftBatch {
 public:
  explicit NftBatch(std::string table);

  void add_table();     // no error when it is there
  void delete_table();  // with all that is in it
  void add_map(const NftMap& map);
  void add_chain(const std::string& name);
  void add_chain(const NftBaseChain& chain);  // policy accept
  // Empties `rule`.
  void add_rule(const std::string& chain, NftRule& rule, const std::string& comment);
  // No error for an element that is there with the same data; EBUSY with other data; ENOENT without the map.
  void add_elements(const std::string& map, const std::vector<NftElement>& elements);
  void delete_elements(const std::string& map,
                       const std::vector<NftValue>& keys);  // ENOENT when one is missing

  bool empty() const { return descriptions_.empty(); }

 private:
  friend class NftSocket;
  struct Build;
  nlmsghdr* begin(uint16_t type, uint16_t flags, std::string description);
  void end(nlmsghdr* message);
  void put_elements(const std::string& map, uint16_t type, const std::vector<NftElement>& elements);

  std::string table_;
  std::string bytes_;                      // the messages between the batch's two marks
  std::string scratch_;                    // the one being built
  std::vector<std::string> descriptions_;  // by sequence number - kFirstSequence
  size_t last_offset_ = 0;                 // of the last message in bytes_
  uint32_t next_set_id_ = 1;
};

// A chain in any table, of the kind that decides over whole hooks.
struct NftPolicy {
  uint8_t family = 0;  // NFPROTO_IPV4, NFPROTO_INET
  std::string table, chain;
  uint32_t hook = 0;
  bool drops = false;
};

class NftSocket {
 public:
  NftSocket() : socket_(NETLINK_NETFILTER) {}

  // Applies the batch; on any error nothing has changed, and the Error carries the errno and names the first
  // change that failed.
  void commit(NftBatch& batch);
  bool has_table(const std::string& table);
  // Base chains of all the tables that see IPv4 packets.
  std::vector<NftPolicy> policies();

 private:
  NetlinkSocket socket_;
};

}  // namespace rundlet::net
