#include <signal.h>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/commands/commands.h"

namespace rundlet::runtime {
namespace {

void signal_process(pid_t pid, int number) {
  auto pidfd = proc::open_pidfd(pid);
  if (pidfd) proc::send_signal(*pidfd, number);
}

}  // namespace

Record load_running(const RecordStore& store, const std::string& id, const std::string& verb) {
  Record record = store.load(id);
  Status status = status_of(record);
  if (status == Status::stopped || status == Status::creating)
    throw_error(ErrorCode::failed_precondition,
                "cannot " + verb + " container " + id + ": container not running");
  return record;
}

int kill(const GlobalOptions& global, const KillOptions& options) {
  auto number = proc::signal_from_string(options.signal);
  if (!number) throw_invalid("unknown signal \"" + options.signal + "\"");
  RecordStore store(global.root);
  // With --all, also what the first process has left behind.
  Record record = options.all ? store.load(options.id) : load_running(store, options.id, "kill");
  if (!options.all) {
    signal_process(record.pid, *number);
  } else {
    for (pid_t pid : Cgroup::open(record.cgroups_path)->processes()) signal_process(pid, *number);
  }
  return 0;
}

}  // namespace rundlet::runtime
