#include "base/net/nftables.h"

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>

#include "base/error.h"

namespace rundlet::net {
namespace {

constexpr uint32_t kFirstSequence = 1;
constexpr size_t kMaxMessage = 64 * 1024;
constexpr size_t kElementsPerMessage = 500;  // an attribute holds 64 KiB, an element takes some 60 bytes

template <class T>
auto owned(T* object, void (*free)(const T*)) {
  if (!object) throw std::bad_alloc();
  return std::unique_ptr<T, void (*)(const T*)>(object, free);
}

// How nft numbers a concatenation: six bits a part.
uint32_t concatenation(const std::vector<NftType>& parts) {
  uint32_t type = 0;
  for (NftType part : parts) type = type << 6 | static_cast<uint32_t>(part);
  return type;
}

uint32_t length_of(const std::vector<NftType>& parts) {
  return static_cast<uint32_t>(parts.size() * 4);
}

}  // namespace

NftValue& NftValue::part(const void* data, size_t size) {
  bytes_.append(static_cast<const char*>(data), size);
  bytes_.append(4 - size, '\0');
  return *this;
}

NftValue& NftValue::address(Ipv4 value) {
  uint32_t wire = value.network_order();
  return part(&wire, sizeof wire);
}

NftValue& NftValue::protocol(uint8_t value) {
  return part(&value, sizeof value);
}

NftValue& NftValue::port(uint16_t value) {
  uint8_t wire[] = {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
  return part(wire, sizeof wire);
}

NftBatch::NftBatch(std::string table) : table_(std::move(table)), scratch_(kMaxMessage, '\0') {}

nlmsghdr* NftBatch::begin(uint16_t type, uint16_t flags, std::string description) {
  uint32_t sequence = kFirstSequence + static_cast<uint32_t>(descriptions_.size());
  descriptions_.push_back(std::move(description));
  return nftnl_nlmsg_build_hdr(scratch_.data(), type, NFPROTO_IPV4, flags, sequence);
}

void NftBatch::end(nlmsghdr* message) {
  last_offset_ = bytes_.size();
  bytes_.append(reinterpret_cast<const char*>(message), MNL_ALIGN(message->nlmsg_len));
}

void NftBatch::add_table() {
  auto table = owned(nftnl_table_alloc(), nftnl_table_free);
  nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, table_.c_str());
  nlmsghdr* message = begin(NFT_MSG_NEWTABLE, NLM_F_CREATE, "add table");
  nftnl_table_nlmsg_build_payload(message, table.get());
  end(message);
}

void NftBatch::delete_table() {
  auto table = owned(nftnl_table_alloc(), nftnl_table_free);
  nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, table_.c_str());
  nlmsghdr* message = begin(NFT_MSG_DELTABLE, 0, "delete table");
  nftnl_table_nlmsg_build_payload(message, table.get());
  end(message);
}

void NftBatch::add_map(const NftMap& map) {
  auto set = owned(nftnl_set_alloc(), nftnl_set_free);
  nftnl_set_set_str(set.get(), NFTNL_SET_TABLE, table_.c_str());
  nftnl_set_set_str(set.get(), NFTNL_SET_NAME, map.name.c_str());
  nftnl_set_set_u32(set.get(), NFTNL_SET_FAMILY, NFPROTO_IPV4);
  nftnl_set_set_u32(set.get(), NFTNL_SET_FLAGS, NFT_SET_MAP);
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_TYPE, concatenation(map.key));
  nftnl_set_set_u32(set.get(), NFTNL_SET_KEY_LEN, length_of(map.key));
  nftnl_set_set_u32(set.get(), NFTNL_SET_DATA_TYPE, concatenation(map.data));
  nftnl_set_set_u32(set.get(), NFTNL_SET_DATA_LEN, length_of(map.data));
  nftnl_set_set_u32(set.get(), NFTNL_SET_ID, next_set_id_++);
  nlmsghdr* message = begin(NFT_MSG_NEWSET, NLM_F_CREATE, "add map " + map.name);
  nftnl_set_nlmsg_build_payload(message, set.get());
  end(message);
}

void NftBatch::add_chain(const std::string& name) {
  auto chain = owned(nftnl_chain_alloc(), nftnl_chain_free);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, table_.c_str());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, name.c_str());
  nlmsghdr* message = begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE, "add chain " + name);
  nftnl_chain_nlmsg_build_payload(message, chain.get());
  end(message);
}

void NftBatch::add_chain(const NftBaseChain& base) {
  auto chain = owned(nftnl_chain_alloc(), nftnl_chain_free);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, table_.c_str());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, base.name.c_str());
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, base.type.c_str());
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, base.hook);
  nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, base.priority);
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, NF_ACCEPT);
  nlmsghdr* message = begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE, "add chain " + base.name);
  nftnl_chain_nlmsg_build_payload(message, chain.get());
  end(message);
}

void NftBatch::add_rule(const std::string& chain, NftRule& expressions, const std::string& comment) {
  auto rule = owned(nftnl_rule_alloc(), nftnl_rule_free);
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, table_.c_str());
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain.c_str());
  auto notes = owned(nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN), nftnl_udata_buf_free);
  if (!nftnl_udata_put_strz(notes.get(), NFTNL_UDATA_RULE_COMMENT, comment.c_str()))
    throw_error(ErrorCode::internal, "comment of a rule is too long: " + comment);
  nftnl_rule_set_data(rule.get(), NFTNL_RULE_USERDATA, nftnl_udata_buf_data(notes.get()),
                      nftnl_udata_buf_len(notes.get()));
  expressions.move_into(rule.get());
  nlmsghdr* message =
      begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, "add rule to " + chain + ": " + comment);
  nftnl_rule_nlmsg_build_payload(message, rule.get());
  end(message);
}

void NftBatch::put_elements(const std::string& map, uint16_t type, const std::vector<NftElement>& elements) {
  uint16_t flags = type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;
  for (size_t first = 0; first < elements.size(); first += kElementsPerMessage) {
    auto set = owned(nftnl_set_alloc(), nftnl_set_free);
    nftnl_set_set_str(set.get(), NFTNL_SET_TABLE, table_.c_str());
    nftnl_set_set_str(set.get(), NFTNL_SET_NAME, map.c_str());
    for (size_t i = first; i < std::min(elements.size(), first + kElementsPerMessage); ++i) {
      const std::string& key = elements[i].key.bytes();
      const std::string& data = elements[i].data.bytes();
      nftnl_set_elem* element = nftnl_set_elem_alloc();
      if (!element) throw std::bad_alloc();
      nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key.data(), static_cast<uint32_t>(key.size()));
      if (!data.empty())
        nftnl_set_elem_set(element, NFTNL_SET_ELEM_DATA, data.data(), static_cast<uint32_t>(data.size()));
      nftnl_set_elem_add(set.get(), element);
    }
    nlmsghdr* message =
        begin(type, flags, (flags ? "add elements to map " : "delete elements of map ") + map);
    nftnl_set_elems_nlmsg_build_payload(message, set.get());
    end(message);
  }
}

void NftBatch::add_elements(const std::string& map, const std::vector<NftElement>& elements) {
  put_elements(map, NFT_MSG_NEWSETELEM, elements);
}

void NftBatch::delete_elements(const std::string& map, const std::vector<NftValue>& keys) {
  std::vector<NftElement> elements;
  for (const NftValue& key : keys) elements.push_back({key, {}});
  put_elements(map, NFT_MSG_DELSETELEM, elements);
}

void NftSocket::commit(NftBatch& batch) {
  if (batch.empty()) return;
  const std::string what = "nftables table " + batch.table_;
  auto last_sequence = static_cast<uint32_t>(kFirstSequence + batch.descriptions_.size() - 1);
  reinterpret_cast<nlmsghdr*>(batch.bytes_.data() + batch.last_offset_)->nlmsg_flags |= NLM_F_ACK;

  alignas(nlmsghdr) char mark[128];
  nlmsghdr* header = nftnl_batch_begin(mark, 0);
  std::string bytes(mark, header->nlmsg_len);
  bytes += batch.bytes_;
  header = nftnl_batch_end(mark, last_sequence + 1);
  bytes.append(mark, header->nlmsg_len);

  socket_.drain_answers(what);
  socket_.send_raw(bytes, what);
  bool acknowledged = false;
  for (const auto& answer : socket_.drain_answers(what)) {
    if (answer.error == 0) {
      acknowledged |= answer.sequence == last_sequence;
      continue;
    }
    size_t place = answer.sequence - kFirstSequence;
    std::string change = place < batch.descriptions_.size() ? batch.descriptions_[place] : "batch";
    if (!answer.explanation.empty()) change += ": " + answer.explanation;
    throw_errno(what + ": " + change, answer.error);
  }
  if (!acknowledged) throw_error(ErrorCode::internal, what + ": the kernel did not answer");
}

bool NftSocket::has_table(const std::string& table) {
  NetlinkMessage message(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE);
  message.header<nfgenmsg>().nfgen_family = NFPROTO_IPV4;
  message.put_string(NFTA_TABLE_NAME, table);
  try {
    socket_.request(message, "find nftables table " + table);
  } catch (const Error& e) {
    if (e.errno_value() != ENOENT) throw;
    return false;
  }
  return true;
}

std::vector<NftPolicy> NftSocket::policies() {
  NetlinkMessage message(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN);
  message.header<nfgenmsg>().nfgen_family = NFPROTO_UNSPEC;
  std::vector<NftPolicy> found;
  socket_.dump(message, "list nftables chains", [&](const nlmsghdr& reply) {
    auto chain = owned(nftnl_chain_alloc(), nftnl_chain_free);
    if (nftnl_chain_nlmsg_parse(&reply, chain.get()) < 0) return;
    if (!nftnl_chain_is_set(chain.get(), NFTNL_CHAIN_HOOKNUM)) return;
    uint32_t family = nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_FAMILY);
    if (family != NFPROTO_IPV4 && family != NFPROTO_INET) return;
    found.push_back({static_cast<uint8_t>(family), nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_TABLE),
                     nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_NAME),
                     nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_HOOKNUM),
                     nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_POLICY) == NF_DROP});
  });
  return found;
}

}  // namespace rundlet::net
