// Which ports a container gets, and who else wanted them.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "tests/unit/daemon/network/network_world.h"

namespace rundlet::daemon {
namespace {

class PublishedPorts : public NetworkWorld {
 protected:
  void SetUp() override { start_daemon(); }

  std::string failure(const std::vector<PortRequest>& ports, const std::string& sandbox = "loser") {
    return error_of([&] { start(sandbox, ports); });
  }
};

// A foreign process's socket. listens: as Go's net.Listen does, with SO_REUSEADDR.
Fd foreign_socket(const std::string& address, uint16_t port, int type = SOCK_STREAM) {
  Fd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = ip(address).network_order();
  name.sin_port = htons(port);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) < 0) return Fd();
  if (type == SOCK_STREAM && ::listen(socket.get(), 1) < 0) return Fd();
  return socket;
}

TEST_F(PublishedPorts, ReportedAsBound) {
  Container container = start("a", {publish(80, 8080), publish(53, 5353, "127.0.0.1", "udp")});
  const auto& ports = container.endpoint.ports;
  ASSERT_EQ(ports.size(), 2u);
  EXPECT_EQ(ports[0].container_port, 80);
  EXPECT_EQ(ports[0].host_ip, "0.0.0.0");
  EXPECT_EQ(ports[0].host_port, 8080);
  EXPECT_EQ(ports[0].protocol, "tcp");
  EXPECT_EQ(ports[1].host_ip, "127.0.0.1");
  EXPECT_EQ(ports[1].protocol, "udp");
}

TEST_F(PublishedPorts, ConflictWithAnotherContainerIsNamedAsByDocker) {
  Container first = start("a", {publish(80, 8080), publish(80, 9090, "127.0.0.1")});
  EXPECT_EQ(failure({publish(80, 8080)}), "Bind for 0.0.0.0:8080 failed: port is already allocated");
  EXPECT_EQ(failure({publish(80, 8080, "127.0.0.1")}),
            "Bind for 127.0.0.1:8080 failed: port is already allocated");
  EXPECT_EQ(failure({publish(80, 9090)}), "Bind for 0.0.0.0:9090 failed: port is already allocated");
  EXPECT_EQ(failure({publish(80, 8080, "", "udp")}), "");
  EXPECT_EQ(failure({publish(80, 9090, "203.0.113.1")}, "b"), "");
}

TEST_F(PublishedPorts, ConflictWithinOneContainer) {
  EXPECT_EQ(failure({publish(80, 8080), publish(81, 8080)}),
            "Bind for 0.0.0.0:8080 failed: port is already allocated");
}

TEST_F(PublishedPorts, AFailedConnectionLeavesNothing) {
  std::string before = output_of("ip -o link; nft list ruleset");
  Fd taken = foreign_socket("0.0.0.0", 8081);
  EXPECT_NE(failure({publish(80, 8080), publish(81, 8081)}), "");
  Container no_netns;
  EXPECT_NE(error_of([&] { network_->connect("bad", taken.get(), {publish(80, 8080)}); }), "");
  EXPECT_EQ(output_of("ip -o link; nft list ruleset"), before);
  EXPECT_TRUE(network_->endpoints().empty());
  EXPECT_EQ(failure({publish(80, 8080)}, "a"), "") << "the port is free again";
}

TEST_F(PublishedPorts, ConflictWithAForeignProcess) {
  Fd tcp = foreign_socket("0.0.0.0", 8080), udp = foreign_socket("127.0.0.1", 5353, SOCK_DGRAM);
  EXPECT_EQ(failure({publish(80, 8080)}),
            "failed to bind host port 0.0.0.0:8080/tcp: address already in use");
  EXPECT_EQ(failure({publish(53, 5353, "", "udp")}),
            "failed to bind host port 0.0.0.0:5353/udp: address already in use");
  EXPECT_EQ(failure({publish(80, 8080, "198.51.100.7")}),
            "failed to bind host port 198.51.100.7:8080/tcp: cannot assign requested address");
}

TEST_F(PublishedPorts, NoForeignProcessTakesAHeldPort) {
  Container container = start("a", {publish(80, 8080), publish(53, 5353, "", "udp")});
  EXPECT_FALSE(foreign_socket("0.0.0.0", 8080));
  EXPECT_FALSE(foreign_socket("127.0.0.1", 8080));
  EXPECT_FALSE(foreign_socket("0.0.0.0", 5353, SOCK_DGRAM));
  network_->disconnect("a");
  EXPECT_TRUE(foreign_socket("0.0.0.0", 8080));
  EXPECT_TRUE(foreign_socket("0.0.0.0", 5353, SOCK_DGRAM));
}

// A server that was stopped a moment ago leaves connections in TIME_WAIT: docker publishes over them, so do
// we.
TEST_F(PublishedPorts, ConnectionsOfAnEarlierServerDoNotMatter) {
  {
    Fd here = net::current_netns();
    Server server(here.get(), Transport::tcp, 8080, "before");
    ASSERT_TRUE(ask(Transport::tcp, loopback_, 8080));
  }
  EXPECT_NE(output_of("ss -tan state time-wait").find(":8080"), std::string::npos);
  EXPECT_EQ(failure({publish(80, 8080)}), "");
}

TEST_F(PublishedPorts, RandomPortsAreFreeOnesOfTheEphemeralRange) {
  Fd foreign = foreign_socket("0.0.0.0", 32768);
  Container container = start("a", {{80, "tcp"}, {81, "tcp"}, {80, "udp"}});
  const auto& ports = container.endpoint.ports;
  ASSERT_EQ(ports.size(), 3u);
  for (const BoundPort& port : ports) {
    EXPECT_GE(port.host_port, 32768);
    EXPECT_LE(port.host_port, 60999);
  }
  EXPECT_NE(ports[0].host_port, 32768);
  EXPECT_NE(ports[0].host_port, ports[1].host_port);
  Server server(container.netns.get(), Transport::tcp, 81, "a");
  EXPECT_TRUE(ask(Transport::tcp, loopback_, ports[1].host_port));
}

TEST_F(PublishedPorts, ARangeGivesItsFirstFreePort) {
  const PortRequest range{80, "tcp", "", 8000, 8002};
  Fd foreign = foreign_socket("0.0.0.0", 8001);
  EXPECT_EQ(start("a", {range}).endpoint.ports[0].host_port, 8000);
  EXPECT_EQ(start("b", {range}).endpoint.ports[0].host_port, 8002);
  EXPECT_EQ(failure({range}), "Bind for 0.0.0.0:8000-8002 failed: all ports are allocated");
  network_->disconnect("a");
  EXPECT_EQ(start("c", {range}).endpoint.ports[0].host_port, 8000);
}

TEST_F(PublishedPorts, WhatIsNotSupportedIsNamed) {
  EXPECT_EQ(failure({publish(80, 8080, "::")}), "publishing a port on an IPv6 address is not supported: ::");
  EXPECT_EQ(failure({publish(80, 8080, "", "sctp")}),
            "publishing a port of protocol \"sctp\" is not supported");
  EXPECT_EQ(failure({publish(80, 8080, "nonsense")}),
            "invalid host IP address of a published port: nonsense");
}

TEST_F(PublishedPorts, ManyAtOnceFromManyThreads) {
  constexpr int kThreads = 8, kEach = 5;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  std::vector<Container> containers(kThreads * kEach);
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        int n = t * kEach + i;
        std::string sandbox = "s" + std::to_string(n);
        try {
          containers[n].endpoint =
              network_->connect(sandbox, containers[n].netns.get(), {publish(80, 8000 + n)});
          if (n % 2) network_->disconnect(sandbox);
        } catch (const Error&) {
          ++failures;
        }
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(network_->endpoints().size(), kThreads * kEach / 2u);
  Server server(containers[4].netns.get(), Transport::tcp, 80, "four");
  EXPECT_EQ(ask(Transport::tcp, loopback_, 8004), "four " + containers[4].endpoint.gateway);
}

}  // namespace
}  // namespace rundlet::daemon
