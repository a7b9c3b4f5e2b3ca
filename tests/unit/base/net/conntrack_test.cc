#include "base/net/conntrack.h"

#include <netinet/in.h>

#include "tests/unit/base/net/namespaces.h"

namespace rundlet::net {
namespace {

using testing::ask;
using testing::ip;
using testing::Server;
using testing::Transport;

// Connections are tracked only where a rule asks for it.
class ConntrackTest : public testing::NetworkNamespaceTest {
 protected:
  void SetUp() override {
    output_of("nft add table ip t");
    output_of("nft 'add chain ip t out { type nat hook output priority -100; }'");
    output_of("nft 'add rule ip t out udp dport 5353 dnat to 127.0.0.1:7000'");
    Fd here = current();
    server_.emplace(here.get(), Transport::udp, 7000, "server");
  }
  static Fd current() { return open_file("/proc/thread-self/ns/net", 0); }

  std::optional<Server> server_;
  ConntrackSocket conntrack_;
};

TEST_F(ConntrackTest, DeletesByServerAfterTranslation) {
  ASSERT_TRUE(conntrack_.available());
  ASSERT_TRUE(ask(Transport::udp, ip("127.0.0.1"), 5353));
  ASSERT_TRUE(ask(Transport::udp, ip("127.0.0.1"), 7000));
  FlowFilter filter{IPPROTO_UDP};
  filter.server = ip("127.0.0.2");
  EXPECT_EQ(conntrack_.delete_flows(filter), 0u);
  filter.server = ip("127.0.0.1");
  filter.protocol = IPPROTO_TCP;
  EXPECT_EQ(conntrack_.delete_flows(filter), 0u);
  filter.protocol = IPPROTO_UDP;
  EXPECT_EQ(conntrack_.delete_flows(filter), 2u);
  EXPECT_EQ(conntrack_.delete_flows(filter), 0u);
}

TEST_F(ConntrackTest, DeletesUntranslatedFlowsToPorts) {
  ASSERT_TRUE(ask(Transport::udp, ip("127.0.0.1"), 5353));
  FlowFilter filter{IPPROTO_UDP};
  filter.destinations = {{std::nullopt, 5353}};
  filter.untranslated = true;
  EXPECT_EQ(conntrack_.delete_flows(filter), 0u);
  ASSERT_TRUE(ask(Transport::udp, ip("127.0.0.1"), 7000));
  filter.destinations = {{ip("127.0.0.2"), 7000}, {std::nullopt, 7001}};
  EXPECT_EQ(conntrack_.delete_flows(filter), 0u);
  filter.destinations.push_back({ip("127.0.0.1"), 7000});
  EXPECT_EQ(conntrack_.delete_flows(filter), 1u);
}

}  // namespace
}  // namespace rundlet::net
