#include "image-store/mounted_tree.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.h"

namespace rundlet::image_store {
namespace {

constexpr std::string_view kLowerDir = "lowerdir=";

bool is_read_only(const spec::Mount& mount) {
  return std::find(mount.options.begin(), mount.options.end(), "ro") != mount.options.end();
}

// Mount flags are no concern of the file system: they are set on the mount itself.
bool is_mount_flag(std::string_view option) {
  return option == "ro" || option == "rw" || option == "bind" || option == "rbind" || option == "nodev" ||
         option == "nosuid" || option == "noexec" || option == "rprivate" || option == "private";
}

// The kernel tells what went wrong on the context descriptor: "e overlay: text".
[[noreturn]] void throw_context_error(int context, const std::string& what) {
  int error = errno;
  char text[512];
  ssize_t count = ::read(context, text, sizeof text);
  std::string detail = count > 0 ? " (" + std::string(text, static_cast<size_t>(count)) + ")" : "";
  throw_errno("mount overlay: " + what + detail, error);
}

void set_string(int context, const std::string& key, const std::string& value) {
  if (::fsconfig(context, FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0) != 0) {
    throw_context_error(context, key + "=" + value);
  }
}

void set_flag(int context, const std::string& key) {
  if (::fsconfig(context, FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0) != 0) throw_context_error(context, key);
}

void add_layers(int context, std::string_view layers) {
  for (;;) {
    size_t end = layers.find(':');
    set_string(context, "lowerdir+", std::string(layers.substr(0, end)));
    if (end == layers.npos) return;
    layers.remove_prefix(end + 1);
  }
}

void set_option(int context, const std::string& option) {
  if (is_mount_flag(option)) return;
  size_t equals = option.find('=');
  if (option.starts_with(kLowerDir)) {
    add_layers(context, std::string_view(option).substr(kLowerDir.size()));
  } else if (equals == option.npos) {
    set_flag(context, option);
  } else {
    set_string(context, option.substr(0, equals), option.substr(equals + 1));
  }
}

Fd clone_tree(const std::string& path) {
  Fd tree(::open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree) throw_errno("clone the mount of " + path);
  return tree;
}

void make_read_only(int tree) {
  struct mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0) {
    throw_errno("make a detached mount read-only");
  }
}

// For mount(2), which takes one page of options.
std::string option_page(const spec::Mount& mount) {
  std::string data;
  for (const std::string& option : mount.options) {
    if (is_mount_flag(option)) continue;
    if (!data.empty()) data += ',';
    data += option;
  }
  return data;
}

// Runs on a thread of its own, whose mount namespace goes with it.
Fd mount_and_detach(const spec::Mount& mount) {
  if (::unshare(CLONE_NEWNS) != 0) throw_errno("unshare the mount namespace");
  if (::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) throw_errno("make mounts private");
  // /proc is there on every system; nobody but this thread sees it covered.
  if (::mount("overlay", "/proc", "overlay", is_read_only(mount) ? MS_RDONLY : 0,
              option_page(mount).c_str()) != 0) {
    throw_errno("mount overlay");
  }
  return clone_tree("/proc");
}

Fd attach(const spec::Mount& mount) {
  if (mount.type != "overlay") {
    Fd tree = clone_tree(mount.source);
    if (is_read_only(mount)) make_read_only(tree.get());
    return tree;
  }
  try {
    return detail::overlay_by_fsopen(mount);
  } catch (const Error& e) {
    // EINVAL: no lowerdir+ before Linux 6.8.
    if (e.errno_value() != EINVAL && e.errno_value() != ENOSYS) throw;
    return detail::overlay_by_private_namespace(mount);
  }
}

const spec::Mount& only_mount(const std::vector<spec::Mount>& mounts) {
  if (mounts.size() != 1) throw_error(ErrorCode::internal, "a snapshot must be one mount");
  return mounts.front();
}

}  // namespace

Fd detail::overlay_by_fsopen(const spec::Mount& mount) {
  Fd context(::fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context) throw_errno("fsopen overlay");
  for (const std::string& option : mount.options) set_option(context.get(), option);
  if (is_read_only(mount)) set_flag(context.get(), "ro");
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    throw_context_error(context.get(), "create");
  }
  Fd tree(::fsmount(context.get(), FSMOUNT_CLOEXEC, is_read_only(mount) ? MOUNT_ATTR_RDONLY : 0));
  if (!tree) throw_errno("fsmount overlay");
  return tree;
}

Fd detail::overlay_by_private_namespace(const spec::Mount& mount) {
  Fd tree;
  std::exception_ptr failure;
  std::thread([&] {
    try {
      tree = mount_and_detach(mount);
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
  return tree;
}

MountedTree::MountedTree(const std::vector<spec::Mount>& mounts) : root_(attach(only_mount(mounts))) {}

}  // namespace rundlet::image_store
