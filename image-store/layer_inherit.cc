#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"
#include "base/fs/openat2.h"
#include "image-store/layer.h"
#include "image-store/layer_path.h"
#include "image-store/layer_xattrs.h"

namespace rundlet::image_store {
namespace {

Fd open_strictly(int root, const std::string& path) {
  return fs::openat2(root, path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

// Whether the layer hides everything that deeper layers have at `path`, which it does not have itself.
bool hides(int root, std::string_view path) {
  while (!path.empty()) {
    path = parent_path(path);
    Fd above = open_strictly(root, std::string(path));
    if (above && is_opaque(path_at(above.get()))) return true;
  }
  return false;
}

// The directory as seen through the stack; empty when there is none, or something else of that name.
Fd find_in_lowers(const std::vector<std::string>& lowers, const std::string& path) {
  for (const std::string& lower : lowers) {
    Fd root = open_file(lower, O_RDONLY | O_DIRECTORY);
    Fd found = open_strictly(root.get(), path);
    if (found) return found;
    if (errno == ENOTDIR || errno == ELOOP) return Fd();
    if (errno != ENOENT) throw_errno("open " + lower + "/" + path);
    if (hides(root.get(), path)) return Fd();
  }
  return Fd();
}

void copy_attributes(int from, int to) {
  struct stat st {};
  if (::fstat(from, &st) < 0) throw_errno("stat");
  if (::fchown(to, st.st_uid, st.st_gid) < 0) throw_errno("chown");
  if (::fchmod(to, st.st_mode & 07777) < 0) throw_errno("chmod");
  Xattrs xattrs = read_xattrs(path_at(from));
  std::erase_if(xattrs, [](const auto& xattr) { return is_overlay_xattr(xattr.first); });
  write_xattrs(path_at(to), xattrs);
  timespec times[2] = {st.st_mtim, st.st_mtim};
  if (::futimens(to, times) < 0) throw_errno("set times");
}

}  // namespace

void inherit_directories(const std::string& directory, const std::vector<std::string>& implied,
                         const std::vector<std::string>& lowers) {
  Fd root = open_file(directory, O_RDONLY | O_DIRECTORY);
  for (const std::string& path : implied) {
    Fd own = open_strictly(root.get(), path);
    if (!own) throw_errno("open " + directory + "/" + path);
    if (is_opaque(path_at(own.get()))) continue;  // a new directory that hides the old one
    if (Fd below = find_in_lowers(lowers, path)) copy_attributes(below.get(), own.get());
  }
}

}  // namespace rundlet::image_store
