#include "daemon/engine/oci_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "daemon/engine/devices.h"
#include "daemon/engine/host_config.h"
#include "daemon/engine/sandbox.h"
#include "image-store/user_lookup.h"
#include "spec/oci_defaults.h"

namespace rundlet::daemon {
namespace {

using spec::OciConfig;
using spec::OciMount;

bool has_variable(const std::vector<std::string>& env, std::string_view name) {
  return std::any_of(env.begin(), env.end(), [&](const std::string& variable) {
    return variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=';
  });
}

std::vector<std::string> environment(const docker_api::ContainerConfig& config, const std::string& hostname,
                                     bool tty, const std::string& home) {
  std::vector<std::string> env = config.env;
  if (!has_variable(env, "PATH")) env.insert(env.begin(), spec::kDefaultPath);
  if (!hostname.empty() && !has_variable(env, "HOSTNAME")) env.push_back("HOSTNAME=" + hostname);
  if (tty && !has_variable(env, "TERM")) env.push_back("TERM=xterm");
  if (!has_variable(env, "HOME")) env.push_back("HOME=" + home);
  return env;
}

spec::OciUser oci_user(const image_store::UserIds& ids, const docker_api::HostConfig& host,
                       const fs::RootedPath& root) {
  spec::OciUser user;
  user.uid = ids.uid;
  user.gid = ids.gid;
  user.additional_gids = ids.additional_gids;
  for (const std::string& group : host.group_add)
    user.additional_gids.push_back(image_store::lookup_group(root, group));
  return user;
}

bool asks(const docker_api::HostConfig& host, std::initializer_list<std::string_view> options) {
  return std::any_of(host.security_opt.begin(), host.security_opt.end(), [&](const std::string& option) {
    return std::find(options.begin(), options.end(), option) != options.end();
  });
}

void set_rlimits(spec::OciProcess& process, const docker_api::HostConfig& host) {
  for (const auto& limit : host.ulimits) {
    std::string type = "RLIMIT_" + limit.name;
    std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::toupper(c); });
    auto value = [](int64_t v) { return v < 0 ? UINT64_MAX : static_cast<uint64_t>(v); };
    process.rlimits.push_back({type, value(limit.hard), value(limit.soft)});
  }
}

void set_process(OciConfig& config, const ContainerRecord& record, const fs::RootedPath& root) {
  spec::OciProcess& process = *config.process;
  image_store::UserIds ids = image_store::lookup_user(root, record.config.user);
  process.terminal = record.config.tty;
  if (record.host_config.console_size.size() == 2 && record.host_config.console_size[0] > 0)
    process.console_size = {record.host_config.console_size[0], record.host_config.console_size[1]};
  process.user = oci_user(ids, record.host_config, root);
  process.args = {record.path};
  process.args.insert(process.args.end(), record.args.begin(), record.args.end());
  process.env = environment(record.config, record.config.hostname, record.config.tty, ids.home);
  process.cwd = record.config.working_dir.empty() ? "/" : record.config.working_dir;
  process.capabilities = spec::capability_sets(capabilities(record.host_config));
  process.no_new_privileges = asks(record.host_config, {"no-new-privileges", "no-new-privileges:true",
                                                        "no-new-privileges=true"});
  if (record.host_config.oom_score_adj != 0) process.oom_score_adj = record.host_config.oom_score_adj;
  set_rlimits(process, record.host_config);
}

void drop_namespace(OciConfig& config, const std::string& type) {
  std::erase_if(config.linux_.namespaces, [&](const auto& ns) { return ns.type == type; });
}

void set_namespaces(const Engine& engine, OciConfig& config, const ContainerRecord& record) {
  const docker_api::HostConfig& host = record.host_config;
  NetworkMode mode = parse_network_mode(host.network_mode);
  bool own_network = mode.kind == NetworkKind::bridge || mode.kind == NetworkKind::none;
  if (mode.kind == NetworkKind::host) drop_namespace(config, "network");
  if (mode.kind == NetworkKind::container)
    for (auto& ns : config.linux_.namespaces)
      if (ns.type == "network") ns.path = namespace_pin(engine, record.sandbox);
  if (!own_network) config.linux_.sysctl.clear();
  if (host.pid_mode == "host") drop_namespace(config, "pid");
  if (host.ipc_mode == "host") drop_namespace(config, "ipc");
  if (host.uts_mode == "host") drop_namespace(config, "uts");
  if (host.cgroupns_mode == "host") drop_namespace(config, "cgroup");
  for (const auto& [name, value] : host.sysctls) config.linux_.sysctl[name] = value;
}

OciMount bind(const std::string& source, const std::string& destination, std::vector<std::string> options) {
  OciMount mount;
  mount.type = "bind";
  mount.source = source;
  mount.destination = destination;
  mount.options = std::move(options);
  return mount;
}

OciMount tmpfs(const std::string& destination, const std::string& options) {
  OciMount mount;
  mount.type = "tmpfs";
  mount.source = "tmpfs";
  mount.destination = destination;
  mount.options = {"nosuid", "nodev", "noexec"};
  for (size_t start = 0; start < options.size();) {
    size_t end = std::min(options.find(',', start), options.size());
    std::string option = options.substr(start, end - start);
    if (option == "exec" || option == "suid" || option == "dev") std::erase(mount.options, "no" + option);
    mount.options.push_back(option);
    start = end + 1;
  }
  return mount;
}

docker_api::MountBindOptions bind_options(const docker_api::MountPoint& point, const docker_api::HostConfig& host) {
  for (const auto& request : host.mounts)
    if (request.target == point.destination && request.bind_options) return *request.bind_options;
  return {};
}

OciMount mount_of(const docker_api::MountPoint& point, const docker_api::HostConfig& host) {
  if (point.type == "tmpfs") {
    std::string options = point.rw ? "" : "ro";
    for (const auto& request : host.mounts) {
      if (request.target != point.destination || !request.tmpfs_options) continue;
      if (request.tmpfs_options->size_bytes > 0)
        options += ",size=" + std::to_string(request.tmpfs_options->size_bytes);
      if (request.tmpfs_options->mode > 0) options += fmt::format(",mode={:o}", request.tmpfs_options->mode);
    }
    return tmpfs(point.destination, options.starts_with(',') ? options.substr(1) : options);
  }
  docker_api::MountBindOptions options = bind_options(point, host);
  OciMount mount = bind(point.source, point.destination, {options.non_recursive ? "bind" : "rbind"});
  mount.options.push_back(point.propagation.empty() ? "rprivate" : point.propagation);
  // Read-only all the way down, unless only the top was asked for.
  bool shallow = options.non_recursive || options.read_only_non_recursive;
  if (!point.rw) mount.options.push_back(shallow ? "ro" : "rro");
  return mount;
}

// Parents before what lies in them.
void sort_by_depth(std::vector<OciMount>& mounts, size_t from) {
  auto depth = [](const OciMount& mount) { return std::count(mount.destination.begin(), mount.destination.end(), '/'); };
  std::stable_sort(mounts.begin() + static_cast<long>(from), mounts.end(),
                   [&](const OciMount& a, const OciMount& b) { return depth(a) < depth(b); });
}

void set_mounts(const Engine& engine, OciConfig& config, const ContainerRecord& record) {
  const docker_api::HostConfig& host = record.host_config;
  for (auto& mount : config.mounts) {
    if (mount.destination != "/dev/shm" || host.shm_size <= 0) continue;
    for (auto& option : mount.options)
      if (option.starts_with("size=")) option = "size=" + std::to_string(host.shm_size);
  }
  if (host.ipc_mode == "host") {
    std::erase_if(config.mounts, [](const auto& m) { return m.destination == "/dev/shm" || m.destination == "/dev/mqueue"; });
    config.mounts.push_back(bind("/dev/shm", "/dev/shm", {"rbind", "rprivate"}));
    config.mounts.push_back(bind("/dev/mqueue", "/dev/mqueue", {"rbind", "rprivate"}));
  }
  size_t own = config.mounts.size();
  for (const auto& [name, path] : sandbox_files(engine, record.sandbox))
    config.mounts.push_back(bind(path, "/etc/" + name, {"rbind", "rprivate"}));
  for (const auto& point : record.mounts) config.mounts.push_back(mount_of(point, host));
  for (const auto& [destination, options] : host.tmpfs) config.mounts.push_back(tmpfs(destination, options));
  if (host.init.value_or(false)) config.mounts.push_back(bind(engine.config.runtime.init, "/sbin/docker-init", {"rbind", "ro"}));
  // A mount of the user's wins over one of ours at the same place.
  for (const auto& point : record.mounts)
    config.mounts.erase(std::remove_if(config.mounts.begin(), config.mounts.begin() + static_cast<long>(own),
                                       [&](const OciMount& m) { return m.destination == point.destination; }),
                        config.mounts.begin() + static_cast<long>(own));
  sort_by_depth(config.mounts, 0);
}

void set_paths(OciConfig& config, const docker_api::HostConfig& host) {
  bool bare = host.privileged || asks(host, {"systempaths=unconfined"});
  if (bare) config.linux_.masked_paths.clear();
  if (bare) config.linux_.readonly_paths.clear();
  if (host.masked_paths) config.linux_.masked_paths = *host.masked_paths;
  if (host.readonly_paths) config.linux_.readonly_paths = *host.readonly_paths;
  if (!host.privileged) return;
  for (auto& mount : config.mounts)
    if (mount.type == "sysfs" || mount.type == "cgroup") std::erase(mount.options, "ro");
}

}  // namespace

std::string cgroup_path(const Engine& engine, const ContainerRecord& record) {
  const std::string& parent = record.host_config.cgroup_parent;
  return (parent.empty() ? engine.config.cgroup_parent : "/" + parent) + "/" + record.id;
}

OciConfig make_oci_config(const Engine& engine, const ContainerRecord& record, const fs::RootedPath& root) {
  OciConfig config = spec::default_linux_config();
  config.root = {"rootfs", record.host_config.readonly_rootfs};
  config.hostname = record.host_config.uts_mode == "host" ? "" : record.config.hostname;
  config.domainname = record.config.domainname;
  config.annotations = record.host_config.annotations;
  set_process(config, record, root);
  set_namespaces(engine, config, record);
  set_mounts(engine, config, record);
  set_paths(config, record.host_config);
  auto rules = config.linux_.resources->devices;
  config.linux_.resources = resources(record.host_config);
  config.linux_.resources->devices = std::move(rules);
  add_devices(config, record.host_config);
  config.linux_.cgroups_path = cgroup_path(engine, record);
  if (record.host_config.init.value_or(false)) {
    auto& args = config.process->args;
    args.insert(args.begin(), {"/sbin/docker-init", "--"});
  }
  return config;
}

spec::OciProcess make_exec_process(const ContainerRecord& record, const docker_api::ExecConfig& exec,
                                   const fs::RootedPath& root) {
  spec::OciProcess process;
  image_store::UserIds ids = image_store::lookup_user(root, exec.user.empty() ? record.config.user : exec.user);
  process.terminal = exec.tty;
  process.user = oci_user(ids, record.host_config, root);
  process.args = exec.cmd;
  process.env = environment(record.config, record.config.hostname, exec.tty, ids.home);
  process.env.insert(process.env.end(), exec.env.begin(), exec.env.end());
  process.cwd = exec.working_dir.empty() ? record.config.working_dir : exec.working_dir;
  if (process.cwd.empty()) process.cwd = "/";
  docker_api::HostConfig host = record.host_config;
  host.privileged = host.privileged || exec.privileged;
  process.capabilities = spec::capability_sets(capabilities(host));
  process.no_new_privileges =
      asks(record.host_config, {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"});
  return process;
}

}  // namespace rundlet::daemon
