#include "base/net/nft_rule.h"

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/ip.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstddef>
#include <new>

namespace rundlet::net {
namespace {

// The matches work in the first register; keys of maps are laid out from there in steps of four bytes.
constexpr uint32_t kRegister = NFT_REG32_00;

}  // namespace

NftRule::NftRule() = default;
NftRule::~NftRule() = default;

void NftRule::Free::operator()(nftnl_expr* expression) const {
  nftnl_expr_free(expression);
}

nftnl_expr* NftRule::add(const char* kind) {
  nftnl_expr* expression = nftnl_expr_alloc(kind);
  if (!expression) throw std::bad_alloc();
  expressions_.emplace_back(expression);
  return expression;
}

void NftRule::load_meta(uint32_t key, uint32_t to) {
  nftnl_expr* meta = add("meta");
  nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, key);
  nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, to);
}

void NftRule::load_payload(uint32_t base, uint32_t offset, uint32_t size, uint32_t to) {
  nftnl_expr* payload = add("payload");
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, base);
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, size);
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, to);
}

void NftRule::load_field(NftField field, uint32_t to) {
  switch (field) {
    case NftField::destination_address:
      load_payload(NFT_PAYLOAD_NETWORK_HEADER, offsetof(iphdr, daddr), sizeof(uint32_t), to);
      break;
    case NftField::protocol:
      load_meta(NFT_META_L4PROTO, to);
      break;
    case NftField::destination_port:
      load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, sizeof(uint16_t), sizeof(uint16_t), to);
      break;
  }
}

void NftRule::compare(const void* data, uint32_t size, Match match) {
  nftnl_expr* cmp = add("cmp");
  nftnl_expr_set_u32(cmp, NFTNL_EXPR_CMP_SREG, kRegister);
  nftnl_expr_set_u32(cmp, NFTNL_EXPR_CMP_OP, match == Match::equal ? NFT_CMP_EQ : NFT_CMP_NEQ);
  nftnl_expr_set(cmp, NFTNL_EXPR_CMP_DATA, data, size);
}

void NftRule::match_interface(uint32_t meta_key, const std::string& name, Match match) {
  std::string padded = name;
  padded.resize(IFNAMSIZ);
  load_meta(meta_key, kRegister);
  compare(padded.data(), IFNAMSIZ, match);
}

NftRule& NftRule::input_interface(const std::string& name, Match match) {
  match_interface(NFT_META_IIFNAME, name, match);
  return *this;
}

NftRule& NftRule::output_interface(const std::string& name, Match match) {
  match_interface(NFT_META_OIFNAME, name, match);
  return *this;
}

void NftRule::mask(uint32_t value) {
  const uint32_t zero = 0;
  nftnl_expr* bitwise = add("bitwise");
  nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_SREG, kRegister);
  nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_DREG, kRegister);
  nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_LEN, sizeof value);
  nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_MASK, &value, sizeof value);
  nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_XOR, &zero, sizeof zero);
}

void NftRule::match_address(uint32_t offset, const Subnet& subnet) {
  load_payload(NFT_PAYLOAD_NETWORK_HEADER, offset, sizeof(uint32_t), kRegister);
  if (subnet.prefix < 32) mask(Ipv4{subnet.mask()}.network_order());
  uint32_t base = subnet.base.network_order();
  compare(&base, sizeof base, Match::equal);
}

NftRule& NftRule::source(const Subnet& subnet) {
  match_address(offsetof(iphdr, saddr), subnet);
  return *this;
}

NftRule& NftRule::destination(const Subnet& subnet) {
  match_address(offsetof(iphdr, daddr), subnet);
  return *this;
}

NftRule& NftRule::destination_is_local() {
  nftnl_expr* fib = add("fib");
  nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
  nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
  nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_DREG, kRegister);
  uint32_t local = RTN_LOCAL;
  compare(&local, sizeof local, Match::equal);
  return *this;
}

void NftRule::match_ct_bits(uint32_t key, uint32_t any_of) {
  nftnl_expr* ct = add("ct");
  nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_KEY, key);
  nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_DREG, kRegister);
  mask(any_of);
  uint32_t none = 0;
  compare(&none, sizeof none, Match::differs);
}

NftRule& NftRule::ct_state(uint32_t any_of) {
  match_ct_bits(NFT_CT_STATE, any_of);
  return *this;
}

NftRule& NftRule::ct_status(uint32_t any_of) {
  match_ct_bits(NFT_CT_STATUS, any_of);
  return *this;
}

NftRule& NftRule::dnat_by_map(const std::string& map, const std::vector<NftField>& key) {
  for (size_t i = 0; i < key.size(); ++i) load_field(key[i], kRegister + static_cast<uint32_t>(i));
  nftnl_expr* lookup = add("lookup");
  nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_SREG, kRegister);
  nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_DREG, kRegister);
  nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET, map.c_str());
  nftnl_expr* nat = add("nat");
  nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
  nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FAMILY, NFPROTO_IPV4);
  nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, kRegister);
  nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_PROTO_MIN, kRegister + 1);
  return *this;
}

NftRule& NftRule::masquerade() {
  add("masq");
  return *this;
}

NftRule& NftRule::verdict(uint32_t code) {
  nftnl_expr* immediate = add("immediate");
  nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
  nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_VERDICT, code);
  return *this;
}

NftRule& NftRule::accept() {
  return verdict(NF_ACCEPT);
}
NftRule& NftRule::drop() {
  return verdict(NF_DROP);
}

NftRule& NftRule::jump(const std::string& chain) {
  verdict(static_cast<uint32_t>(NFT_JUMP));
  nftnl_expr_set_str(expressions_.back().get(), NFTNL_EXPR_IMM_CHAIN, chain.c_str());
  return *this;
}

void NftRule::move_into(nftnl_rule* rule) {
  for (auto& expression : expressions_) nftnl_rule_add_expr(rule, expression.release());
  expressions_.clear();
}

}  // namespace rundlet::net
