// Containers in the Docker Engine API v1.51: requests and answers of /containers. Requests refuse, by name,
// fields that ask for something Rundlet does not do; fields with empty values ask for nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/codec/json_raw.h"
#include "spec/oci_image.h"

namespace rundlet::spec::docker_api {

// Go's nil slice and a string in place of a list, as docker takes them for Cmd and Entrypoint.
struct StringList {
  std::vector<std::string> items;
  bool is_set = false;  // false: null or absent, inherit from the image
};

struct ContainerConfig {
  std::string hostname, domainname, user;
  bool attach_stdin = false, attach_stdout = false, attach_stderr = false;
  std::map<std::string, Empty> exposed_ports;
  bool tty = false, open_stdin = false, stdin_once = false;
  std::vector<std::string> env;
  StringList cmd;
  std::optional<HealthConfig> healthcheck;
  bool args_escaped = false;
  std::string image;
  std::map<std::string, Empty> volumes;
  std::string working_dir;
  StringList entrypoint;
  bool network_disabled = false;
  std::string mac_address;
  std::vector<std::string> on_build;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  std::optional<int> stop_timeout;  // seconds
  std::vector<std::string> shell;
};

struct PortBinding {
  std::string host_ip;    // "" or "0.0.0.0": every address
  std::string host_port;  // "": random; "8000-8010": one of the range
};
// "80/tcp" → bindings
using PortMap = std::map<std::string, std::vector<PortBinding>>;

struct RestartPolicy {
  std::string name;  // "" and "no", "always", "unless-stopped", "on-failure"
  int maximum_retry_count = 0;
};

struct LogConfig {
  std::string type;
  std::map<std::string, std::string> config;
};

struct Ulimit {
  std::string name;
  int64_t hard = 0, soft = 0;
};

struct DeviceMapping {
  std::string path_on_host, path_in_container, cgroup_permissions;
};

struct MountBindOptions {
  std::string propagation;
  bool non_recursive = false, create_mountpoint = false;
  bool read_only_non_recursive = false, read_only_force_recursive = false;
};
struct MountVolumeOptions {
  bool no_copy = false;
  std::map<std::string, std::string> labels;
  std::string subpath;
};
struct MountTmpfsOptions {
  int64_t size_bytes = 0;
  int mode = 0;
};
struct MountRequest {
  std::string type, source, target, consistency;
  bool read_only = false;
  std::optional<MountBindOptions> bind_options;
  std::optional<MountVolumeOptions> volume_options;
  std::optional<MountTmpfsOptions> tmpfs_options;
};

struct HostConfig {
  std::vector<std::string> binds;  // "src:dst[:options]"
  std::string container_id_file;
  LogConfig log_config;
  std::string network_mode;  // "default", "bridge", "none", "host", "container:NAME"
  PortMap port_bindings;
  RestartPolicy restart_policy;
  bool auto_remove = false;
  std::vector<std::string> volumes_from;
  std::vector<MountRequest> mounts;
  std::vector<uint32_t> console_size;  // height, width
  std::map<std::string, std::string> annotations;
  std::vector<std::string> cap_add, cap_drop;
  std::string cgroupns_mode;  // "", "private", "host"
  std::vector<std::string> dns, dns_options, dns_search, extra_hosts, group_add;
  std::string ipc_mode;
  int oom_score_adj = 0;
  std::string pid_mode;
  bool privileged = false, publish_all_ports = false, readonly_rootfs = false;
  std::vector<std::string> security_opt;
  std::map<std::string, std::string> tmpfs;
  std::string uts_mode, userns_mode;
  int64_t shm_size = 0;  // bytes, 0: 64 MiB
  std::map<std::string, std::string> sysctls;
  std::string runtime;
  std::optional<std::vector<std::string>> masked_paths, readonly_paths;
  // Resources
  int64_t cpu_shares = 0, memory = 0, nano_cpus = 0;
  std::string cgroup_parent;
  int64_t cpu_period = 0, cpu_quota = 0;
  std::string cpuset_cpus, cpuset_mems;
  std::vector<DeviceMapping> devices;
  std::vector<std::string> device_cgroup_rules;
  int64_t memory_reservation = 0, memory_swap = 0;
  std::optional<int64_t> memory_swappiness;
  std::optional<bool> oom_kill_disable;
  std::optional<bool> init;
  std::optional<int64_t> pids_limit;
  std::vector<Ulimit> ulimits;
};

struct EndpointSettings {
  std::vector<std::string> links, aliases;
  std::string mac_address, network_id, endpoint_id, gateway, ip_address;
  int ip_prefix_len = 0;
  std::string ipv6_gateway, global_ipv6_address;
  int global_ipv6_prefix_len = 0;
  std::map<std::string, std::string> driver_opts;
  int gw_priority = 0;
  std::vector<std::string> dns_names;
};

struct NetworkingConfig {
  std::map<std::string, EndpointSettings> endpoints_config;
};

// POST /containers/create: ContainerConfig's fields with HostConfig and NetworkingConfig beside them.
struct CreateContainerRequest {
  ContainerConfig config;
  HostConfig host_config;
  NetworkingConfig networking_config;
};

struct HealthcheckResult {
  std::optional<TimePoint> start, end;
  int exit_code = 0;
  std::string output;
};
struct Health {
  std::string status;  // none starting healthy unhealthy
  int failing_streak = 0;
  std::vector<HealthcheckResult> log;
};

struct ContainerState {
  std::string status;  // created running paused restarting removing exited dead
  bool running = false, paused = false, restarting = false, oom_killed = false, dead = false;
  int pid = 0;
  int exit_code = 0;
  std::string error;
  std::optional<TimePoint> started_at, finished_at;  // unset is written as 0001-01-01T00:00:00Z
  std::optional<Health> health;
};

struct MountPoint {
  std::string type, name, source, destination, driver, mode;
  bool rw = false;
  std::string propagation;
};

struct DriverData {
  std::string name;
  std::map<std::string, std::string> data;
};

struct NetworkSettings {
  std::string bridge, sandbox_id, sandbox_key;
  // A port that is exposed and not published stands with null.
  std::map<std::string, std::optional<std::vector<PortBinding>>> ports;
  std::map<std::string, EndpointSettings> networks;  // top-level address fields repeat those of "bridge"
};

struct ContainerInspect {
  std::string id;
  TimePoint created;
  std::string path;
  std::vector<std::string> args;
  ContainerState state;
  std::string image;  // image id
  std::string resolv_conf_path, hostname_path, hosts_path, log_path;
  std::string name;  // with a leading slash
  int restart_count = 0;
  std::string driver, platform, mount_label, process_label, app_armor_profile;
  std::vector<std::string> exec_ids;
  HostConfig host_config;
  DriverData graph_driver;
  std::optional<int64_t> size_rw, size_root_fs;
  std::vector<MountPoint> mounts;
  ContainerConfig config;
  NetworkSettings network_settings;
};

struct PortSummary {
  std::string ip;
  uint16_t private_port = 0;
  std::optional<uint16_t> public_port;
  std::string type;
};

struct ContainerSummary {
  std::string id;
  std::vector<std::string> names;
  std::string image, image_id, command;
  int64_t created = 0;  // unix seconds
  std::vector<PortSummary> ports;
  std::optional<int64_t> size_rw, size_root_fs;
  std::map<std::string, std::string> labels;
  std::string state, status;
  std::string network_mode;  // HostConfig.NetworkMode
  std::map<std::string, EndpointSettings> networks;
  std::vector<MountPoint> mounts;
};

struct ContainerCreated {
  std::string id;
  std::vector<std::string> warnings;
};

struct WaitResult {
  int64_t status_code = 0;
  std::string error;
};

struct TopResult {
  std::vector<std::string> titles;
  std::vector<std::vector<std::string>> processes;
};

struct FilesystemChange {
  std::string path;
  int kind = 0;  // 0 modified, 1 added, 2 deleted
};

struct ExecConfig {
  bool attach_stdin = false, attach_stdout = false, attach_stderr = false, tty = false, privileged = false;
  std::string detach_keys, user, working_dir;
  std::vector<std::string> env, cmd;
  std::vector<uint32_t> console_size;
};
struct ExecStart {
  bool detach = false, tty = false;
  std::vector<uint32_t> console_size;
};
struct ExecInspect {
  bool can_remove = false;
  std::string container_id, detach_keys;
  std::optional<int> exit_code;  // null while it runs
  std::string id;
  bool open_stderr = false, open_stdin = false, open_stdout = false, running = false;
  int pid = 0;
  bool tty = false, privileged = false;
  std::string user, entrypoint;
  std::vector<std::string> arguments;
};

struct UpdateResult {
  std::vector<std::string> warnings;
};

CreateContainerRequest parse_create_container(std::string_view text);
// A request as clients send it: what CLI and compose write.
std::string to_json(const CreateContainerRequest& request);
// Stored state of the engine uses the same codecs, so every struct here can be read and written.
std::string to_json(const ContainerConfig& config);
std::string to_json(const HostConfig& config);
ContainerConfig parse_container_config(std::string_view text);
HostConfig parse_host_config(std::string_view text);
std::string to_json(const ContainerInspect& inspect);
ContainerInspect parse_container_inspect(std::string_view text);
std::string to_json(const std::vector<ContainerSummary>& containers);
std::vector<ContainerSummary> parse_container_list(std::string_view text);
std::string to_json(const ContainerCreated& created);
ContainerCreated parse_container_created(std::string_view text);
std::string to_json(const WaitResult& result);
WaitResult parse_wait_result(std::string_view text);
std::string to_json(const TopResult& result);
TopResult parse_top_result(std::string_view text);
std::string to_json(const std::vector<FilesystemChange>& changes);
std::vector<FilesystemChange> parse_changes(std::string_view text);
std::string to_json(const ExecConfig& config);
ExecConfig parse_exec_config(std::string_view text);
std::string to_json(const ExecStart& start);
ExecStart parse_exec_start(std::string_view text);
std::string to_json(const ExecInspect& inspect);
ExecInspect parse_exec_inspect(std::string_view text);
std::string to_json(const Health& health);
Health parse_health(std::string_view text);

}  // namespace rundlet::spec::docker_api
