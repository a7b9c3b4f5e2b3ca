#include <sys/wait.h>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "runtime/isolation/seccomp.h"
#include "runtime/shim/container_shim.h"

namespace rundlet::runtime {
namespace {

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

}  // namespace

ContainerShim::Exec& ContainerShim::find_exec(const std::string& id) {
  auto found = execs_.find(id);
  if (found == execs_.end()) throw_not_found("no such exec: " + id);
  return *found->second;
}

void ContainerShim::start_exec(const Request& request, std::vector<Fd> fds, Fd requester) {
  // Before the start its root is still the host's.
  if (phase_ != Phase::running)
    throw_error(ErrorCode::failed_precondition, "container " + spec_.id + " is not running");
  if (!request.exec) throw_invalid("exec: nothing to execute");
  const ExecSpec& spec = *request.exec;
  if (execs_.contains(spec.id)) throw_error(ErrorCode::already_exists, "exec " + spec.id + " exists");
  if (request.attach.has_value() != (fds.size() == 1))
    throw_invalid("exec: attachment and descriptor do not match");
  auto exec = std::make_unique<Exec>();
  exec->id = spec.id;
  ProcessIo::Options options{spec.process.terminal, spec.open_stdin, true};
  exec->io = std::make_unique<ProcessIo>(loop_, options, nullptr);
  if (request.attach) exec->io->attach(*request.attach, std::move(fds[0]));
  exec->waits_for_attach = spec.wait_for_attach && !request.attach;
  exec->requester = std::move(requester);
  Exec& started = *(execs_[spec.id] = std::move(exec));
  try {
    if (external_) {
      launch_external_exec(started, spec);
    } else {
      launch_exec(started, spec);
    }
  } catch (const Error& error) {
    on_exec_failed(spec.id, error);
  }
}

void ContainerShim::launch_external_exec(Exec& exec, const ExecSpec& spec) {
  if (exec.waits_for_attach)
    throw_error(ErrorCode::unimplemented, "an exec that waits for its attachment, with another runtime");
  bool terminal = spec.process.terminal;
  ExternalRuntime::Process process =
      external_->exec(spec.process, terminal ? std::array<Fd, 3>{} : exec.io->make_pipes());
  exec.pid = process.pid;
  exec.pidfd = std::move(process.pidfd);
  if (process.console) exec.io->set_terminal(std::move(process.console));
  on_exec_running(exec);
}

void ContainerShim::launch_exec(Exec& exec, const ExecSpec& spec) {
  ExecPlan plan;
  plan.program.id = spec_.id;
  plan.program.process = spec.process;
  plan.program.seccomp = read_seccomp_program(spec_.seccomp_file);
  plan.namespaces = exec_namespaces_;
  plan.init_pidfd = pidfd_.duplicate();
  if (!spec.process.terminal) {
    auto pipes = exec.io->make_pipes();
    for (int i = 0; i < 3; ++i) plan.program.stdio[i] = std::move(pipes[i]);
  }
  plan.program.cgroup = cgroup_->entrance(pid_);
  ClonedChild child = clone_exec(plan);
  exec.pid = child.pid;
  exec.pidfd = std::move(child.pidfd);
  SetUp::Events events;
  events.console = [&exec](Fd master) { exec.io->set_terminal(std::move(master)); };
  events.hooks_due = events.ready = [] {};
  events.running = [this, &exec] { on_exec_running(exec); };
  events.failed = [this, id = exec.id](const Error& error) { on_exec_failed(id, error); };
  exec.set_up = std::make_unique<SetUp>(loop_, std::move(child.channel), std::move(events));
  exec.set_up->go_on(exec.pid);
  if (!exec.waits_for_attach) exec.set_up->start();
}

void ContainerShim::on_exec_running(Exec& exec) {
  exec.running = true;
  Reply reply;
  reply.pid = exec.pid;
  if (exec.requester) send_reply(exec.requester, reply);
  exec.requester.reset();
  release_memory();
}

void ContainerShim::on_exec_failed(const std::string& id, const Error& error) {
  auto found = execs_.find(id);
  if (found == execs_.end()) return;
  std::unique_ptr<Exec> exec = std::move(found->second);
  execs_.erase(found);
  exec->io->give_clients_back();
  Reply reply;
  reply.failure = to_failure(error);
  if (exec->requester) send_reply(exec->requester, reply);
  // Its set-up is what is calling: it must outlive the call. The child exits by itself and is reaped as a
  // stranger.
  std::shared_ptr<Exec> kept = std::move(exec);
  kept->io->finish();
  loop_.after(0, [kept] {});
}

void ContainerShim::on_exec_exit(Exec& exec, int status) {
  std::string id = exec.id;
  if (exec.set_up) exec.set_up->child_ended();
  auto found = execs_.find(id);
  if (found == execs_.end()) return;  // it failed before it ran, and that has been told
  exec.io->finish();
  Note note;
  note.kind = "exec_exit";
  note.exec_id = id;
  note.exit.status = status_of(status);
  note.exit.at = now();
  notes_.send(note, true);
  // Clients that are still being sent the rest keep the exec; they lose it when the container goes.
  if (!exec.io->delivering()) {
    execs_.erase(found);
    return;
  }
  exec.pid = -1;
  exec.running = false;
  exec.io->on_delivered = [this, id] {
    loop_.after(0, [this, id] {
      execs_.erase(id);
      quit_when_done();
    });
  };
}

}  // namespace rundlet::runtime
