#include "cli/options/container_options.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/options/filters.h"
#include "cli/options/key_values.h"
#include "cli/options/mounts.h"
#include "cli/options/ports.h"
#include "cli/options/timestamps.h"
#include "cli/options/value_checks.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::CreateContainerRequest;

CreateContainerRequest request(const std::vector<std::string>& args) {
  ContainerOptions options;
  FlagSet flags({"run", "", "", ""});
  add_container_flags(flags, options);
  auto rest = flags.parse(args);
  return make_create_request(options, rest);
}

std::string failure(const std::vector<std::string>& args) {
  try {
    request(args);
  } catch (const Error& e) {
    return e.message().substr(0, e.message().find('\n'));
  }
  return "accepted";
}

template <class Act>
std::string failure_of(Act act) {
  try {
    act();
  } catch (const Error& e) {
    return e.message();
  }
  return "accepted";
}

TEST(ContainerOptions, Defaults) {
  auto r = request({"busybox"});
  EXPECT_EQ(r.config.image, "busybox");
  EXPECT_FALSE(r.config.cmd.is_set);
  EXPECT_TRUE(r.config.attach_stdout && r.config.attach_stderr && !r.config.attach_stdin);
  EXPECT_EQ(r.host_config.network_mode, "default");
  EXPECT_EQ(r.host_config.restart_policy.name, "no");
  EXPECT_FALSE(r.host_config.memory_swappiness);
}

TEST(ContainerOptions, CommandAndStreams) {
  auto r = request({"-it", "--entrypoint", "", "busybox", "sh", "-c", "ls"});
  EXPECT_EQ(r.config.cmd.items, (std::vector<std::string>{"sh", "-c", "ls"}));
  EXPECT_EQ(r.config.entrypoint.items, std::vector<std::string>{""});
  EXPECT_TRUE(r.config.tty && r.config.open_stdin && r.config.stdin_once && r.config.attach_stdin);
  r = request({"-a", "STDOUT", "busybox"});
  EXPECT_TRUE(r.config.attach_stdout && !r.config.attach_stderr);
}

TEST(ContainerOptions, ResourcesAndIsolation) {
  auto r = request({"-m",         "1.5g",         "--memory-swap",  "-1",
                    "--cpus",     ".5",           "--cap-add",      "net_admin",
                    "--cap-add",  "ALL",          "--cap-drop",     "CAP_SYS_TIME",
                    "--cap-drop", "mknod",        "--ulimit",       "nofile=10:20",
                    "--ulimit",   "core=0",       "--security-opt", "systempaths=unconfined",
                    "--device",   "/dev/null:rw", "busybox"});
  const auto& h = r.host_config;
  EXPECT_EQ(h.memory, 1610612736);
  EXPECT_EQ(h.memory_swap, -1);
  EXPECT_EQ(h.nano_cpus, 500000000);
  EXPECT_EQ(h.cap_add, std::vector<std::string>{"ALL"});
  EXPECT_EQ(h.cap_drop, (std::vector<std::string>{"CAP_MKNOD", "CAP_SYS_TIME"}));
  EXPECT_EQ(h.ulimits.at(0).name, "core");
  EXPECT_TRUE(h.masked_paths && h.masked_paths->empty());
  EXPECT_EQ(h.devices.at(0).cgroup_permissions, "rw");
  EXPECT_EQ(h.devices.at(0).path_in_container, "/dev/null");
}

TEST(ContainerOptions, Health) {
  auto r = request({"--health-cmd", "true", "--health-interval", "1m", "busybox"});
  EXPECT_EQ(r.config.healthcheck->test, (std::vector<std::string>{"CMD-SHELL", "true"}));
  EXPECT_EQ(r.config.healthcheck->interval, 60'000'000'000);
  EXPECT_EQ(request({"--no-healthcheck", "b"}).config.healthcheck->test, std::vector<std::string>{"NONE"});
  EXPECT_EQ(failure({"--no-healthcheck", "--health-cmd", "x", "b"}),
            "--no-healthcheck conflicts with --health-* options");
}

TEST(ContainerOptions, RefusedInDockersWords) {
  EXPECT_EQ(failure({"--rm", "--restart", "always", "b"}),
            "conflicting options: cannot specify both --restart and --rm");
  EXPECT_EQ(failure({"--memory-swappiness", "400", "b"}),
            "invalid value: 400. Valid memory swappiness range is 0-100");
  EXPECT_EQ(failure({"--sysctl", "x", "b"}),
            "invalid argument \"x\" for \"--sysctl\" flag: sysctl 'x' is not allowed");
  EXPECT_EQ(failure({"--security-opt", "x", "b"}), "Invalid --security-opt: \"x\"");
  EXPECT_EQ(failure({"--network-alias", "a", "b"}),
            "network-scoped aliases are only supported for user-defined networks");
  EXPECT_EQ(failure({"--gpus", "all", "b"}), "invalid argument \"all\" for \"--gpus\" flag: not supported");
  EXPECT_EQ(failure({"--cpus", "foo", "b"}),
            "invalid argument \"foo\" for \"--cpus\" flag: failed to parse foo as a rational number");
  EXPECT_EQ(failure({"--add-host", "x", "b"}),
            "invalid argument \"x\" for \"--add-host\" flag: bad format for add-host: \"x\"");
}

// ---- ports

std::string published(const std::string& spec) {
  spec::docker_api::PortMap bindings;
  std::map<std::string, spec::Empty> exposed;
  return failure_of([&] { add_published(spec, bindings, exposed); }) == "accepted"
             ? [&] {
                 std::string out;
                 for (const auto& [port, list] : bindings)
                   for (const auto& b : list) out += port + "=" + b.host_ip + ":" + b.host_port + " ";
                 EXPECT_EQ(exposed.size(), bindings.size());
                 return out;
               }()
             : failure_of([&] { add_published(spec, bindings, exposed); });
}

TEST(Ports, Forms) {
  EXPECT_EQ(published("80"), "80/tcp=: ");
  EXPECT_EQ(published("8080:80"), "80/tcp=:8080 ");
  EXPECT_EQ(published("127.0.0.1:8080:80/udp"), "80/udp=127.0.0.1:8080 ");
  EXPECT_EQ(published("127.0.0.1::80"), "80/tcp=127.0.0.1: ");
  EXPECT_EQ(published("[::1]:5:6"), "6/tcp=::1:5 ");
  EXPECT_EQ(published("8000-8002:80-82"), "80/tcp=:8000 81/tcp=:8001 82/tcp=:8002 ");
  EXPECT_EQ(published("9000-9010:70"), "70/tcp=:9000-9010 ");
  EXPECT_EQ(published("80:80/SCTP"), "80/sctp=:80 ");
  EXPECT_EQ(published("target=7,published=8,protocol=udp"), "7/udp=:8 ");
}

TEST(Ports, Refusals) {
  EXPECT_EQ(published("foo"), "invalid containerPort: foo");
  EXPECT_EQ(published("99999:1"), "invalid hostPort: 99999");
  EXPECT_EQ(published("80:99999"), "invalid containerPort: 99999");
  EXPECT_EQ(published("1.2.3.4.5:80:80"), "invalid IP address: 1.2.3.4.5");
  EXPECT_EQ(published("80-81:80-82"),
            "invalid ranges specified for container and host Ports: 80-82 and 80-81");
  EXPECT_EQ(published("82-80:1"), "invalid hostPort: 82-80");
  EXPECT_EQ(published("80:"), "no port specified: 80:<empty>");
  EXPECT_EQ(published("80/foo"), "invalid proto: foo");
}

TEST(Ports, Exposed) {
  std::map<std::string, spec::Empty> exposed;
  add_exposed("90-91/udp", exposed);
  add_exposed("80", exposed);
  EXPECT_EQ(exposed.size(), 3u);
  EXPECT_EQ(exposed.count("91/udp"), 1u);
  EXPECT_THROW(add_exposed("80:80", exposed), Error);
  EXPECT_THROW(add_exposed("x", exposed), Error);
}

// ---- volumes and mounts

TEST(Volumes, BindsNamesAndAnonymous) {
  spec::docker_api::ContainerConfig config;
  spec::docker_api::HostConfig host;
  for (const char* spec : {"/a:/b:ro", "vol:/c", "/anon", "./x/../y:/z"}) add_volume(spec, config, host);
  char* directory = ::get_current_dir_name();
  EXPECT_EQ(host.binds, (std::vector<std::string>{"/a:/b:ro", "vol:/c", std::string(directory) + "/y:/z"}));
  std::free(directory);
  EXPECT_EQ(config.volumes.count("/anon"), 1u);
  EXPECT_EQ(failure_of([&] { add_volume(":::", config, host); }),
            "invalid spec: :::: empty section between colons");
  EXPECT_EQ(failure_of([&] { add_volume("/a:/b:ro:x", config, host); }),
            "invalid spec: /a:/b:ro:x: too many colons");
}

TEST(Mounts, Fields) {
  auto bind = parse_mount("type=bind,\"source=/a,b\",dst=/x,readonly,bind-propagation=rslave");
  EXPECT_EQ(bind.source, "/a,b");
  EXPECT_TRUE(bind.read_only);
  EXPECT_EQ(bind.bind_options->propagation, "rslave");
  auto tmpfs = parse_mount("type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770");
  EXPECT_EQ(tmpfs.tmpfs_options->size_bytes, 1 << 20);
  EXPECT_EQ(tmpfs.tmpfs_options->mode, 01770);
  EXPECT_EQ(parse_mount("src=v,target=/v,volume-nocopy").type, "volume");
}

TEST(Mounts, Refusals) {
  EXPECT_EQ(failure_of([] { parse_mount("foo"); }), "invalid field 'foo' must be a key=value pair");
  EXPECT_EQ(failure_of([] { parse_mount("foo=bar"); }), "unexpected key 'foo' in 'foo=bar'");
  EXPECT_EQ(failure_of([] { parse_mount("type=bind"); }), "target is required");
  EXPECT_EQ(failure_of([] { parse_mount("type=bind,dst=/x,volume-nocopy"); }),
            "cannot mix 'volume-*' options with mount type 'bind'");
  EXPECT_EQ(failure_of([] { parse_mount("dst=/x,ro=maybe"); }), "invalid value for ro: maybe");
}

// ---- environment and labels

TEST(KeyValues, EnvironmentFiles) {
  ::setenv("RUNDLET_TEST_SET", "here", 1);
  ::unsetenv("RUNDLET_TEST_UNSET");
  EXPECT_EQ(parse_env_file(
                "\xEF\xBB\xBF# comment\nA=b c \n\n  B=1=2\r\nRUNDLET_TEST_SET\nRUNDLET_TEST_UNSET\nC=", "f"),
            (std::vector<std::string>{"A=b c ", "B=1=2", "RUNDLET_TEST_SET=here", "C="}));
  EXPECT_EQ(failure_of([] { parse_env_file("a b=c", "f"); }),
            "invalid env file (f): variable 'a b' contains whitespaces");
  EXPECT_EQ(failure_of([] { parse_env_file("=c", "f"); }),
            "invalid env file (f): no variable name on line '=c'");
  EXPECT_EQ(parse_label_file("a=b\nc", "f"), (std::vector<std::string>{"a=b", "c"}));
}

TEST(KeyValues, SingleValues) {
  ::setenv("RUNDLET_TEST_SET", "here", 1);
  EXPECT_EQ(check_env("RUNDLET_TEST_SET"), "RUNDLET_TEST_SET=here");
  EXPECT_EQ(check_env("RUNDLET_TEST_UNSET"), "RUNDLET_TEST_UNSET");
  EXPECT_EQ(failure_of([] { check_env("=x"); }), "invalid environment variable: =x");
  EXPECT_EQ(failure_of([] { check_label("=x"); }), "invalid label '=x': empty name");
  EXPECT_EQ(collect_env({}, {"A=1", "B=2", "A=3"}), (std::vector<std::string>{"A=3", "B=2"}));
  EXPECT_EQ(to_map({"a=1", "b", "a=2"}), (std::map<std::string, std::string>{{"a", "2"}, {"b", ""}}));
}

TEST(ValueChecks, Various) {
  EXPECT_EQ(check_extra_host("a=::1"), "a:::1");
  EXPECT_EQ(check_extra_host("a:[::1]"), "a:::1");
  EXPECT_EQ(check_extra_host("gw:host-gateway"), "gw:host-gateway");
  EXPECT_EQ(parse_restart_policy("on-failure:5").maximum_retry_count, 5);
  EXPECT_THROW(parse_restart_policy(":5"), Error);
  EXPECT_THROW(parse_restart_policy("on-failure:x"), Error);
  EXPECT_EQ(parse_cpus("1.25"), 1250000000);
  EXPECT_EQ(failure_of([] { parse_cpus("0.1234567891"); }), "value is too precise");
  EXPECT_EQ(failure_of([] { parse_ulimit("nofile=5:3"); }),
            "ulimit soft limit must be less than or equal to hard limit: 5 > 3");
  EXPECT_THROW(parse_device("/a:/b:rwx"), Error);
  EXPECT_THROW(check_dns_search("a b"), Error);
}

TEST(Timestamps, Forms) {
  TimePoint now = from_unix_nanos(1'000'000'000'000'000'000);
  EXPECT_EQ(to_unix_timestamp("since", "1.5", now), "1.5");
  EXPECT_EQ(to_unix_timestamp("since", "10s", now), "999999990.000000000");
  EXPECT_EQ(to_unix_timestamp("since", "1970-01-01T00:00:01.5Z", now), "1.500000000");
  EXPECT_EQ(to_unix_timestamp("since", "", now), "");
  EXPECT_EQ(failure_of([&] { to_unix_timestamp("since", "foo", now); }),
            "invalid value for \"since\": failed to parse value as time or duration: \"foo\"");
}

}  // namespace
}  // namespace rundlet::cli
