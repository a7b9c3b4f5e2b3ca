// Idmapped mounts (OCI config.md, mounts[].uidMappings; mount_setattr(2)).
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// `mount` is detached. Throws unimplemented, naming the mount, where the file system cannot be idmapped.
void map_ids(const Fd& mount, const std::vector<spec::OciIdMapping>& uids,
             const std::vector<spec::OciIdMapping>& gids, bool recursive, const std::string& shown);

}  // namespace rundlet::runtime
