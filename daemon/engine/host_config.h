// What a create request asks for, checked and brought into the engine's own terms, before anything is made.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/network/network.h"
#include "spec/docker_api/container.h"
#include "spec/oci_image.h"
#include "spec/oci_runtime.h"

namespace rundlet::daemon {

namespace docker_api = spec::docker_api;

// The container's configuration with what it leaves open filled in from the image's, as docker does.
void merge_image_config(docker_api::ContainerConfig& config, const spec::ImageRunConfig& image);

// Throws invalid_argument for values out of range and unimplemented, naming the field, for what Rundlet does not do.
void validate(const docker_api::ContainerConfig& config, const docker_api::HostConfig& host);

enum class NetworkKind { bridge, none, host, container };
struct NetworkMode {
  NetworkKind kind = NetworkKind::bridge;
  std::string container;  // of "container:NAME"
};
NetworkMode parse_network_mode(const std::string& mode);

struct LogLimits {
  int64_t max_size = -1;  // bytes, -1: none
  int max_file = 1;
};
// Options of the json-file driver. Throws invalid_argument for malformed or unknown ones.
LogLimits parse_log_options(const std::map<std::string, std::string>& options);

// Published ports as the network takes them: -p bindings, and with publish_all every exposed port. Throws
// invalid_argument for malformed ports.
std::vector<PortRequest> port_requests(const docker_api::ContainerConfig& config,
                                       const docker_api::HostConfig& host);

// Mount points of -v, --mount, and the image's VOLUMEs, in that order of precedence. Sources of anonymous volumes get
// their names here; nothing is made yet.
std::vector<docker_api::MountPoint> plan_mounts(const docker_api::ContainerConfig& config,
                                                const docker_api::HostConfig& host);

// Capability names ("CAP_CHOWN") after --cap-add and --cap-drop on docker's default list.
std::vector<std::string> capabilities(const docker_api::HostConfig& host);
spec::OciResources resources(const docker_api::HostConfig& host);

}  // namespace rundlet::daemon
