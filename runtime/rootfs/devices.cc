#include "runtime/rootfs/devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "runtime/rootfs/mount_options.h"
#include "runtime/rootfs/mounts.h"

namespace rundlet::runtime {
namespace {

const std::vector<spec::OciDevice>& default_devices() {
  static const std::vector<spec::OciDevice> devices = {
      {"c", "/dev/null", 1, 3, 0666, 0, 0},    {"c", "/dev/zero", 1, 5, 0666, 0, 0},
      {"c", "/dev/full", 1, 7, 0666, 0, 0},    {"c", "/dev/random", 1, 8, 0666, 0, 0},
      {"c", "/dev/urandom", 1, 9, 0666, 0, 0}, {"c", "/dev/tty", 5, 0, 0666, 0, 0},
  };
  return devices;
}

mode_t type_bits(const spec::OciDevice& device) {
  if (device.type == "c" || device.type == "u") return S_IFCHR;
  if (device.type == "b") return S_IFBLK;
  if (device.type == "p") return S_IFIFO;
  throw_invalid("device " + device.path + ": unknown type " + device.type);
}

void bind_device(const fs::RootedPath& root, const spec::OciDevice& device) {
  Fd tree = clone_mount(AT_FDCWD, device.path, false);
  attach_mount(tree, open_mount_point(root, device.path, false), device.path);
}

bool same_device(const struct stat& status, const spec::OciDevice& device, mode_t type) {
  if ((status.st_mode & S_IFMT) != type) return false;
  return type == S_IFIFO || (major(status.st_rdev) == device.major && minor(status.st_rdev) == device.minor);
}

// A node that is there already is left alone when it is the same device; anything else is in the way.
void make_node(const fs::RootedPath& root, const spec::OciDevice& device) {
  size_t slash = device.path.rfind('/');
  root.make_directories(slash == device.path.npos ? "/" : device.path.substr(0, slash + 1));
  fs::RootedPath::Parent at = root.parent_of(device.path);
  mode_t type = type_bits(device), mode = device.file_mode.value_or(0666) & 07777;
  dev_t number = makedev(static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor));
  int directory = at.directory.get();
  if (::mknodat(directory, at.name.c_str(), type | mode, number) < 0) {
    struct stat status = {};
    if (errno != EEXIST) throw_errno("mknod " + device.path);
    if (::fstatat(directory, at.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0)
      throw_errno("stat " + device.path);
    if (same_device(status, device, type)) return;
    throw_error(ErrorCode::already_exists, "mknod " + device.path + ": something else is there");
  }
  uid_t uid = device.uid.value_or(0);
  gid_t gid = device.gid.value_or(0);
  if (::fchownat(directory, at.name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
    throw_errno("chown " + device.path);
}

void make_device(const fs::RootedPath& root, const spec::OciDevice& device, bool user_namespace) {
  if (user_namespace) {
    bind_device(root, device);
  } else {
    make_node(root, device);
  }
}

void make_link(const fs::RootedPath& root, const char* target, const std::string& path) {
  fs::RootedPath::Parent at = root.parent_of(path);
  if (::symlinkat(target, at.directory.get(), at.name.c_str()) < 0 && errno != EEXIST)
    throw_errno("symlink " + path);
}

// /dev/ptmx must lead to the container's own devpts, also when the image holds a node of that name.
void make_ptmx(const fs::RootedPath& root) {
  fs::RootedPath::Parent at = root.parent_of("/dev/ptmx");
  if (::unlinkat(at.directory.get(), at.name.c_str(), 0) < 0 && errno != ENOENT)
    throw_errno("replace /dev/ptmx");
  make_link(root, "pts/ptmx", "/dev/ptmx");
}

}  // namespace

bool brings_own_dev(const std::vector<spec::OciMount>& mounts) {
  for (const spec::OciMount& mount : mounts) {
    bool bind = mount.type == "bind" || parse_mount_options(mount.options).bind;
    if (bind && fs::clean_path(mount.destination) == "/dev") return true;
  }
  return false;
}

void make_devices(const fs::RootedPath& root, const std::vector<spec::OciDevice>& devices,
                  bool user_namespace) {
  for (const spec::OciDevice& device : default_devices()) make_device(root, device, user_namespace);
  for (const spec::OciDevice& device : devices) {
    if (fs::clean_path(device.path) != "/dev/ptmx") make_device(root, device, user_namespace);
  }
  make_link(root, "/proc/self/fd", "/dev/fd");
  make_link(root, "/proc/self/fd/0", "/dev/stdin");
  make_link(root, "/proc/self/fd/1", "/dev/stdout");
  make_link(root, "/proc/self/fd/2", "/dev/stderr");
  if (::access("/proc/kcore", F_OK) == 0) make_link(root, "/proc/kcore", "/dev/core");
  make_ptmx(root);
}

}  // namespace rundlet::runtime
