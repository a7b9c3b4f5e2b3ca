// What a new daemon makes of what an old one, a crash or somebody's hand left.
#include <fcntl.h>

#include <csignal>
#include <cstdlib>
#include <set>
#include <thread>

#include "daemon/network/firewall.h"
#include "tests/unit/base/crash.h"
#include "tests/unit/daemon/network/network_world.h"

namespace rundlet::daemon {
namespace {

class NetworkRecovery : public NetworkWorld {};

TEST_F(NetworkRecovery, LivingContainersKeepAddressAndPorts) {
  start_daemon();
  Container container = start("a", {publish(80, 8080), {81, "tcp"}});
  Server server(container.netns.get(), Transport::tcp, 80, "a");
  stop_daemon();
  EXPECT_TRUE(ask(Transport::tcp, loopback_, 8080)) << "reachable while no daemon runs";
  start_daemon({"a"});
  EXPECT_TRUE(ask(Transport::tcp, loopback_, 8080));
  auto endpoints = network_->endpoints();
  ASSERT_EQ(endpoints.size(), 1u);
  EXPECT_EQ(endpoints[0].id, container.endpoint.id);
  EXPECT_EQ(endpoints[0].ip_address, container.endpoint.ip_address);
  ASSERT_EQ(endpoints[0].ports.size(), 2u);
  EXPECT_EQ(endpoints[0].ports[1].host_port, container.endpoint.ports[1].host_port)
      << "a random port, remembered";
  EXPECT_EQ(error_of([&] { start("b", {publish(80, 8080)}); }),
            "Bind for 0.0.0.0:8080 failed: port is already allocated");
  EXPECT_NE(start("b").endpoint.ip_address, container.endpoint.ip_address);
  network_->disconnect("a");
  EXPECT_FALSE(ask(Transport::tcp, loopback_, 8080));
}

TEST_F(NetworkRecovery, DeadContainersLeaveNothing) {
  start_daemon();
  std::string empty = ruleset();
  Container dead = start("a", {publish(80, 8080)});
  start_daemon();
  EXPECT_TRUE(network_->endpoints().empty());
  EXPECT_EQ(ruleset(), empty);
  EXPECT_EQ(ports_on_bridges(), 0);
  EXPECT_EQ(error_of([&] { start("b", {publish(80, 8080)}); }), "");
}

TEST_F(NetworkRecovery, AForeignProcessThatTookThePortMeanwhileIsOnlyReported) {
  start_daemon();
  Container container = start("a", {publish(80, 8080)});
  Server server(container.netns.get(), Transport::tcp, 80, "a");
  stop_daemon();
  Fd host = net::current_netns();
  Server thief(host.get(), Transport::tcp, 8080, "thief");
  start_daemon({"a"});
  EXPECT_EQ(ask(Transport::tcp, loopback_, 8080), "a " + container.endpoint.gateway);
}

TEST_F(NetworkRecovery, FlushedRulesetComesBack) {
  start_daemon();
  Container a = start("a", {publish(80, 8080)});
  Server server(a.netns.get(), Transport::tcp, 80, "a");
  std::string before = ruleset();
  output_of("nft flush ruleset");
  start_daemon({"a"});
  EXPECT_EQ(ruleset(), before);
  // And at the next change, without a restart.
  output_of("nft flush ruleset");
  Container b = start("b", {publish(80, 8090)});
  EXPECT_TRUE(ask(Transport::tcp, loopback_, 8080));
  network_->disconnect("b");
  EXPECT_EQ(ruleset(), before);
  output_of("nft flush ruleset");
  network_->disconnect("a");
  EXPECT_EQ(ruleset().find("8080"), std::string::npos);
}

TEST_F(NetworkRecovery, DeletedBridgeComesBackWithItsPorts) {
  start_daemon();
  Container a = start("a", {publish(80, 8080)});
  Server server(a.netns.get(), Transport::tcp, 80, "a");
  output_of("ip link del " + network_->describe().bridge);
  Container b = start("b");
  EXPECT_TRUE(ask_from(b.netns.get(), Transport::tcp, a.address(), 80));
  output_of("ip link del " + network_->describe().bridge);
  start_daemon({"a", "b"});
  EXPECT_TRUE(ask(Transport::tcp, loopback_, 8080));
  EXPECT_EQ(network_->endpoints().size(), 2u);
}

TEST_F(NetworkRecovery, OthersTablesAndLinksStay) {
  output_of("nft add table ip theirs; ip link add theirs type bridge");
  start_daemon();
  Container container = start("a", {publish(80, 8080)});
  start_daemon();
  network_->tear_down();
  EXPECT_EQ(output_of("nft list tables"), "table ip theirs\n");
  EXPECT_NE(output_of("ip link show theirs").find("theirs"), std::string::npos);
  EXPECT_EQ(
      output_of("ip -o link show type veth | grep -v cable; ip -o link show type bridge | grep -v theirs"),
      "");
}

TEST_F(NetworkRecovery, SubnetStaysTheSameUntilSomebodyElseUsesIt) {
  start_daemon();
  std::string first = network_->describe().subnet, bridge = network_->describe().bridge;
  EXPECT_EQ(first, "172.17.0.0/16");
  start_daemon();
  EXPECT_EQ(network_->describe().subnet, first);
  output_of("ip link del " + bridge + "; ip link add other type bridge; ip addr add 172.17.9.1/24 dev other");
  start_daemon();
  EXPECT_EQ(network_->describe().subnet, "172.18.0.0/16");
}

TEST_F(NetworkRecovery, NewSettingsWaitForLivingContainers) {
  start_daemon();
  Container container = start("a");
  config_.bip = "10.77.0.1/24";
  start_daemon({"a"});
  EXPECT_EQ(network_->describe().subnet, "172.17.0.0/16");
  start_daemon();
  EXPECT_EQ(network_->describe().subnet, "10.77.0.0/24");
  EXPECT_EQ(network_->describe().gateway, "10.77.0.1");
  EXPECT_EQ(start("b").endpoint.ip_address, "10.77.0.2");
  EXPECT_EQ(output_of("ip -4 -o addr show " + network_->describe().bridge + " | wc -l"), "1\n");
}

TEST_F(NetworkRecovery, AnExistingBridgeOfTheUserIsAdoptedAndLeft) {
  output_of("ip link add br-user type bridge; ip addr add 10.66.0.254/24 dev br-user");
  config_.bridge = "br-user";
  start_daemon();
  EXPECT_EQ(network_->describe().gateway, "10.66.0.254");
  EXPECT_EQ(start("a").endpoint.ip_address, "10.66.0.1");
  start_daemon();
  network_->tear_down();
  EXPECT_NE(output_of("ip addr show br-user").find("10.66.0.254/24"), std::string::npos);
}

TEST_F(NetworkRecovery, ABridgeThatWeMadeUnderTheUsersNameGoes) {
  config_.bridge = "br-named";
  start_daemon();
  start_daemon();
  network_->tear_down();
  EXPECT_EQ(output_of("ip -o link show type bridge"), "");
}

TEST_F(NetworkRecovery, DaemonsStartingTogetherChooseDifferentSubnets) {
  constexpr int kDaemons = 6;
  std::vector<std::unique_ptr<db::Database>> databases;
  std::vector<std::unique_ptr<Network>> networks;
  for (int i = 0; i < kDaemons; ++i) {
    NetworkConfig config;
    config.exec_root = directory_ + "/run" + std::to_string(i);
    databases.push_back(std::make_unique<db::Database>(config.exec_root + ".db"));
    networks.push_back(std::make_unique<Network>(config, *databases.back()));
  }
  std::vector<std::thread> threads;
  for (auto& network : networks) threads.emplace_back([&] { network->recover({}); });
  for (auto& thread : threads) thread.join();
  std::set<std::string> subnets;
  for (auto& network : networks) subnets.insert(network->describe().subnet);
  EXPECT_EQ(subnets.size(), static_cast<size_t>(kDaemons));
}

TEST_F(NetworkRecovery, WithoutADefaultNetworkThereIsNothing) {
  config_.none = true;
  start_daemon();
  EXPECT_EQ(network_->describe().bridge, "");
  EXPECT_EQ(output_of("nft list tables; ip -o link show type bridge"), "");
  Container container;
  EXPECT_NE(error_of([&] { network_->connect("a", container.netns.get(), {}); }), "");
  network_->connect_none(container.netns.get());
  Server server(container.netns.get(), Transport::tcp, 80, "alone");
  EXPECT_TRUE(ask_from(container.netns.get(), Transport::tcp, loopback_, 80));
}

TEST_F(NetworkRecovery, SwitchingTheDefaultNetworkOffRemovesIt) {
  start_daemon();
  config_.none = true;
  start_daemon();
  EXPECT_EQ(output_of("nft list tables; ip -o link show type bridge"), "");
}

TEST_F(NetworkRecovery, ContainersCannotBecomeTheHostsIpv6Router) {
  start_daemon();
  Container container = start("a");
  const std::string setting = "/proc/sys/net/ipv6/conf/" + network_->describe().bridge + "/disable_ipv6";
  EXPECT_EQ(read_file(setting), "1\n");
  EXPECT_EQ(output_of("ip -6 -o addr show | grep -v -e ' lo ' -e cable"), "");
  net::in_netns(container.netns.get(), [] { EXPECT_EQ(output_of("ip -6 -o addr show dev eth0"), ""); });
}

TEST_F(NetworkRecovery, ForeignForwardDropsAreFound) {
  output_of(
      "nft add table ip filter; nft 'add chain ip filter FORWARD { type filter hook forward priority 0; "
      "policy drop; }'");
  start_daemon();
  Firewall firewall("rundlet-test");
  EXPECT_EQ(firewall.foreign_forward_drops(), std::vector<std::string>{"ip filter FORWARD"});
}

TEST_F(NetworkRecovery, DisconnectDoesNotWaitForTheNamespaceNorMindItsDeath) {
  start_daemon();
  start("gone", {publish(80, 8080)});  // its namespace dies here
  network_->disconnect("gone");
  network_->disconnect("gone");
  network_->disconnect("never was");
  Container container = start("a", {publish(80, 8080)});
  network_->disconnect("a");
  EXPECT_EQ(ports_on_bridges(), 0) << "the veth may still be there, but off the bridge";
}

TEST_F(NetworkRecovery, AnAddressUsedAgainAtOnceFindsItsNameFree) {
  config_.bip = "10.66.0.1/30";  // one container
  start_daemon();
  for (int i = 0; i < 5; ++i) {
    Container container = start("a");
    EXPECT_EQ(container.endpoint.ip_address, "10.66.0.2");
    EXPECT_NE(error_of([&] { start("b"); }), "");
    Server server(container.netns.get(), Transport::tcp, 80, "a");
    EXPECT_TRUE(ask(Transport::tcp, container.address(), 80));
    network_->disconnect("a");
  }
}

// A connection that a crash cut off is made again by the next attempt.
TEST_F(NetworkRecovery, ConnectReplacesWhatAnEarlierAttemptLeft) {
  start_daemon();
  Container first = start("a", {publish(80, 8080)});
  Container second = start("a", {publish(80, 8080)});
  EXPECT_EQ(network_->endpoints().size(), 1u);
  Server server(second.netns.get(), Transport::tcp, 80, "second");
  EXPECT_TRUE(ask(Transport::tcp, loopback_, 8080));
}

// What crashes runs in a process of its own, in this test's network namespace; the container's is ours, so
// that it outlives the crash as real ones do. The folder holds the database, and a file that names the
// namespace.
class CrashWorld : public NetworkWorld {
 protected:
  int signal_at(const std::string& point, const std::vector<std::string>& live) {
    write_file(directory_ + "/netns",
               "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(victim_.netns.get()));
    write_file(directory_ + "/live", live.empty() ? "" : live[0]);
    return test::signal_at_crash_point(point, "NetworkCrashing.DISABLED_WholeLife", directory_);
  }

  Container victim_;
};
class NetworkCrash : public CrashWorld, public ::testing::WithParamInterface<const char*> {};

TEST(NetworkCrashing, DISABLED_WholeLife) {
  std::string directory = test::crash_test_path();
  NetworkConfig config;
  config.exec_root = directory + "/run";
  db::Database database(directory + "/state.db");
  Network network(config, database);
  std::string live = read_file(directory + "/live");
  network.recover(live.empty() ? std::vector<std::string>{} : std::vector{live});
  Fd netns = open_file(read_file(directory + "/netns"), O_RDONLY);
  network.connect("victim", netns.get(), {publish(80, 8090), publish(53, 5353, "", "udp")});
  network.disconnect("victim");
  network.tear_down();
}

INSTANTIATE_TEST_SUITE_P(Points, NetworkCrash,
                         ::testing::Values("network.before_bridge", "network.after_bridge",
                                           "network.after_restore", "network.after_reserve",
                                           "network.after_veth", "network.before_publish",
                                           "network.after_publish", "network.after_unpublish",
                                           "network.after_detach"),
                         [](const auto& point) {
                           std::string name = point.param;
                           name[name.find('.')] = '_';
                           return name;
                         });

TEST_P(NetworkCrash, NothingIsLostNorLeft) {
  start_daemon();
  Container survivor = start("survivor", {publish(80, 8080)});
  Server server(survivor.netns.get(), Transport::tcp, 80, "survivor");
  std::string before = ruleset();
  stop_daemon();
  ASSERT_EQ(signal_at(GetParam(), {"survivor"}), SIGKILL);

  EXPECT_TRUE(ask(Transport::tcp, loopback_, 8080)) << "while no daemon runs";
  start_daemon({"survivor"});
  EXPECT_TRUE(ask(Transport::tcp, loopback_, 8080));
  EXPECT_EQ(ruleset(), before);
  EXPECT_EQ(network_->endpoints().size(), 1u);
  EXPECT_EQ(ports_on_bridges(), 1);
  Container next = start("victim", {publish(80, 8090)});
  Server next_server(next.netns.get(), Transport::tcp, 80, "next");
  EXPECT_TRUE(ask(Transport::tcp, loopback_, 8090));
}

// The engine may find that the container lives although the daemon died in the middle of its connection.
TEST_P(NetworkCrash, AHalfMadeEndpointOfALivingSandboxCanBeGivenUp) {
  ASSERT_EQ(signal_at(GetParam(), {}), SIGKILL);
  start_daemon({"victim"});
  network_->disconnect("victim");
  EXPECT_TRUE(network_->endpoints().empty());
  EXPECT_EQ(ruleset().find("8090"), std::string::npos);
  EXPECT_EQ(ports_on_bridges(), 0);
}

TEST_F(CrashWorld, TearingDownCanBeCutOff) {
  ASSERT_EQ(signal_at("network.after_removal", {}), SIGKILL);
  start_daemon();
  Container next = start("next", {publish(80, 8090)});
  Server server(next.netns.get(), Transport::tcp, 80, "next");
  EXPECT_TRUE(ask(Transport::tcp, loopback_, 8090));
}

}  // namespace
}  // namespace rundlet::daemon
