#include "daemon/network/ipam.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

net::InterfaceAddress gateway(const std::string& text) {
  return net::parse_interface_address(text).value();
}

TEST(Ipam, GivesTheNextAddressInTurn) {
  Ipam ipam(gateway("10.0.0.1/24"), {});
  EXPECT_EQ(to_string(ipam.allocate()), "10.0.0.2");
  net::Ipv4 second = ipam.allocate();
  EXPECT_EQ(to_string(second), "10.0.0.3");
  ipam.release(second);
  EXPECT_EQ(to_string(ipam.allocate()), "10.0.0.4") << "an address just freed rests";
}

TEST(Ipam, GoesOnAfterTheCursorOfAnEarlierDaemon) {
  Ipam ipam(gateway("10.0.0.1/24"), net::parse_ipv4("10.0.0.77").value());
  EXPECT_EQ(to_string(ipam.allocate()), "10.0.0.78");
  Ipam moved(gateway("10.9.0.1/24"), net::parse_ipv4("10.0.0.77").value());
  EXPECT_EQ(to_string(moved.allocate()), "10.9.0.2") << "a cursor of another subnet does not count";
}

TEST(Ipam, WrapsAroundAndSkipsWhatIsTaken) {
  Ipam ipam(gateway("10.0.0.2/29"), net::parse_ipv4("10.0.0.5").value());
  ipam.claim(net::parse_ipv4("10.0.0.1").value());
  EXPECT_EQ(to_string(ipam.allocate()), "10.0.0.6");
  EXPECT_EQ(to_string(ipam.allocate()), "10.0.0.3");
  EXPECT_EQ(to_string(ipam.allocate()), "10.0.0.4");
  EXPECT_EQ(to_string(ipam.allocate()), "10.0.0.5");
  EXPECT_THROW(ipam.allocate(), Error);
  ipam.release(net::parse_ipv4("10.0.0.1").value());
  EXPECT_EQ(to_string(ipam.allocate()), "10.0.0.1");
}

}  // namespace
}  // namespace rundlet::daemon
