#include "runtime/init/stage_rootfs.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "runtime/init/stage_process.h"
#include "runtime/isolation/sysctl.h"
#include "runtime/rootfs/devices.h"
#include "runtime/rootfs/masked_paths.h"
#include "runtime/rootfs/mounts.h"
#include "runtime/rootfs/pivot_root.h"

namespace rundlet::runtime {
namespace {

void set_names(const spec::OciConfig& config) {
  if (!config.hostname.empty() && ::sethostname(config.hostname.data(), config.hostname.size()) < 0)
    throw_errno("set the host name");
  if (!config.domainname.empty() && ::setdomainname(config.domainname.data(), config.domainname.size()) < 0)
    throw_errno("set the domain name");
}

void set_root_propagation(const std::string& propagation) {
  // "shared" and "unbindable" are about the container's root; slave and private were done for the whole tree.
  bool shared = propagation == "shared" || propagation == "rshared";
  unsigned long flag = shared ? MS_SHARED : propagation == "unbindable" ? MS_UNBINDABLE : 0;
  if (flag != 0 && ::mount(nullptr, "/", nullptr, flag, nullptr) < 0)
    throw_errno("set the root's propagation");
}

}  // namespace

Console build_rootfs(const InitPlan& plan) {
  const spec::OciConfig& config = plan.config;
  ::umask(0);
  set_host_propagation(config.linux_.rootfs_propagation, config.root.path);
  mount_rootfs(config.root.path, plan.rootfs);
  fs::RootedPath root(config.root.path);
  perform_mounts(
      {root, plan.cgroup_mounts, plan.user_namespace(), (plan.namespaces.create & CLONE_NEWNET) != 0},
      config.mounts);
  if (!brings_own_dev(config.mounts)) make_devices(root, config.linux_.devices, plan.user_namespace());
  Console console;
  if (plan.program.process.terminal) {
    console = open_console(root, plan.program.process.console_size);
    bind_console(root, console);
  }
  set_sysctls(config.linux_.sysctl, plan.namespaces);
  mask_paths(root, config.linux_.masked_paths);
  protect_paths(root, config.linux_.readonly_paths);
  return console;
}

void enter_rootfs(const InitPlan& plan) {
  pivot_into(plan.config.root.path);
  set_root_propagation(plan.config.linux_.rootfs_propagation);
  set_names(plan.config);
  // The working directory is made while the root can still be written.
  make_working_directory(plan.program.process.cwd);
  if (plan.config.root.readonly) make_root_readonly();
}

}  // namespace rundlet::runtime
