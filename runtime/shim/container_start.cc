#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/rooted_path.h"
#include "base/proc/pidfd.h"
#include "runtime/init/hooks.h"
#include "runtime/isolation/seccomp.h"
#include "runtime/rootfs/mounts.h"
#include "runtime/shim/container_shim.h"

namespace rundlet::runtime {
namespace {

Fd watch_children() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  if (::sigprocmask(SIG_BLOCK, &signals, nullptr) < 0) throw_errno("sigprocmask");
  Fd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) throw_errno("signalfd");
  return fd;
}

// Mounts of a container in a user namespace are made here, so they need a namespace that goes with the shim.
void leave_mount_namespace() {
  if (::unshare(CLONE_NEWNS) < 0) throw_errno("unshare the mount namespace");
  if (::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) < 0) throw_errno("set mount propagation");
}

extern "C" {
extern const char __executable_start, etext;
}

}  // namespace

ContainerShim::ContainerShim(ShimFile file, bool terminal, Fd listener, Fd events,
                             std::vector<Fd> attachments)
    : spec_(std::move(file.spec)),
      bundle_(open_file(spec_.bundle, O_PATH | O_DIRECTORY)),
      listener_(std::move(listener)),
      signals_(watch_children()),
      notes_(loop_, [this] { on_events_lost(); }),
      log_(LogWriter::open(spec_.log)),
      io_(loop_, {terminal, spec_.open_stdin, spec_.stdin_once}, log_.get()) {
  io_.on_delivered = [this] { quit_when_done(); };
  if (!file.external_runtime.empty())
    external_ = std::make_unique<ExternalRuntime>(file.external_runtime, spec_.bundle, spec_.id);
  notes_.connect(std::move(events));
  for (size_t i = 0; i < attachments.size(); ++i) io_.attach(file.attachments[i], std::move(attachments[i]));
  set_nonblocking(listener_.get(), true);
  loop_.watch(listener_.get(), EPOLLIN, [this](uint32_t) { accept_request(); });
  loop_.watch(signals_.get(), EPOLLIN, [this](uint32_t) { reap(); });
}

std::string ContainerShim::in_bundle(const char* name) const {
  return fs::fd_path(bundle_.get()) + name;
}

void ContainerShim::run(spec::OciConfig config) {
  try {
    if (external_) {
      launch_external(std::move(config));
    } else {
      launch(std::move(config));
    }
  } catch (const Error& error) {
    if (pid_ > 0) proc::send_signal(pidfd_, SIGKILL);
    clean_up();
    Note note;
    note.kind = "failed";
    note.failure = to_failure(error);
    stop_listening();
    notes_.send_now(note, {});
    return;
  }
  loop_.run();
}

void ContainerShim::make_cgroup(const spec::OciLinux& config) {
  if (spec_.systemd_cgroup)
    throw_error(ErrorCode::unimplemented, "systemd cgroups are not supported, use cgroupfs");
  cgroup_ = Cgroup::open(config.cgroups_path.empty() ? "/rundlet-" + spec_.id : config.cgroups_path);
  cgroup_->create();
  if (config.resources) cgroup_->apply(*config.resources);
}

InitPlan ContainerShim::make_plan(spec::OciConfig config) {
  make_cgroup(config.linux_);
  InitPlan plan = plan_init(spec_.id, spec_.bundle, std::move(config), cgroup_.get());
  plan.rootfs = std::move(spec_.rootfs);
  plan.bring_up_loopback &= !spec_.wait_for_network;
  plan.program.die_with_parent = spec_.ephemeral;
  plan.program.seccomp = read_seccomp_program(spec_.seccomp_file);
  if (plan.user_namespace()) leave_mount_namespace();
  mount_rootfs_for_user_namespace(plan);
  return plan;
}

void ContainerShim::launch(spec::OciConfig config) {
  InitPlan plan = make_plan(std::move(config));
  if (!plan.program.process.terminal) {
    auto pipes = io_.make_pipes();
    for (int i = 0; i < 3; ++i) plan.program.stdio[i] = std::move(pipes[i]);
  }
  plan.program.cgroup = cgroup_->entrance(0);
  ClonedChild child = clone_init(plan);
  pid_ = child.pid;
  pidfd_ = std::move(child.pidfd);
  own_pid_namespace_ = (plan.namespaces.create & CLONE_NEWPID) != 0;
  exec_namespaces_ = exec_namespaces(plan.namespaces);
  hooks_ = plan.config.hooks;
  hook_state_ = hook_state(plan, pid_);
  crash_point("shim.after_clone");
  phase_ = Phase::created;
  watch_init(std::move(child.channel));
  tell_created();
  record_state();
  set_up_->go_on(pid_);
  watch_oom();
}

// The other runtime reads the bundle; what it is not told of, the root's mounts, is made beforehand.
void ContainerShim::launch_external(spec::OciConfig config) {
  cgroup_ = Cgroup::open(config.linux_.cgroups_path);
  leave_mount_namespace();
  mount_rootfs(config.root.path, spec_.rootfs);
  bool terminal = config.process && config.process->terminal;
  ExternalRuntime::Process process =
      external_->create(terminal, terminal ? std::array<Fd, 3>{} : io_.make_pipes());
  pid_ = process.pid;
  pidfd_ = std::move(process.pidfd);
  if (process.console) io_.set_terminal(std::move(process.console));
  phase_ = Phase::created;
  tell_created();
  record_state();
  watch_oom();
}

void ContainerShim::watch_init(Channel channel) {
  SetUp::Events events;
  events.console = [this](Fd master) { io_.set_terminal(std::move(master)); };
  events.hooks_due = [this] {
    run_hooks(hooks_.prestart, hook_state_, "creating");
    run_hooks(hooks_.create_runtime, hook_state_, "creating");
  };
  events.ready = [] {};
  events.running = [this] { on_running(); };
  events.failed = [this](const Error& error) { on_failed(error); };
  set_up_ = std::make_unique<SetUp>(loop_, std::move(channel), std::move(events));
}

// A child that has failed at once has no namespaces any more, but a reason.
std::vector<Fd> ContainerShim::first_namespace_fds() {
  try {
    return namespace_fds();
  } catch (const Error&) {
    if (set_up_) set_up_->child_ended();
    if (failure_) throw_failure(*failure_);
    throw;
  }
}

void ContainerShim::tell_created() {
  Note note;
  note.kind = "created";
  note.pid = pid_;
  note.shim_pid = ::getpid();
  std::vector<Fd> fds = first_namespace_fds();
  std::vector<int> raw;
  for (const Fd& fd : fds) raw.push_back(fd.get());
  notes_.send_now(note, raw);
}

// Before exec: whoever finds this bundle later must be able to find the process.
void ContainerShim::record_state() {
  StateFile state;
  state.id = spec_.id;
  state.pid = pid_;
  state.shim_pid = ::getpid();
  state.start_time = proc::start_time(pid_).value_or(0);
  state.boot_id = proc::boot_id();
  crash_point("shim.before_state");
  fs::write_file_atomic(in_bundle(kStateName), to_json(state), 0600);
  crash_point("shim.after_state");
}

void ContainerShim::on_running() {
  phase_ = Phase::running;
  if (starter_) send_reply(starter_, Reply{});
  starter_.reset();
  run_late_hooks(hooks_.poststart, "running");
  release_memory();
}

void ContainerShim::on_failed(const Error& error) {
  phase_ = Phase::failed;
  failure_ = to_failure(error);
  proc::send_signal(pidfd_, SIGKILL);
  io_.finish();
  clean_up();
  exit_.status = error.code() == ErrorCode::not_found           ? 127
                 : error.code() == ErrorCode::permission_denied ? 126
                                                                : 128;
  exit_.at = now();
  exit_.reason = error.message();
  record_exit(exit_);
  if (starter_) {
    Reply reply;
    reply.failure = failure_;
    take_acknowledgement();
    send_reply(starter_, reply);
  }
  quit_when_done();
}

// Hooks whose failure is only worth a word (OCI runtime.md, Lifecycle).
void ContainerShim::run_late_hooks(const std::vector<spec::OciHook>& hooks, const std::string& status) {
  try {
    run_hooks(hooks, hook_state_, status);
  } catch (const Error& error) {
    ::dprintf(STDERR_FILENO, "%s\n", error.what());
  }
}

// What only the start needed: heap, and the pages of code that parse and mount. Code comes back by itself
// when it runs.
void ContainerShim::release_memory() {
  ::malloc_trim(0);
  uintptr_t page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  uintptr_t begin = reinterpret_cast<uintptr_t>(&__executable_start),
            end = reinterpret_cast<uintptr_t>(&etext);
  begin = (begin + page - 1) & ~(page - 1);
  ::madvise(reinterpret_cast<void*>(begin), (end & ~(page - 1)) - begin, MADV_DONTNEED);
}

}  // namespace rundlet::runtime
