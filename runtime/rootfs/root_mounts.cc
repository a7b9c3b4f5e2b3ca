#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "runtime/rootfs/mount_options.h"
#include "runtime/rootfs/mounts.h"

namespace rundlet::runtime {
namespace {

constexpr size_t kPage = 4096;  // mount(2) copies one page of options and cuts off the rest

struct Overlay {
  std::string lower;  // the value of lowerdir=
  std::string rest;   // the other options
};

Overlay split_overlay(const std::string& data) {
  Overlay overlay;
  std::string_view left = data;
  while (!left.empty()) {
    size_t comma = std::min(left.find(','), left.size());
    std::string_view word = left.substr(0, comma);
    if (word.starts_with("lowerdir=")) {
      overlay.lower = word.substr(9);
    } else {
      overlay.rest += ',' + std::string(word);
    }
    left.remove_prefix(std::min(comma + 1, left.size()));
  }
  return overlay;
}

// Many layers: their names are too long for one page of options. Each is opened and named by its number in
// /proc/self/fd, which is the working directory for the time of the mount.
void mount_long_overlay(const std::string& root, unsigned long flags, const std::string& data) {
  Overlay overlay = split_overlay(data);
  std::vector<Fd> layers;
  std::string numbers;
  for (size_t begin = 0; begin <= overlay.lower.size();) {
    size_t end = std::min(overlay.lower.find(':', begin), overlay.lower.size());
    layers.push_back(open_file(overlay.lower.substr(begin, end - begin), O_PATH | O_DIRECTORY));
    numbers += (numbers.empty() ? "" : ":") + std::to_string(layers.back().get());
    begin = end + 1;
  }
  std::string options = "lowerdir=" + numbers + overlay.rest;
  if (options.size() >= kPage)
    throw_error(ErrorCode::unimplemented, "overlay with too many or too long layer names");
  if (::chdir("/proc/self/fd") < 0) throw_errno("chdir /proc/self/fd");
  if (::mount("overlay", root.c_str(), "overlay", flags, options.c_str()) < 0) throw_errno("mount overlay");
  if (::chdir("/") < 0) throw_errno("chdir /");
}

void mount_one(const std::string& root, const spec::Mount& mount) {
  MountOptions options = parse_mount_options(mount.options);
  if (options.bind || mount.type == "bind") {
    unsigned long recursive = options.recursive ? MS_REC : 0;
    if (::mount(mount.source.c_str(), root.c_str(), nullptr, MS_BIND | recursive, nullptr) < 0)
      throw_errno("bind " + mount.source + " to " + root);
    unsigned long remount = MS_REMOUNT | MS_BIND | options.flags;
    if (options.flags != 0 && ::mount(nullptr, root.c_str(), nullptr, remount, nullptr) < 0)
      throw_errno("remount " + root);
  } else if (mount.type == "overlay" && options.data.size() >= kPage) {
    mount_long_overlay(root, options.flags, options.data);
  } else {
    const char* data = options.data.empty() ? nullptr : options.data.c_str();
    if (::mount(mount.source.c_str(), root.c_str(), mount.type.c_str(), options.flags, data) < 0)
      throw_errno("mount " + mount.type + " on " + root);
  }
}

// The mount point that `path` lies on, by the longest prefix in mountinfo(5).
std::string parent_mount(const std::string& path) {
  std::istringstream lines(read_file("/proc/self/mountinfo"));
  std::string line, best = "/";
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string point;
    for (int i = 0; i < 5; ++i) words >> point;
    bool inside = path == point || path.starts_with(point == "/" ? point : point + "/");
    if (inside && point.size() > best.size()) best = point;
  }
  return best;
}

}  // namespace

void mount_rootfs(const std::string& root, const std::vector<spec::Mount>& mounts) {
  for (const spec::Mount& mount : mounts) mount_one(root, mount);
  if (!mounts.empty()) return;
  if (::mount(root.c_str(), root.c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0)
    throw_errno("bind " + root);
}

void set_host_propagation(const std::string& rootfs_propagation, const std::string& root) {
  unsigned long flags = MS_SLAVE | MS_REC;
  if (!rootfs_propagation.empty()) flags = propagation_flag(rootfs_propagation);
  if (flags == 0) throw_invalid("rootfsPropagation " + rootfs_propagation);
  if (::mount(nullptr, "/", nullptr, flags, nullptr) < 0) throw_errno("set mount propagation");
  if ((flags & MS_SHARED) == 0) return;
  // The root must not be mounted for the host to see, and pivot_root refuses a shared parent.
  if (::mount(nullptr, parent_mount(root).c_str(), nullptr, MS_PRIVATE, nullptr) < 0)
    throw_errno("make the root's parent mount private");
}

}  // namespace rundlet::runtime
