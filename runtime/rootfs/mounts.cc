#include "runtime/rootfs/mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "runtime/rootfs/copy_up.h"
#include "runtime/rootfs/idmap.h"
#include "runtime/rootfs/mount_options.h"

namespace rundlet::runtime {
namespace {

void set_attributes(const Fd& mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive,
                    const std::string& shown) {
  if (set == 0 && clear == 0 && propagation == 0) return;
  struct mount_attr attributes = {};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  attributes.propagation = propagation;
  unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
  if (::mount_setattr(mount.get(), "", flags, &attributes, sizeof attributes) < 0)
    throw_errno("set mount attributes of " + shown);
}

void set_options(const Fd& mount, const MountOptions& options, const std::string& shown) {
  set_attributes(mount, options.recursive_attr_set, options.recursive_attr_clear, 0, true, shown);
  set_attributes(mount, options.attr_set, options.attr_clear, 0, false, shown);
  set_attributes(mount, 0, 0, options.propagation, options.recursive_propagation, shown);
}

bool is_directory(const Fd& fd) {
  struct stat status;
  if (::fstat(fd.get(), &status) < 0) throw_errno("stat");
  return S_ISDIR(status.st_mode);
}

std::string described(const spec::Mount& mount) {
  std::string source = mount.source.empty() ? mount.type : mount.source;
  return "mounting \"" + source + "\" to rootfs at \"" + mount.destination + "\"";
}

void perform_bind(const MountContext& context, const spec::OciMount& mount, const MountOptions& options) {
  Fd tree = clone_mount(AT_FDCWD, mount.source, options.recursive);
  bool directory = is_directory(tree);
  if (!mount.uid_mappings.empty() || !mount.gid_mappings.empty())
    map_ids(tree, mount.uid_mappings, mount.gid_mappings, options.recursive, mount.destination);
  set_options(tree, options, mount.destination);
  Fd target = open_mount_point(context.root, mount.destination, directory);
  if (is_directory(target) != directory)
    throw_error(
        ErrorCode::invalid_argument,
        "not a directory: Are you trying to mount a directory onto a file (or vice-versa)? Check if the "
        "specified host path exists and is the expected type");
  attach_mount(tree, target, mount.destination);
}

// "cpu,cpuacct" is one hierarchy that programs look for under both names.
void link_controllers(const MountContext& context, const std::string& directory, const std::string& name) {
  if (name.find(',') == name.npos) return;
  for (size_t begin = 0; begin < name.size();) {
    size_t end = std::min(name.find(',', begin), name.size());
    fs::RootedPath::Parent at = context.root.parent_of(directory + "/" + name.substr(begin, end - begin));
    if (::symlinkat(name.c_str(), at.directory.get(), at.name.c_str()) < 0) throw_errno("symlink to " + name);
    begin = end + 1;
  }
}

// v1: a tmpfs with a directory for each hierarchy; v2: one mount.
void perform_cgroup(const MountContext& context, const spec::OciMount& mount, const MountOptions& options) {
  bool unified = context.cgroups.size() == 1 && context.cgroups.front().name.empty();
  if (!unified) {
    Fd target = open_mount_point(context.root, mount.destination, true);
    unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (::mount("tmpfs", fs::fd_path(target.get()).c_str(), "tmpfs", flags, "mode=755") < 0)
      throw_errno("mount tmpfs");
  }
  for (const CgroupMount& one : context.cgroups) {
    std::string destination = mount.destination + (one.name.empty() ? "" : "/" + one.name);
    Fd tree = clone_mount(AT_FDCWD, one.source, false);
    set_options(tree, options, destination);
    attach_mount(tree, open_mount_point(context.root, destination, true), destination);
    link_controllers(context, mount.destination, one.name);
  }
  if (unified || (options.flags & MS_RDONLY) == 0) return;
  Fd top = context.root.open(mount.destination, O_PATH);
  set_attributes(top, MOUNT_ATTR_RDONLY, 0, 0, false, mount.destination);
}

// mount(2) with an opened target: what a path would lead to cannot change in between.
void perform_filesystem(const MountContext& context, const spec::OciMount& mount,
                        const MountOptions& options) {
  Fd target = open_mount_point(context.root, mount.destination, true);
  unsigned long flags = options.flags;
  bool late_readonly = options.copy_up && (flags & MS_RDONLY) != 0;
  if (late_readonly) flags &= ~static_cast<unsigned long>(MS_RDONLY);
  std::string source = mount.source.empty() ? mount.type : mount.source;
  if (::mount(source.c_str(), fs::fd_path(target.get()).c_str(), mount.type.c_str(), flags,
              options.data.empty() ? nullptr : options.data.c_str()) < 0)
    throw_errno("mount " + mount.type);
  Fd mounted = context.root.open(mount.destination, O_PATH);
  if (options.copy_up) copy_up(target, mounted);
  if (late_readonly) set_attributes(mounted, MOUNT_ATTR_RDONLY, 0, 0, false, mount.destination);
  set_attributes(mounted, 0, 0, options.propagation, options.recursive_propagation, mount.destination);
}

// The kernel wants the network namespace to belong to the user namespace; with the host's network the host's
// /sys must do.
bool may_mount_sysfs(const MountContext& context) {
  return !context.user_namespace || context.own_network;
}

void perform_mount(const MountContext& context, const spec::OciMount& mount) {
  MountOptions options = parse_mount_options(mount.options);
  try {
    if (options.bind || mount.type == "bind" || mount.type == "rbind") {
      options.recursive |= mount.type == "rbind";
      perform_bind(context, mount, options);
    } else if (mount.type == "cgroup" || mount.type == "cgroup2") {
      perform_cgroup(context, mount, options);
    } else if (!mount.uid_mappings.empty() || !mount.gid_mappings.empty()) {
      throw_error(ErrorCode::unimplemented, "uidMappings on a mount that is not a bind mount");
    } else if (mount.type == "sysfs" && !may_mount_sysfs(context)) {
      spec::OciMount bind = mount;
      bind.source = "/sys";
      options.recursive = true;
      perform_bind(context, bind, options);
    } else {
      perform_filesystem(context, mount, options);
    }
  } catch (const Error& error) {
    throw error.with_context("error " + described(mount));
  }
}

}  // namespace

Fd clone_mount(int directory, const std::string& path, bool recursive) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0u);
  Fd tree(::open_tree(directory, path.c_str(), flags));
  if (!tree) throw_errno(path.empty() ? "open_tree" : path);
  return tree;
}

void attach_mount(const Fd& mount, const Fd& target, const std::string& shown) {
  unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  if (::move_mount(mount.get(), "", target.get(), "", flags) < 0) throw_errno("attach a mount at " + shown);
}

Fd open_mount_point(const fs::RootedPath& root, const std::string& path, bool directory) {
  try {
    return root.open(path, O_PATH);  // what is there is taken as it is
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
  }
  if (directory) return root.make_directories(path);
  size_t slash = path.rfind('/');
  if (slash != path.npos && slash > 0) root.make_directories(path.substr(0, slash));
  root.open(path, O_CREAT | O_RDONLY | O_NONBLOCK, 0644);
  return root.open(path, O_PATH);
}

void perform_mounts(const MountContext& context, const std::vector<spec::OciMount>& mounts) {
  for (const spec::OciMount& mount : mounts) perform_mount(context, mount);
}

}  // namespace rundlet::runtime
