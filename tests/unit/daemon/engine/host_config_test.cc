#include "daemon/engine/host_config.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::daemon {
namespace {

using test::thrown_message;
using Words = std::vector<std::string>;

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), text.npos) << "\"" << part << "\" is not in: " << text;
}

spec::ImageRunConfig image_config() {
  spec::ImageRunConfig image;
  image.entrypoint = {"/entry"};
  image.cmd = {"serve"};
  image.env = {"PATH=/bin", "A=image"};
  image.user = "app";
  image.labels = {{"from", "image"}, {"kept", "yes"}};
  return image;
}

TEST(MergeConfig, InheritsWhatIsNotGiven) {
  docker_api::ContainerConfig config;
  merge_image_config(config, image_config());
  EXPECT_EQ(config.entrypoint.items, (Words{"/entry"}));
  EXPECT_EQ(config.cmd.items, (Words{"serve"}));
  EXPECT_EQ(config.user, "app");
}

TEST(MergeConfig, AUsersEntrypointDropsTheImagesCommand) {
  docker_api::ContainerConfig config;
  config.entrypoint = {{"/own"}, true};
  merge_image_config(config, image_config());
  EXPECT_EQ(config.entrypoint.items, (Words{"/own"}));
  EXPECT_TRUE(config.cmd.items.empty());
}

TEST(MergeConfig, OwnVariablesReplaceAndRemoveTheImages) {
  docker_api::ContainerConfig config;
  config.env = {"A=own", "PATH", "B=new"};
  config.labels = {{"from", "user"}};
  merge_image_config(config, image_config());
  EXPECT_EQ(config.env, (Words{"A=own", "B=new"}));
  EXPECT_EQ(config.labels.at("from"), "user");
  EXPECT_EQ(config.labels.at("kept"), "yes");
}

TEST(MergeConfig, HealthcheckFieldsThatAreZeroInherit) {
  spec::ImageRunConfig image = image_config();
  image.healthcheck.emplace();
  image.healthcheck->test = {"CMD", "probe"};
  image.healthcheck->interval = 7;
  image.healthcheck->retries = 5;
  docker_api::ContainerConfig config;
  config.healthcheck.emplace();
  config.healthcheck->retries = 2;
  merge_image_config(config, image);
  EXPECT_EQ(config.healthcheck->test, (Words{"CMD", "probe"}));
  EXPECT_EQ(config.healthcheck->interval, 7);
  EXPECT_EQ(config.healthcheck->retries, 2);
}

std::vector<docker_api::MountPoint> planned(const std::vector<std::string>& binds) {
  docker_api::HostConfig host;
  host.binds = binds;
  return plan_mounts({}, host);
}

TEST(PlanMounts, TellsBindsFromVolumes) {
  auto mounts = planned({"/host/./dir/:/mnt/:ro,rslave", "data:/data", "/scratch"});
  ASSERT_EQ(mounts.size(), 3u);  // by destination
  EXPECT_EQ(mounts[0].destination, "/data");
  EXPECT_EQ(mounts[0].name, "data");
  EXPECT_EQ(mounts[1].source, "/host/dir");
  EXPECT_EQ(mounts[1].destination, "/mnt");
  EXPECT_FALSE(mounts[1].rw);
  EXPECT_EQ(mounts[1].propagation, "rslave");
  EXPECT_EQ(mounts[2].destination, "/scratch");
  EXPECT_EQ(mounts[2].name.size(), 64u) << "an anonymous volume";
}

TEST(PlanMounts, RefusesWhatDockerRefuses) {
  EXPECT_EQ(thrown_message([] { planned({"aa:/x", "bb:/x/"}); }), "Duplicate mount point: /x");
  expect_part(thrown_message([] { planned({"/a:/b:bad"}); }), "invalid mode: bad");
  expect_part(thrown_message([] { planned({"/a:relative"}); }), "mount path must be absolute");
  expect_part(thrown_message([] { planned({"/a:/"}); }), "destination can't be '/'");
  expect_part(thrown_message([] { planned({":/x"}); }), "invalid volume specification: ':/x'");
  expect_part(thrown_message([] { planned({"/a:/b:ro:x"}); }), "invalid volume specification");
}

TEST(PlanMounts, AnImagesVolumeGivesWayToTheUsersMount) {
  docker_api::ContainerConfig config;
  config.volumes["/data"];
  config.volumes["/cache"];
  config.volumes["/other"];
  docker_api::HostConfig host;
  host.binds = {"/host:/data"};
  host.tmpfs["/cache"] = "";
  auto mounts = plan_mounts(config, host);
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_EQ(mounts[0].type, "bind");
  EXPECT_EQ(mounts[1].destination, "/other");
}

TEST(Ports, ReadsBindingsRangesAndExposedPorts) {
  docker_api::ContainerConfig config;
  config.exposed_ports["7/udp"];
  config.exposed_ports["80/tcp"];
  docker_api::HostConfig host;
  host.port_bindings["80/tcp"] = {{"127.0.0.1", "8080"}, {"", "9000-9010"}};
  auto requests = port_requests(config, host);
  ASSERT_EQ(requests.size(), 2u) << "exposed is not published";
  EXPECT_EQ(requests[0].host_ip, "127.0.0.1");
  EXPECT_EQ(requests[0].host_port_first, 8080);
  EXPECT_EQ(requests[1].host_port_first, 9000);
  EXPECT_EQ(requests[1].host_port_last, 9010);
  host.publish_all_ports = true;
  requests = port_requests(config, host);
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[2].protocol, "udp");
  EXPECT_EQ(requests[2].host_port_first, 0);
}

TEST(Ports, RefusesMalformedOnes) {
  auto with = [](const std::string& port, const std::string& host_port) {
    docker_api::HostConfig host;
    host.port_bindings[port] = {{"", host_port}};
    return thrown_message([&] { port_requests({}, host); });
  };
  EXPECT_EQ(with("80", "81"), "no error");
  EXPECT_NE(with("0/tcp", "81"), "no error");
  EXPECT_NE(with("80/icmp", "81"), "no error");
  EXPECT_NE(with("80/tcp", "65536"), "no error");
  EXPECT_NE(with("80/tcp", "9-8"), "no error");
  EXPECT_NE(with("80/tcp", "-"), "no error");
  EXPECT_NE(with("x/tcp", ""), "no error");
  expect_part(with("80/sctp", "81"), "sctp");
}

TEST(NetworkMode, KnowsItsForms) {
  EXPECT_EQ(parse_network_mode("").kind, NetworkKind::bridge);
  EXPECT_EQ(parse_network_mode("default").kind, NetworkKind::bridge);
  EXPECT_EQ(parse_network_mode("none").kind, NetworkKind::none);
  EXPECT_EQ(parse_network_mode("host").kind, NetworkKind::host);
  EXPECT_EQ(parse_network_mode("container:abc").container, "abc");
  EXPECT_NE(thrown_message([] { parse_network_mode("container:"); }), "no error");
  try {
    parse_network_mode("foo");
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_NE(e.code(), ErrorCode::not_found) << "clients pull the image upon that";
  }
}

docker_api::ContainerConfig runnable() {
  docker_api::ContainerConfig config;
  config.cmd = {{"true"}, true};
  return config;
}

TEST(Validate, RefusesInDockersWords) {
  auto with = [](auto&& change) {
    docker_api::ContainerConfig config = runnable();
    docker_api::HostConfig host;
    change(config, host);
    return thrown_message([&] { validate(config, host); });
  };
  EXPECT_EQ(with([](auto&, auto&) {}), "no error");
  EXPECT_EQ(with([](auto&, auto& host) { host.memory = 1 << 20; }), "Minimum memory limit allowed is 6MB");
  EXPECT_EQ(with([](auto&, auto& host) {
              host.restart_policy.name = "always";
              host.auto_remove = true;
            }),
            "can't create 'AutoRemove' container with restart policy");
  expect_part(with([](auto&, auto& host) {
                host.restart_policy = {"always", 3};
              }),
              "maximum retry count can only be used with 'on-failure'");
  EXPECT_EQ(with([](auto& config, auto&) { config.stop_signal = "NOPE"; }), "invalid signal: NOPE");
  EXPECT_EQ(with([](auto& config, auto&) { config.cmd = {}; }), "no command specified");
  EXPECT_EQ(with([](auto&, auto& host) { host.log_config.type = "syslog"; }),
            "unsupported field HostConfig.LogConfig.Type \"syslog\"");
  EXPECT_EQ(with([](auto&, auto& host) {
              host.network_mode = "container:x";
              host.publish_all_ports = true;
            }),
            "conflicting options: port publishing and the container type network mode");
}

TEST(LogOptions, ReadsSizesAndCounts) {
  LogLimits limits = parse_log_options({{"max-size", "10m"}, {"max-file", "3"}});
  EXPECT_EQ(limits.max_size, 10 << 20);
  EXPECT_EQ(limits.max_file, 3);
  EXPECT_EQ(parse_log_options({{"max-size", "2KB"}}).max_size, 2048);
  EXPECT_EQ(parse_log_options({{"max-size", "-1"}}).max_size, -1);
  EXPECT_EQ(parse_log_options({}).max_file, 1);
}

TEST(LogOptions, RefusesTheRest) {
  auto with = [](const std::string& name, const std::string& value) {
    return thrown_message([&] { parse_log_options({{name, value}}); });
  };
  EXPECT_NE(with("max-size", "10x"), "no error");
  EXPECT_NE(with("max-size", "9999999999g"), "no error");
  EXPECT_NE(with("max-size", ""), "no error");
  EXPECT_NE(with("max-file", "abc"), "no error");
  EXPECT_NE(with("max-file", "0"), "no error");
  EXPECT_EQ(with("max-file", "2"), "max-file cannot be greater than 1 when max-size is not set");
  EXPECT_EQ(with("tag", "x"), "unknown log opt 'tag' for json-file log driver");
}

}  // namespace
}  // namespace rundlet::daemon
