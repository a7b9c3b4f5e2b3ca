#include "runtime/commands/protected_exe.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::runtime {
namespace {

constexpr char kSelf[] = "/proc/self/exe";

bool on_readonly_mount() {
  struct statvfs status;
  if (::statvfs(kSelf, &status) < 0) throw_errno("statvfs /proc/self/exe");
  return (status.f_flag & ST_RDONLY) != 0;
}

}  // namespace

void protect_own_executable(char** argv) {
  if (on_readonly_mount()) {
    // Nor may anybody in the container look at the descriptors that a child has before it closes them.
    if (::prctl(PR_SET_DUMPABLE, 0) < 0) throw_errno("prctl PR_SET_DUMPABLE");
    return;
  }
  // A mount of its own that hangs nowhere: it exists as long as a process runs from it.
  Fd view(::open_tree(AT_FDCWD, kSelf, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!view) throw_errno("open_tree /proc/self/exe");
  struct mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(view.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
    throw_errno("make /proc/self/exe read-only");
  ::syscall(SYS_execveat, view.get(), "", argv, environ, AT_EMPTY_PATH);
  throw_errno("execute /proc/self/exe again");
}

}  // namespace rundlet::runtime
