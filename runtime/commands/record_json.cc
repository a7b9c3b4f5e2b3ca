#include "base/codec/json.h"
#include "runtime/commands/record.h"

namespace rundlet::runtime {

template <class Visitor>
void describe(Visitor& v, Record& r) {
  v("ociVersion", r.oci_version);
  v("id", r.id);
  v("bundle", r.bundle);
  v("rootfs", r.rootfs);
  v("pid", r.pid);
  v("startTime", r.start_time);
  v("bootId", r.boot_id);
  v("created", r.created);
  v("cgroupsPath", r.cgroups_path);
  v("ownPidNamespace", r.own_pid_namespace);
  v("execNamespaces", r.exec_namespaces);
  v("runtimeInode", r.runtime_inode);
  v.omit_empty("annotations", r.annotations);
}

std::string to_json(const Record& record) {
  return json::encode(record);
}
Record parse_record(std::string_view text) {
  return json::decode<Record>(text, json::Unknown::ignore);
}

}  // namespace rundlet::runtime
