// One nftables rule as the list of expressions that the kernel runs: matches first, then what to do. Calls
// chain:
//   NftRule().output_interface("docker0").source(subnet).masquerade()
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/net/ipv4.h"

struct nftnl_expr;
struct nftnl_rule;

namespace rundlet::net {

// What a packet is looked up by; several make a concatenation (`ip daddr . meta l4proto . th dport`).
enum class NftField { destination_address, protocol, destination_port };
enum class Match { equal, differs };

// Bits of `ct state`.
inline constexpr uint32_t kCtEstablished = 2, kCtRelated = 4;
// Bit of `ct status`: the destination of the connection was translated.
inline constexpr uint32_t kCtDnat = 1 << 5;

class NftRule {
 public:
  NftRule();
  ~NftRule();
  NftRule(const NftRule&) = delete;

  NftRule& input_interface(const std::string& name, Match match = Match::equal);
  NftRule& output_interface(const std::string& name, Match match = Match::equal);
  NftRule& source(const Subnet& subnet);
  NftRule& destination(const Subnet& subnet);
  NftRule& destination_is_local();  // fib daddr type local
  NftRule& ct_state(uint32_t any_of);
  NftRule& ct_status(uint32_t any_of);

  // The map's data are an address and a port; a packet that is not in the map goes on to the next rule.
  NftRule& dnat_by_map(const std::string& map, const std::vector<NftField>& key);
  NftRule& masquerade();
  NftRule& accept();
  NftRule& drop();
  NftRule& jump(const std::string& chain);

  // Hands the expressions over.
  void move_into(nftnl_rule* rule);

 private:
  struct Free {
    void operator()(nftnl_expr* expression) const;
  };
  nftnl_expr* add(const char* kind);
  void load_meta(uint32_t key, uint32_t to);
  void load_payload(uint32_t base, uint32_t offset, uint32_t size, uint32_t to);
  void load_field(NftField field, uint32_t to);
  void compare(const void* data, uint32_t size, Match match);
  void match_interface(uint32_t meta_key, const std::string& name, Match match);
  void match_address(uint32_t offset, const Subnet& subnet);
  void match_ct_bits(uint32_t key, uint32_t any_of);
  void mask(uint32_t value);
  NftRule& verdict(uint32_t code);

  std::vector<std::unique_ptr<nftnl_expr, Free>> expressions_;
};

}  // namespace rundlet::net
