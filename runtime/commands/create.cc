#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/proc/pidfd.h"
#include "base/unix_socket.h"
#include "runtime/commands/commands.h"
#include "runtime/init/clone.h"
#include "runtime/init/hooks.h"
#include "runtime/isolation/seccomp_compile.h"
#include "runtime/rootfs/console_socket.h"

namespace rundlet::runtime {
namespace {

uint64_t own_inode() {
  struct stat status;
  if (::stat("/proc/self/exe", &status) < 0) throw_errno("stat /proc/self/exe");
  return status.st_ino;
}

std::string absolute(const std::string& path) {
  char resolved[PATH_MAX];
  if (::realpath(path.c_str(), resolved) == nullptr) throw_errno("bundle " + path);
  return resolved;
}

Record make_record(const CreateOptions& options, const std::string& bundle, const spec::OciConfig& config) {
  Record record;
  record.oci_version = config.oci_version;
  record.id = options.id;
  record.bundle = bundle;
  record.boot_id = proc::boot_id();
  record.created = now();
  record.cgroups_path =
      config.linux_.cgroups_path.empty() ? "/rundlet-oci-" + options.id : config.linux_.cgroups_path;
  record.runtime_inode = own_inode();
  record.annotations = config.annotations;
  return record;
}

InitPlan make_plan(const RecordStore& store, const CreateOptions& options, Record& record,
                   spec::OciConfig config, const Cgroup& cgroup) {
  std::optional<spec::OciSeccomp> seccomp = config.linux_.seccomp;
  InitPlan plan = plan_init(options.id, record.bundle, std::move(config), &cgroup);
  if (seccomp) plan.program.seccomp = compile_program(*seccomp);
  plan.program.preserve_fds = options.preserve_fds;
  if (const char* listen_fds = ::getenv("LISTEN_FDS")) {  // socket activation: sd_listen_fds(3)
    plan.program.preserve_fds += std::atoi(listen_fds);
    plan.program.process.env.push_back(std::string("LISTEN_FDS=") + listen_fds);
    plan.program.process.env.push_back("LISTEN_PID=1");
  }
  plan.start_listener = listen_unix(store.directory(options.id) + "/start.sock", SOCK_SEQPACKET);
  record.rootfs = plan.config.root.path;
  record.own_pid_namespace = (plan.namespaces.create & CLONE_NEWPID) != 0;
  record.exec_namespaces = exec_namespaces(plan.namespaces);
  return plan;
}

void answer_until_ready(const ClonedChild& child, const InitPlan& plan, const std::string& console_socket) {
  for (;;) {
    std::optional<InitMessage> message = child.channel.receive();
    if (!message)
      throw_error(ErrorCode::internal, "the container's first process died while it was being set up");
    switch (message->type) {
      case MessageType::ready:
        return;
      case MessageType::failed:
        throw Error(message->code, message->text, message->errno_value);
      case MessageType::console:
        hand_over_console(console_socket, message->fds.at(0));
        break;
      case MessageType::hooks_due: {
        spec::OciState state = hook_state(plan, child.pid);
        run_hooks(plan.config.hooks.prestart, state, "creating");
        run_hooks(plan.config.hooks.create_runtime, state, "creating");
        child.channel.send(MessageType::hooks_done);
        break;
      }
      default:
        throw_error(ErrorCode::internal, "init channel: message out of order");
    }
  }
}

void check_options(const GlobalOptions& global, const CreateOptions& options, const spec::OciConfig& config) {
  if (global.systemd_cgroup)
    throw_error(ErrorCode::unimplemented, "--systemd-cgroup is not supported, use the cgroupfs manager");
  if (options.no_pivot) throw_error(ErrorCode::unimplemented, "--no-pivot is not supported");
  bool terminal = config.process && config.process->terminal;
  if (terminal && options.console_socket.empty())
    throw_invalid("cannot allocate tty if runc will detach without setting console socket");
  if (!terminal && !options.console_socket.empty())
    throw_invalid("cannot use console socket if runc will not detach or allocate tty");
}

void build(const RecordStore& store, const CreateOptions& options, Record& record, spec::OciConfig config) {
  std::unique_ptr<Cgroup> cgroup = Cgroup::open(record.cgroups_path);
  cgroup->create();
  if (config.linux_.resources) cgroup->apply(*config.linux_.resources);
  InitPlan plan = make_plan(store, options, record, std::move(config), *cgroup);
  plan.program.cgroup = cgroup->entrance(0);
  ClonedChild child = clone_init(plan);
  try {
    record.pid = child.pid;
    record.start_time = proc::start_time(child.pid).value_or(0);
    crash_point("oci.after_clone");
    child.channel.send(MessageType::go_on, std::to_string(child.pid));
    answer_until_ready(child, plan, options.console_socket);
    store.save(record);
    crash_point("oci.after_state");
    if (!options.pid_file.empty()) write_pid_file(options.pid_file, child.pid);
  } catch (const Error&) {
    abandon(child);
    throw;
  }
}

}  // namespace

spec::OciConfig read_config(const std::string& bundle) {
  return spec::parse_oci_config(read_file(bundle + "/config.json"));
}

void write_pid_file(const std::string& path, int pid) {
  // Readers poll for it: it must never be seen half written.
  fs::write_file_atomic(path, std::to_string(pid), 0644);
}

int create(const GlobalOptions& global, const CreateOptions& options) {
  RecordStore store(global.root);
  std::string bundle = absolute(options.bundle);
  spec::OciConfig config = read_config(bundle);
  check_options(global, options, config);
  Record record = make_record(options, bundle, config);
  store.add(record);
  try {
    build(store, options, record, std::move(config));
  } catch (const Error&) {
    destroy(store, record);
    throw;
  }
  return 0;
}

}  // namespace rundlet::runtime
