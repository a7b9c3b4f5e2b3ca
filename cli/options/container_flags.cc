#include "base/error.h"
#include "cli/options/container_options.h"
#include "cli/options/key_values.h"
#include "cli/options/mounts.h"
#include "cli/options/value_checks.h"

namespace rundlet::cli {
namespace {

std::string check_mount_text(std::string_view text) {
  parse_mount(text);
  return std::string(text);
}

std::string check_attach(std::string_view text) {
  std::string stream(text);
  for (char& c : stream)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (stream != "stdin" && stream != "stdout" && stream != "stderr")
    throw_invalid("valid streams are STDIN, STDOUT and STDERR");
  return stream;
}

void add_process_flags(FlagSet& f, ContainerOptions& o) {
  f.list(o.attach, 'a', "attach", "Attach to STDIN, STDOUT or STDERR", check_attach);
  f.text(o.entrypoint, 0, "entrypoint", "Run this in place of the image's ENTRYPOINT");
  f.list(o.env, 'e', "env", "Set environment variables", check_env);
  f.list(o.env_files, 0, "env-file", "Read environment variables from a file");
  f.toggle(o.init, 0, "init", "Run an init inside the container that forwards signals and reaps processes");
  f.toggle(o.interactive, 'i', "interactive", "Keep STDIN open even if not attached");
  f.text(o.platform, 0, "platform", "Platform of the image, such as linux/amd64");
  f.toggle(o.auto_remove, 0, "rm", "Remove the container and its anonymous volumes when it exits");
  f.text(o.runtime, 0, "runtime", "Runtime to use for this container");
  f.text(o.stop_signal, 0, "stop-signal", "Signal that stops the container");
  f.integer(o.stop_timeout, 0, "stop-timeout", "Seconds between the stop signal and SIGKILL");
  f.toggle(o.tty, 't', "tty", "Allocate a pseudo-TTY");
  f.text(o.user, 'u', "user", "Username or UID (format: <name|uid>[:<group|gid>])");
  f.text(o.workdir, 'w', "workdir", "Working directory inside the container");
}

void add_identity_flags(FlagSet& f, ContainerOptions& o) {
  f.list(o.annotations, 0, "annotation",
         "Add an annotation to the container (passed through to the OCI runtime)", {}, "map");
  f.text(o.cid_file, 0, "cidfile", "Write the container ID to the file");
  f.text(o.domainname, 0, "domainname", "Container NIS domain name");
  f.text(o.hostname, 'h', "hostname", "Container host name");
  f.list(o.labels, 'l', "label", "Set meta data on a container", check_label);
  f.list(o.label_files, 0, "label-file", "Read labels from a file, one a line");
  f.text(o.log_driver, 0, "log-driver", "Logging driver for the container");
  f.list(o.log_opts, 0, "log-opt", "Log driver options");
  f.text(o.name, 0, "name", "Assign a name to the container");
  f.text(o.restart, 0, "restart", "Restart policy to apply when a container exits");
}

void add_filesystem_flags(FlagSet& f, ContainerOptions& o) {
  f.list(o.devices, 0, "device", "Add a host device to the container");
  f.list(o.mounts, 0, "mount", "Attach a filesystem mount to the container", check_mount_text, "mount");
  f.toggle(o.read_only, 0, "read-only", "Mount the container's root filesystem as read only");
  f.bytes(o.shm_size, 0, "shm-size", "Size of /dev/shm");
  f.list(o.tmpfs, 0, "tmpfs", "Mount a tmpfs directory");
  f.list(o.volumes, 'v', "volume", "Bind mount a volume");
  f.list(o.volumes_from, 0, "volumes-from", "Mount volumes from the specified container(s)");
}

void add_network_flags(FlagSet& f, ContainerOptions& o) {
  f.list(o.add_hosts, 0, "add-host", "Add a custom host-to-IP mapping (host:ip)", check_extra_host);
  f.list(o.dns, 0, "dns", "Set custom DNS servers", check_ip_address);
  f.list(o.dns_options, 0, "dns-option", "Set DNS options");
  f.list(o.dns_options, 0, "dns-opt", "");
  f.list(o.dns_search, 0, "dns-search", "Set custom DNS search domains", check_dns_search);
  f.list(o.expose, 0, "expose", "Expose a port or a range of ports");
  f.text(o.mac_address, 0, "mac-address", "Container MAC address (e.g., 92:d0:c6:0a:29:33)");
  f.list(o.networks, 0, "network", "Connect a container to a network", {}, "network");
  f.list(o.networks, 0, "net", "", {}, "network");
  f.list(o.network_aliases, 0, "network-alias", "Add network-scoped alias for the container");
  f.list(o.publish, 'p', "publish", "Publish a container's port(s) to the host");
  f.toggle(o.publish_all, 'P', "publish-all", "Publish all exposed ports to random ports");
}

void add_isolation_flags(FlagSet& f, ContainerOptions& o) {
  f.list(o.cap_add, 0, "cap-add", "Add Linux capabilities");
  f.list(o.cap_drop, 0, "cap-drop", "Drop Linux capabilities");
  f.text(o.cgroupns, 0, "cgroupns", "Cgroup namespace to use (host|private)");
  f.list(o.device_cgroup_rules, 0, "device-cgroup-rule", "Add a rule to the cgroup allowed devices list");
  f.list(o.group_add, 0, "group-add", "Add additional groups to join");
  f.text(o.ipc, 0, "ipc", "IPC mode to use");
  f.text(o.pid, 0, "pid", "PID namespace to use");
  f.toggle(o.privileged, 0, "privileged", "Give extended privileges to this container");
  f.list(o.security_opts, 0, "security-opt", "Security Options");
  f.list(o.sysctls, 0, "sysctl", "Sysctl options", check_sysctl, "map");
  f.text(o.userns, 0, "userns", "User namespace to use");
  f.text(o.uts, 0, "uts", "UTS namespace to use");
}

void add_resource_flags(FlagSet& f, ContainerOptions& o) {
  f.text(o.cgroup_parent, 0, "cgroup-parent", "Parent cgroup for the container");
  f.integer(o.cpu_period, 0, "cpu-period", "Limit CPU CFS (Completely Fair Scheduler) period");
  f.integer(o.cpu_quota, 0, "cpu-quota", "Limit CPU CFS (Completely Fair Scheduler) quota");
  f.integer(o.cpu_shares, 'c', "cpu-shares", "CPU shares (relative weight)");
  f.add({0, "cpus", "decimal", "Number of CPUs", "", false,
         [&o](auto text) { o.nano_cpus = parse_cpus(text); }});
  f.text(o.cpuset_cpus, 0, "cpuset-cpus", "CPUs in which to allow execution (0-3, 0,1)");
  f.text(o.cpuset_mems, 0, "cpuset-mems", "MEMs in which to allow execution (0-3, 0,1)");
  f.bytes(o.memory, 'm', "memory", "Memory limit");
  f.bytes(o.memory_reservation, 0, "memory-reservation", "Memory soft limit");
  f.bytes(o.memory_swap, 0, "memory-swap",
          "Swap limit equal to memory plus swap: '-1' to enable unlimited swap");
  f.integer(o.memory_swappiness, 0, "memory-swappiness", "Tune container memory swappiness (0 to 100)");
  f.toggle(o.oom_kill_disable, 0, "oom-kill-disable", "Disable OOM Killer");
  f.integer(o.oom_score_adj, 0, "oom-score-adj", "Tune host's OOM preferences (-1000 to 1000)");
  f.integer(o.pids_limit, 0, "pids-limit", "Tune container pids limit (set -1 for unlimited)");
  f.list(o.ulimits, 0, "ulimit", "Ulimit options", check_ulimit, "ulimit");
}

void add_health_flags(FlagSet& f, ContainerOptions& o) {
  f.text(o.health_cmd, 0, "health-cmd", "Command to run to check health");
  f.duration(o.health_interval, 0, "health-interval", "Time between running the check (ms|s|m|h)");
  f.integer(o.health_retries, 0, "health-retries", "Consecutive failures needed to report unhealthy");
  f.duration(o.health_start_interval, 0, "health-start-interval",
             "Time between running the check during the start period (ms|s|m|h)");
  f.duration(
      o.health_start_period, 0, "health-start-period",
      "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h)");
  f.duration(o.health_timeout, 0, "health-timeout", "Maximum time to allow one check to run (ms|s|m|h)");
  f.toggle(o.no_healthcheck, 0, "no-healthcheck", "Disable any container-specified HEALTHCHECK");
}

void add_unsupported_flags(FlagSet& f) {
  for (const char* name : {"blkio-weight",
                           "blkio-weight-device",
                           "cpu-count",
                           "cpu-percent",
                           "cpu-rt-period",
                           "cpu-rt-runtime",
                           "device-read-bps",
                           "device-read-iops",
                           "device-write-bps",
                           "device-write-iops",
                           "gpus",
                           "io-maxbandwidth",
                           "io-maxiops",
                           "ip",
                           "ip6",
                           "isolation",
                           "kernel-memory",
                           "link",
                           "link-local-ip",
                           "storage-opt",
                           "volume-driver"})
    f.unsupported(0, name);
  f.unsupported(0, "use-api-socket", "");
  f.ignored_switch(0, "disable-content-trust");
}

}  // namespace

void add_container_flags(FlagSet& flags, ContainerOptions& options) {
  flags.stop_at_first_argument();
  add_process_flags(flags, options);
  add_identity_flags(flags, options);
  add_filesystem_flags(flags, options);
  add_network_flags(flags, options);
  add_isolation_flags(flags, options);
  add_resource_flags(flags, options);
  add_health_flags(flags, options);
  add_unsupported_flags(flags);
}

}  // namespace rundlet::cli
