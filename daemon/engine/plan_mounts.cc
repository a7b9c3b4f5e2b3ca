#include <algorithm>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/fs/rooted_path.h"
#include "daemon/engine/host_config.h"
#include "daemon/volume/volume_store.h"

namespace rundlet::daemon {
namespace {

using docker_api::MountPoint;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::string clean_destination(const std::string& destination, const std::string& specification) {
  if (destination.empty() || destination[0] != '/')
    throw_invalid("invalid volume specification: '" + specification + "': invalid mount path: '" + destination +
                  "' mount path must be absolute");
  std::string clean = fs::clean_path(destination);
  if (clean == "/")
    throw_invalid("invalid volume specification: '" + specification +
                  "': invalid mount config for type \"volume\": invalid specification: destination can't be '/'");
  return clean;
}

bool is_propagation(const std::string& option) {
  static constexpr std::string_view kModes[] = {"shared", "slave", "private", "rshared", "rslave", "rprivate"};
  return std::find(std::begin(kModes), std::end(kModes), option) != std::end(kModes);
}

void apply_options(MountPoint& mount, const std::string& options, const std::string& specification) {
  for (const std::string& option : split(options, ',')) {
    if (option == "ro") {
      mount.rw = false;
    } else if (is_propagation(option) && mount.type == "bind") {
      mount.propagation = option;
    } else if (option != "rw" && option != "z" && option != "Z" && option != "nocopy" && option != "consistent" &&
               option != "cached" && option != "delegated") {
      throw_invalid("invalid volume specification: '" + specification + "': invalid mode: " + options);
    }
  }
  mount.mode = options;
}

MountPoint volume_point(const std::string& name, const std::string& destination) {
  MountPoint mount;
  mount.type = "volume";
  mount.name = name.empty() ? VolumeStore::anonymous_name() : name;
  mount.driver = "local";
  mount.destination = destination;
  mount.rw = true;
  return mount;
}

MountPoint bind_point(const std::string& source, const std::string& destination) {
  MountPoint mount;
  mount.type = "bind";
  mount.source = fs::clean_path(source);
  mount.destination = destination;
  mount.propagation = "rprivate";
  mount.rw = true;
  return mount;
}

// -v [SOURCE:]DESTINATION[:OPTIONS]
MountPoint parse_bind(const std::string& specification) {
  std::vector<std::string> parts = split(specification, ':');
  if (parts.empty() || parts.size() > 3) throw_invalid("invalid volume specification: '" + specification + "'");
  std::string source = parts.size() == 1 ? "" : parts[0];
  if (parts.size() > 1 && source.empty()) throw_invalid("invalid volume specification: '" + specification + "'");
  std::string destination = clean_destination(parts.size() == 1 ? parts[0] : parts[1], specification);
  MountPoint mount = source.starts_with('/') ? bind_point(source, destination) : volume_point(source, destination);
  if (parts.size() == 3) apply_options(mount, parts[2], specification);
  return mount;
}

MountPoint parse_mount(const docker_api::MountRequest& request) {
  std::string destination = clean_destination(request.target, request.target);
  auto refuse = [&](const std::string& what) {
    throw_error(ErrorCode::unimplemented, "unsupported field HostConfig.Mounts." + what);
  };
  if (request.volume_options && !request.volume_options->subpath.empty()) refuse("VolumeOptions.Subpath");
  if (request.bind_options && (request.bind_options->read_only_force_recursive))
    refuse("BindOptions.ReadOnlyForceRecursive");
  MountPoint mount;
  if (request.type == "bind") {
    if (!request.source.starts_with('/'))
      throw_invalid("invalid mount config for type \"bind\": invalid mount path: '" + request.source +
                    "' mount path must be absolute");
    mount = bind_point(request.source, destination);
    if (request.bind_options && !request.bind_options->propagation.empty())
      mount.propagation = request.bind_options->propagation;
  } else if (request.type == "volume") {
    mount = volume_point(request.source, destination);
  } else if (request.type == "tmpfs") {
    mount.type = "tmpfs";
    mount.destination = destination;
  } else {
    throw_invalid("mount type \"" + request.type + "\" is not supported");
  }
  mount.rw = !request.read_only;
  return mount;
}

}  // namespace

std::vector<MountPoint> plan_mounts(const docker_api::ContainerConfig& config, const docker_api::HostConfig& host) {
  std::map<std::string, MountPoint> by_destination;
  auto add = [&](MountPoint mount) {
    std::string destination = mount.destination;
    if (!by_destination.emplace(destination, std::move(mount)).second)
      throw_invalid("Duplicate mount point: " + destination);
  };
  for (const std::string& bind : host.binds) add(parse_bind(bind));
  for (const auto& mount : host.mounts) add(parse_mount(mount));
  for (const auto& [destination, unused] : config.volumes) {
    std::string clean = clean_destination(destination, destination);
    if (!by_destination.contains(clean) && !host.tmpfs.contains(clean)) add(volume_point("", clean));
  }
  std::vector<MountPoint> mounts;
  for (auto& [destination, mount] : by_destination) mounts.push_back(std::move(mount));
  return mounts;
}

}  // namespace rundlet::daemon
