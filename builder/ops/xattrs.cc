#include "builder/ops/xattrs.h"

#include <sys/xattr.h>

#include <cerrno>

#include "base/error.h"
#include "base/fs/rooted_path.h"
#include "image-store/layer_xattrs.h"

namespace rundlet::builder::ops {
namespace {

constexpr size_t kMaxSize = 64 * 1024;  // of a value, and of the list of names: the kernel's limits

std::string value_of(const std::string& path, const char* name) {
  std::string value(kMaxSize, '\0');
  ssize_t size = ::getxattr(path.c_str(), name, value.data(), value.size());
  if (size < 0) throw_errno(std::string("read xattr ") + name);
  value.resize(static_cast<size_t>(size));
  return value;
}

}  // namespace

// By the descriptor's name under /proc, which is followed to the file: the f…xattr calls take no O_PATH.
Xattrs xattrs_of(int fd) {
  std::string path = fs::fd_path(fd);
  ssize_t size = ::listxattr(path.c_str(), nullptr, 0);
  if (size < 0 && errno != ENOTSUP) throw_errno("list xattrs");
  if (size <= 0) return {};
  std::string names(kMaxSize, '\0');
  size = ::listxattr(path.c_str(), names.data(), names.size());
  if (size < 0) throw_errno("list xattrs");
  Xattrs xattrs;
  for (const char* name = names.data(); name < names.data() + size;
       name += std::string_view(name).size() + 1) {
    if (!image_store::is_overlay_xattr(name)) xattrs[name] = value_of(path, name);
  }
  return xattrs;
}

void set_xattrs(int fd, const Xattrs& xattrs) {
  std::string path = fs::fd_path(fd);
  for (const auto& [name, value] : xattrs) {
    if (::setxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) == 0 || errno == ENOTSUP)
      continue;
    throw_errno("set xattr " + name);
  }
}

}  // namespace rundlet::builder::ops
