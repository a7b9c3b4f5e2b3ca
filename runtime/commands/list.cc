#include <cstdio>

#include "base/error.h"
#include "runtime/commands/commands.h"
#include "runtime/commands/list_json.h"

namespace rundlet::runtime {

int list(const GlobalOptions& global, const ListOptions& options) {
  std::vector<ListedContainer> containers;
  for (const Record& record : RecordStore(global.root).list()) {
    Status status = status_of(record);
    containers.push_back({record.oci_version, record.id, status == Status::stopped ? 0 : record.pid,
                          to_string(status), record.bundle, record.rootfs, record.created, "root"});
  }
  if (options.quiet) {
    for (const ListedContainer& one : containers) std::puts(one.id.c_str());
  } else if (options.format == "json") {
    std::puts(to_json(containers).c_str());
  } else if (options.format == "table") {
    std::printf("%-24s %-8s %-10s %-40s %-32s %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
    for (const ListedContainer& one : containers)
      std::printf("%-24s %-8d %-10s %-40s %-32s %s\n", one.id.c_str(), one.pid, one.status.c_str(),
                  one.bundle.c_str(), format_rfc3339(one.created).c_str(), one.owner.c_str());
  } else {
    throw_invalid("invalid format option " + options.format);
  }
  return 0;
}

}  // namespace rundlet::runtime
