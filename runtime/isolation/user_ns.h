// User namespaces (OCI config-linux.md, User namespace mappings).
#pragma once

#include <sys/types.h>

#include <vector>

#include "base/fd.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// In the parent: writes uid_map and gid_map of a child that was cloned with CLONE_NEWUSER.
void write_id_mappings(pid_t pid, const std::vector<spec::OciIdMapping>& uids,
                       const std::vector<spec::OciIdMapping>& gids);
// In the child, once the maps stand: root of its user namespace.
void become_namespace_root();
// A user namespace with these mappings that nobody lives in, for idmapped mounts.
Fd make_user_namespace(const std::vector<spec::OciIdMapping>& uids,
                       const std::vector<spec::OciIdMapping>& gids);

}  // namespace rundlet::runtime
