#include "cli/options/mounts.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "cli/flags.h"
#include "cli/text.h"
#include "spec/units.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::MountRequest;

// Lexical, as Go's filepath.Abs: the path need not exist.
std::string absolute_path(const std::string& path) {
  std::unique_ptr<char, void (*)(void*)> directory(::getcwd(nullptr, 0), std::free);
  if (!directory) throw_errno("getwd");
  std::vector<std::string> parts;
  for (const std::string& part : split(std::string(directory.get()) + "/" + path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return "/" + join(parts, "/");
}

bool is_relative_path(const std::string& path) {
  return path.starts_with(".");
}

// ---- --mount

template <class T>
T& emplaced(std::optional<T>& options) {
  return options ? *options : options.emplace();
}

bool parse_switch(const std::string& key, const std::string& value) {
  try {
    return value.empty() || parse_go_bool(value);
  } catch (const Error&) {
    throw_invalid(fmt::format("invalid value for {}: {}", key, value));
  }
}

int parse_octal(const std::string& value) {
  int mode = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
  if (error != std::errc() || end != value.data() + value.size() || mode < 0)
    throw_invalid(fmt::format("invalid value for tmpfs-mode: {}", value));
  return mode;
}

void set_bind_recursive(MountRequest& mount, const std::string& value) {
  auto& options = emplaced(mount.bind_options);
  if (value == "disabled") {
    options.non_recursive = true;
  } else if (value == "writable") {
    options.read_only_non_recursive = true;
  } else if (value == "readonly") {
    options.read_only_force_recursive = true;
  } else if (value != "enabled") {
    throw_invalid(fmt::format(
        "invalid value for bind-recursive: {} (must be \"enabled\", \"disabled\", \"writable\", or "
        "\"readonly\")",
        value));
  }
}

bool set_bind_field(MountRequest& mount, const std::string& key, const std::string& value) {
  if (key == "bind-propagation") {
    emplaced(mount.bind_options).propagation = lower(value);
  } else if (key == "bind-nonrecursive") {
    emplaced(mount.bind_options).non_recursive = parse_switch(key, value);
  } else if (key == "bind-recursive") {
    set_bind_recursive(mount, value);
  } else {
    return false;
  }
  return true;
}

bool set_volume_field(MountRequest& mount, const std::string& key, const std::string& value) {
  if (key == "volume-nocopy") {
    emplaced(mount.volume_options).no_copy = parse_switch(key, value);
  } else if (key == "volume-subpath") {
    emplaced(mount.volume_options).subpath = value;
  } else if (key == "volume-label") {
    auto pair = cut(value, '=');
    emplaced(mount.volume_options).labels[pair ? pair->first : value] = pair ? pair->second : "";
  } else {
    return false;
  }
  return true;
}

bool set_tmpfs_field(MountRequest& mount, const std::string& key, const std::string& value) {
  if (key == "tmpfs-size") {
    try {
      emplaced(mount.tmpfs_options).size_bytes = spec::parse_binary_size(value);
    } catch (const Error&) {
      throw_invalid(fmt::format("invalid value for {}: {}", key, value));
    }
  } else if (key == "tmpfs-mode") {
    emplaced(mount.tmpfs_options).mode = parse_octal(value);
  } else {
    return false;
  }
  return true;
}

void set_mount_field(MountRequest& mount, const std::string& key, const std::string& value) {
  if (key == "type") {
    mount.type = lower(value);
  } else if (key == "source" || key == "src") {
    mount.source =
        is_relative_path(value) && (value == "." || value.starts_with("./")) ? absolute_path(value) : value;
  } else if (key == "target" || key == "dst" || key == "destination") {
    mount.target = value;
  } else if (key == "readonly" || key == "ro") {
    mount.read_only = parse_switch(key, value);
  } else if (key == "consistency") {
    mount.consistency = lower(value);
  } else if (!set_bind_field(mount, key, value) && !set_volume_field(mount, key, value) &&
             !set_tmpfs_field(mount, key, value)) {
    throw_invalid(fmt::format("unexpected key '{}' in '{}={}'", key, key, value));
  }
}

void check_mount(const MountRequest& mount) {
  if (mount.type.empty()) throw_invalid("type is required");
  if (mount.target.empty()) throw_invalid("target is required");
  auto mixes = [&](bool present, const char* kind) {
    if (present && mount.type != kind)
      throw_invalid(fmt::format("cannot mix '{}-*' options with mount type '{}'", kind, mount.type));
  };
  bool forced = mount.bind_options && mount.bind_options->read_only_force_recursive;
  if (forced && !mount.read_only)
    throw_invalid("option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction");
  if (forced && mount.bind_options->propagation != "rprivate")
    throw_invalid(
        "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in "
        "conjunction");
  mixes(mount.volume_options.has_value(), "volume");
  mixes(mount.bind_options.has_value(), "bind");
  mixes(mount.tmpfs_options.has_value(), "tmpfs");
}

}  // namespace

void add_volume(const std::string& spec, spec::docker_api::ContainerConfig& config,
                spec::docker_api::HostConfig& host) {
  if (spec.empty()) throw_invalid("invalid empty volume spec");
  std::vector<std::string> sections = split(spec, ':');
  if (spec.size() <= 2) sections = {spec};
  for (const std::string& section : sections)
    if (section.empty()) throw_invalid(fmt::format("invalid spec: {}: empty section between colons", spec));
  if (sections.size() > 3) throw_invalid(fmt::format("invalid spec: {}: too many colons", spec));
  if (sections.size() == 1) {
    config.volumes[spec] = {};
    return;
  }
  if (is_relative_path(sections[0])) sections[0] = absolute_path(sections[0]);
  host.binds.push_back(join(sections, ":"));
}

MountRequest parse_mount(std::string_view text) {
  MountRequest mount;
  mount.type = "volume";
  for (const std::string& field : parse_csv(text)) {
    auto pair = cut(field, '=');
    std::string key = lower(pair ? pair->first : field);
    bool is_switch = key == "readonly" || key == "ro" || key == "volume-nocopy" || key == "bind-nonrecursive";
    if (!pair && !is_switch) throw_invalid(fmt::format("invalid field '{}' must be a key=value pair", field));
    set_mount_field(mount, key, pair ? pair->second : "");
  }
  check_mount(mount);
  return mount;
}

}  // namespace rundlet::cli
