#include <cstdio>

#include "runtime/commands/commands.h"

namespace rundlet::runtime {

int state(const GlobalOptions& global, const std::string& id) {
  Record record = RecordStore(global.root).load(id);
  Status status = status_of(record);
  spec::OciState shown;
  shown.oci_version = record.oci_version;
  shown.id = record.id;
  shown.status = to_string(status);
  shown.pid = status == Status::stopped ? 0 : record.pid;
  shown.bundle = record.bundle;
  shown.annotations = record.annotations;
  std::puts(spec::to_json(shown).c_str());
  return 0;
}

}  // namespace rundlet::runtime
