#include "base/net/ipv4.h"

#include <gtest/gtest.h>

namespace rundlet::net {
namespace {

TEST(Ipv4, ParsesOnlyFourDecimalNumbers) {
  EXPECT_EQ(parse_ipv4("10.0.0.1")->value, 0x0a000001u);
  for (const char* wrong : {"", "10.0.0", "10.0.0.256", "10.0.0.1 ", "010.0.0.1", "::1", "a.b.c.d"})
    EXPECT_FALSE(parse_ipv4(wrong)) << wrong;
  EXPECT_EQ(to_string(Ipv4{0xc0a80101}), "192.168.1.1");
}

TEST(Ipv4, InterfaceAddressNeedsAPrefix) {
  auto address = parse_interface_address("172.30.4.1/16");
  ASSERT_TRUE(address);
  EXPECT_EQ(to_string(address->subnet()), "172.30.0.0/16");
  for (const char* wrong : {"172.30.0.1", "172.30.0.1/", "172.30.0.1/33", "172.30.0.1/-1", "172.30.0.1/16x"})
    EXPECT_FALSE(parse_interface_address(wrong)) << wrong;
}

TEST(Ipv4, SubnetsOverlapWhenOneHoldsTheOther) {
  Subnet wide = subnet_of(*parse_ipv4("10.0.0.0"), 8), narrow = subnet_of(*parse_ipv4("10.2.3.4"), 24);
  EXPECT_TRUE(wide.overlaps(narrow));
  EXPECT_TRUE(narrow.overlaps(wide));
  EXPECT_FALSE(narrow.overlaps(subnet_of(*parse_ipv4("10.2.4.0"), 24)));
  EXPECT_TRUE(subnet_of({}, 0).contains(*parse_ipv4("255.255.255.255")));
  EXPECT_EQ(to_string(narrow.last()), "10.2.3.255");
}

TEST(Ipv4, MacFollowsFromTheAddress) {
  EXPECT_EQ(format_mac(mac_from(*parse_ipv4("172.17.0.2"))), "02:42:ac:11:00:02");
}

}  // namespace
}  // namespace rundlet::net
