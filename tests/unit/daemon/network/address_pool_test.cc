#include "daemon/network/address_pool.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "daemon/network/identity.h"

namespace rundlet::daemon {
namespace {

net::Subnet subnet(const std::string& text) {
  return net::parse_interface_address(text)->subnet();
}

std::string chosen(const std::vector<NetworkConfig::Pool>& pools, const std::vector<net::Subnet>& taken) {
  net::InterfaceAddress address = choose_bridge_address(pools, taken);
  return to_string(address.address) + "/" + std::to_string(address.prefix);
}

TEST(AddressPool, TakesTheFirstBlockThatOverlapsNothing) {
  EXPECT_EQ(chosen(default_pools(), {}), "172.17.0.1/16");
  EXPECT_EQ(chosen(default_pools(), {subnet("172.17.0.0/16")}), "172.18.0.1/16");
  EXPECT_EQ(chosen(default_pools(), {subnet("172.16.0.0/12")}), "192.168.0.1/20");
  EXPECT_EQ(chosen(default_pools(), {subnet("172.16.0.0/12"), subnet("192.168.3.7/32")}), "192.168.16.1/20");
  EXPECT_EQ(chosen({{"10.5.0.0/16", 24}}, {subnet("10.5.0.0/23")}), "10.5.2.1/24");
}

TEST(AddressPool, SaysWhenAllIsTaken) {
  EXPECT_THROW(choose_bridge_address({{"10.5.0.0/24", 24}}, {subnet("10.0.0.0/8")}), Error);
  EXPECT_EQ(chosen({{"255.255.255.0/24", 24}}, {}), "255.255.255.1/24");
  EXPECT_THROW(choose_bridge_address({{"255.255.255.0/24", 24}}, {subnet("255.0.0.0/8")}), Error);
}

TEST(AddressPool, RefusesMalformedPools) {
  EXPECT_THROW(choose_bridge_address({{"10.5.0.0", 24}}, {}), Error);
  EXPECT_THROW(choose_bridge_address({{"10.5.0.0/16", 8}}, {}), Error);
  EXPECT_THROW(choose_bridge_address({{"10.5.0.0/16", 31}}, {}), Error);
}

TEST(NetworkIdentity, NamesFollowFromTheExecRoot) {
  NetworkConfig config;
  config.exec_root = "/run/rundlet";
  EXPECT_EQ(network_identity(config).bridge, "rundlet0");
  config.exec_root = "/run/rundlet/";
  EXPECT_EQ(network_identity(config).bridge, "rundlet0");
  NetworkIdentity first = network_identity(config);
  config.exec_root = "/tmp/other";
  NetworkIdentity second = network_identity(config);
  EXPECT_EQ(second.bridge, "rl" + exec_root_hash("/tmp/other"));
  EXPECT_NE(first.table, second.table);
  EXPECT_NE(first.port_prefix, second.port_prefix);
  EXPECT_EQ(port_name(second, {0xac110002}).size(), 15u);
  config.bridge = "a/b";
  EXPECT_THROW(network_identity(config), Error);
}

}  // namespace
}  // namespace rundlet::daemon
