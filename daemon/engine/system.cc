#include "daemon/engine/system.h"

#include <dirent.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <memory>
#include <sstream>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

utsname kernel() {
  utsname name;
  if (::uname(&name) < 0) throw_errno("uname");
  return name;
}

int entries(const char* path) {
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path), ::closedir);
  if (!directory) throw_errno(std::string("open ") + path);
  int count = 0;
  while (dirent* entry = ::readdir(directory.get()))
    if (entry->d_name[0] != '.') ++count;
  return count;
}

// One value of /etc/os-release, without its quotes; "" when there is none.
std::string os_release(const std::string& key) {
  if (::access("/etc/os-release", R_OK) < 0) return "";
  std::istringstream lines(read_file("/etc/os-release"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key + "=")) continue;
    std::string value = line.substr(key.size() + 1);
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return "";
}

bool forwards_ipv4() {
  return ::access("/proc/sys/net/ipv4/ip_forward", R_OK) == 0 &&
         read_file("/proc/sys/net/ipv4/ip_forward").starts_with('1');
}

void count_containers(Engine& engine, docker_api::SystemInfo& info) {
  for (const ContainerPtr& container : engine.containers.all()) {
    ++info.containers;
    Status status = container->status();
    if (status == Status::paused) {
      ++info.containers_paused;
    } else if (is_running(status)) {
      ++info.containers_running;
    } else {
      ++info.containers_stopped;
    }
  }
}

void describe_host(docker_api::SystemInfo& info) {
  utsname name = kernel();
  struct sysinfo memory;
  if (::sysinfo(&memory) < 0) throw_errno("sysinfo");
  info.kernel_version = name.release;
  info.operating_system = os_release("PRETTY_NAME");
  info.os_version = os_release("VERSION_ID");
  info.os_type = "linux";
  info.architecture = name.machine;
  info.name = name.nodename;
  info.cpus = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  info.mem_total = static_cast<int64_t>(memory.totalram) * memory.mem_unit;
  info.ipv4_forwarding = forwards_ipv4();
  info.cgroup_driver = "cgroupfs";
  info.cgroup_version = std::to_string(runtime::cgroup_version());
  info.memory_limit = info.cpu_cfs_period = info.cpu_cfs_quota = info.cpu_shares = info.cpu_set = info.pids_limit = true;
  info.swap_limit = runtime::cgroup_version() == 2 || ::access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0;
  info.oom_kill_disable = runtime::cgroup_version() == 1;
}

}  // namespace

docker_api::SystemInfo system_info(Engine& engine) {
  docker_api::SystemInfo info;
  info.id = engine.installation;
  count_containers(engine, info);
  info.images = static_cast<int>(engine.images.list().size());
  info.driver = "overlay2";
  info.docker_root_dir = engine.config.root;
  info.volume_plugins = {"local"};
  info.network_plugins = {"bridge", "host", "none"};
  info.log_plugins = {"json-file", "none"};
  describe_host(info);
  info.fds = entries("/proc/self/fd");
  info.threads = entries("/proc/self/task");
  info.system_time = format_rfc3339(now());
  info.logging_driver = engine.config.log.type;
  info.events_listeners = engine.events.subscribers();
  info.insecure_registries = engine.config.registries.insecure;
  info.registry_mirrors = engine.config.registries.mirrors;
  info.labels = engine.config.labels;
  info.server_version = RUNDLET_VERSION;
  info.runtimes = engine.config.runtimes;
  info.runtimes["rundlet"] = "rundlet-oci";
  info.default_runtime = engine.config.default_runtime;
  info.init_binary = "rundlet-init";
  info.security_options = {"name=seccomp,profile=builtin"};
  if (!info.swap_limit) info.warnings.push_back("WARNING: No swap limit support");
  for (const auto& pool : engine.config.address_pools) info.default_address_pools.push_back({pool.base, pool.size});
  return info;
}

}  // namespace rundlet::daemon
