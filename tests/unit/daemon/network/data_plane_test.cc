// Packets through a default bridge: who reaches whom.
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <unistd.h>

#include <ctime>

#include "tests/unit/daemon/network/network_world.h"

namespace rundlet::daemon {
namespace {

// With the global switch off and on (our bridge asks for netfilter by itself), and with the reverse path
// filter that many distributions switch on.
class DataPlane : public NetworkWorld, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    start_daemon();
    write_file("/proc/sys/net/bridge/bridge-nf-call-iptables", GetParam());
    write_file("/proc/sys/net/ipv4/conf/all/rp_filter", GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(BridgeNetfilter, DataPlane, ::testing::Values("0", "1"));

TEST_P(DataPlane, ContainerReachesTheWorldMasqueraded) {
  Container container = start("a");
  Server server(outside_.get(), Transport::tcp, 80, "world");
  Server datagrams(outside_.get(), Transport::udp, 53, "world");
  EXPECT_EQ(ask_from(container.netns.get(), Transport::tcp, ip("203.0.113.2"), 80), "world 203.0.113.1");
  EXPECT_EQ(ask_from(container.netns.get(), Transport::udp, ip("203.0.113.2"), 53), "world 203.0.113.1");
}

TEST_P(DataPlane, ContainersReachEachOther) {
  Container a = start("a"), b = start("b");
  Server server(b.netns.get(), Transport::tcp, 80, "b");
  EXPECT_EQ(ask_from(a.netns.get(), Transport::tcp, b.address(), 80), "b " + a.endpoint.ip_address);
}

TEST_P(DataPlane, HostAndContainerReachEachOther) {
  Container container = start("a");
  Server inside(container.netns.get(), Transport::tcp, 80, "a");
  Fd host = net::current_netns();
  Server outside(host.get(), Transport::tcp, 90, "host");
  EXPECT_EQ(ask(Transport::tcp, container.address(), 80), "a " + container.endpoint.gateway);
  EXPECT_EQ(ask_from(container.netns.get(), Transport::tcp, ip(container.endpoint.gateway), 90),
            "host " + container.endpoint.ip_address);
}

TEST_P(DataPlane, PublishedPortIsReachedFromEverywhere) {
  for (auto [transport, protocol] : {std::pair{Transport::tcp, "tcp"}, std::pair{Transport::udp, "udp"}}) {
    SCOPED_TRACE(protocol);
    std::string sandbox = std::string("server-") + protocol;
    Container container = start(sandbox, {publish(80, 8080, "", protocol)}), other = start("other");
    Server server(container.netns.get(), transport, 80, "it");
    const std::string& gateway = container.endpoint.gateway;
    EXPECT_EQ(ask(transport, loopback_, 8080), "it " + gateway);
    EXPECT_EQ(ask(transport, ip("127.3.2.1"), 8080), "it " + gateway);
    EXPECT_EQ(ask(transport, host_, 8080), "it 203.0.113.1");
    EXPECT_EQ(ask(transport, ip(gateway), 8080), "it " + gateway);
    EXPECT_EQ(ask_from(outside_.get(), transport, host_, 8080), "it 203.0.113.2");
    EXPECT_EQ(ask_from(other.netns.get(), transport, host_, 8080), "it " + gateway);
    EXPECT_EQ(ask_from(other.netns.get(), transport, ip(gateway), 8080), "it " + gateway);
    EXPECT_EQ(ask_from(container.netns.get(), transport, host_, 8080), "it " + gateway) << "hairpin";
    network_->disconnect(sandbox);
    network_->disconnect("other");
  }
}

TEST_P(DataPlane, PortPublishedOnLoopbackIsForThisHostOnly) {
  Container container = start("a", {publish(80, 8080, "127.0.0.1")}), other = start("b");
  Server server(container.netns.get(), Transport::tcp, 80, "a");
  EXPECT_EQ(ask(Transport::tcp, loopback_, 8080), "a " + container.endpoint.gateway);
  EXPECT_FALSE(ask(Transport::tcp, host_, 8080));
  EXPECT_FALSE(ask_from(outside_.get(), Transport::tcp, host_, 8080));
  EXPECT_FALSE(ask_from(other.netns.get(), Transport::tcp, ip(other.endpoint.gateway), 8080));
}

TEST_P(DataPlane, PortPublishedOnOneAddressIsOnThatOneOnly) {
  Container container = start("a", {publish(80, 8080, "203.0.113.1")});
  Server server(container.netns.get(), Transport::tcp, 80, "a");
  EXPECT_EQ(ask_from(outside_.get(), Transport::tcp, host_, 8080), "a 203.0.113.2");
  EXPECT_EQ(ask(Transport::tcp, host_, 8080), "a 203.0.113.1");
  EXPECT_FALSE(ask(Transport::tcp, loopback_, 8080));
}

TEST_P(DataPlane, UnpublishedPortIsNotReachedFromOutside) {
  Container container = start("a", {publish(80, 8080)});
  Server published(container.netns.get(), Transport::tcp, 80, "a");
  Server hidden(container.netns.get(), Transport::tcp, 81, "a");
  EXPECT_FALSE(ask_from(outside_.get(), Transport::tcp, container.address(), 81));
  EXPECT_FALSE(ask_from(outside_.get(), Transport::tcp, container.address(), 80));
  EXPECT_TRUE(ask_from(outside_.get(), Transport::tcp, host_, 8080));
}

// The neighbour sends packets to 127.0.0.1 into the cable, as an attacker on the same network could.
TEST_P(DataPlane, LoopbackAddressesFromOutsideAreDropped) {
  Container container = start("a", {publish(80, 8080, "127.0.0.1", "udp"), publish(81, 8081, "", "udp")});
  Server local(container.netns.get(), Transport::udp, 80, "a");
  Server open(container.netns.get(), Transport::udp, 81, "a");
  for (int netns : {outside_.get(), container.netns.get()})
    net::in_netns(netns, [&] {
      for (const char* name : {"all", "cable", "eth0"})
        if (std::string path = std::string("/proc/sys/net/ipv4/conf/") + name + "/route_localnet";
            ::access(path.c_str(), F_OK) == 0)
          write_file(path, "1");
      // 127/8 goes out instead of to lo.
      output_of(
          "ip rule add pref 1 lookup local; ip rule del pref 0; ip rule add pref 0 to 127.0.0.0/8 lookup 77");
      output_of("ip route add 127.0.0.0/8 via $(ip -4 route show default | awk '{print $3}') table 77");
    });
  auto from = [&](int netns, const std::string& source, uint16_t port) {
    std::optional<std::string> answer;
    net::in_netns(netns, [&] { answer = ask(Transport::udp, loopback_, port, ip(source)); });
    return answer;
  };
  EXPECT_FALSE(from(outside_.get(), "203.0.113.2", 8080));
  EXPECT_FALSE(from(outside_.get(), "203.0.113.2", 8081));
  EXPECT_FALSE(from(container.netns.get(), container.endpoint.ip_address, 8080));
  // Without our guard the same packet is answered: it is the guard that holds.
  output_of("nft delete chain ip $(nft list tables | awk '{print $3}') raw");
  EXPECT_TRUE(from(outside_.get(), "203.0.113.2", 8080)) << "the attack itself does not work";
}

TEST_P(DataPlane, NoServerMeansRefusedNotSilent) {
  Container container = start("a", {publish(80, 8080)});
  int64_t before = ::time(nullptr);
  EXPECT_FALSE(ask(Transport::tcp, loopback_, 8080));
  EXPECT_LE(::time(nullptr) - before, 1);
}

TEST_P(DataPlane, PortsGoWithTheContainer) {
  Container first = start("a", {publish(80, 8080), publish(53, 5353, "", "udp")});
  network_->disconnect("a");
  Container second = start("b", {publish(80, 8080), publish(53, 5353, "", "udp")});
  Server tcp(second.netns.get(), Transport::tcp, 80, "second");
  Server udp(second.netns.get(), Transport::udp, 53, "second");
  EXPECT_EQ(ask_from(outside_.get(), Transport::tcp, host_, 8080), "second 203.0.113.2");
  EXPECT_EQ(ask_from(outside_.get(), Transport::udp, host_, 5353), "second 203.0.113.2");
}

// One client socket goes on sending while the container behind the port changes.
TEST_P(DataPlane, UdpClientFollowsThePortToItsNextContainer) {
  auto ask_again = [&] {
    std::optional<std::string> answer;
    net::in_netns(outside_.get(), [&] { answer = ask(Transport::udp, host_, 5353, {}, 40404); });
    return answer;
  };
  EXPECT_FALSE(ask_again()) << "nobody is there yet";
  {
    Container first = start("a", {publish(53, 5353, "", "udp")});
    Server server(first.netns.get(), Transport::udp, 53, "first");
    EXPECT_EQ(ask_again(), "first 203.0.113.2");
    network_->disconnect("a");
  }
  Container second = start("b", {publish(53, 5353, "", "udp")});
  Server server(second.netns.get(), Transport::udp, 53, "second");
  EXPECT_EQ(ask_again(), "second 203.0.113.2");
}

TEST_P(DataPlane, DaemonsSideBySideKeepToThemselves) {
  NetworkConfig other_config = config_;
  other_config.exec_root = directory_ + "/other";
  db::Database other_database(directory_ + "/other.db");
  Network other(other_config, other_database);
  other.recover({});
  EXPECT_NE(other.describe().bridge, network_->describe().bridge);
  EXPECT_NE(other.describe().subnet, network_->describe().subnet);

  Container mine = start("a", {publish(80, 8080)}), theirs;
  theirs.endpoint = other.connect("a", theirs.netns.get(), {publish(80, 8090)});
  Server server(mine.netns.get(), Transport::tcp, 80, "mine");
  Server other_server(theirs.netns.get(), Transport::tcp, 80, "theirs");
  EXPECT_EQ(ask(Transport::tcp, loopback_, 8080), "mine " + mine.endpoint.gateway);
  EXPECT_EQ(ask(Transport::tcp, loopback_, 8090), "theirs " + theirs.endpoint.gateway);
  EXPECT_FALSE(ask_from(mine.netns.get(), Transport::tcp, theirs.address(), 80)) << "isolated";
  EXPECT_TRUE(ask_from(mine.netns.get(), Transport::tcp, host_, 8090)) << "by the published port";

  other.tear_down();
  EXPECT_EQ(ask(Transport::tcp, loopback_, 8080), "mine " + mine.endpoint.gateway);
  EXPECT_FALSE(ask(Transport::tcp, loopback_, 8090));
}

}  // namespace
}  // namespace rundlet::daemon
