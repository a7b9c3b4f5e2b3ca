#include "runtime/rootfs/pivot_root.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::runtime {

void pivot_into(const std::string& root) {
  Fd target = open_file(root, O_PATH | O_DIRECTORY);
  if (::fchdir(target.get()) < 0) throw_errno("chdir " + root);
  // With "." for both, the old root is stacked on the new one and detached by the next call: no directory for
  // it is needed.
  if (::syscall(SYS_pivot_root, ".", ".") < 0) throw_errno("pivot_root");
  if (::umount2(".", MNT_DETACH) < 0) throw_errno("detach the old root");
  if (::chdir("/") < 0) throw_errno("chdir /");
}

void make_root_readonly() {
  struct mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(AT_FDCWD, "/", 0, &attributes, sizeof attributes) < 0)
    throw_errno("make the root read-only");
}

}  // namespace rundlet::runtime
