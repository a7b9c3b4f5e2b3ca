// Opening paths inside a tree that somebody else controls (a container's root, an image's layer, a build context):
// resolved by the kernel with openat2(RESOLVE_IN_ROOT), so that no symlink, "..", or absolute name leaves the tree.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/fd.h"

namespace rundlet::fs {

class RootedPath {
 public:
  // Opens the directory that is the tree's root.
  explicit RootedPath(const std::string& root);
  explicit RootedPath(Fd root) : root_(std::move(root)) {}

  int root() const { return root_.get(); }

  // As open(2) with O_CLOEXEC added. Throws with the path as seen from the root.
  Fd open(std::string_view path, int flags, unsigned mode = 0) const;
  // An O_PATH descriptor that does not follow a symlink in the last component.
  Fd open_path(std::string_view path) const;
  // The directory that holds the last component (intermediate symlinks are followed inside the root), and that
  // component's name. For mkdirat, unlinkat, renameat … "/" and names ending in ".." are refused.
  struct Parent {
    Fd directory;
    std::string name;
  };
  Parent parent_of(std::string_view path) const;
  // Creates missing directories (mode 0755 before umask, owned by uid:gid), follows symlinks inside the root, and
  // opens the last one.
  Fd make_directories(std::string_view path, unsigned mode = 0755, unsigned uid = 0, unsigned gid = 0) const;
  // lstat; throws not_found.
  struct stat stat(std::string_view path) const;
  bool exists(std::string_view path) const;

 private:
  Fd root_;
};

// "/proc/self/fd/N": the name under which system calls without an *at form reach an open descriptor.
std::string fd_path(int fd);
// Lexical clean-up as Go's path.Clean: "a/./b//../c" is "a/c", "" is ".".
std::string clean_path(std::string_view path);

}  // namespace rundlet::fs
