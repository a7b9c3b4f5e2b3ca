#include "runtime/rootfs/idmap.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>

#include "base/error.h"
#include "runtime/isolation/user_ns.h"

namespace rundlet::runtime {

void map_ids(const Fd& mount, const std::vector<spec::OciIdMapping>& uids,
             const std::vector<spec::OciIdMapping>& gids, bool recursive, const std::string& shown) {
  Fd user_namespace = make_user_namespace(uids, gids);
  struct mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<uint64_t>(user_namespace.get());
  unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
  if (::mount_setattr(mount.get(), "", flags, &attributes, sizeof attributes) == 0) return;
  if (errno == EINVAL)
    throw_error(ErrorCode::unimplemented,
                "the file system behind " + shown + " does not support idmapped mounts");
  throw_errno("idmap " + shown);
}

}  // namespace rundlet::runtime
