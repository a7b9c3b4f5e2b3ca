#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/proc/pidfd.h"
#include "runtime/init/hooks.h"
#include "runtime/shim/container_shim.h"

namespace rundlet::runtime {
namespace {

constexpr int kKillTimeoutMs = 10'000;
constexpr int kDeliverTimeoutMs = 30'000;  // for clients that do not read what the container said last
constexpr int kOomSettleMs = 100;          // v1 tells of the shortage before it counts the kill

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

// As child subreaper the shim also inherits what daemonised in an exec: reaped and forgotten.
void ContainerShim::reap() {
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof info) > 0) continue;
  for (;;) {
    int status = 0;
    pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    on_child_exit(pid, status);
  }
}

void ContainerShim::on_child_exit(pid_t pid, int status) {
  if (pid == pid_) return on_init_exit(status);
  for (const auto& [id, exec] : execs_)
    if (exec->pid == pid) return on_exec_exit(*exec, status);
}

void ContainerShim::on_init_exit(int status) {
  if (set_up_) set_up_->child_ended();
  if (!set_up_ && phase_ == Phase::created)
    return on_failed(Error(ErrorCode::internal, "the container's first process died before it was started"));
  if (phase_ != Phase::running) return;
  exit_.at = now();
  held_.clear();
  exit_.status = status_of(status);
  end_everything_else();
  io_.finish();
  note_oom();
  exit_.oom_killed = oom_kills_ > 0;
  phase_ = Phase::ended;
  clean_up();
  record_exit(exit_);
  run_late_hooks(hooks_.poststop, "stopped");
  Note note;
  note.kind = "exit";
  note.exit = exit_;
  notes_.send(note, true);
  loop_.after(kDeliverTimeoutMs, [this] {
    drop_clients();
    quit_when_done();
  });
  quit_when_done();
}

// With a pid namespace of its own everything has died with the first process. Otherwise the cgroup knows who
// belongs to the container, and the dead are ours to reap.
void ContainerShim::end_everything_else() {
  if (!own_pid_namespace_) cgroup_->kill(kKillTimeoutMs);
  reap();
}

void ContainerShim::clean_up() {
  if (pidfd_) {
    siginfo_t info = {};
    ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED);  // ECHILD: reaped already
  }
  if (oom_notifier_) loop_.forget(oom_notifier_.get());
  oom_notifier_.reset();
  if (!cgroup_) return;
  try {
    cgroup_->kill(kKillTimeoutMs);
    if (external_) external_->remove();
    cgroup_->remove();
  } catch (const Error& error) {
    // The exit is worth more than the directory, which kill_cgroup and remove_cgroup find later.
    exit_.reason = error.message();
  }
}

void ContainerShim::record_exit(const ExitInfo& exit) {
  crash_point("shim.before_exit_record");
  try {
    fs::write_file_atomic(in_bundle(kExitName), to_json(exit), 0600);
  } catch (const Error& error) {
    // A full disk or a bundle that is gone; the daemon is told all the same.
    ::dprintf(STDERR_FILENO, "exit record: %s\n", error.what());
  }
  crash_point("shim.after_exit_record");
}

void ContainerShim::on_events_lost() {
  // Nobody will ever start it, or nobody wants it any more.
  if (phase_ == Phase::created || (spec_.ephemeral && phase_ == Phase::running)) kill_all();
  if (phase_ == Phase::failed) acknowledged_ = true;
  quit_when_done();
}

bool ContainerShim::delivering() const {
  if (io_.delivering()) return true;
  for (const auto& [id, exec] : execs_)
    if (exec->io->delivering()) return true;
  return false;
}

void ContainerShim::drop_clients() {
  io_.drop_clients();
  for (const auto& [id, exec] : execs_) exec->io->drop_clients();
}

void ContainerShim::quit_when_done() {
  bool over = phase_ == Phase::ended || phase_ == Phase::failed;
  bool told = acknowledged_ || !notes_.connected();  // exit.json tells a daemon that comes later
  if (!over || !told || delivering()) return;
  stop_listening();
  loop_.stop();
}

void ContainerShim::take_acknowledgement() {
  acknowledged_ = true;
  stop_listening();
}

// Before anybody sees that we are gone or have taken the acknowledgement: then the bundle's name may be
// another shim's.
void ContainerShim::stop_listening() {
  if (!listener_) return;
  ::unlink(in_bundle(kSocketName).c_str());
  loop_.forget(listener_.get());
  listener_.reset();
}

void ContainerShim::watch_oom() {
  oom_notifier_ = cgroup_->oom_notifier();
  if (!oom_notifier_) return;
  set_nonblocking(oom_notifier_.get(), true);
  loop_.watch(oom_notifier_.get(), EPOLLIN, [this](uint32_t) {
    char events[4096];
    while (::read(oom_notifier_.get(), events, sizeof events) > 0) continue;
    note_oom();
    loop_.after(kOomSettleMs, [this] {
      if (phase_ == Phase::running) note_oom();
    });
  });
}

void ContainerShim::note_oom() {
  int64_t kills = cgroup_->oom_kills();
  if (kills <= oom_kills_) return;
  oom_kills_ = kills;
  Note note;
  note.kind = "oom";
  notes_.send(note, false);
}

}  // namespace rundlet::runtime
