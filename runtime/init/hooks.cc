#include "runtime/init/hooks.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "base/proc/spawn.h"

namespace rundlet::runtime {
namespace {

constexpr size_t kMaxStderr = 4096;

// Waits for the end, or for the hook's time to be over.
proc::ExitStatus wait_for(const proc::Child& child, const spec::OciHook& hook) {
  pollfd waited = {child.pidfd.get(), POLLIN, 0};
  int timeout = hook.timeout ? *hook.timeout * 1000 : -1;
  int ready;
  do {
    ready = ::poll(&waited, 1, timeout);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) {
    proc::send_signal(child.pidfd, SIGKILL);
    proc::wait(child);
    throw_error(ErrorCode::deadline_exceeded, "hook " + hook.path + " ran longer than its timeout");
  }
  return proc::wait(child);
}

std::string text_in(const Fd& file) {
  std::string text(kMaxStderr, '\0');
  ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  if (size < 0) throw_errno("read a hook's stderr");
  text.resize(static_cast<size_t>(size));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void run_hook(const spec::OciHook& hook, const std::string& state) {
  Fd input = make_memfd("hook-state"), errors = make_memfd("hook-stderr");
  write_all(input.get(), state);
  if (::lseek(input.get(), 0, SEEK_SET) < 0) throw_errno("lseek");
  proc::SpawnSpec spec;
  spec.argv = hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args;
  spec.argv.front() = hook.path;  // posix_spawn takes the file from it
  spec.env = hook.env;
  spec.fds = {{input.get(), 0}, {errors.get(), 2}};
  proc::ExitStatus status = wait_for(proc::spawn(spec), hook);
  if (status.code != 0)
    throw_error(ErrorCode::failed_precondition, "hook " + hook.path + " failed with status " +
                                                    std::to_string(status.code) + ": " + text_in(errors));
}

}  // namespace

void run_hooks(const std::vector<spec::OciHook>& hooks, const spec::OciState& state,
               const std::string& status) {
  if (hooks.empty()) return;
  spec::OciState told = state;
  told.status = status;
  for (const spec::OciHook& hook : hooks) run_hook(hook, spec::to_json(told));
}

spec::OciState hook_state(const InitPlan& plan, int pid) {
  spec::OciState state;
  state.oci_version = plan.config.oci_version;
  state.id = plan.program.id;
  state.pid = pid;
  state.bundle = plan.bundle;
  state.annotations = plan.config.annotations;
  return state;
}

}  // namespace rundlet::runtime
