#include "runtime/commands/list_json.h"

#include "base/codec/json.h"

namespace rundlet::runtime {

template <class Visitor>
void describe(Visitor& v, ListedContainer& c) {
  v("ociVersion", c.oci_version);
  v("id", c.id);
  v("pid", c.pid);
  v("status", c.status);
  v("bundle", c.bundle);
  v("rootfs", c.rootfs);
  v("created", c.created);
  v("owner", c.owner);
}

std::string to_json(const std::vector<ListedContainer>& containers) {
  return json::encode(containers);
}
std::string to_json(const std::vector<int>& pids) {
  return json::encode(pids);
}

}  // namespace rundlet::runtime
