// Devices of --device and --privileged.
#pragma once

#include "spec/docker_api/container.h"
#include "spec/oci_runtime.h"

namespace rundlet::daemon {

// Throws invalid_argument, in docker's words, for a host path that is no device.
void add_devices(spec::OciConfig& config, const spec::docker_api::HostConfig& host);

}  // namespace rundlet::daemon
