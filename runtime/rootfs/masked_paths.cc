#include "runtime/rootfs/masked_paths.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <optional>

#include "base/error.h"
#include "runtime/rootfs/mounts.h"

namespace rundlet::runtime {
namespace {

std::optional<Fd> find(const fs::RootedPath& root, const std::string& path) {
  try {
    return root.open(path, O_PATH);
  } catch (const Error& error) {
    // Nothing to hide: no such path, or one of its parents is a file.
    if (error.code() == ErrorCode::not_found || error.errno_value() == ENOTDIR) return std::nullopt;
    throw;
  }
}

void mask(const Fd& target, const std::string& path) {
  struct stat status;
  if (::fstat(target.get(), &status) < 0) throw_errno("mask " + path);
  if (!S_ISDIR(status.st_mode)) return attach_mount(clone_mount(AT_FDCWD, "/dev/null", false), target, path);
  unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (::mount("tmpfs", fs::fd_path(target.get()).c_str(), "tmpfs", flags, "nr_inodes=1,size=0") < 0)
    throw_errno("mask " + path);
}

void protect(const Fd& target, const std::string& path) {
  Fd tree = clone_mount(target.get(), "", true);
  struct mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) < 0)
    throw_errno("make read-only " + path);
  attach_mount(tree, target, path);
}

}  // namespace

void mask_paths(const fs::RootedPath& root, const std::vector<std::string>& paths) {
  for (const std::string& path : paths)
    if (auto target = find(root, path)) mask(*target, path);
}

void protect_paths(const fs::RootedPath& root, const std::vector<std::string>& paths) {
  for (const std::string& path : paths)
    if (auto target = find(root, path)) protect(*target, path);
}

}  // namespace rundlet::runtime
