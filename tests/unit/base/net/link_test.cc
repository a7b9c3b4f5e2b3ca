#include "base/net/link.h"

#include "base/error.h"
#include "base/net/netns.h"
#include "tests/unit/base/net/namespaces.h"

namespace rundlet::net {
namespace {

using testing::ip;
using testing::ip_with_prefix;

class RouteSocketTest : public testing::NetworkNamespaceTest {
 protected:
  RouteSocket routes_;
};

TEST_F(RouteSocketTest, FindsLinksByName) {
  auto lo = routes_.find_link("lo");
  ASSERT_TRUE(lo);
  EXPECT_EQ(lo->index, 1);
  EXPECT_TRUE(lo->up);
  EXPECT_FALSE(routes_.find_link("nowhere"));
}

TEST_F(RouteSocketTest, BridgeHasWhatItWasAskedFor) {
  routes_.add_bridge({"br0", mac_from(ip("10.9.0.1")), 1400, true});
  auto bridge = routes_.find_link("br0");
  ASSERT_TRUE(bridge);
  EXPECT_EQ(bridge->kind, "bridge");
  EXPECT_EQ(bridge->mtu, 1400);
  std::string details = output_of("ip -d link show br0");
  EXPECT_NE(details.find("02:42:0a:09:00:01"), std::string::npos);
  EXPECT_NE(details.find("nf_call_iptables 1"), std::string::npos);
}

TEST_F(RouteSocketTest, SecondBridgeOfTheSameNameIsRefused) {
  routes_.add_bridge({"br0", mac_from(ip("10.9.0.1")), 1500, false});
  try {
    routes_.add_bridge({"br0", mac_from(ip("10.9.0.1")), 1500, false});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::already_exists);
  }
}

TEST_F(RouteSocketTest, PeerOfAVethPairAppearsInTheOtherNamespace) {
  Fd other = create_netns();
  routes_.add_veth({"v0", "eth0", other.get(), mac_from(ip("10.9.0.2")), 1400});
  EXPECT_FALSE(routes_.find_link("eth0"));
  in_netns(other.get(), [&] {
    EXPECT_TRUE(RouteSocket().find_link("eth0"));
    EXPECT_NE(output_of("ip link show eth0").find("02:42:0a:09:00:02"), std::string::npos);
  });
  EXPECT_TRUE(routes_.find_link("v0"));
}

TEST_F(RouteSocketTest, PortsComeAndGo) {
  Fd other = create_netns();
  routes_.add_bridge({"br0", mac_from(ip("10.9.0.1")), 1500, false});
  routes_.add_veth({"v0", "eth0", other.get(), {2, 0, 0, 0, 0, 2}, 1500});
  int bridge = routes_.find_link("br0")->index, port = routes_.find_link("v0")->index;
  routes_.attach_port(port, bridge);
  ASSERT_EQ(routes_.ports_of(bridge).size(), 1u);
  EXPECT_EQ(routes_.ports_of(bridge)[0].name, "v0");
  EXPECT_TRUE(routes_.find_link("v0")->up);
  EXPECT_NE(output_of("ip -d link show v0").find("hairpin on"), std::string::npos);
  EXPECT_TRUE(routes_.detach_port(port));
  EXPECT_TRUE(routes_.ports_of(bridge).empty());
  EXPECT_TRUE(routes_.delete_link(port));
  EXPECT_FALSE(routes_.delete_link(port));
  EXPECT_FALSE(routes_.detach_port(port));
}

TEST_F(RouteSocketTest, AddressesAndRoutesAreListed) {
  routes_.add_bridge({"br0", mac_from(ip("10.9.0.1")), 1500, false});
  int bridge = routes_.find_link("br0")->index;
  routes_.add_address(bridge, ip_with_prefix("10.9.0.1/24"));
  routes_.add_address(bridge, ip_with_prefix("10.9.0.1/24"));  // is there: no error
  routes_.set_up(bridge);
  routes_.add_default_route(ip("10.9.0.254"), bridge);
  bool network = false, by_default = false;
  for (const Route& route : routes_.routes()) {
    network |= to_string(route.destination) == "10.9.0.0/24" && route.link == bridge;
    by_default |= route.destination.prefix == 0 && route.link == bridge;
  }
  EXPECT_TRUE(network);
  EXPECT_TRUE(by_default);
  EXPECT_EQ(routes_.addresses().size(), 2u);  // and loopback
  routes_.delete_address(bridge, ip_with_prefix("10.9.0.1/24"));
  EXPECT_EQ(routes_.addresses().size(), 1u);
}

TEST_F(RouteSocketTest, ErrorsCarryTheKernelsExplanation) {
  try {
    routes_.add_default_route(ip("10.9.0.254"), 1);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.errno_value(), ENETUNREACH);
    EXPECT_NE(e.message().find("Nexthop has invalid gateway"), std::string::npos) << e.message();
  }
}

}  // namespace
}  // namespace rundlet::net
