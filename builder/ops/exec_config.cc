#include "builder/ops/exec_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "spec/oci_defaults.h"

namespace rundlet::builder::ops {
namespace {

spec::OciMount bind_file(const std::string& source, const std::string& destination) {
  spec::OciMount mount;
  mount.destination = destination;
  mount.type = "bind";
  mount.source = source;
  mount.options = {"rbind", "rprivate", "rw"};
  return mount;
}

void set_shm_size(spec::OciConfig& config, int64_t bytes) {
  if (bytes <= 0) return;
  for (spec::OciMount& mount : config.mounts) {
    if (mount.destination != "/dev/shm") continue;
    std::erase_if(mount.options, [](const std::string& option) { return option.starts_with("size="); });
    mount.options.push_back(fmt::format("size={}", bytes));
  }
}

// Sysctls of the network belong to a namespace of the step's own.
void share_host_network(spec::OciConfig& config) {
  std::erase_if(config.linux_.namespaces, [](const auto& space) { return space.type == "network"; });
  std::erase_if(config.linux_.sysctl, [](const auto& entry) { return entry.first.starts_with("net."); });
}

void set_process(spec::OciProcess& process, const graph::ExecOp& op, const ExecSetup& setup) {
  process.args = op.argv;
  process.cwd = op.directory;
  process.user.uid = setup.user.uid;
  process.user.gid = setup.user.gid;
  process.user.additional_gids = setup.user.additional_gids;
  process.env = op.env;
  process.env.insert(process.env.end(), op.hidden_env.begin(), op.hidden_env.end());
  bool has_home =
      std::any_of(op.env.begin(), op.env.end(), [](const auto& e) { return e.starts_with("HOME="); });
  if (!has_home) process.env.push_back("HOME=" + setup.user.home);
  if (setup.user.uid == 0) return;
  // As execve would drop them: a process that is not root starts without effective capabilities.
  process.capabilities->effective.clear();
  process.capabilities->permitted.clear();
}

}  // namespace

spec::OciConfig exec_config(const graph::ExecOp& op, const ExecSetup& setup) {
  spec::OciConfig config = spec::default_linux_config();
  config.root.path = setup.rootfs;
  config.hostname = setup.hostname;
  set_process(*config.process, op, setup);
  set_shm_size(config, op.shm_size);
  config.mounts.push_back(bind_file(setup.resolv_file, "/etc/resolv.conf"));
  config.mounts.push_back(bind_file(setup.hostname_file, "/etc/hostname"));
  config.mounts.push_back(bind_file(setup.hosts_file, "/etc/hosts"));
  for (const ExecMounts::Prepared& prepared : setup.mounts) config.mounts.push_back(prepared.mount);
  config.linux_.cgroups_path = setup.cgroup;
  if (op.memory > 0) config.linux_.resources->memory.emplace().limit = op.memory;
  if (op.network == "host") share_host_network(config);
  return config;
}

std::string hosts_content(const graph::ExecOp& op, const std::string& hostname) {
  std::string text =
      "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost "
      "ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\n"
      "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";
  text += fmt::format("127.0.1.1\t{}\n", hostname);
  for (const std::string& entry : op.extra_hosts) {
    size_t separator = entry.find_first_of(":=");
    if (separator == 0 || separator == entry.npos || separator + 1 == entry.size()) {
      throw_invalid(fmt::format("bad format for add-host: \"{}\"", entry));
    }
    text += fmt::format("{}\t{}\n", entry.substr(separator + 1), entry.substr(0, separator));
  }
  return text;
}

}  // namespace rundlet::builder::ops
