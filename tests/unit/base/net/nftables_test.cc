#include "base/net/nftables.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#include <cerrno>

#include "base/error.h"
#include "tests/unit/base/net/namespaces.h"

namespace rundlet::net {
namespace {

using testing::ip;

class NftTest : public testing::NetworkNamespaceTest {
 protected:
  void add_table_with_map() {
    NftBatch batch("t-1");
    batch.add_table();
    batch.add_map(map_);
    nft_.commit(batch);
  }

  static NftElement element(uint16_t port, const std::string& address) {
    return {NftValue().protocol(6).port(port), NftValue().address(ip(address)).port(80)};
  }

  NftMap map_{
      "ports", {NftType::inet_proto, NftType::inet_service}, {NftType::ipv4_addr, NftType::inet_service}};
  NftSocket nft_;
};

TEST_F(NftTest, PrintsAsNftWouldWriteIt) {
  NftBatch batch("t-1");
  batch.add_table();
  batch.add_map(map_);
  batch.add_elements("ports", {element(8080, "10.0.0.2")});
  batch.add_chain({"pre", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST});
  batch.add_chain({"post", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC});
  batch.add_rule(
      "pre",
      NftRule().destination_is_local().dnat_by_map("ports", {NftField::protocol, NftField::destination_port}),
      "note");
  batch.add_rule(
      "post", NftRule().output_interface("br0", Match::differs).source({ip("10.0.0.0"), 8}).masquerade(), "");
  nft_.commit(batch);
  EXPECT_EQ(output_of("nft list table ip t-1"), R"(table ip t-1 {
	map ports {
		type inet_proto . inet_service : ipv4_addr . inet_service
		elements = { tcp . 8080 : 10.0.0.2 . 80 }
	}

	chain pre {
		type nat hook prerouting priority dstnat; policy accept;
		fib daddr type local dnat ip to meta l4proto . th dport map @ports comment "note"
	}

	chain post {
		type nat hook postrouting priority srcnat; policy accept;
		oifname != "br0" ip saddr 10.0.0.0/8 masquerade comment ""
	}
}
)");
}

TEST_F(NftTest, ABatchIsTakenAsAWholeOrNotAtAll) {
  NftBatch batch("t-1");
  batch.add_table();
  batch.add_rule("no-such-chain", NftRule().accept(), "");
  try {
    nft_.commit(batch);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.errno_value(), ENOENT);
    EXPECT_NE(e.message().find("add rule to no-such-chain"), std::string::npos) << e.message();
  }
  EXPECT_FALSE(nft_.has_table("t-1"));
}

TEST_F(NftTest, ElementsComeAndGo) {
  add_table_with_map();
  NftBatch add("t-1");
  add.add_elements("ports", {element(1, "10.0.0.2"), element(2, "10.0.0.3")});
  nft_.commit(add);
  NftBatch remove("t-1");
  remove.delete_elements("ports", {element(1, "10.0.0.2").key});
  nft_.commit(remove);
  std::string map = output_of("nft list map ip t-1 ports");
  EXPECT_NE(map.find("elements = { tcp . 2 : 10.0.0.3 . 80 }"), std::string::npos) << map;
}

TEST_F(NftTest, AnElementWithOtherDataAndAMissingOneAreErrors) {
  add_table_with_map();
  NftBatch add("t-1");
  add.add_elements("ports", {element(1, "10.0.0.2")});
  nft_.commit(add);
  nft_.commit(add);  // the same again is no error
  NftBatch other("t-1");
  other.add_elements("ports", {element(1, "10.0.0.9")});
  EXPECT_THROW(nft_.commit(other), Error);
  NftBatch missing("t-1");
  missing.delete_elements("ports", {element(7, "10.0.0.2").key});
  EXPECT_THROW(nft_.commit(missing), Error);
}

TEST_F(NftTest, ThousandsOfElementsFitIntoOneBatch) {
  add_table_with_map();
  std::vector<NftElement> elements;
  for (int port = 1; port <= 20000; ++port)
    elements.push_back(element(static_cast<uint16_t>(port), "10.0.0.2"));
  NftBatch batch("t-1");
  batch.add_elements("ports", elements);
  nft_.commit(batch);
  EXPECT_EQ(output_of("nft list map ip t-1 ports | grep -o ' : ' | wc -l"), "20001\n");  // and the map's type
}

TEST_F(NftTest, ATableIsReplacedInOneBatch) {
  add_table_with_map();
  NftBatch batch("t-1");
  batch.add_table();
  batch.delete_table();
  batch.add_table();
  batch.add_chain("other");
  nft_.commit(batch);
  EXPECT_EQ(output_of("nft list table ip t-1"), "table ip t-1 {\n\tchain other {\n\t}\n}\n");
}

TEST_F(NftTest, PoliciesOfOtherTablesAreSeen) {
  output_of("nft add table inet theirs");
  output_of("nft 'add chain inet theirs forwarding { type filter hook forward priority 0; policy drop; }'");
  output_of("nft 'add chain inet theirs plain'");
  auto policies = nft_.policies();
  ASSERT_EQ(policies.size(), 1u);
  EXPECT_EQ(policies[0].table, "theirs");
  EXPECT_EQ(policies[0].chain, "forwarding");
  EXPECT_EQ(policies[0].hook, static_cast<uint32_t>(NF_INET_FORWARD));
  EXPECT_TRUE(policies[0].drops);
}

}  // namespace
}  // namespace rundlet::net
