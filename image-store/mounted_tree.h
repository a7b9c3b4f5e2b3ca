// A snapshot as one merged tree that this process can read and write, without mounting it anywhere: the mount
// is detached (fsopen/fsmount, or a clone of a mount in a namespace that is gone at once), lives in a
// descriptor and ends with it. Nothing shows in any mount table, and a crash leaves nothing behind.
#pragma once

#include <vector>

#include "base/fs/rooted_path.h"
#include "spec/mount.h"

namespace rundlet::image_store {

class MountedTree {
 public:
  // `mounts` as a Snapshotter gives them: exactly one overlay or bind mount. Throws what the kernel says. An
  // active snapshot must not be mounted elsewhere meanwhile (overlayfs leaves that undefined): ask for the
  // root of the running container instead.
  explicit MountedTree(const std::vector<spec::Mount>& mounts);

  const fs::RootedPath& root() const { return root_; }

 private:
  fs::RootedPath root_;
};

namespace detail {
// The two ways to a detached overlay; the second serves kernels before 6.8, whose fsconfig takes no list of
// layers.
Fd overlay_by_fsopen(const spec::Mount& mount);
Fd overlay_by_private_namespace(const spec::Mount& mount);
}  // namespace detail

}  // namespace rundlet::image_store
