#include "daemon/engine/devices.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <memory>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

// nullopt when the path is not a device node.
std::optional<spec::OciDevice> device_at(const std::string& host_path, const std::string& container_path) {
  struct stat info;
  if (::stat(host_path.c_str(), &info) < 0 || (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode))) return std::nullopt;
  spec::OciDevice device;
  device.type = std::string(1, S_ISCHR(info.st_mode) ? 'c' : 'b');
  device.path = container_path;
  device.major = major(info.st_rdev);
  device.minor = minor(info.st_rdev);
  device.file_mode = info.st_mode & 07777;
  device.uid = info.st_uid;
  device.gid = info.st_gid;
  return device;
}

void add_device(spec::OciConfig& config, const spec::OciDevice& device, const std::string& access) {
  config.linux_.devices.push_back(device);
  config.linux_.resources->devices.push_back({true, device.type, device.major, device.minor, access});
}

// Every device node directly in /dev, for a privileged container.
void add_host_devices(spec::OciConfig& config) {
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/dev"), ::closedir);
  if (!directory) throw_errno("open /dev");
  while (dirent* entry = ::readdir(directory.get())) {
    std::string path = fmt::format("/dev/{}", entry->d_name);
    if (auto device = device_at(path, path)) config.linux_.devices.push_back(*device);
  }
}

}  // namespace

void add_devices(spec::OciConfig& config, const spec::docker_api::HostConfig& host) {
  if (host.privileged) {
    add_host_devices(config);
    config.linux_.resources->devices.clear();
    config.linux_.resources->devices.push_back({true, "a", {}, {}, "rwm"});
    return;
  }
  for (const auto& mapping : host.devices) {
    std::string inside = mapping.path_in_container.empty() ? mapping.path_on_host : mapping.path_in_container;
    auto device = device_at(mapping.path_on_host, inside);
    if (!device)
      throw_invalid("error gathering device information while adding custom device \"" + mapping.path_on_host +
                    "\": not a device node");
    add_device(config, *device, mapping.cgroup_permissions.empty() ? "rwm" : mapping.cgroup_permissions);
  }
}

}  // namespace rundlet::daemon
