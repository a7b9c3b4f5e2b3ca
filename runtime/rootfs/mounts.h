// Mounts of a container, performed in its own mount namespace before the root is pivoted. Destinations are
// opened inside the root by descriptor (base/fs/rooted_path.h), so no symlink in the image or in a volume
// leads out of it.
#pragma once

#include <string>
#include <vector>

#include "base/fs/rooted_path.h"
#include "runtime/cgroup/cgroup.h"
#include "spec/mount.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

// What a root file system is made of, mounted on `root` in order; the last one is the root. When there are
// none, `root` is bound onto itself, since pivot_root wants a mount.
void mount_rootfs(const std::string& root, const std::vector<spec::Mount>& mounts);

// Cuts the namespace off from the host: "rslave" unless rootfsPropagation says otherwise.
void set_host_propagation(const std::string& rootfs_propagation, const std::string& root);

struct MountContext {
  const fs::RootedPath& root;
  const std::vector<CgroupMount>& cgroups;  // how a "cgroup" mount is made up
  bool user_namespace = false, own_network = true;
};
void perform_mounts(const MountContext& context, const std::vector<spec::OciMount>& mounts);

// A directory or a regular file at `path` inside the root, created when missing, opened O_PATH.
Fd open_mount_point(const fs::RootedPath& root, const std::string& path, bool directory);
// Puts a detached mount at an opened mount point.
void attach_mount(const Fd& mount, const Fd& target, const std::string& shown);
// A detached copy of the mount at an opened path, or at a path of the host.
Fd clone_mount(int directory, const std::string& path, bool recursive);

}  // namespace rundlet::runtime
