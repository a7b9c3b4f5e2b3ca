#include "base/error.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/commands/commands.h"

namespace rundlet::runtime {

int pause(const GlobalOptions& global, const std::string& id) {
  Record record = load_running(RecordStore(global.root), id, "pause");
  if (status_of(record) == Status::paused)
    throw_error(ErrorCode::failed_precondition, "container is already paused");
  Cgroup::open(record.cgroups_path)->freeze(true);
  return 0;
}

int resume(const GlobalOptions& global, const std::string& id) {
  Record record = load_running(RecordStore(global.root), id, "resume");
  if (status_of(record) != Status::paused)
    throw_error(ErrorCode::failed_precondition, "container not paused");
  Cgroup::open(record.cgroups_path)->freeze(false);
  return 0;
}

}  // namespace rundlet::runtime
