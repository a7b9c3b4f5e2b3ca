// "--volume" and "--mount" as docker's command line reads them.
#pragma once

#include <string>
#include <string_view>

#include "spec/docker_api/container.h"

namespace rundlet::cli {

// "[source:]target[:options]". Adds to host.binds, or to config.volumes when there is no source. A relative
// path that starts with "." is made absolute. Throws invalid_argument ("invalid spec: …").
void add_volume(const std::string& spec, spec::docker_api::ContainerConfig& config,
                spec::docker_api::HostConfig& host);
// "type=bind,source=/a,target=/b,readonly". Throws invalid_argument.
spec::docker_api::MountRequest parse_mount(std::string_view text);

}  // namespace rundlet::cli
