#include <poll.h>
#include <signal.h>

#include <cstdio>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/commands/commands.h"
#include "runtime/init/hooks.h"

namespace rundlet::runtime {
namespace {

constexpr int kKillTimeoutMs = 10'000;

void kill_process(const Record& record) {
  if (record.pid == 0 || proc::start_time(record.pid) != record.start_time) return;
  auto pidfd = proc::open_pidfd(record.pid);
  if (!pidfd || !proc::send_signal(*pidfd, SIGKILL)) return;
  pollfd ended = {pidfd->get(), POLLIN, 0};
  ::poll(&ended, 1, kKillTimeoutMs);
}

// Their failure is told and stops nothing (OCI runtime.md, Lifecycle).
void run_poststop(const Record& record) {
  try {
    spec::OciState state;
    state.oci_version = record.oci_version;
    state.id = record.id;
    state.bundle = record.bundle;
    state.annotations = record.annotations;
    run_hooks(read_config(record.bundle).hooks.poststop, state, "stopped");
  } catch (const Error& error) {
    std::fprintf(stderr, "rundlet-oci: %s\n", error.what());
  }
}

}  // namespace

void destroy(const RecordStore& store, const Record& record) {
  kill_process(record);
  std::unique_ptr<Cgroup> cgroup = Cgroup::open(record.cgroups_path);
  cgroup->kill(kKillTimeoutMs);
  cgroup->remove();
  store.remove(record.id);
}

int delete_container(const GlobalOptions& global, const DeleteOptions& options) {
  RecordStore store(global.root);
  Record record;
  try {
    record = store.load(options.id);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found && options.force) return 0;
    throw;
  }
  Status status = status_of(record);
  bool deletable = status == Status::stopped || status == Status::created || options.force;
  if (!deletable)
    throw_error(ErrorCode::failed_precondition,
                "cannot delete container " + options.id + " that is not stopped: " + to_string(status));
  destroy(store, record);
  run_poststop(record);
  return 0;
}

}  // namespace rundlet::runtime
