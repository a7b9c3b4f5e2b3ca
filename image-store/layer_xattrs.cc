#include "image-store/layer_xattrs.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cerrno>

#include "base/error.h"
#include "base/fs/rooted_path.h"

namespace rundlet::image_store {
namespace {

constexpr char kOverlayPrefix[] = "trusted.overlay.";
constexpr char kOpaque[] = "trusted.overlay.opaque";

std::string list_names(const std::string& path) {
  for (;;) {
    ssize_t size = ::llistxattr(path.c_str(), nullptr, 0);
    if (size < 0 && errno == ENOTSUP) return "";
    if (size < 0) throw_errno("list xattrs");
    std::string names(static_cast<size_t>(size), '\0');
    ssize_t got = ::llistxattr(path.c_str(), names.data(), names.size());
    if (got < 0 && errno == ERANGE) continue;  // grew meanwhile
    if (got < 0) throw_errno("list xattrs");
    names.resize(static_cast<size_t>(got));
    return names;
  }
}

std::string read_value(const std::string& path, const std::string& name) {
  for (;;) {
    ssize_t size = ::lgetxattr(path.c_str(), name.c_str(), nullptr, 0);
    if (size < 0) throw_errno("read xattr " + name);
    std::string value(static_cast<size_t>(size), '\0');
    ssize_t got = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (got < 0 && errno == ERANGE) continue;
    if (got < 0) throw_errno("read xattr " + name);
    value.resize(static_cast<size_t>(got));
    return value;
  }
}

}  // namespace

bool is_whiteout(const struct stat& st) {
  return S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

bool is_overlay_xattr(const std::string& name) {
  return name.starts_with(kOverlayPrefix);
}

std::string path_at(int directory, const std::string& name) {
  return fs::fd_path(directory) + "/" + name;
}

void set_opaque(const std::string& path) {
  if (::lsetxattr(path.c_str(), kOpaque, "y", 1, 0) < 0) throw_errno("set xattr trusted.overlay.opaque");
}

bool is_opaque(const std::string& path) {
  char value[2];
  ssize_t size = ::lgetxattr(path.c_str(), kOpaque, value, sizeof value);
  if (size < 0 && errno != ENODATA && errno != ENOTSUP) throw_errno("read xattr trusted.overlay.opaque");
  return size == 1 && value[0] == 'y';
}

void write_xattrs(const std::string& path, const Xattrs& xattrs) {
  for (const auto& [name, value] : xattrs) {
    if (is_overlay_xattr(name))
      throw_invalid("xattr " + name + " is overlayfs' own and cannot come from a layer");
    if (::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) < 0)
      throw_errno("set xattr " + name);
  }
}

Xattrs read_xattrs(const std::string& path) {
  Xattrs xattrs;
  std::string names = list_names(path);
  for (size_t at = 0; at < names.size(); at = names.find('\0', at) + 1) {
    std::string name = names.c_str() + at;
    xattrs[name] = read_value(path, name);
  }
  return xattrs;
}

}  // namespace rundlet::image_store
