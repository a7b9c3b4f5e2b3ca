#include <gtest/gtest.h>

#include "base/error.h"
#include "spec/docker_api/container.h"

namespace rundlet::spec::docker_api {
namespace {

// What docker CLI 28.2 sends for `docker create busybox`.
constexpr char kPlain[] =
    R"({"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":true,)"
    R"("AttachStderr":true,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,)"
    R"("Image":"busybox","Volumes":{},"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":{},)"
    R"("HostConfig":{"Binds":null,"ContainerIDFile":"","LogConfig":{"Type":"","Config":{}},)"
    R"("NetworkMode":"default","PortBindings":{},"RestartPolicy":{"Name":"no","MaximumRetryCount":0},)"
    R"("AutoRemove":false,"VolumeDriver":"","VolumesFrom":null,"ConsoleSize":[0,0],"CapAdd":null,)"
    R"("CapDrop":null,"CgroupnsMode":"","Dns":[],"DnsOptions":[],"DnsSearch":[],"ExtraHosts":null,)"
    R"("GroupAdd":null,"IpcMode":"","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"",)"
    R"("Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,"SecurityOpt":null,"UTSMode":"",)"
    R"("UsernsMode":"","ShmSize":0,"Isolation":"","CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"",)"
    R"("BlkioWeight":0,"BlkioWeightDevice":[],"BlkioDeviceReadBps":[],"BlkioDeviceWriteBps":[],)"
    R"("BlkioDeviceReadIOps":[],"BlkioDeviceWriteIOps":[],"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,)"
    R"("CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":[],"DeviceCgroupRules":null,)"
    R"("DeviceRequests":null,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":-1,)"
    R"("OomKillDisable":false,"PidsLimit":0,"Ulimits":[],"CpuCount":0,"CpuPercent":0,"IOMaximumIOps":0,)"
    R"("IOMaximumBandwidth":0,"MaskedPaths":null,"ReadonlyPaths":null},)"
    R"("NetworkingConfig":{"EndpointsConfig":{"default":{"IPAMConfig":null,"Links":null,"Aliases":null,)"
    R"("MacAddress":"","DriverOpts":null,"GwPriority":0,"NetworkID":"","EndpointID":"","Gateway":"",)"
    R"("IPAddress":"","IPPrefixLen":0,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,)"
    R"("DNSNames":null}}}})";

// … and for one with nearly every flag this engine knows.
constexpr char kFull[] =
    R"({"Hostname":"h","Domainname":"dom","User":"1:2","AttachStdin":true,"AttachStdout":true,)"
    R"("AttachStderr":true,"ExposedPorts":{"53/udp":{},"80/tcp":{},"90/tcp":{},"91/tcp":{},"92/tcp":{}},)"
    R"("Tty":true,"OpenStdin":true,"StdinOnce":true,"Env":["HOME=/root","A=b"],"Cmd":["ls","-la"],)"
    R"("Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":3000000000,"Timeout":1000000000,)"
    R"("StartPeriod":1000000000,"StartInterval":1000000000,"Retries":2},"Image":"busybox",)"
    R"("Volumes":{"/anon":{}},"WorkingDir":"/w","Entrypoint":["sh"],"OnBuild":null,"Labels":{"a":"b",)"
    R"("c":""},"StopSignal":"TERM","StopTimeout":3,"HostConfig":{"Binds":["/a:/b:ro","vol:/c"],)"
    R"("ContainerIDFile":"/tmp/cli-fake/cid","LogConfig":{"Type":"json-file","Config":{"max-size":"1"}},)"
    R"("NetworkMode":"bridge","PortBindings":{"53/udp":[{"HostIp":"","HostPort":"53"}],)"
    R"("80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]},"RestartPolicy":{"Name":"no",)"
    R"("MaximumRetryCount":0},"AutoRemove":true,"VolumeDriver":"","VolumesFrom":["q:ro"],"ConsoleSize":[0,)"
    R"(0],"Annotations":{"x":"y"},"CapAdd":["CAP_NET_ADMIN"],"CapDrop":["ALL"],"CgroupnsMode":"host",)"
    R"("Dns":["1.1.1.1"],"DnsOptions":["ndots:1"],"DnsSearch":["s"],"ExtraHosts":["a:1.2.3.4",)"
    R"("b:host-gateway"],"GroupAdd":["5"],"IpcMode":"host","Cgroup":"","Links":null,"OomScoreAdj":5,)"
    R"("PidMode":"host","Privileged":true,"PublishAllPorts":true,"ReadonlyRootfs":true,)"
    R"("SecurityOpt":["no-new-privileges"],"Tmpfs":{"/run":"size=1m"},"UTSMode":"host","UsernsMode":"host",)"
    R"("ShmSize":10485760,"Sysctls":{"net.a":"1"},"Runtime":"rc","Isolation":"default","CpuShares":5,)"
    R"("Memory":104857600,"NanoCpus":1500000000,"CgroupParent":"p","BlkioWeight":0,"BlkioWeightDevice":[],)"
    R"("BlkioDeviceReadBps":[],"BlkioDeviceWriteBps":[],"BlkioDeviceReadIOps":[],"BlkioDeviceWriteIOps":[],)"
    R"("CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"0",)"
    R"("CpusetMems":"","Devices":[{"PathOnHost":"/dev/null","PathInContainer":"/dev/x",)"
    R"("CgroupPermissions":"rw"},{"PathOnHost":"/dev/zero","PathInContainer":"/dev/zero",)"
    R"("CgroupPermissions":"rwm"}],"DeviceCgroupRules":["c 1:3 rwm"],"DeviceRequests":null,)"
    R"("MemoryReservation":10485760,"MemorySwap":209715200,"MemorySwappiness":10,"OomKillDisable":true,)"
    R"("PidsLimit":10,"Ulimits":[{"Name":"nofile","Hard":20,"Soft":10}],"CpuCount":0,"CpuPercent":0,)"
    R"("IOMaximumIOps":0,"IOMaximumBandwidth":0,"Mounts":[{"Type":"bind","Source":"/etc","Target":"/e",)"
    R"("ReadOnly":true,"BindOptions":{"Propagation":"rslave"}},{"Type":"tmpfs","Target":"/t",)"
    R"("TmpfsOptions":{"SizeBytes":1048576,"Mode":1016}},{"Type":"volume","Source":"v","Target":"/v2",)"
    R"("VolumeOptions":{"NoCopy":true,"DriverConfig":{}}}],"MaskedPaths":null,"ReadonlyPaths":null,)"
    R"("Init":true},"NetworkingConfig":{"EndpointsConfig":{}}})";

std::string refusal(const std::string& text) {
  try {
    parse_create_container(text);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
    return e.message();
  }
  return "accepted";
}

TEST(ContainerJson, AcceptsTheDefaultsThatDockerAlwaysSends) {
  auto request = parse_create_container(kPlain);
  EXPECT_EQ(request.config.image, "busybox");
  EXPECT_FALSE(request.config.cmd.is_set);
  EXPECT_EQ(request.host_config.network_mode, "default");
  EXPECT_FALSE(request.host_config.memory_swappiness);
  EXPECT_EQ(request.host_config.pids_limit, 0);
  EXPECT_EQ(request.networking_config.endpoints_config.count("default"), 1u);
}

TEST(ContainerJson, ReadsEveryFlag) {
  auto request = parse_create_container(kFull);
  const HostConfig& host = request.host_config;
  EXPECT_EQ(request.config.env, (std::vector<std::string>{"HOME=/root", "A=b"}));
  EXPECT_EQ(request.config.entrypoint.items, std::vector<std::string>{"sh"});
  EXPECT_EQ(request.config.healthcheck->interval, 3000000000);
  EXPECT_EQ(request.config.stop_timeout, 3);
  EXPECT_EQ(request.config.exposed_ports.size(), 5u);
  EXPECT_EQ(host.binds, (std::vector<std::string>{"/a:/b:ro", "vol:/c"}));
  EXPECT_EQ(host.port_bindings.at("80/tcp").at(0).host_ip, "127.0.0.1");
  EXPECT_EQ(host.nano_cpus, 1500000000);
  EXPECT_EQ(host.memory_swappiness, 10);
  EXPECT_EQ(host.devices.at(1).path_in_container, "/dev/zero");
  EXPECT_EQ(host.mounts.at(1).tmpfs_options->mode, 01770);
  EXPECT_TRUE(host.mounts.at(2).volume_options->no_copy);
  EXPECT_EQ(host.ulimits.at(0).hard, 20);
  EXPECT_EQ(host.init, true);
  EXPECT_FALSE(host.masked_paths);
}

TEST(ContainerJson, RequestsSurviveARoundTrip) {
  for (const char* text : {kPlain, kFull}) {
    std::string once = to_json(parse_create_container(text));
    EXPECT_EQ(to_json(parse_create_container(once)), once);
  }
  auto request = parse_create_container(kFull);
  EXPECT_EQ(to_json(parse_host_config(to_json(request.host_config))), to_json(request.host_config));
  EXPECT_EQ(to_json(parse_container_config(to_json(request.config))), to_json(request.config));
}

TEST(ContainerJson, RefusesByNameWhatItCannotDo) {
  EXPECT_EQ(refusal(R"({"HostConfig":{"BlkioWeight":10}})"), "unsupported field HostConfig.BlkioWeight");
  EXPECT_EQ(refusal(R"({"HostConfig":{"Links":["a:b"]}})"), "unsupported field HostConfig.Links");
  EXPECT_EQ(refusal(R"({"HostConfig":{"Isolation":"hyperv"}})"), "unsupported field HostConfig.Isolation");
  EXPECT_EQ(refusal(R"({"HostConfig":{"DeviceRequests":[{"Count":-1}]}})"),
            "unsupported field HostConfig.DeviceRequests");
  EXPECT_EQ(
      refusal(R"({"NetworkingConfig":{"EndpointsConfig":{"n":{"IPAMConfig":{"IPv4Address":"1.2.3.4"}}}}})"),
      "unsupported field NetworkingConfig.EndpointsConfig.n.IPAMConfig");
  EXPECT_EQ(refusal(R"({"Imagine":"x"})"), "unsupported field Imagine");
  EXPECT_EQ(refusal(R"({"HostConfig":{"Memory":"64m"}})"),
            "HostConfig.Memory: expected an integer, found string");
  EXPECT_EQ(refusal(R"({"HostConfig":{"BlkioWeight":0,"Isolation":"","Links":[],"Zukunft":null}})"),
            "accepted");
}

TEST(ContainerJson, CommandMayBeTextListOrNull) {
  EXPECT_EQ(parse_create_container(R"({"Cmd":"ls"})").config.cmd.items, std::vector<std::string>{"ls"});
  EXPECT_TRUE(parse_create_container(R"({"Cmd":[]})").config.cmd.is_set);
  EXPECT_FALSE(parse_create_container(R"({"Cmd":null})").config.cmd.is_set);
  EXPECT_NE(to_json(ContainerConfig{}).find(R"("Cmd":null)"), std::string::npos);
}

TEST(ContainerJson, WritesNullsAndEmptiesAsDockerdDoes) {
  std::string text = to_json(HostConfig{});
  for (const char* part : {R"("Binds":null)", R"("CapAdd":null)", R"("Dns":[])", R"("PortBindings":{})",
                           R"("MemorySwappiness":null)", R"("PidsLimit":null)", R"("Isolation":"")",
                           R"("BlkioWeightDevice":[])", R"("MaskedPaths":null)"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_EQ(text.find("Sysctls"), std::string::npos);
  text = to_json(std::vector<ContainerSummary>(1));
  EXPECT_NE(text.find(R"("Ports":[])"), std::string::npos);
  EXPECT_NE(text.find(R"("Mounts":[])"), std::string::npos);
  EXPECT_EQ(to_json(std::vector<ContainerSummary>{}), "[]");
}

TEST(ContainerJson, InspectRepeatsTheBridgeEndpointAndWritesZeroTimes) {
  ContainerInspect inspect;
  inspect.network_settings.networks["bridge"].ip_address = "172.17.0.2";
  inspect.network_settings.ports["80/tcp"] = std::nullopt;
  std::string text = to_json(inspect);
  size_t first = text.find(R"("IPAddress":"172.17.0.2")");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(text.find(R"("IPAddress":"172.17.0.2")", first + 1), std::string::npos);
  EXPECT_NE(text.find(R"("StartedAt":"0001-01-01T00:00:00Z")"), std::string::npos);
  EXPECT_NE(text.find(R"("80/tcp":null)"), std::string::npos);
  auto again = parse_container_inspect(text);
  EXPECT_FALSE(again.state.started_at);
  EXPECT_FALSE(again.network_settings.ports.at("80/tcp"));
  EXPECT_EQ(to_json(again), text);
}

TEST(ContainerJson, ExecRequestsAndAnswers) {
  auto config =
      parse_exec_config(R"({"User":"1","Detach":true,"Cmd":["ls"],"Env":null,"ConsoleSize":[24,80]})");
  EXPECT_EQ(config.user, "1");
  EXPECT_EQ(config.console_size, (std::vector<uint32_t>{24, 80}));
  ExecInspect inspect;
  inspect.tty = true;
  inspect.arguments = {"-l"};
  std::string text = to_json(inspect);
  EXPECT_NE(text.find(R"("ExitCode":null)"), std::string::npos);
  EXPECT_TRUE(parse_exec_inspect(text).tty);
  EXPECT_EQ(parse_exec_inspect(text).arguments, inspect.arguments);
  EXPECT_THROW(parse_exec_config(R"({"Cmd":["ls"],"Cgroup":"x"})"), Error);
}

TEST(ContainerJson, WaitErrorIsWrittenOnlyWhenThereIsOne) {
  EXPECT_EQ(to_json(WaitResult{3, ""}), R"({"StatusCode":3})");
  EXPECT_EQ(parse_wait_result(to_json(WaitResult{125, "gone"})).error, "gone");
}

}  // namespace
}  // namespace rundlet::spec::docker_api
